"""One attempt against the sandbox EHR, over a socket: the story of a delivery, with all that can interrupt it."""

from collections.abc import AsyncIterator

import pytest

from service.push.ehr import Ehr
from service.push.outcome import Delivered, Outcome, TryLater, Unknown
from service.push.plan import PushPlan
from service.push.push import push
from service.push.sending import LeaseLost, Sending
from service.r4.resource import Resource
from tests.ehr_answers.ledger import InMemoryLedger
from tests.ehr_answers.notes import (
    BIRTH_DATE,
    NHS_NUMBER,
    NOW,
    RESOURCE_SYSTEM,
    SPECIALIST,
    a_sending,
    contact,
    document,
    encounter,
)
from tests.sandbox_server import SandboxServer

ONE_EACH = {"DocumentReference": 1, "Encounter": 1, "Patient": 1, "Procedure": 1, "Provenance": 1}


@pytest.fixture
async def ehr(sandbox: SandboxServer) -> AsyncIterator[Ehr]:
    async with Ehr(sandbox.url, 5) as ehr:
        yield ehr


@pytest.fixture
def patient(sandbox: SandboxServer) -> str:
    patient = sandbox.add_patient(NHS_NUMBER, BIRTH_DATE.isoformat(), "Testperson", "Avery")
    sandbox.forget_requests()
    return patient


async def _push(sending: Sending, ehr: Ehr, ledger: InMemoryLedger, plan: PushPlan | None = None) -> Outcome:
    return await push(ledger.next_try(sending), ehr, ledger, plan or PushPlan(), NOW)


def _code(outcome: Outcome) -> str:
    assert not isinstance(outcome, Delivered)
    return outcome.reason.code


def _theirs(sandbox: SandboxServer, resource: Resource) -> dict[str, object]:
    (found,) = sandbox.find(resource.type, identifier=f"{RESOURCE_SYSTEM}|{resource.id}")
    return found


async def test_a_contact_is_in_the_ehr_after_one_attempt(sandbox: SandboxServer, patient: str, ehr: Ehr) -> None:
    ledger = InMemoryLedger()

    assert await _push(a_sending(contact(), patient=None), ehr, ledger) == Delivered()

    assert sandbox.store() == {"types": ONE_EACH, "doubled": []}
    assert ledger.story == [
        "patient_found",
        "intend Encounter, DocumentReference, Procedure, Provenance",
        "record Encounter, DocumentReference, Procedure, Provenance",
    ]
    assert ledger.patient is not None
    assert (ledger.patient.ehr_patient_id, ledger.patient.name) == (patient, "Avery Testperson")


async def test_what_the_ehr_holds_refers_to_its_own_ids(sandbox: SandboxServer, patient: str, ehr: Ehr) -> None:
    ledger = InMemoryLedger()
    await _push(a_sending(contact(), patient=patient), ehr, ledger)

    theirs = _theirs(sandbox, document())

    at = ledger.links[encounter().key]
    assert theirs["subject"] == {"reference": f"Patient/{patient}"}
    assert theirs["context"] == {"encounter": [{"reference": f"Encounter/{at.ehr_id}"}]}
    assert theirs["author"] == [SPECIALIST]


async def test_a_remembered_patient_is_not_searched_again(sandbox: SandboxServer, patient: str, ehr: Ehr) -> None:
    await _push(a_sending(contact(), patient=patient), ehr, InMemoryLedger())

    assert not [seen for seen in sandbox.requests() if "Patient" in seen["path"]]


async def test_a_delivery_already_in_the_ehr_asks_nothing_of_it(sandbox: SandboxServer, patient: str, ehr: Ehr) -> None:
    ledger = InMemoryLedger()
    sending = a_sending(contact(), patient=None)
    plan = PushPlan()
    await _push(sending, ehr, ledger, plan)
    sandbox.forget_requests()

    assert await _push(sending, ehr, ledger, plan) == Delivered()
    assert sandbox.requests() == []


