"""What an EHR takes is learnt from its CapabilityStatement, once for all, and from what it refuses nevertheless."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from service.push.capability import Capability, Chosen
from service.push.ehr import Ehr
from service.push.negotiation import Negotiation
from service.push.outcome import Delivered, Outcome, Refused, TryLater
from service.push.plan import PushPlan
from service.push.push import push
from tests.ehr_answers.ledger import InMemoryLedger
from tests.ehr_answers.notes import BIRTH_DATE, NHS_NUMBER, NOW, a_sending, contact, document, encounter, provenance
from tests.ehr_answers.offers import ALL, everything, statement, type_of
from tests.ehr_answers.stub import fhir, operation_outcome, stub_ehr
from tests.sandbox_server import SandboxServer

Json = dict[str, Any]


@pytest.fixture
async def ehr(sandbox: SandboxServer) -> AsyncIterator[Ehr]:
    async with Ehr(sandbox.url, 5) as ehr:
        yield ehr


@pytest.fixture
def patient(sandbox: SandboxServer) -> str:
    return sandbox.add_patient(NHS_NUMBER, BIRTH_DATE.isoformat())


def _asked(sandbox: SandboxServer) -> int:
    return sum(seen["path"].strip("/") == "metadata" for seen in sandbox.requests())


def _strategy(capability: Capability | TryLater, name: str = "Encounter") -> str:
    assert isinstance(capability, Capability)
    return capability.of(name).strategy


async def test_it_is_asked_once_for_all_who_wait_and_again_when_it_is_old(sandbox: SandboxServer, ehr: Ehr) -> None:
    negotiation = Negotiation(trusted_for=timedelta(minutes=5))
    sandbox.forget_requests()
    await asyncio.gather(*(negotiation.capability(ehr, NOW) for _ in range(5)))
    sandbox.offer(transaction=False)
    known = await negotiation.capability(ehr, NOW + timedelta(minutes=5))
    assert (_strategy(known), _asked(sandbox)) == ("A transaction", 1)

    known = await negotiation.capability(ehr, NOW + timedelta(minutes=6))
    assert (_strategy(known), _asked(sandbox)) == ("B one by one", 2)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (fhir(503, operation_outcome("transient")), "ehr_unavailable"),
        (fhir(403, operation_outcome("forbidden")), "ehr_capability_unreadable"),
        (httpx.Response(404), "ehr_no_fhir_here"),
        (fhir(200, {"resourceType": "Bundle"}), "answer_not_asked_for"),
    ],
)
async def test_where_it_cannot_be_read_the_ehr_as_a_whole_is_not_there(answer: httpx.Response, code: str) -> None:
    async with stub_ehr(("GET /metadata", lambda _: answer)) as ehr:
        outcome = await push(a_sending(contact()), ehr, InMemoryLedger(), PushPlan(), NOW)

    assert isinstance(outcome, TryLater)
    assert (outcome.reason.code, outcome.ehr_wide) == (code, True)


async def _until_it_ends(ehr: Ehr, plan: PushPlan, patient: str) -> tuple[Outcome, list[str]]:
    """The last outcome, and the codes of those before it."""
    ledger = InMemoryLedger()
    codes: list[str] = []
    outcome = await push(ledger.next_try(a_sending(contact(), patient=patient)), ehr, ledger, plan, NOW)
    while isinstance(outcome, TryLater) and len(codes) < 9:
        codes.append(outcome.reason.code)
        outcome = await push(ledger.next_try(a_sending(contact(), patient=patient)), ehr, ledger, plan, NOW)
    return outcome, codes


async def test_a_transaction_that_is_refused_goes_one_by_one(sandbox: SandboxServer, ehr: Ehr, patient: str) -> None:
    sandbox.offer(undeclared=["transaction"])
    plan = PushPlan()
    assert await _until_it_ends(ehr, plan, patient) == (Delivered(), ["ehr_takes_less"])
    sandbox.forget_requests()
    assert await _until_it_ends(ehr, plan, patient) == (Delivered(), [])
    assert not [seen for seen in sandbox.requests() if seen["path"].strip("/") in {"", "metadata"}]


async def test_a_type_that_is_refused_goes_as_text(sandbox: SandboxServer, ehr: Ehr, patient: str) -> None:
    sandbox.offer(transaction=False, undeclared=["Procedure"])
    outcome, codes = await _until_it_ends(ehr, PushPlan(), patient)
    assert isinstance(outcome, Delivered)
    assert [key.partition("/")[0] for key in outcome.left_out] == ["Procedure"]
    assert codes == ["ehr_takes_less"]


async def test_what_was_learnt_is_forgotten_when_it_is_old(sandbox: SandboxServer, ehr: Ehr) -> None:
    negotiation = Negotiation(trusted_for=timedelta(minutes=5))
    assert negotiation.contradict(["Encounter"], "transaction", NOW)
    assert _strategy(await negotiation.capability(ehr, NOW + timedelta(minutes=3))) == "B one by one"
    assert _strategy(await negotiation.capability(ehr, NOW + timedelta(minutes=9))) == "A transaction"


@pytest.mark.parametrize("chosen", [{"*": "A transaction"}, {"Encounter": "A transaction"}])
async def test_what_the_settings_choose_is_refused_and_not_sent_otherwise(
    sandbox: SandboxServer, ehr: Ehr, patient: str, chosen: Chosen
) -> None:
    sandbox.offer(undeclared=["transaction"])
    plan = PushPlan(negotiation=Negotiation(chosen))
    for _ in range(2):
        outcome = await push(a_sending([encounter()], patient=patient), ehr, InMemoryLedger(), plan, NOW)
        assert isinstance(outcome, Refused)
        assert outcome.reason.code == "ehr_not_allowed"


async def test_what_is_neither_taken_nor_said_in_a_document_needs_a_person() -> None:
    told = statement(type_of("Encounter", *ALL))
    async with stub_ehr(("GET /metadata", told)) as ehr:
        sending = a_sending([document(), provenance([document().key])])
        outcome = await push(sending, ehr, InMemoryLedger(), PushPlan(), NOW)

    assert isinstance(outcome, Refused)
    assert outcome.reason.code == "ehr_takes_neither"


@pytest.mark.parametrize("status", [405, 501])
async def test_a_refusal_to_do_it_at_all_is_told_from_a_refusal_of_this_note(status: int) -> None:
    refusing = fhir(status, operation_outcome("not-supported"))
    routes = ("GET /metadata", everything()), ("POST ", lambda _: refusing)
    async with stub_ehr(*routes) as ehr:
        outcome = await push(a_sending([encounter()]), ehr, InMemoryLedger(), PushPlan(), NOW)
    assert isinstance(outcome, TryLater)
    assert outcome.reason.code == "ehr_takes_less"
