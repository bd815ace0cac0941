"""A referral → what was asked for, how it stands for whoever asked, and the episode with its team once accepted."""

from typing import Any

import pytest

from service.mapping.terms import SOURCE_OF_SERVICE_REQUEST
from service.mapping.to_resources import retract, to_resources
from service.r4.resource import Json, Resource
from tests.mapped import changed, codes_in, mapped, only, text_of, types_of, version_of
from tests.published import our_gate
from tests.samples_on_disk import NAMES, sample

WAITING = "referral/waiting"
ACCEPTED = "referral/accepted"
STARTED = "referral/started"
DECLINED = "referral/declined"
CLOSED = "referral/closed"
NEVER_BEGAN = "referral/closed_before_it_began"
SPECIALIST: Json = {
    "type": "Practitioner",
    "identifier": {"system": "https://ips.example.nhs.uk/Id/specialist", "value": "etaylor"},
    "display": "Ed Taylor",
}


def of(name: str, resource_type: str, **fields: Any) -> Json:
    return only(mapped(name, **fields), resource_type)


def read(name: str, **fields: Any) -> str:
    return text_of(of(name, "DocumentReference", **fields))


def turned(name: str, **fields: Any) -> tuple[tuple[Resource, ...], tuple[Resource, ...]]:
    """The sample, and its next version with these fields."""
    form = sample(name).form
    first = to_resources(version_of(form), NAMES)
    return first, to_resources(version_of(changed(form, **fields), 2, "It went on."), NAMES, first)


@pytest.mark.parametrize(
    ("name", "request_status", "task", "episode", "team"),
    [
        (WAITING, "active", "requested", None, None),
        (DECLINED, "revoked", "rejected", None, None),
        (ACCEPTED, "active", "accepted", "planned", "proposed"),
        (STARTED, "active", "in-progress", "active", "active"),
        (CLOSED, "completed", "completed", "finished", "inactive"),
        (NEVER_BEGAN, "revoked", "cancelled", "cancelled", "inactive"),
    ],
)
def test_each_turn_has_its_statuses(
    name: str, request_status: str, task: str, episode: str | None, team: str | None
) -> None:
    resources = mapped(name)
    statuses = {
        one.type: one.body["status"] for one in resources if one.type not in ("DocumentReference", "Provenance")
    }
    expected = {"ServiceRequest": request_status, "CareTeam": team, "EpisodeOfCare": episode, "Task": task}
    assert statuses == {resource_type: status for resource_type, status in expected.items() if status}


def test_what_was_accepted_has_an_episode_and_a_team_and_nothing_else_has() -> None:
    assert types_of(mapped(WAITING)) == ["ServiceRequest", "Task", "DocumentReference", "Provenance"]
    accepted = ["ServiceRequest", "CareTeam", "EpisodeOfCare", "Task", "DocumentReference", "Provenance"]
    assert types_of(mapped(ACCEPTED)) == accepted


def test_the_referral_says_who_asked_when_for_what_and_why() -> None:
    request = of(STARTED, "ServiceRequest")
    assert (request["intent"], request["authoredOn"]) == ("order", "2026-07-27")
    assert codes_in([request["code"]]) == ["1082611000000105"]
    assert request["requester"] == {"display": "Tom Reilly, nurse"}
    assert request["performer"] == [SPECIALIST]
    nhs_reason, why = request["reasonCode"]
    assert codes_in([nhs_reason]) == ["31"]
    assert why == {"text": "The allotment is what gets him up. He asked me whether anybody would pay him for it."}
    assert len(of(STARTED, "ServiceRequest", why=None)["reasonCode"]) == 1


_CLINICIAN = {"asked_by": "clinician", "asked_by_name": None}


@pytest.mark.parametrize(
    ("fields", "codes", "told"),
    [
        ({}, ["310434002", "client"], "The client"),
        ({"asked_by": "gp"}, ["108161000000109", "gp"], "General practitioner"),
        ({"asked_by": "gp", "asked_by_name": "Dr Price"}, ["108161000000109", "gp"], "Dr Price, general practitioner"),
        ({**_CLINICIAN, "clinical_role": "pharmacist"}, ["185369008", "pharmacist", "clinician"], "Pharmacist"),
        (
            {**_CLINICIAN, "clinical_role": "social_worker"},
            ["185365002", "social-worker", "clinician"],
            "Social worker",
        ),
        ({**_CLINICIAN, "clinical_role": "psychiatrist"}, ["psychiatrist", "clinician"], "Psychiatrist"),
        ({"asked_by": "team_meeting"}, ["team-meeting"], "The team meeting"),
        ({"asked_by": "team_meeting", "asked_by_name": "East"}, ["team-meeting"], "The team meeting: East"),
        ({"asked_by": "other", "asked_by_name": "His\nbrother"}, ["other"], "His brother"),
    ],
)
def test_the_source_is_coded_and_named(fields: Json, codes: list[str], told: str) -> None:
    resources = mapped(WAITING, **fields)
    request = only(resources, "ServiceRequest")
    (extension,) = request["extension"]
    assert extension["url"] == SOURCE_OF_SERVICE_REQUEST
    assert codes_in([extension["valueCodeableConcept"]]) == codes
    assert extension["valueCodeableConcept"]["text"] == told
    asked = request["subject"] if codes[-1] == "client" else {"display": told}
    assert (request["requester"], only(resources, "Task")["requester"]) == (asked, asked)
    assert f"Asked by: {told}\n" in text_of(only(resources, "DocumentReference"))