@pytest.mark.parametrize("entries", [1, 2, 3, 4, 8])
async def test_a_note_larger_than_a_bundle_is_sent_in_several_in_order(
    sandbox: SandboxServer, patient: str, ehr: Ehr, entries: int
) -> None:
    ledger = InMemoryLedger()

    assert await _push(a_sending(contact(), patient=patient), ehr, ledger, PushPlan(entries)) == Delivered()

    assert sandbox.store() == {"types": ONE_EACH, "doubled": []}
    assert ledger.types_written() == ["Encounter", "DocumentReference", "Procedure", "Provenance"]
    assert max(len(seen["entries"]) for seen in sandbox.requests()) <= entries
    (source,) = sandbox.find("Provenance")
    assert [target["reference"] for target in source["target"]] == [
        f"{link.ehr_type}/{link.ehr_id}" for link in list(ledger.links.values())[:3]
    ]


async def test_provenance_goes_last_wherever_it_stands_in_the_note(
    sandbox: SandboxServer, patient: str, ehr: Ehr
) -> None:
    encounter_, document_, procedure_, provenance_ = contact()
    ledger = InMemoryLedger()

    await _push(a_sending([encounter_, provenance_, document_, procedure_], patient=patient), ehr, ledger, PushPlan(2))

    assert ledger.types_written() == ["Encounter", "DocumentReference", "Procedure", "Provenance"]


async def test_a_resource_named_twice_is_sent_once(sandbox: SandboxServer, patient: str, ehr: Ehr) -> None:
    outcome = await _push(a_sending([encounter(), encounter()], patient=patient), ehr, InMemoryLedger())

    assert outcome == Delivered()
    assert sandbox.store()["types"]["Encounter"] == 1


async def test_an_amended_note_updates_what_changed_and_only_that(
    sandbox: SandboxServer, patient: str, ehr: Ehr
) -> None:
    ledger = InMemoryLedger()
    await _push(a_sending(contact(), patient=patient), ehr, ledger)

    amended = a_sending(contact("Met at the café.", version=2), version=2, patient=patient)
    assert await _push(amended, ehr, ledger) == Delivered()

    assert sandbox.store() == {"types": {**ONE_EACH, "Provenance": 2}, "doubled": []}
    assert _theirs(sandbox, document())["description"] == "Met at the café."
    assert ledger.links[document().key].ehr_version == "2"
    assert ledger.links[encounter().key].ehr_version == "1"


async def test_an_amendment_that_changes_nothing_writes_nothing(sandbox: SandboxServer, patient: str, ehr: Ehr) -> None:
    ledger = InMemoryLedger()
    await _push(a_sending(contact(), patient=patient), ehr, ledger)

    assert await _push(a_sending(contact(version=2), version=2, patient=patient), ehr, ledger) == Delivered()
    assert sandbox.store()["types"] == ONE_EACH


