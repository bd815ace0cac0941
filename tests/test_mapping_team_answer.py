"""What a clinician did with a Task, read back: every status, who, when, in which words; and what cannot be said."""

from typing import Any

import orjson
import pytest

from service.forms.note import FORM
from service.forms.team_request import TeamRequest
from service.mapping.team_answer import THE_TEAM, Heard, hear, what_they_did, who_did_it
from tests.phone import team_request

Json = dict[str, Any]

SENT: Json = {"status": "requested", "authoredOn": "2026-11-20T10:00:00+00:00"}
ACCEPTED: Json = {**SENT, "status": "accepted"}
CHANGED = "2026-11-25T23:30:00.000Z"
TOLD: Json = {"note": [{"text": "At six."}]}


def request(**more: Any) -> TeamRequest:
    form = FORM.validate_json(orjson.dumps(team_request(**more)))
    assert isinstance(form, TeamRequest)
    return form


def heard(changes: Json, asked: TeamRequest | None = None, known: Json = SENT) -> Heard:
    task = {**known, "meta": {"lastUpdated": CHANGED}, **changes}
    return hear(task, known, asked or request())


TAKEN_UP = {"state": "taken_up", "taken_up_by": "Farah Khan", "taken_up_on": "2026-11-20"}
ANSWER = {"by": "Farah Khan", "on": "2026-11-20", "words": "At six."}


# --- the turns --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["accepted", "ready", "in-progress", "on-hold"])
def test_who_has_it_has_taken_it_up_once_they_agreed(status: str) -> None:
    found = heard({"status": status, "owner": {"display": "Farah Khan"}, "executionPeriod": {"start": "2026-11-24"}})
    assert found.beyond is None
    now = found.request
    assert (now.state, now.taken_up_by, str(now.taken_up_on)) == ("taken_up", "Farah Khan", "2026-11-24")
    assert now.written_at.isoformat() == "2026-11-25T23:30:00+00:00"
    assert what_they_did(request(), now) == "By the clinical team, through the record: taken up."


@pytest.mark.parametrize("owner", [None, {}, {"reference": "Practitioner/7"}, {"display": " "}, "Farah"])
def test_where_nobody_is_named_nobody_is_made_up(owner: object) -> None:
    now = heard({"status": "accepted", "owner": owner}).request
    assert (now.state, now.taken_up_by, now.taken_up_on) == ("taken_up", None, None)


@pytest.mark.parametrize("status", ["draft", "requested", "received"])
def test_who_is_given_it_has_not_yet_agreed(status: str) -> None:
    now = heard({"status": status, "owner": {"display": "Farah Khan"}}).request
    assert (now.state, now.of_name, now.taken_up_by) == ("asked", "Farah Khan", None)
    assert what_they_did(request(), now) == "By the clinical team, through the record: given to somebody."


def test_given_to_another_while_it_is_taken_up() -> None:
    now = heard({"owner": {"display": "Lena Ortiz"}}, request(**TAKEN_UP), ACCEPTED).request
    assert (now.state, now.taken_up_by) == ("taken_up", "Lena Ortiz")


def test_put_back_it_waits_for_somebody_again() -> None:
    asked = request(**TAKEN_UP)
    now = heard({"status": "requested"}, asked, ACCEPTED).request
    assert (now.state, now.taken_up_by, now.taken_up_on) == ("asked", None, None)
    assert what_they_did(asked, now) == "By the clinical team, through the record: put back."


@pytest.mark.parametrize(
    ("changes", "by", "on"),
    [
        ({"note": [{"authorString": "Nurse Ade", "time": "2026-11-24T10:00:00Z", "text": "At six."}]}, "Nurse Ade", 24),
        ({"note": [{"authorReference": {"display": "Dr O"}, "time": "2026-11-23", "text": "At six."}]}, "Dr O", 23),
        ({"output": [{"valueString": " At six. "}], "executionPeriod": {"end": "2026-11-22"}}, "The clinical team", 22),
        ({"output": [{"valueMarkdown": "At six."}], "owner": {"display": "Dr Khan"}}, "Dr Khan", 25),
        (
            {"output": [{"valueCodeableConcept": {"text": "At six."}}], "lastModified": "2026-11-26"},
            "The clinical team",
            25,
        ),
        ({"output": [{"valueCodeableConcept": {"coding": [{"display": "At six."}]}}]}, "The clinical team", 25),
        ({"output": [{"valueString": "At six."}], "note": [{"text": "At six."}]}, "The clinical team", 25),
        ({"output": [{"valueString": "At six."}], "executionPeriod": "?", "note": "?"}, "The clinical team", 25),
    ],
)
def test_an_answer_has_its_words_who_wrote_them_and_the_day(changes: Json, by: str, on: int) -> None:
    found = heard({"status": "completed", **changes})
    assert (found.request.state, found.beyond) == ("answered", None)
    answer = found.request.answer
    assert answer and (answer.words, answer.by, answer.on.day, answer.role) == ("At six.", by, on, None)


