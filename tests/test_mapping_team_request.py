"""A request to the clinical team → a Task on its worklist, and what a clinician reads at each turn."""

from typing import Any

import pytest

from service.mapping.frame import role_id
from service.mapping.to_resources import retract, to_resources
from service.r4.resource import Json, Resource
from tests.mapped import changed, codes_in, mapped, only, text_of, types_of, version_of
from tests.published import our_gate
from tests.samples_on_disk import NAMES, sample

ASKED = "team_request/asked"
TAKEN_UP = "team_request/taken_up"
ANSWERED = "team_request/answered"
DECLINED = "team_request/declined"
WITHDRAWN = "team_request/withdrawn"
INFORMATION = "team_request/information_answered"
SEEN: dict[str, Any] = {"by": "Dr Farah Khan", "role": "psychiatrist", "words": "Moved to six in the evening."}


def task_of(name: str, **fields: Any) -> Json:
    return only(mapped(name, **fields), "Task")


def read(name: str, **fields: Any) -> str:
    return text_of(only(mapped(name, **fields), "DocumentReference"))


def turned(name: str, **fields: Any) -> tuple[tuple[Resource, ...], tuple[Resource, ...]]:
    """The sample, and its next version with these fields."""
    form = sample(name).form
    first = to_resources(version_of(form), NAMES)
    return first, to_resources(version_of(changed(form, **fields), 2, "It went on."), NAMES, first)


def test_it_is_a_task_for_the_role_that_is_asked_until_the_day_it_helps() -> None:
    assert types_of(mapped(ASKED)) == ["Task", "DocumentReference", "Provenance"]
    task = task_of(ASKED)
    assert (task["status"], task["intent"]) == ("requested", "order")
    assert codes_in([task["code"]]) == ["team-request", "medication-review"]
    assert task["description"].startswith("The evening tablet leaves him heavy")
    assert (codes_in(task["performerType"]), task["owner"]) == (["psychiatrist"], {"display": "Dr Farah Khan"})
    assert task["restriction"] == {"period": {"end": "2026-09-17"}}
    assert task["requester"]["display"] == "Ed Taylor"
    assert not {"focus", "note", "output", "executionPeriod", "reasonReference", "statusReason"} & set(task)


def test_it_names_the_goal_and_the_job_it_is_for() -> None:
    goal = only(mapped("work_goal/full"), "Goal")
    extension = {
        "url": "http://hl7.org/fhir/StructureDefinition/resource-pertainsToGoal",
        "valueReference": {"reference": f"Goal/{goal['id']}"},
    }
    assert task_of(ASKED)["extension"] == [extension]
    assert "extension" not in task_of(ANSWERED)
    resources = mapped(INFORMATION)
    job = only(resources, "Task")["reasonReference"]
    job_id = sample(INFORMATION).form.refers_to()[1]
    assert job == {"reference": f"DocumentReference/{role_id(job_id, 'document')}"}
    assert only(resources, "CommunicationRequest")["about"] == [job]


def test_who_has_taken_it_up_owns_it() -> None:
    task = task_of(TAKEN_UP)
    assert (task["status"], task["owner"]) == ("accepted", {"display": "Grace Mbeki"})
    assert task["executionPeriod"] == {"start": "2026-09-07"}
    assert task_of(TAKEN_UP, of_name="Anna Bell")["owner"] == {"display": "Grace Mbeki"}
    assert "owner" not in task_of(TAKEN_UP, taken_up_by=None)


def test_an_answer_is_what_the_task_brought_and_a_note_with_its_author_and_day() -> None:
    task = task_of(ANSWERED)
    (note,), (brought,) = task["note"], task["output"]
    assert task["status"] == "completed"
    assert (note["authorString"], note["time"]) == ("Tom Reilly, nurse", "2026-09-10")
    assert note["text"] == brought["valueString"]
    assert note["text"].endswith("he is fit for the trial week.")
    assert codes_in([brought["type"]]) == ["answer"]
    assert task["executionPeriod"] == {"start": "2026-09-08", "end": "2026-09-10"}