@pytest.mark.parametrize("entries", [1, 2, 8])
@pytest.mark.parametrize("do", ["reset", "drop", "cut"])
async def test_an_answer_lost_after_the_commit_is_looked_up_and_doubles_nothing(
    sandbox: SandboxServer, patient: str, ehr: Ehr, do: str, entries: int
) -> None:
    ledger, plan = InMemoryLedger(), PushPlan(entries)
    sending = a_sending(contact(), patient=patient)
    outcomes = []
    for _ in range(4):
        sandbox.misbehave(only="writes", do=do, when="after", times=1)
        outcomes.append(await _push(sending, ehr, ledger, plan))
        sandbox.behave()

    assert isinstance(outcomes[0], Unknown)
    assert await _push(sending, ehr, ledger, plan) == Delivered()
    assert sandbox.store() == {"types": ONE_EACH, "doubled": []}
    assert len([seen for seen in sandbox.requests() if seen["method"] == "POST"]) == -(-4 // entries)


async def test_an_answer_lost_before_the_commit_is_looked_up_and_sent_again(
    sandbox: SandboxServer, patient: str, ehr: Ehr
) -> None:
    ledger = InMemoryLedger()
    sending = a_sending(contact(), patient=patient)
    sandbox.misbehave(only="writes", do="drop", when="before", times=1)
    assert isinstance(await _push(sending, ehr, ledger), Unknown)
    ledger.story.clear()

    assert await _push(sending, ehr, ledger) == Delivered()
    assert [word.partition(" ")[0] for word in ledger.story] == ["not_taken", "intend", "record"]
    assert sandbox.store() == {"types": ONE_EACH, "doubled": []}


async def test_a_lost_answer_to_an_amendment_is_not_taken_for_its_older_version(
    sandbox: SandboxServer, patient: str, ehr: Ehr
) -> None:
    ledger = InMemoryLedger()
    await _push(a_sending(contact(), patient=patient), ehr, ledger)
    amended = a_sending(contact("Met at the café.", version=2), version=2, patient=patient)
    sandbox.misbehave(only="writes", do="drop", when="before", times=1)
    assert isinstance(await _push(amended, ehr, ledger), Unknown)

    assert await _push(amended, ehr, ledger) == Delivered()
    assert _theirs(sandbox, document())["description"] == "Met at the café."
    assert sandbox.store() == {"types": {**ONE_EACH, "Provenance": 2}, "doubled": []}


async def test_while_the_ehr_cannot_be_asked_a_lost_answer_stays_unknown(
    sandbox: SandboxServer, patient: str, ehr: Ehr
) -> None:
    ledger = InMemoryLedger()
    sending = a_sending(contact(), patient=patient)
    sandbox.misbehave(only="writes", do="drop", when="after", times=1)
    await _push(sending, ehr, ledger)
    sandbox.misbehave(only="reads", type="Encounter", do="answer", status=503, retry_after=60)

    outcome = await _push(sending, ehr, ledger)

    assert isinstance(outcome, Unknown)
    assert (outcome.reason.code, outcome.ehr_wide) == ("ehr_unavailable", True)
    assert outcome.not_before is not None
    assert ledger.open_call is not None


async def test_a_worker_killed_before_the_call_is_followed_by_one_that_sends(
    sandbox: SandboxServer, patient: str, ehr: Ehr
) -> None:
    ledger = InMemoryLedger()
    sending = a_sending(contact(), patient=patient)
    await ledger.intend(tuple(resource.key for resource in sending.resources))

    assert await _push(sending, ehr, ledger) == Delivered()
    assert sandbox.store() == {"types": ONE_EACH, "doubled": []}


async def test_a_worker_whose_lease_is_lost_sends_nothing(sandbox: SandboxServer, patient: str, ehr: Ehr) -> None:
    ledger = InMemoryLedger(lose_lease_at="intend")

    with pytest.raises(LeaseLost):
        await _push(a_sending(contact(), patient=patient), ehr, ledger)

    assert not [seen for seen in sandbox.requests() if seen["method"] == "POST"]


async def test_an_ehr_that_is_down_is_tried_later(sandbox: SandboxServer, patient: str, ehr: Ehr) -> None:
    sandbox.stop()

    for sending in (a_sending(contact(), patient=patient), a_sending(contact(), patient=None)):
        outcome = await _push(sending, ehr, InMemoryLedger())
        assert isinstance(outcome, TryLater)
        assert (outcome.reason.code, outcome.ehr_wide) == ("ehr_unreachable", True)


@pytest.mark.parametrize("status", ["201", "201 Created"])
@pytest.mark.parametrize("location", ["relative", "absolute"])
@pytest.mark.parametrize(("history", "etag"), [(True, True), (False, True), (True, False), (False, False)])
async def test_the_ehrs_ids_and_versions_are_kept_whatever_its_style(
    sandbox: SandboxServer, patient: str, ehr: Ehr, status: str, location: str, history: bool, etag: bool
) -> None:
    sandbox.style(status=status, location=location, history=history, etag=etag)
    ledger = InMemoryLedger()
    await _push(a_sending(contact(), patient=patient), ehr, ledger)

    assert ledger.links[document().key].ehr_id == _theirs(sandbox, document())["id"]
    assert ledger.links[document().key].ehr_version == ("1" if history or etag else None)

    amended = a_sending(contact("Met at the café.", version=2), version=2, patient=patient)
    assert await _push(amended, ehr, ledger) == Delivered()
    assert sandbox.store() == {"types": {**ONE_EACH, "Provenance": 2}, "doubled": []}


async def test_an_ehr_that_always_answers_with_nothing_is_read_back(
    sandbox: SandboxServer, patient: str, ehr: Ehr
) -> None:
    sandbox.style(empty=True)
    ledger = InMemoryLedger()
    sending = a_sending(contact(), patient=patient)

    assert _code(await _push(sending, ehr, ledger)) == "answer_empty"
    assert await _push(sending, ehr, ledger) == Delivered()
    assert sandbox.store() == {"types": ONE_EACH, "doubled": []}
