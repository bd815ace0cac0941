"""What somebody else does in the EHR: a clinician's change is never overwritten, a double never made worse."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from service.push.ehr import Ehr
from service.push.outcome import Delivered, Outcome, Refused, TryLater, Unknown
from service.push.plan import PushPlan
from service.push.push import push
from service.push.sending import Sending
from service.r4.resource import Resource
from tests.ehr_answers.ledger import InMemoryLedger
from tests.ehr_answers.notes import BIRTH_DATE, NHS_NUMBER, NOW, RESOURCE_SYSTEM, a_sending, contact, document
from tests.ehr_answers.notes import encounter as an_encounter
from tests.sandbox_server import SandboxServer

Json = dict[str, Any]


@pytest.fixture
async def ehr(sandbox: SandboxServer) -> AsyncIterator[Ehr]:
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


async def _push(sending: Sending, ehr: Ehr, ledger: InMemoryLedger) -> Outcome:
    return await push(ledger.next_try(sending), ehr, ledger, PushPlan(), NOW)


def _code(outcome: Outcome) -> str:
    assert isinstance(outcome, Refused | TryLater | Unknown)
    return outcome.reason.code


def _amended(patient: str, text: str = "Met at the café.") -> Sending:
    return a_sending(contact(text, version=2), version=2, patient=patient)


def _theirs(sandbox: SandboxServer, resource: Resource) -> Json:
    (found,) = sandbox.find(resource.type, identifier=f"{RESOURCE_SYSTEM}|{resource.id}")
    return found


def _change(sandbox: SandboxServer, resource: Resource, **change: Any) -> None:
    """As a clinician does, in the EHR."""
    theirs = {**_theirs(sandbox, resource), **change}
    answer = sandbox.fhir("PUT", f"{resource.type}/{theirs['id']}", theirs)
    assert answer.status_code == 200, answer.text


async def test_a_clinicians_change_is_never_overwritten(
    sandbox: SandboxServer, patient: str, ehr: Ehr, ledger: InMemoryLedger
) -> None:
    _change(sandbox, document(), description="Changed by a clinician.")

    for _ in range(2):  # retried by a person, it is looked at again, and ends the same way
        outcome = await _push(_amended(patient), ehr, ledger)
        assert isinstance(outcome, Refused)
        assert outcome.reason.code == "changed_in_ehr"
    assert _theirs(sandbox, document())["description"] == "Changed by a clinician."
    assert sandbox.store()["types"]["Provenance"] == 1


@pytest.mark.parametrize("transaction", [True, False])
async def test_a_clinicians_change_is_not_overwritten_where_the_ehr_does_not_heed_if_match(
    sandbox: SandboxServer, patient: str, ehr: Ehr, transaction: bool
) -> None:
    """HAPI's plain server is one: it takes the write, whatever version it names."""
    sandbox.offer(transaction=transaction, guarded=False)
    ledger = InMemoryLedger()
    assert await _push(a_sending(contact(), patient=patient), ehr, ledger) == Delivered()
    _change(sandbox, document(), description="Changed by a clinician.")
    assert _code(await _push(_amended(patient), ehr, ledger)) == "changed_in_ehr"
    assert _theirs(sandbox, document())["description"] == "Changed by a clinician."


@pytest.mark.parametrize("transaction", [True, False])
async def test_what_nobody_changed_is_amended_where_the_ehr_does_not_heed_if_match(
    sandbox: SandboxServer, patient: str, ehr: Ehr, transaction: bool
) -> None:
    sandbox.offer(transaction=transaction, guarded=False)
    ledger = InMemoryLedger()
    assert await _push(a_sending(contact(), patient=patient), ehr, ledger) == Delivered()
    assert await _push(_amended(patient), ehr, ledger) == Delivered()
    assert _theirs(sandbox, document())["description"] == "Met at the café."


async def test_a_transaction_that_is_said_to_succeed_and_changes_nothing_is_told(
    sandbox: SandboxServer, patient: str, ehr: Ehr, ledger: InMemoryLedger
) -> None:
    sandbox.style(deaf=["DocumentReference"])

    outcome = await _push(_amended(patient), ehr, ledger)
    assert isinstance(outcome, Refused)
    assert outcome.reason.code == "ehr_changed_nothing"
    assert outcome.operation_outcome is not None
    assert outcome.operation_outcome["ours"]["description"] == "Met at the café."
    assert ledger.open_call is not None


