"""What a phone sends in the tests: one valid note of each kind, changed where a test wants it otherwise."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

Json = dict[str, Any]

# Synthetic people only: the test range 999 000 0000 to 999 999 9999, with check digits that fit.
NHS_NUMBERS = ("9990000018", "9990000026", "9990000034", "9990000042", "9990000050", "9990000069", "9990000077")


def heading(**changes: Any) -> Json:
    """What every note begins with."""
    return {
        "id": str(uuid4()),
        "client": {"nhs_number": NHS_NUMBERS[0], "birth_date": "1990-02-03"},
        "specialist": {"id": "es-1", "name": "Sam Okafor"},
        "happened_at": "2026-11-20T10:00:00+00:00",
        "written_at": "2026-11-20T11:30:00+00:00",
        **changes,
    }


def contact(**changes: Any) -> Json:
    """Met the client in a café."""
    return {
        **heading(),
        "kind": "contact",
        "with_whom": "client",
        "client_took_part": True,
        "mechanism": "face_to_face",
        "attendance": "on_time",
        "place": "other_public_building",
        "minutes": 45,
        "topics": ["engagement", "job_search"],
        "note": "Met in the library. Wants mornings only; two adverts looked at together.",
        "next_step": "Send both applications by Friday.",
        **changes,
    }


def work_goal(**changes: Any) -> Json:
    """A goal with two steps."""
    return {
        **heading(),
        "kind": "work_goal",
        "words": "I want to bake bread for a living.",
        "sort": "competitive_job",
        "steps": [
            {"id": str(uuid4()), "what": "Write a CV", "who": "client", "by_when": "2026-12-01"},
            {"id": str(uuid4()), "what": "Letter about hours", "who": "clinician", "clinical_role": "psychiatrist"},
        ],
        **changes,
    }


def vocational_profile(**changes: Any) -> Json:
    """The least that a profile can say."""
    return {**heading(), "kind": "vocational_profile", "employment_status": "unemployed_and_seeking", **changes}


def about(nhs_number: str, birth_date: str = "1990-02-03") -> Json:
    """The client of a note."""
    return {"nhs_number": nhs_number, "birth_date": birth_date}


def employment_status(**changes: Any) -> Json:
    """Looks for work, at referral."""
    return {
        **heading(),
        "kind": "employment_status",
        "occasion": "referral",
        "employment_status": "unemployed_and_seeking",
        **changes,
    }


def benefits_advice(**changes: Any) -> Json:
    """Given by the specialist, before a job starts."""
    return {
        **heading(),
        "kind": "benefits_advice",
        "given_by": "specialist",
        "about": ["starting_work"],
        "advice": "Went through the calculation for 16 hours.",
        **changes,
    }


def disclosure_decision(**changes: Any) -> Json:
    """Nothing may be told, to anybody."""
    return {
        **heading(),
        "kind": "disclosure_decision",
        "decision": "nothing",
        "pros_and_cons_discussed": True,
        **changes,
    }


def referral(**changes: Any) -> Json:
    """The client asked, and waits for an answer."""
    return {**heading(), "kind": "referral", "asked_by": "client", "asked_on": "2026-11-19", **changes}


def support_plan(**changes: Any) -> Json:
    """Adjustments at one employer: one line is theirs, one the client's."""
    return {
        **heading(),
        "kind": "support_plan",
        "sort": "workplace_adjustments",
        "employer": "The Corner Cup",
        "lines": [
            {"id": str(uuid4()), "what": "Start at ten: the tablets make mornings slow", "who": "employer"},
            {"id": str(uuid4()), "what": "Write tasks down as they come", "who": "client", "how_far": "under_way"},
        ],
        **changes,
    }


def team_request(**changes: Any) -> Json:
    """A medication review is asked of a psychiatrist."""
    return {
        **heading(),
        "kind": "team_request",
        "asked_for": "medication_review",
        "of_role": "psychiatrist",
        "words": "The tablets make the mornings hard, and the bakery starts at six.",
        **changes,
    }


def job(**changes: Any) -> Json:
    """Started a week ago, sixteen hours a week."""
    return {
        **heading(),
        "kind": "job",
        "title": "Baker's assistant",
        "employer": "A Bakery",
        "state": "started",
        "started_on": "2026-11-13",
        "hours_per_week": 16,
        **changes,
    }


EVERY_KIND: Mapping[str, Callable[..., Json]] = {
    "benefits_advice": benefits_advice,
    "contact": contact,
    "disclosure_decision": disclosure_decision,
    "employment_status": employment_status,
    "job": job,
    "referral": referral,
    "support_plan": support_plan,
    "team_request": team_request,
    "vocational_profile": vocational_profile,
    "work_goal": work_goal,
}