def test_all_that_the_team_wrote_is_the_answer_each_once() -> None:
    texts = [{"text": "Seen on Monday."}, {"text": "No."}, {"text": "Not at ten."}, {"text": ""}, {}]
    now = heard({"status": "completed", "output": [{"valueString": "No."}], "note": texts}).request
    assert now.answer and now.answer.words == "No.\n\nSeen on Monday.\n\nNot at ten."
    assert heard({"status": "completed", "output": [{"valueString": "No."}], "note": texts}, now) == Heard(now)


def test_declined_with_a_reason_or_in_words() -> None:
    now = heard({"status": "rejected", "statusReason": {"text": "Not ours."}}).request
    assert (now.state, now.why, now.answer) == ("declined", "Not ours.", None)
    now = heard({"status": "rejected", **TOLD}).request
    assert (now.state, now.why, now.answer and now.answer.words) == ("declined", None, "At six.")


@pytest.mark.parametrize("status", ["cancelled", "failed"])
def test_given_up_by_the_team_it_is_closed_and_why(status: str) -> None:
    now = heard({"status": status, "statusReason": {"coding": [{"display": "Moved away"}]}, **TOLD}).request
    assert (now.state, now.why, now.answer) == ("closed", "Moved away\n\nAt six.", None)
    assert what_they_did(request(), now) == "By the clinical team, through the record: closed."


# --- what the specialist did meanwhile ----------------------------------------------------------------------


@pytest.mark.parametrize("state", ["withdrawn", "closed"])
def test_what_was_withdrawn_meanwhile_is_closed_with_the_answer(state: str) -> None:
    asked = request(state=state, why="Not needed.")
    now = heard({"status": "completed", **TOLD}, asked).request
    assert (now.state, now.why, now.answer and now.answer.words) == ("closed", "Not needed.", "At six.")
    if state == "withdrawn":
        assert what_they_did(asked, now) == "By the clinical team, through the record: answered, and closed."


def test_what_was_written_down_as_declined_and_is_answered_after_all_is_answered() -> None:
    now = heard({"status": "completed", **TOLD}, request(state="declined", why="No time.")).request
    assert (now.state, now.why) == ("answered", None)


def test_of_what_was_withdrawn_it_is_said_who_had_begun() -> None:
    asked = request(state="withdrawn", why="Not needed.")
    now = heard({"status": "accepted", "owner": {"display": "Farah Khan"}}, asked).request
    assert (now.state, now.taken_up_by, now.why) == ("withdrawn", "Farah Khan", "Not needed.")
    assert what_they_did(asked, now) == "By the clinical team, through the record: given to somebody."


@pytest.mark.parametrize("status", ["rejected", "cancelled"])
def test_both_say_that_it_is_off(status: str) -> None:
    asked = request(state="withdrawn", why="Not needed.")
    assert heard({"status": status}, asked) == Heard(asked)
    assert heard({"status": status, "note": [{"text": "Not"}]}, asked) == Heard(asked, "wrote_meanwhile")


def test_a_status_that_the_team_left_alone_undoes_nothing_of_the_specialists() -> None:
    asked = request(**TAKEN_UP)
    assert heard({"priority": "urgent"}, asked) == Heard(asked)
    answered = {**SENT, "status": "completed", **TOLD}
    again = request()
    assert heard({"priority": "urgent"}, again, answered) == Heard(again, "wrote_meanwhile")


@pytest.mark.parametrize(("state", "why"), [("answered", None), ("declined", "No."), ("closed", "Done.")])
def test_one_answer_is_not_written_over_another(state: str, why: str | None) -> None:
    asked = request(state=state, answer=ANSWER, why=why)
    assert heard({"status": "completed", **TOLD}, asked) == Heard(asked)
    assert heard({"status": "completed", "note": [{"text": "At"}]}, asked) == Heard(asked, "differs")