def test_the_task_closes_the_loop_for_whoever_asked() -> None:
    resources = mapped(STARTED)
    task, request, episode = (only(resources, name) for name in ("Task", "ServiceRequest", "EpisodeOfCare"))
    assert codes_in([task["code"]]) == ["fulfill"]
    assert task["focus"] == {"reference": f"ServiceRequest/{request['id']}"}
    assert task["owner"] == SPECIALIST
    assert (task["authoredOn"], task["lastModified"]) == ("2026-07-27", "2026-08-04")
    assert task["executionPeriod"] == {"start": "2026-08-04"}
    (brought,) = task["output"]
    assert codes_in([brought["type"]]) == ["episode-of-care"]
    assert brought["valueReference"] == {"reference": f"EpisodeOfCare/{episode['id']}"}
    assert "statusReason" not in task


def test_what_waits_has_neither_an_outcome_nor_a_reason() -> None:
    task = of(WAITING, "Task")
    assert (task["authoredOn"], task["lastModified"]) == ("2026-09-04", "2026-09-04")
    assert not {"output", "statusReason", "executionPeriod"} & set(task)


@pytest.mark.parametrize(
    ("name", "code", "day"),
    [
        (DECLINED, "lives-outside-the-area", "2026-09-16"),
        (CLOSED, "support-no-longer-needed", "2026-11-02"),
        (NEVER_BEGAN, "no-longer-wants-it", "2026-10-06"),
    ],
)
def test_a_reason_is_a_code_that_can_be_counted_and_nothing_beside_it(name: str, code: str, day: str) -> None:
    task = of(name, "Task")
    assert [coding["code"] for coding in task["statusReason"].pop("coding")] == [code]
    assert task["statusReason"] == {}
    assert task["lastModified"] == day


@pytest.mark.parametrize(
    "reason",
    [
        None,
        {"text": "Not ready for work."},
        {"coding": [{"system": "http://snomed.info/sct", "code": "1"}]},
        {
            "coding": [
                {"system": "https://ips.example.nhs.uk/CodeSystem/referral-decline-reason", "code": "no-place-free"}
            ],
            "text": "Drinks too much.",
        },
    ],
)
def test_the_gate_lets_no_other_reason_out(reason: Json | None) -> None:
    task = {**of(DECLINED, "Task"), "statusReason": reason}
    body = {name: value for name, value in task.items() if value is not None}
    assert our_gate().faults(of(DECLINED, "Task")) == ()
    assert our_gate().faults(body)


def test_the_gate_lets_no_diagnosis_into_an_episode() -> None:
    episode = of(STARTED, "EpisodeOfCare")
    with_diagnosis = {**episode, "diagnosis": [{"condition": {"display": "Schizophrenia"}}]}
    assert [fault.path for fault in our_gate().faults(with_diagnosis)] == ["EpisodeOfCare.diagnosis"]


def test_the_episode_is_the_specialists_and_comes_from_the_referral() -> None:
    resources = mapped(STARTED)
    episode = only(resources, "EpisodeOfCare")
    assert codes_in(episode["type"]) == ["1082621000000104"]
    assert episode["careManager"] == SPECIALIST
    assert episode["referralRequest"] == [{"reference": f"ServiceRequest/{only(resources, 'ServiceRequest')['id']}"}]
    assert episode["team"] == [{"reference": f"CareTeam/{only(resources, 'CareTeam')['id']}"}]
    assert episode["managingOrganization"]["identifier"]["value"] == "EXAMPLE"
    unnamed = to_resources(version_of(sample(STARTED).form), NAMES.__class__(NAMES.fhir_base))
    assert "managingOrganization" not in only(unnamed, "EpisodeOfCare")
    assert "managingOrganization" not in only(unnamed, "CareTeam")


def phases(name: str, **fields: Any) -> tuple[Json | None, list[tuple[str, str, str | None]]]:
    """The episode's period, and each phase with its first and last day."""
    episode = of(name, "EpisodeOfCare", **fields)
    history = [(one["status"], one["period"]["start"], one["period"].get("end")) for one in episode["statusHistory"]]
    return episode.get("period"), history


