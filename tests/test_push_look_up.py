"""What the EHR has of our resources is told apart one by one; what it cannot show is not guessed."""

from typing import Any

import httpx
import pytest

from service.push.address import addresses_of
from service.push.look_up import Changed, Doubled, Earlier, Finding, Gone, Look, Missing, Ours, look_up
from service.push.outcome import Delivered, Refused, TryLater, Unknown
from service.push.push import push
from service.push.sending import Call, Link, PatientFound
from service.r4.resource import Resource
from tests.ehr_answers.ledger import InMemoryLedger
from tests.ehr_answers.notes import NOTE, NOTE_SYSTEM, NOW, a_sending, document, encounter, linked, provenance
from tests.ehr_answers.offers import Agreed, agreed
from tests.ehr_answers.stub import FHIR, fhir, operation_outcome, searchset, stub_ehr

Json = dict[str, Any]
VERSION = 2


def _theirs(resource: Resource, version: str | None = "1", **more: Any) -> Json:
    meta = {"meta": {"versionId": version}} if version else {}
    return {**resource.body, "id": "9", "subject": {"reference": "Patient/77"}, **meta, **more}


async def _look(resource: Resource, *routes: Any, link: Link | None = None) -> Finding | TryLater | Refused:
    links = {link.key: link} if link else {}
    sending = a_sending([resource], version=VERSION)
    to = addresses_of(sending, PatientFound("77", None), links, {})
    async with stub_ehr(*routes) as ehr:
        findings = await look_up([resource], Look(ehr, Agreed().agreed, to, sending, NOW))
    return findings[resource.key] if isinstance(findings, dict) else findings


NEW = encounter(status="entered-in-error")
OLD = encounter()


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        (searchset(), Missing),
        (searchset(_theirs(NEW)), Ours),
        (searchset(_theirs(NEW, "5")), Ours),
        (searchset(_theirs(OLD)), Earlier),
        (searchset(_theirs(OLD, "2")), Changed),
        (searchset(_theirs(OLD, None)), Changed),
        (searchset(_theirs(NEW), _theirs(NEW)), Doubled),
        (searchset(_theirs(NEW), _theirs(NEW), next_page=True), Doubled),
        (searchset(_theirs(NEW), _theirs(NEW, identifier=[])), Ours),
    ],
)
async def test_what_we_never_heard_of_is_found_by_its_identifier(theirs: Json, expected: type[Finding]) -> None:
    assert type(await _look(NEW, ("GET /Encounter", theirs))) is expected


@pytest.mark.parametrize("theirs", [searchset(_theirs(NEW, identifier=[])), searchset(next_page=True)])
async def test_a_search_that_ignores_the_identifier_shows_nothing(theirs: Json) -> None:
    finding = await _look(NEW, ("GET /Encounter", theirs))

    assert isinstance(finding, Refused)
    assert finding.reason.code == "ehr_search_ignored"


@pytest.mark.parametrize(
    ("theirs", "known", "expected"),
    [
        (_theirs(OLD, "1"), "1", Earlier),
        (_theirs(NEW, "2"), "1", Ours),
        (_theirs(OLD, "2"), "1", Changed),
        (_theirs(OLD, "2", status="planned"), "1", Changed),
        (_theirs(OLD, "2"), None, Earlier),
        (_theirs(OLD, None), None, Earlier),
        (_theirs(OLD, None), "1", Earlier),
        (_theirs(NEW, None), None, Ours),
        (_theirs(OLD, None, status="planned"), None, Changed),
    ],
)
async def test_what_is_linked_is_read_and_compared(theirs: Json, known: str | None, expected: type[Finding]) -> None:
    finding = await _look(NEW, ("GET /Encounter/9", theirs), link=linked(OLD, "9", known))
    assert type(finding) is expected


async def test_what_is_found_to_be_ours_is_known_from_then_on() -> None:
    finding = await _look(NEW, ("GET /Encounter/9", _theirs(NEW, "2")), link=linked(OLD, "9", "1"))
    assert finding == Ours(linked(NEW, "9", "2", version=VERSION))


async def test_the_version_of_a_read_may_stand_in_its_etag() -> None:
    read = fhir(200, _theirs(OLD, None), etag='W/"1"')
    assert isinstance(await _look(NEW, ("GET /Encounter/9", lambda _: read), link=linked(OLD, "9", "1")), Earlier)


async def test_an_older_content_that_only_has_more_is_not_taken_for_ours() -> None:
    """We took an element out; somebody else has touched what was there, and our write never arrived."""
    before, after = encounter(length={"value": 30}), encounter()
    theirs = _theirs(before, "2", text={"div": "touched"})
    assert isinstance(await _look(after, ("GET /Encounter/9", theirs), link=linked(before, "9", "1")), Changed)


async def test_what_names_a_resource_from_before_it_was_there_is_ours_all_the_same() -> None:
    """By an EHR that has no versions, where the content alone can tell."""
    before, after = document("Met."), document("Met at the library.")
    named = {"encounter": [{"type": "Encounter", "identifier": encounter().body["identifier"][0]}]}
    links = {one.key: one for one in (linked(before, "9", None), linked(encounter(), "7"))}
    sending = a_sending([after], version=VERSION)
    look_at = addresses_of(sending, PatientFound("77", None), links, {})
    for there, expected in ((before, Earlier), (after, Ours), (document("Theirs."), Changed)):
        async with stub_ehr(("GET /DocumentReference/9", _theirs(there, None, context=named))) as ehr:
            findings = await look_up([after], Look(ehr, Agreed().agreed, look_at, sending, NOW))
        assert isinstance(findings, dict)
        assert type(findings[after.key]) is expected