async def test_an_update_that_changes_nothing_because_it_is_there_already_is_the_delivery(
    sandbox: SandboxServer, patient: str, ehr: Ehr, ledger: InMemoryLedger
) -> None:
    _change(sandbox, document(), description="Met at the café.")
    ledger.links[document().key] = replace(ledger.links[document().key], ehr_version="2")
    sandbox.style(deaf=["DocumentReference"])

    assert await _push(_amended(patient), ehr, ledger) == Delivered()


async def test_what_an_amendment_leaves_alone_may_have_been_changed(
    sandbox: SandboxServer, patient: str, ehr: Ehr, ledger: InMemoryLedger
) -> None:
    _change(sandbox, an_encounter(), status="entered-in-error")

    assert await _push(_amended(patient), ehr, ledger) == Delivered()
    assert _theirs(sandbox, an_encounter())["status"] == "entered-in-error"


async def test_a_change_that_says_just_what_the_amendment_says_is_the_delivery(
    sandbox: SandboxServer, patient: str, ehr: Ehr, ledger: InMemoryLedger
) -> None:
    _change(sandbox, document(), description="Met at the café.")

    assert await _push(_amended(patient), ehr, ledger) == Delivered()
    assert ledger.links[document().key].ehr_version == "2"
    assert len(sandbox.find("Provenance")) == 2


async def test_a_clinicians_change_after_a_lost_answer_is_not_overwritten(
    sandbox: SandboxServer, patient: str, ehr: Ehr
) -> None:
    ledger = InMemoryLedger()
    sandbox.misbehave(only="writes", do="drop", when="after", times=1)
    await _push(a_sending(contact(), patient=patient), ehr, ledger)
    _change(sandbox, document(), description="Changed by a clinician.")

    for _ in range(2):
        assert _code(await _push(a_sending(contact(), patient=patient), ehr, ledger)) == "changed_in_ehr"
    assert _theirs(sandbox, document())["description"] == "Changed by a clinician."


async def test_an_older_content_of_ours_in_its_first_version_is_brought_up_to_date(
    sandbox: SandboxServer, patient: str, ehr: Ehr
) -> None:
    lost = InMemoryLedger()
    sandbox.misbehave(only="writes", do="drop", when="after", times=1)
    await _push(a_sending(contact("An earlier text."), patient=patient), ehr, lost)

    assert await _push(a_sending(contact(), patient=patient), ehr, lost) == Delivered()
    assert _theirs(sandbox, document())["description"] == "Met at the library."
    assert sandbox.store()["doubled"] == []


async def test_a_clinicians_change_to_what_a_cancelled_delivery_left_is_not_overwritten(
    sandbox: SandboxServer, patient: str, ehr: Ehr
) -> None:
    sandbox.misbehave(only="writes", do="drop", when="after", times=1)
    await _push(a_sending(contact(), patient=patient), ehr, InMemoryLedger())
    _change(sandbox, document(), description="Changed by a clinician.")

    assert _code(await _push(_amended(patient), ehr, InMemoryLedger())) == "changed_in_ehr"
    assert _theirs(sandbox, document())["description"] == "Changed by a clinician."


async def test_what_a_cancelled_delivery_left_is_brought_up_to_date(
    sandbox: SandboxServer, patient: str, ehr: Ehr
) -> None:
    sandbox.misbehave(only="writes", do="drop", when="after", times=1)
    await _push(a_sending(contact(), patient=patient), ehr, InMemoryLedger())

    assert await _push(_amended(patient), ehr, InMemoryLedger()) == Delivered()
    assert _theirs(sandbox, document())["description"] == "Met at the café."
    assert sandbox.store()["doubled"] == []


async def test_what_the_ehr_has_twice_needs_a_person(sandbox: SandboxServer, patient: str, ehr: Ehr) -> None:
    ledger = InMemoryLedger()
    sandbox.misbehave(only="writes", do="drop", when="after", times=1)
    await _push(a_sending(contact(), patient=patient), ehr, ledger)
    sandbox.create({name: part for name, part in _theirs(sandbox, document()).items() if name != "id"})

    assert _code(await _push(a_sending(contact(), patient=patient), ehr, ledger)) == "doubled_in_ehr"