def test_an_answer_of_somebody_whose_role_is_not_known_names_them_alone() -> None:
    answer = sample(ANSWERED).form.model_dump()["answer"] | {"role": None}
    assert task_of(ANSWERED, answer=answer)["note"][0]["authorString"] == "Tom Reilly"
    assert "\n(Tom Reilly, 10 September 2026)" in read(ANSWERED, answer=answer)


def test_what_is_declined_says_why_and_brought_nothing() -> None:
    task = task_of(DECLINED)
    assert (task["status"], "output" in task) == ("rejected", False)
    assert task["statusReason"]["text"] == task["note"][0]["text"]
    assert task_of(DECLINED, answer=None, why="Not ours.")["statusReason"] == {"text": "Not ours."}
    assert "note" not in task_of(DECLINED, answer=None, why="Not ours.")


def test_what_is_withdrawn_is_asked_of_nobody_any_more() -> None:
    task = task_of(WITHDRAWN)
    assert (task["status"], task["statusReason"]["text"][:24]) == ("cancelled", "He has decided against s")


def test_closed_is_complete_where_it_was_answered_and_cancelled_where_it_was_not() -> None:
    assert task_of(ANSWERED, state="closed")["status"] == "completed"
    unanswered = task_of(ASKED, state="closed", why="Settled in the meeting.")
    assert (unanswered["status"], unanswered["statusReason"]) == ("cancelled", {"text": "Settled in the meeting."})


def test_information_for_a_job_match_is_what_the_task_is_about() -> None:
    resources = mapped(INFORMATION)
    assert types_of(resources) == ["CommunicationRequest", "Task", "DocumentReference", "Provenance"]
    asked = only(resources, "CommunicationRequest")
    assert only(resources, "Task")["focus"] == {"reference": f"CommunicationRequest/{asked['id']}"}
    assert asked["payload"][0]["contentString"].startswith("A landscaping firm offers work")
    assert (asked["sender"], asked["occurrencePeriod"]) == (
        {"display": "Dr Lena Ortiz, psychologist"},
        {"end": "2026-09-18"},
    )
    assert asked["recipient"] == [asked["requester"]]
    assert codes_in(asked["reasonCode"]) == ["job-match-information"]
    plain = only(mapped(INFORMATION, by_when=None, job_id=None, of_name=None), "CommunicationRequest")
    assert (plain["sender"], "occurrencePeriod" in plain, "about" in plain) == (
        {"display": "Psychologist"},
        False,
        False,
    )


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"state": "asked", "answer": None}, "active"),
        ({"state": "taken_up", "answer": None}, "active"),
        ({}, "completed"),
        ({"state": "closed"}, "completed"),
        ({"state": "declined"}, "revoked"),
        ({"state": "withdrawn", "answer": None, "why": "No."}, "revoked"),
    ],
)
def test_the_information_stands_as_the_request_does(fields: Json, status: str) -> None:
    asked = only(mapped(INFORMATION, **fields), "CommunicationRequest")
    assert asked["status"] == status
    assert ("statusReason" in asked) == (status == "revoked")


def test_the_document_says_what_is_asked_of_whom_and_how_it_stands() -> None:
    text = read(ASKED)
    assert text.startswith(
        "Request to the clinical team\n\nAsked:    Medication review\nOf:       Dr Farah Khan, psych"
    )
    assert "By:       17 September 2026\nStands:   asked, not yet taken up\n" in text
    assert "WHAT IS ASKED\nThe evening tablet" in text
    assert "ANSWER" not in text
    assert "WHY" not in text
    assert "Stands:   taken up by Grace Mbeki on 7 September 2026\n" in read(TAKEN_UP)
    assert "Stands:   taken up\n" in read(TAKEN_UP, taken_up_by=None, taken_up_on=None)
    assert "\nOf:       Care coordinator\n" in read(TAKEN_UP)