@pytest.mark.parametrize(
    ("status", "content_type", "expected"),
    [
        (404, FHIR, Gone),
        (410, FHIR, Gone),
        (404, {}, Gone),
        (404, {"Content-Type": "text/html"}, TryLater),
        (500, {}, TryLater),
    ],
)
async def test_only_a_fhir_server_can_say_that_something_is_gone(
    status: int, content_type: dict[str, str], expected: type[Finding | TryLater]
) -> None:
    content = b"{}" if content_type == FHIR else b"<html/>" if content_type else b""
    answer = httpx.Response(status, headers=content_type, content=content)
    finding = await _look(NEW, ("GET /Encounter/9", lambda _: answer), link=linked(OLD, "9"))
    assert type(finding) is expected


def _source(value: str = f"{NOTE}/{VERSION}") -> Json:
    return {"what": {"identifier": {"system": NOTE_SYSTEM, "value": value}}}


def _provenance(id_: str = "5", *entities: Any) -> Json:
    return {"resourceType": "Provenance", "id": id_, "entity": list(entities) or [_source()]}


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        (searchset(), Missing),
        (searchset(_provenance()), Ours),
        (searchset(_provenance("5", "x", {}, {"what": "x"}, {"what": {"identifier": "x"}}, _source())), Ours),
        (searchset(_provenance("5", _source(f"{NOTE}/1"))), Missing),
        (searchset({"resourceType": "Provenance", "id": "6"}), Missing),
        (searchset(_provenance(), _provenance("6")), Doubled),
        (searchset(next_page=True), Refused),
        (operation_outcome("processing"), TryLater),
    ],
)
async def test_provenance_is_found_by_its_target_and_by_the_notes_version(
    theirs: Json, expected: type[Finding | TryLater | Refused]
) -> None:
    resource = provenance(["Goal/not-linked", encounter().key], VERSION)
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params["target"])
        return fhir(200, theirs)

    finding = await _look(resource, ("GET /Provenance", answer), link=linked(encounter(), "9"))

    assert type(finding) is expected
    assert asked == ["Encounter/9"]


async def test_provenance_of_nothing_that_is_there_is_not_there() -> None:
    assert await _look(provenance([encounter().key])) == Missing()


async def test_what_is_found_on_the_way_is_known_to_the_rest() -> None:
    theirs = _theirs(document(), context={"encounter": [{"reference": "Encounter/9"}]})
    sending = a_sending([])
    to = addresses_of(sending, PatientFound("77", None), {}, {})
    routes = ("GET /Encounter", searchset(_theirs(encounter()))), ("GET /DocumentReference", searchset(theirs))
    async with stub_ehr(*routes) as ehr:
        findings = await look_up([encounter(), document()], Look(ehr, Agreed().agreed, to, sending, NOW))

    assert isinstance(findings, dict)
    assert [type(finding) for finding in findings.values()] == [Ours, Ours]
    assert to.links == {}


async def test_a_look_that_is_refused_leaves_the_call_open_for_a_person() -> None:
    ledger = InMemoryLedger()
    ledger.open_call = Call(0, (encounter().key,))
    forbidden = fhir(403, operation_outcome("forbidden"))
    async with stub_ehr(("GET /Encounter", lambda _: forbidden)) as ehr:
        outcome = await push(ledger.next_try(a_sending([encounter()])), ehr, ledger, agreed(), NOW)

    assert isinstance(outcome, Refused)
    assert (outcome.reason.code, ledger.story) == ("ehr_forbids", [])


@pytest.mark.parametrize(
    ("answer", "ending", "code"),
    [
        (fhir(410, operation_outcome("deleted")), Refused, "deleted_in_ehr"),
        (fhir(200, _theirs(OLD, None, status="planned")), Refused, "changed_in_ehr"),
        (fhir(403, operation_outcome("forbidden")), Refused, "ehr_forbids"),
        (httpx.Response(502), TryLater, "ehr_gateway_error"),
    ],
)
async def test_without_a_known_version_nothing_is_sent_before_a_fresh_read(
    answer: httpx.Response, ending: type[TryLater | Refused], code: str
) -> None:
    ledger = InMemoryLedger()
    ledger.links = {OLD.key: linked(OLD, "9", None)}
    async with stub_ehr(("GET /Encounter/9", lambda _: answer)) as ehr:
        outcome = await push(ledger.next_try(a_sending([NEW], version=2)), ehr, ledger, agreed(), NOW)

    assert isinstance(outcome, ending)
    assert (outcome.reason.code, ledger.story) == (code, [])


async def test_a_version_learnt_by_a_fresh_read_guards_the_write() -> None:
    ledger = InMemoryLedger()
    ledger.links = {OLD.key: linked(OLD, "9", None)}
    sent: list[bytes] = []

    def take(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return fhir(200, {"resourceType": "Bundle", "entry": [{"response": {"status": "200"}}]})

    async with stub_ehr(("GET /Encounter/9", _theirs(OLD, "4")), ("POST ", take)) as ehr:
        outcome = await push(ledger.next_try(a_sending([NEW], version=2)), ehr, ledger, agreed(), NOW)

    assert outcome == Delivered()
    assert b'"ifMatch":"W/\\"4\\""' in sent[0]


async def test_a_lost_answer_that_cannot_be_looked_up_says_so() -> None:
    ledger = InMemoryLedger()
    ledger.open_call = Call(0, (encounter().key,))
    async with stub_ehr(("GET /Encounter", lambda _: httpx.Response(504))) as ehr:
        outcome = await push(ledger.next_try(a_sending([encounter()])), ehr, ledger, agreed(), NOW)

    assert isinstance(outcome, Unknown)
    assert outcome.reason.sentence.startswith("Whether the EHR has this note cannot be seen yet.")
    assert ledger.open_call is not None
