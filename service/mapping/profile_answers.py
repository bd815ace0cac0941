"""The answers of a vocational profile, question by question, as the published Questionnaire asks them.

`fhir_profiles/Questionnaire-vocational-profile.json` has the same link ids, texts, types and order; a test
holds them together. Only what was answered is there: an empty question is not asked again in the record.
"""

from collections.abc import Iterable, Mapping

from service.forms.vocational_profile import Job, Preferences, Qualification, VocationalProfile
from service.mapping.code_lists import DISCLOSURE, EMPLOYMENT_STATUS, WEEKLY_HOURS, Code, our_coding
from service.mapping.names import Names
from service.r4.resource import Json

QUESTIONS: Mapping[str, str] = {
    "work-now": "Work now",
    "employment-status": "Employment status",
    "weekly-hours": "Weekly hours worked",
    "job": "Job, past or present",
    "job-title": "Job title",
    "job-employer": "Employer",
    "job-current": "Present job",
    "job-started": "Started",
    "job-ended": "Ended",
    "job-hours": "Hours a week",
    "job-liked": "Liked about it",
    "job-disliked": "Disliked about it",
    "job-why-left": "Why it ended",
    "learning": "Education, qualifications, skills and interests",
    "education": "Education",
    "qualification": "Qualification",
    "qualification-name": "Name of the qualification",
    "qualification-gained": "When it was gained",
    "skill": "Skills",
    "interest": "Interests",
    "preferences": "What the person wants of a job",
    "preference-work": "Work",
    "preference-hours": "Hours",
    "preference-days": "Days",
    "preference-place-and-travel": "Place and travel",
    "preference-pay": "Pay",
    "preference-surroundings": "Surroundings",
    "disclosure": "What employers may be told",
    "disclosure-preference": "Preference",
    "disclosure-words": "In the person's own words",
    "support": "Money, health and support",
    "benefit": "Benefits",
    "what-helps": "What helps",
    "what-gets-in-the-way": "What gets in the way",
    "health-at-work": "What the person wants known about their health at work",
}

_Item = Json | None


def answers_of(profile: VocationalProfile, names: Names) -> list[Json]:
    """The items of a QuestionnaireResponse. https://hl7.org/fhir/R4/questionnaireresponse.html"""
    return _answered(
        (
            _work_now(profile, names),
            *(_job(job) for job in profile.jobs),
            _learning(profile),
            _preferences(profile.preferences),
            _disclosure(profile, names),
            _support(profile),
        )
    )


def _work_now(profile: VocationalProfile, names: Names) -> _Item:
    hours = WEEKLY_HOURS[profile.weekly_hours] if profile.weekly_hours else None
    status = EMPLOYMENT_STATUS[profile.employment_status]
    return _group(
        "work-now",
        _choice("employment-status", names, "nhs-employment-status", status),
        _choice("weekly-hours", names, "nhs-weekly-hours-worked", hours),
    )


def _job(job: Job) -> _Item:
    return _group(
        "job",
        _strings("job-title", job.title),
        _strings("job-employer", job.employer),
        _values("job-current", "valueBoolean", job.current),
        _values("job-started", "valueDate", job.started),
        _values("job-ended", "valueDate", job.ended),
        _values("job-hours", "valueInteger", job.hours_per_week),
        _strings("job-liked", job.liked),
        _strings("job-disliked", job.disliked),
        _strings("job-why-left", job.why_left),
    )


def _learning(profile: VocationalProfile) -> _Item:
    return _group(
        "learning",
        _strings("education", profile.education),
        *(_qualification(qualification) for qualification in profile.qualifications),
        _strings("skill", *profile.skills),
        _strings("interest", *profile.interests),
    )


def _qualification(qualification: Qualification) -> _Item:
    return _group(
        "qualification",
        _strings("qualification-name", qualification.name),
        _values("qualification-gained", "valueDate", qualification.gained),
    )


def _preferences(wanted: Preferences | None) -> _Item:
    if wanted is None:
        return None
    return _group(
        "preferences",
        _strings("preference-work", wanted.work),
        _strings("preference-hours", wanted.hours),
        _strings("preference-days", wanted.days),
        _strings("preference-place-and-travel", wanted.place_and_travel),
        _strings("preference-pay", wanted.pay),
        _strings("preference-surroundings", wanted.surroundings),
    )


def _disclosure(profile: VocationalProfile, names: Names) -> _Item:
    if profile.disclosure is None:
        return None
    preference = DISCLOSURE[profile.disclosure.preference]
    return _group(
        "disclosure",
        _choice("disclosure-preference", names, "disclosure-preference", preference),
        _strings("disclosure-words", profile.disclosure.words),
    )


def _support(profile: VocationalProfile) -> _Item:
    return _group(
        "support",
        _strings("benefit", *profile.benefits),
        _strings("what-helps", profile.what_helps),
        _strings("what-gets-in-the-way", profile.what_gets_in_the_way),
        _strings("health-at-work", profile.health_at_work),
    )


def _group(link_id: str, *items: _Item) -> _Item:
    answered = _answered(items)
    return {"linkId": link_id, "text": QUESTIONS[link_id], "item": answered} if answered else None


def _answered(items: Iterable[_Item]) -> list[Json]:
    return [item for item in items if item is not None]


def _strings(link_id: str, *values: str | None) -> _Item:
    return _values(link_id, "valueString", *values)


def _choice(link_id: str, names: Names, list_name: str, entry: Code | None) -> _Item:
    return _values(link_id, "valueCoding", our_coding(names, list_name, entry) if entry else None)


def _values(link_id: str, value_of_type: str, *values: str | int | Json | None) -> _Item:
    """`value_of_type` as R4 spells it: `valueString`, `valueDate`, … Several values are a repeated answer."""
    answers = [{value_of_type: value} for value in values if value is not None]
    return {"linkId": link_id, "text": QUESTIONS[link_id], "answer": answers} if answers else None