# --- what cannot be said ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "beyond"),
    [
        ({"status": "completed"}, "without_words"),
        ({"status": "rejected"}, "without_words"),
        ({"status": "cancelled", "statusReason": {"text": " "}}, "without_words"),
        ({"status": "completed", "note": [{"text": "x" * 4_001}]}, "too_long"),
        ({"status": "completed", "output": [{"valueReference": {"reference": "DocumentReference/3"}}]}, "not_words"),
        ({"status": "completed", "output": [{"valueBoolean": True}]}, "not_words"),
        ({"status": "entered-in-error"}, "not_understood"),
        ({"status": "paused"}, "not_understood"),
        ({"status": None}, "not_understood"),
        # a control character; an answer before it was asked; nobody knows when
        ({"status": "completed", "note": [{"text": "At\u0001six."}]}, "not_understood"),
        ({"status": "completed", "note": [{"text": "At six.", "time": "2026-11-19"}]}, "not_understood"),
        ({"status": "completed", **TOLD, "meta": None, "lastModified": "soon"}, "not_understood"),
        ({"status": "accepted", "owner": {"display": "x" * 201}}, "not_understood"),
    ],
)
def test_what_a_note_cannot_say_leaves_it_as_it_is(changes: Json, beyond: str) -> None:
    asked = request()
    assert heard(changes, asked) == Heard(asked, beyond)  # type: ignore[arg-type]


def test_what_has_words_and_more_is_taken_in_and_the_rest_is_told() -> None:
    outputs = [{"valueString": "See the letter."}, {"valueReference": {"reference": "DocumentReference/3"}}]
    found = heard({"status": "completed", "output": outputs})
    assert (found.request.state, found.beyond) == ("answered", "not_words")


def test_taken_up_with_a_word_that_is_no_answer_yet() -> None:
    found = heard({"status": "accepted", **TOLD})
    assert (found.request.state, found.beyond) == ("taken_up", "wrote_meanwhile")


def test_the_words_that_an_end_lacked_may_come_later() -> None:
    ended = {**SENT, "status": "completed"}
    assert heard(TOLD, known=ended).request.state == "answered"


def test_never_written_before_the_version_it_is_based_on() -> None:
    asked = request()
    now = heard({"status": "accepted", "meta": {"lastUpdated": "2026-11-20T10:00:00Z"}, "lastModified": 7}, asked)
    assert now.request.written_at == asked.written_at


# --- who did it --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "known", "before", "who"),
    [
        ({"status": "accepted", "owner": {"display": "Farah Khan"}}, SENT, {}, "Farah Khan"),
        ({"status": "accepted"}, SENT, {}, THE_TEAM),
        ({"status": "requested", "owner": {"display": "Farah Khan"}}, SENT, {}, THE_TEAM),
        ({"owner": {"display": "Nurse Ade"}}, ACCEPTED, TAKEN_UP, THE_TEAM),
        ({"status": "requested"}, ACCEPTED, TAKEN_UP, THE_TEAM),
        ({"status": "cancelled", "owner": {"display": "Farah Khan"}, **TOLD}, SENT, {}, THE_TEAM),
        ({"status": "rejected", "statusReason": {"text": "Not ours."}}, SENT, {}, THE_TEAM),
        ({"status": "completed", "owner": {"display": "Farah Khan"}, **TOLD}, SENT, {}, "Farah Khan"),
        ({"status": "completed", **TOLD}, ACCEPTED, TAKEN_UP, THE_TEAM),
        ({"status": "rejected", "note": [{"text": "No.", "authorString": "Nurse Ade"}]}, SENT, {}, "Nurse Ade"),
    ],
)
def test_only_who_is_named_as_having_done_it_is_its_author(changes: Json, known: Json, before: Json, who: str) -> None:
    asked = request(**before)
    now = heard(changes, asked, known).request
    assert now != asked
    assert who_did_it(asked, now) == who


def test_an_answer_that_stood_before_makes_nobody_the_author_of_what_came_after() -> None:
    answered = request(state="answered", answer={**ANSWER, "role": "psychiatrist"})
    assert who_did_it(request(), answered) == "Farah Khan, psychiatrist"
    assert who_did_it(answered, answered.model_copy(update={"state": "closed"})) == THE_TEAM