async def test_a_first_write_that_matches_twice_needs_a_person(sandbox: SandboxServer, patient: str, ehr: Ehr) -> None:
    for _ in range(2):
        sandbox.create(
            {
                "resourceType": "DocumentReference",
                "identifier": document().body["identifier"],
                "status": "current",
                "subject": {"reference": f"Patient/{patient}"},
                "content": [{"attachment": {"contentType": "text/plain", "data": "TWV0"}}],
            }
        )

    assert _code(await _push(a_sending(contact(), patient=patient), ehr, InMemoryLedger())) == "doubled_in_ehr"


async def test_a_second_provenance_of_the_same_version_needs_a_person(
    sandbox: SandboxServer, patient: str, ehr: Ehr
) -> None:
    ledger = InMemoryLedger()
    sandbox.misbehave(only="writes", do="drop", when="after", times=1)
    await _push(a_sending(contact(), patient=patient), ehr, ledger)
    (theirs,) = sandbox.find("Provenance")
    sandbox.create({name: part for name, part in theirs.items() if name != "id"})

    assert _code(await _push(a_sending(contact(), patient=patient), ehr, ledger)) == "doubled_in_ehr"


async def test_what_was_deleted_in_the_ehr_needs_a_person(
    sandbox: SandboxServer, patient: str, ehr: Ehr, ledger: InMemoryLedger
) -> None:
    for other in ("Provenance", "DocumentReference"):
        (theirs,) = sandbox.find(other)
        assert sandbox.fhir("DELETE", f"{other}/{theirs['id']}").status_code < 300

    assert _code(await _push(_amended(patient), ehr, ledger)) == "deleted_in_ehr"


@pytest.mark.parametrize("status", [409, 412])
async def test_a_conflict_without_a_newer_version_is_tried_later(
    sandbox: SandboxServer, patient: str, ehr: Ehr, ledger: InMemoryLedger, status: int
) -> None:
    sandbox.misbehave(only="writes", do="answer", status=status, issue_code="conflict", times=1)

    outcome = await _push(_amended(patient), ehr, ledger)

    assert isinstance(outcome, TryLater)
    assert (outcome.reason.code, ledger.open_call) == ("ehr_conflict", None)
    assert await _push(_amended(patient), ehr, ledger) == Delivered()


async def test_a_conflict_with_our_own_lost_write_is_the_delivery(
    sandbox: SandboxServer, patient: str, ehr: Ehr, ledger: InMemoryLedger
) -> None:
    """The answer says conflict, though the write was carried out: a retry in front of the EHR may do that."""
    sandbox.misbehave(only="writes", do="answer", when="after", status=412, issue_code="conflict", times=1)

    assert await _push(_amended(patient), ehr, ledger) == Delivered()
    assert sandbox.store()["doubled"] == []
    assert len(sandbox.find("Provenance")) == 2


@pytest.mark.parametrize("status", [400, 404, 409, 410, 412, 422])
async def test_a_remembered_patient_is_forgotten_when_a_write_is_not_taken(
    sandbox: SandboxServer, patient: str, ehr: Ehr, status: int
) -> None:
    sandbox.misbehave(only="writes", do="answer", status=status, issue_code="processing", times=2)
    remembered, searched = InMemoryLedger(), InMemoryLedger()

    await _push(a_sending(contact(), patient=patient), ehr, remembered)
    await _push(a_sending(contact(), patient=None), ehr, searched)

    assert "forget_patient" in remembered.story
    assert "forget_patient" not in searched.story


async def test_without_versions_a_fresh_read_keeps_a_clinicians_change(
    sandbox: SandboxServer, patient: str, ehr: Ehr
) -> None:
    sandbox.style(etag=False, history=False)
    ledger = InMemoryLedger()
    await _push(a_sending(contact(), patient=patient), ehr, ledger)
    _change(sandbox, document(), description="Changed by a clinician.")

    assert _code(await _push(_amended(patient), ehr, ledger)) == "changed_in_ehr"
    assert _theirs(sandbox, document())["description"] == "Changed by a clinician."


async def test_without_versions_an_ehr_that_cannot_be_read_is_tried_later(
    sandbox: SandboxServer, patient: str, ehr: Ehr
) -> None:
    sandbox.style(etag=False, history=False)
    ledger = InMemoryLedger()
    await _push(a_sending(contact(), patient=patient), ehr, ledger)
    sandbox.misbehave(only="reads", do="answer", status=503)

    outcome = await _push(_amended(patient), ehr, ledger)

    assert isinstance(outcome, TryLater)
    assert ledger.open_call is None
