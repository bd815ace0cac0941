"""Strategy B: each found before it is created; nobody's change overwritten; what cannot be seen is not repeated."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from service.push.ehr import Ehr
from service.push.outcome import Delivered, Outcome, Refused, TryLater, Unknown
from service.push.push import push
from service.push.sending import Sending
from service.r4.resource import Resource
from tests.ehr_answers.ledger import InMemoryLedger
from tests.ehr_answers.notes import (
    BIRTH_DATE,
    NHS_NUMBER,
    NOW,
    RESOURCE_SYSTEM,
    a_sending,
    contact,
    document,
    encounter,
)
from tests.ehr_answers.offers import agreed
from tests.sandbox_server import SandboxServer

Json = dict[str, Any]


@pytest.fixture
async def ehr(sandbox: SandboxServer) -> AsyncIterator[Ehr]:
    sandbox.offer(transaction=False, conditional=False)
    async with Ehr(sandbox.url, 5) as ehr:
        yield ehr


@pytest.fixture
def patient(sandbox: SandboxServer) -> str:
    return sandbox.add_patient(NHS_NUMBER, BIRTH_DATE.isoformat())


@pytest.fixture
async def ledger(sandbox: SandboxServer, patient: str, ehr: Ehr) -> InMemoryLedger:
    """After the first version has been delivered."""
    ledger = InMemoryLedger()
    assert await _push(a_sending(contact(), patient=patient), ehr, ledger) == Delivered()
    return ledger


async def _push(sending: Sending, ehr: Ehr, ledger: InMemoryLedger, *unsearchable: str) -> Outcome:
    return await push(ledger.next_try(sending), ehr, ledger, agreed("B one by one", unsearchable), NOW)


def _code(outcome: Outcome) -> str:
    assert isinstance(outcome, Refused | TryLater | Unknown)
    return outcome.reason.code


def _amended(patient: str) -> Sending:
    return a_sending(contact("Met at the café.", version=2), version=2, patient=patient)


def _theirs(sandbox: SandboxServer, resource: Resource) -> Json:
    (found,) = sandbox.find(resource.type, identifier=f"{RESOURCE_SYSTEM}|{resource.id}")
    return found


def _change(sandbox: SandboxServer, resource: Resource, **change: Any) -> None:
    """As a clinician does, in the EHR."""
    theirs = {**_theirs(sandbox, resource), **change}
    assert sandbox.fhir("PUT", f"{resource.type}/{theirs['id']}", theirs).status_code == 200


def _writes(sandbox: SandboxServer) -> list[str]:
    asked = [f"{seen['method']} {seen['path'].strip('/').split('/')[0]}" for seen in sandbox.requests()]
    return [each for each in asked if not each.startswith("GET")]


async def test_each_goes_by_itself_in_dependency_order_with_its_intent_before(
    sandbox: SandboxServer, patient: str, ehr: Ehr
) -> None:
    ledger = InMemoryLedger()
    sandbox.forget_requests()
    assert await _push(a_sending(contact(), patient=patient), ehr, ledger) == Delivered()
    types = ["Encounter", "DocumentReference", "Procedure", "Provenance"]
    assert _writes(sandbox) == [f"POST {name}" for name in types]
    assert ledger.story == [f"{word} {name}" for name in types for word in ("intend", "record")]


async def test_what_succeeded_is_not_repeated_when_a_later_one_fails(
    sandbox: SandboxServer, patient: str, ehr: Ehr
) -> None:
    ledger = InMemoryLedger()
    sandbox.misbehave(only="writes", type="Procedure", do="answer", status=422, issue_code="business-rule", times=1)
    assert _code(await _push(a_sending(contact(), patient=patient), ehr, ledger)) == "ehr_rule"
    sandbox.forget_requests()

    assert await _push(a_sending(contact(), patient=patient), ehr, ledger) == Delivered()
    assert _writes(sandbox) == ["POST Procedure", "POST Provenance"]


@pytest.mark.parametrize("stale", [412, 409, 400])
async def test_a_clinicians_change_is_kept_and_shown_beside_ours(
    sandbox: SandboxServer, patient: str, ehr: Ehr, ledger: InMemoryLedger, stale: int
) -> None:
    sandbox.style(stale=stale)
    _change(sandbox, document(), description="Changed by a clinician.")

    for _ in range(2):  # retried by a person, it is looked at again, and ends the same way
        outcome = await _push(_amended(patient), ehr, ledger)
        assert isinstance(outcome, Refused)
        assert outcome.reason.code == "changed_in_ehr"
        assert outcome.operation_outcome is not None
        assert outcome.operation_outcome["in_the_ehr"]["description"] == "Changed by a clinician."
        assert outcome.operation_outcome["ours"]["description"] == "Met at the café."
    assert _theirs(sandbox, document())["description"] == "Changed by a clinician."


@pytest.mark.parametrize("status", [409, 412, 423, 429])
async def test_a_conflict_that_passes_is_tried_later_in_the_version_that_we_know(
    sandbox: SandboxServer, patient: str, ehr: Ehr, ledger: InMemoryLedger, status: int
) -> None:
    code = {423: "lock-error", 429: "throttled"}.get(status, "conflict")
    sandbox.misbehave(only="writes", do="answer", status=status, issue_code=code, times=1)

    outcome = await _push(_amended(patient), ehr, ledger)
    assert isinstance(outcome, TryLater)
    assert ledger.open_call is None
    assert await _push(_amended(patient), ehr, ledger) == Delivered()
    assert _theirs(sandbox, document())["description"] == "Met at the café."


async def test_an_answer_that_was_lost_is_looked_up_and_the_resource_adopted(
    sandbox: SandboxServer, patient: str, ehr: Ehr
) -> None:
    ledger = InMemoryLedger()
    sandbox.misbehave(only="writes", type="Encounter", do="drop", when="after", times=1)
    assert isinstance(await _push(a_sending(contact(), patient=patient), ehr, ledger), Unknown)
    assert await _push(a_sending(contact(), patient=patient), ehr, ledger) == Delivered()
    assert sandbox.store()["types"]["Encounter"] == 1


async def test_where_the_ehr_cannot_be_searched_a_lost_answer_is_a_persons_to_find_out(
    sandbox: SandboxServer, patient: str, ehr: Ehr
) -> None:
    ledger = InMemoryLedger()
    sandbox.misbehave(only="writes", type="Encounter", do="drop", when="after", times=1)
    sending = a_sending(contact(), patient=patient)
    assert isinstance(await _push(sending, ehr, ledger, "Encounter"), Unknown)
    sandbox.forget_requests()

    for _ in range(2):
        outcome = await _push(sending, ehr, ledger, "Encounter")
        assert _code(outcome) == "unknown_in_ehr"
    assert (_writes(sandbox), ledger.open_call is None) == ([], False)


async def test_where_the_ehr_cannot_be_searched_what_was_never_sent_is_created(
    sandbox: SandboxServer, patient: str, ehr: Ehr
) -> None:
    ledger = InMemoryLedger()
    unsearchable = ("Encounter", "DocumentReference", "Procedure", "Provenance")
    sandbox.forget_requests()
    assert await _push(a_sending(contact(), patient=patient), ehr, ledger, *unsearchable) == Delivered()
    assert len(_writes(sandbox)) == 4
    assert await _push(_amended(patient), ehr, ledger, *unsearchable) == Delivered()
    assert sandbox.store()["doubled"] == []


async def test_what_is_in_another_patients_record_is_left_alone_and_told(
    sandbox: SandboxServer, patient: str, ehr: Ehr
) -> None:
    other = sandbox.add_patient("9990001022", "1970-01-01")
    ledger = InMemoryLedger()
    assert await _push(a_sending([encounter()], patient=other), ehr, ledger) == Delivered()

    outcome = await _push(a_sending(contact(), patient=patient), ehr, InMemoryLedger())
    assert _code(outcome) == "in_another_record"
    assert _theirs(sandbox, encounter())["meta"]["versionId"] == "1"


async def test_an_update_that_is_said_to_succeed_and_changes_nothing_is_told(
    sandbox: SandboxServer, patient: str, ehr: Ehr, ledger: InMemoryLedger
) -> None:
    sandbox.style(deaf=["DocumentReference"])

    outcome = await _push(_amended(patient), ehr, ledger)
    assert isinstance(outcome, Refused)
    assert outcome.reason.code == "ehr_changed_nothing"
    assert outcome.operation_outcome is not None
    assert outcome.operation_outcome["in_the_ehr"]["description"] == "Met at the library."
    sandbox.style()
    assert await _push(_amended(patient), ehr, ledger) == Delivered()


@pytest.mark.parametrize(("status", "ending"), [(504, Unknown), (403, Refused)])
async def test_an_update_whose_result_cannot_be_read_stays_open(
    sandbox: SandboxServer, patient: str, ehr: Ehr, ledger: InMemoryLedger, status: int, ending: type[Outcome]
) -> None:
    sandbox.style(etag=False, history=False, empty=True)
    sandbox.misbehave(methods=["GET"], path="^/?DocumentReference/", do="answer", status=status, issue_code="forbidden")

    assert isinstance(await _push(_amended(patient), ehr, ledger), ending)
    assert ledger.open_call is not None
    sandbox.behave()
    assert await _push(_amended(patient), ehr, ledger) == Delivered()


@pytest.mark.parametrize("status", [401, 503])
async def test_what_was_deleted_in_the_ehr_needs_a_person_and_an_outage_does_not(
    sandbox: SandboxServer, patient: str, ehr: Ehr, ledger: InMemoryLedger, status: int
) -> None:
    sandbox.misbehave(only="writes", do="answer", status=status, issue_code="transient", times=1)
    assert isinstance(await _push(_amended(patient), ehr, ledger), TryLater)
    for resource_type in ("Provenance", "DocumentReference"):
        (stored,) = sandbox.find(resource_type)
        assert sandbox.fhir("DELETE", f"{resource_type}/{stored['id']}").status_code == 204

    assert _code(await _push(_amended(patient), ehr, ledger)) == "deleted_in_ehr"


async def test_a_create_that_says_not_where_it_is_is_found(sandbox: SandboxServer, patient: str, ehr: Ehr) -> None:
    rule = sandbox.misbehave(only="writes", when="after", do="answer", status=201, body="empty")
    ledger = InMemoryLedger()
    assert await _push(a_sending(contact(), patient=patient), ehr, ledger) == Delivered()
    sandbox.behave(rule)
    assert ledger.links[encounter().key].ehr_id == _theirs(sandbox, encounter())["id"]


async def test_a_success_that_is_no_fhir_is_not_believed(sandbox: SandboxServer, patient: str, ehr: Ehr) -> None:
    sandbox.misbehave(only="writes", when="after", do="answer", status=200, body="html", times=1)
    ledger = InMemoryLedger()
    assert _code(await _push(a_sending(contact(), patient=patient), ehr, ledger)) == "answer_not_fhir"
    assert await _push(a_sending(contact(), patient=patient), ehr, ledger) == Delivered()
    assert sandbox.store()["doubled"] == []


async def test_a_create_that_says_not_where_it_is_and_is_not_shown_stays_open(
    sandbox: SandboxServer, patient: str, ehr: Ehr
) -> None:
    sandbox.misbehave(only="writes", when="before", do="answer", status=201, body="empty", times=1)
    ledger = InMemoryLedger()
    assert _code(await _push(a_sending(contact(), patient=patient), ehr, ledger)) == "answer_incomplete"
    assert ledger.open_call is not None


async def test_what_somebody_doubled_is_not_written_a_third_time(
    sandbox: SandboxServer, patient: str, ehr: Ehr
) -> None:
    ledger = InMemoryLedger()
    assert await _push(a_sending([encounter()], patient=patient), ehr, ledger) == Delivered()
    again = {name: value for name, value in _theirs(sandbox, encounter()).items() if name not in {"id", "meta"}}
    sandbox.create(again)

    assert _code(await _push(a_sending(contact(), patient=patient), ehr, InMemoryLedger())) == "doubled_in_ehr"
    assert sandbox.store()["types"]["Encounter"] == 2


async def test_a_search_that_cannot_be_made_now_is_made_later(sandbox: SandboxServer, patient: str, ehr: Ehr) -> None:
    sandbox.misbehave(only="reads", type="Encounter", do="answer", status=503, issue_code="transient", times=1)
    ledger = InMemoryLedger()
    assert isinstance(await _push(a_sending(contact(), patient=patient), ehr, ledger), TryLater)
    assert ledger.story == []