def test_the_document_carries_the_answer_with_who_and_when() -> None:
    text = read(ANSWERED)
    assert "Stands:   answered; taken up by Tom Reilly on 8 September 2026\n" in text
    assert "ANSWER\nSeen on 10 September." in text
    assert "\n(Tom Reilly, nurse, 10 September 2026)\n" in text
    assert "Stands:   withdrawn\n" in read(WITHDRAWN)
    assert "WHY\nHe has decided against shop work" in read(WITHDRAWN)


def test_it_goes_on_from_turn_to_turn_in_the_same_task() -> None:
    first, second = turned(ASKED, state="taken_up", taken_up_by="Dr Farah Khan")
    assert only(first, "Task")["id"] == only(second, "Task")["id"]
    answer = {**SEEN, "on": sample(ASKED).form.written_at.date()}
    answered = changed(sample(ASKED).form, state="answered", answer=answer)
    third = to_resources(version_of(answered, 3, "It was answered."), NAMES, second)
    assert (only(second, "Task")["status"], only(third, "Task")["status"]) == ("accepted", "completed")
    assert "Version 3 of this note." in text_of(only(third, "DocumentReference"))


def test_closing_what_was_answered_writes_nothing_over_the_task() -> None:
    later = sample(ANSWERED).form.written_at.replace(day=30)
    first, second = turned(ANSWERED, state="closed", why="Thank you.", written_at=later)
    assert only(second, "Task") == only(first, "Task")
    assert "WHY\nThank you." in text_of(only(second, "DocumentReference"))


def test_asking_something_else_of_the_team_writes_the_task_anew() -> None:
    later = sample(ASKED).form.written_at.replace(day=30)
    _, second = turned(ASKED, words="Could it be a tablet in the evening?", written_at=later)
    assert only(second, "Task")["lastModified"].startswith("2026-09-30")
    assert only(second, "Task")["description"] == "Could it be a tablet in the evening?"


def test_what_is_asked_for_no_longer_is_withdrawn() -> None:
    _, second = turned(INFORMATION, asked_for="other")
    assert only(second, "CommunicationRequest")["status"] == "entered-in-error"
    assert "focus" not in only(second, "Task")


def test_a_request_that_was_retracted_is_asked_of_nobody() -> None:
    made = mapped(INFORMATION)
    taken_back = retract(version_of(sample(INFORMATION).form, 2, "Another person."), NAMES, made)
    assert {one.body["status"] for one in taken_back if one.type != "Provenance"} == {"entered-in-error"}


def test_a_version_that_the_team_wrote_has_them_as_its_author_and_its_document_has_both() -> None:
    form, first = sample(ASKED).form, mapped(ASKED)
    taken_up = changed(form, state="taken_up", taken_up_by="Dr Farah Khan")
    theirs = to_resources(version_of(taken_up, 2, "By the team.", "Dr Farah\nKhan"), NAMES, first)
    our_gate().check(theirs)
    author, assembler = only(theirs, "Provenance")["agent"]
    assert (codes_in([author["type"]]), author["who"]) == (["author"], {"display": "Dr Farah\nKhan"})
    assert "onBehalfOf" not in author
    assert assembler == only(first, "Provenance")["agent"][1]
    written = only(theirs, "DocumentReference")
    assert written["author"] == [*only(first, "DocumentReference")["author"], {"display": "Dr Farah\nKhan"}]
    assert "\nNote of Ed Taylor, employment specialist. This version by Dr Farah Khan, through the" in text_of(written)
    assert "Written by" not in text_of(written)


def test_what_the_specialist_does_next_is_the_specialists_again() -> None:
    form, first = sample(ASKED).form, mapped(ASKED)
    theirs = to_resources(version_of(form, 2, "By the team.", "Dr Farah Khan"), NAMES, first)
    for after in (
        to_resources(version_of(form, 3, "A wrong word."), NAMES, theirs),
        retract(version_of(form, 3, "Another person."), NAMES, theirs),
    ):
        assert only(after, "Provenance")["agent"] == only(first, "Provenance")["agent"]
    amended = to_resources(version_of(form, 3, "A wrong word."), NAMES, theirs)
    assert only(amended, "DocumentReference")["author"] == only(first, "DocumentReference")["author"]
