"""The EHR's ids and versions are read from its answer, whatever its style; what it does not tell is read back."""

from typing import Any

import pytest

from service.push.outcome import Delivered, Refused, TryLater, Unknown
from service.push.push import push
from service.push.written import Written, entries_written, version_of
from tests.ehr_answers.ledger import InMemoryLedger
from tests.ehr_answers.notes import NOW, a_sending, linked, nobodys_encounter
from tests.ehr_answers.offers import agreed
from tests.ehr_answers.stub import operation_outcome, searchset, stub_ehr

Json = dict[str, Any]
EHR = "https://ehr.example.test/fhir"


def _entry(response: Json, **more: Any) -> Json:
    return {"response": response, **more}


def _encounter(id_: Any, meta: Any) -> Json:
    return {"resourceType": "Encounter", "id": id_, "meta": meta}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (_entry({"status": "201", "location": "Encounter/9/_history/2", "etag": 'W/"3"'}), (201, "9", "3")),
        (_entry({"status": "201 Created", "location": f"{EHR}/Encounter/9/_history/2"}), (201, "9", "2")),
        (_entry({"status": 200, "location": f"{EHR}/Encounter/9/"}), (200, "9", None)),
        (_entry({"status": "200 OK", "location": "Encounter/9", "etag": '"5"'}), (200, "9", "5")),
        (_entry({"status": "200", "location": "/Encounter/a-B.9", "etag": "5"}), (200, "a-B.9", "5")),
        (_entry({"status": "200", "etag": " W/\"x-1\" "}), (200, None, "x-1")),
        (_entry({"status": "200", "location": "Patient/9"}), (200, None, None)),
        (_entry({"status": "200", "location": "Encounter"}), (200, None, None)),
        (_entry({"status": "200", "location": 9, "etag": 9}), (200, None, None)),
        (_entry({"status": "200"}, resource={"resourceType": "Encounter", "id": "9"}), (200, "9", None)),
        (_entry({"status": "200"}, resource=_encounter("9", {"versionId": "4"})), (200, "9", "4")),
        (_entry({"status": "200"}, resource=_encounter(9, {"versionId": 4})), (200, None, None)),
        (_entry({"status": "200"}, resource={**_encounter("9", 1), "resourceType": "Goal"}), (200, None, None)),
        (_entry({"status": "fine"}), (0, None, None)),
        (_entry({"status": "²00"}), (0, None, None)),
        (_entry({}), (0, None, None)),
        ({"response": "200"}, (0, None, None)),
        ({}, (0, None, None)),
        ("200", (0, None, None)),
    ],
)  # fmt: skip
def test_an_entry_is_read_whatever_its_style(entry: Any, expected: tuple[int, str | None, str | None]) -> None:
    assert entries_written({"entry": [entry]}, ("Encounter",)) == (Written(*expected, None),)


@pytest.mark.parametrize("entries", [None, "x", [], [{}, {}]])
def test_an_answer_with_another_number_of_entries_is_not_read(entries: Any) -> None:
    assert entries_written({"entry": entries}, ("Encounter",)) is None


@pytest.mark.parametrize(
    ("etag", "resource", "version"),
    [
        ('W/"1"', None, "1"),
        (None, None, None),
        ('W/""', {"meta": {"versionId": "2"}}, "2"),
        (None, {"meta": None}, None),
    ],
)
def test_a_version_stands_in_the_etag_or_in_the_resource(etag: Any, resource: Any, version: str | None) -> None:
    assert version_of(etag, resource) == version


async def _push_answered(entry: Json, *found: Json, known: bool = False) -> tuple[Any, InMemoryLedger]:
    resource = nobodys_encounter()
    ledger = InMemoryLedger()
    links = {resource.key: linked(nobodys_encounter(), "9", "1", version=0)} if known else {}
    sending = a_sending([_changed(resource) if known else resource], links=links)
    async with stub_ehr(("POST ", {"resourceType": "Bundle", "entry": [entry]}), ("GET ", searchset(*found))) as ehr:
        return await push(sending, ehr, ledger, agreed(), NOW), ledger


def _changed(resource: Any) -> Any:
    return type(resource)(resource.type, resource.id, {**resource.body, "status": "entered-in-error"})


def _theirs(**more: Any) -> Json:
    body = {**nobodys_encounter().body, "id": "9", "subject": {"reference": "Patient/77"}, "meta": {"versionId": "3"}}
    return {**body, **more}


async def test_an_id_that_is_not_told_is_read_back() -> None:
    outcome, ledger = await _push_answered(_entry({"status": "201"}), _theirs())

    assert outcome == Delivered()
    (link,) = ledger.links.values()
    assert (link.ehr_id, link.ehr_version) == ("9", "3")


async def test_an_id_that_cannot_be_read_back_yet_is_looked_up_by_the_next_attempt() -> None:
    outcome, ledger = await _push_answered(_entry({"status": "201"}))

    assert isinstance(outcome, Unknown)
    assert outcome.reason.code == "answer_incomplete"
    assert ledger.open_call is not None


async def test_reading_back_may_find_it_doubled() -> None:
    outcome, _ = await _push_answered(_entry({"status": "201"}), _theirs(), _theirs(id="10"))

    assert isinstance(outcome, Refused)
    assert outcome.reason.code == "doubled_in_ehr"


async def test_the_id_of_a_linked_resource_need_not_be_told_again() -> None:
    outcome, ledger = await _push_answered(_entry({"status": "200", "etag": 'W/"2"'}), known=True)

    assert outcome == Delivered()
    (link,) = ledger.links.values()
    assert (link.ehr_id, link.ehr_version) == ("9", "2")


async def test_what_arrived_beside_a_failed_entry_is_kept() -> None:
    failed = _entry({"status": "429", "outcome": operation_outcome("throttled")})
    outcome, ledger = await _push_answered(failed, _theirs())

    assert outcome == Delivered()
    assert ledger.story == ["intend Encounter", "record Encounter"]


async def test_a_failed_entry_may_turn_out_doubled() -> None:
    outcome, ledger = await _push_answered(_entry({"status": "412"}), _theirs(), _theirs(id="10"))

    assert isinstance(outcome, Refused)
    assert outcome.reason.code == "doubled_in_ehr"
    assert ledger.open_call is not None


async def test_a_failed_entry_that_is_not_there_ends_the_attempt_as_it_says() -> None:
    outcome, ledger = await _push_answered(_entry({"status": "429", "outcome": operation_outcome("throttled")}))

    assert isinstance(outcome, TryLater)
    assert ledger.story == ["intend Encounter", "not_taken"]