def test_an_episode_that_has_not_begun_is_planned_since_the_answer() -> None:
    assert phases(ACCEPTED) == (None, [("planned", "2026-09-02", None)])


def test_an_episode_begins_with_the_specialist() -> None:
    began = {"start": "2026-08-04"}
    assert phases(STARTED) == (began, [("planned", "2026-07-29", "2026-08-04"), ("active", "2026-08-04", None)])


def test_an_episode_that_began_before_the_answer_was_never_planned() -> None:
    asked_on = sample(STARTED).form.model_dump()["asked_on"]
    assert phases(STARTED, started_on=asked_on)[1] == [("active", "2026-07-27", None)]
    same_day = sample(STARTED).form.model_dump()["answered_on"]
    assert phases(STARTED, started_on=same_day)[1] == [("active", "2026-07-29", None)]


def test_a_closed_episode_has_an_end() -> None:
    period, history = phases(CLOSED)
    assert period == {"start": "2026-02-17", "end": "2026-11-02"}
    assert history == [("planned", "2026-02-11", "2026-02-17"), ("active", "2026-02-17", "2026-11-02")]
    assert of(CLOSED, "Task")["executionPeriod"] == period
    assert of(CLOSED, "CareTeam")["period"] == period


def test_an_episode_that_was_closed_before_it_began_has_no_period() -> None:
    assert phases(NEVER_BEGAN) == (None, [("planned", "2026-09-16", "2026-10-06")])
    assert "period" not in of(NEVER_BEGAN, "CareTeam")
    assert "executionPeriod" not in of(NEVER_BEGAN, "Task")


def test_the_team_is_the_specialist_and_the_colleagues_by_name_and_role() -> None:
    team = of(STARTED, "CareTeam")
    first, *others = team["participant"]
    assert first == {"role": [{"text": "Employment specialist"}], "member": SPECIALIST}
    assert [(codes_in(one["role"]), one["member"]) for one in others] == [
        (["psychiatrist"], {"display": "Dr Farah Khan"}),
        (["care-coordinator"], {"display": "Grace Mbeki"}),
        (["nurse"], {"display": "Tom Reilly"}),
    ]
    assert codes_in(team["category"]) == ["1082621000000104", "D05"]
    assert len(of(STARTED, "CareTeam", team=())["participant"]) == 1


def test_the_document_says_how_it_stands() -> None:
    waiting = read(WAITING)
    assert waiting.startswith(
        "Referral to the employment specialist\n\nAsked by: The client\nAsked on: 4 September 2026"
    )
    assert "\nAnswer:   waiting for one\n" in waiting
    assert "WHY\nI saw the poster" in waiting
    assert "Began:" not in waiting
    assert "Closed:" not in waiting
    assert "WHO WORKS" not in waiting
    assert "\nAnswer:   accepted on 2 September 2026\nBegan:    not yet\n" in read(ACCEPTED)
    assert "\nAnswer:   declined on 16 September 2026. Lives outside the area\nWhen:" in read(DECLINED)


def test_the_document_names_the_colleagues_and_the_end() -> None:
    assert "WHO WORKS WITH THE SPECIALIST\n- Psychiatrist: Dr Farah Khan\n- Care coordinator: Grace" in read(STARTED)
    assert "Began:    4 August 2026\nWhen:" in read(STARTED)
    assert "Closed:   2 November 2026. Support is no longer needed\n" in read(CLOSED)
    assert "Began:    never\nClosed:   6 October 2026. The person no longer wants it\n" in read(NEVER_BEGAN)
    assert "NOTE\nShe has gone back to college" in read(NEVER_BEGAN)


def test_a_turn_changes_what_it_is_about_and_leaves_the_rest() -> None:
    first, second = turned(ACCEPTED, started_on=sample(ACCEPTED).form.written_at.date(), note=None)
    assert only(second, "ServiceRequest") == only(first, "ServiceRequest")
    assert (only(second, "Task")["status"], only(second, "EpisodeOfCare")["status"]) == ("in-progress", "active")
    assert only(second, "EpisodeOfCare")["id"] == only(first, "EpisodeOfCare")["id"]


def test_a_word_in_the_note_leaves_all_but_the_document_as_it_was() -> None:
    first, second = turned(STARTED, note="He showed me round for two hours.")
    untouched = [one for one in first if one.type not in ("DocumentReference", "Provenance")]
    assert [one for one in second if one in untouched] == untouched


def test_a_referral_that_was_retracted_leaves_no_episode_standing() -> None:
    made = mapped(STARTED)
    taken_back = retract(version_of(sample(STARTED).form, 2, "Another person."), NAMES, made)
    assert {one.body["status"] for one in taken_back if one.type != "Provenance"} == {"entered-in-error"}
    assert types_of(taken_back) == types_of(made)
