"""The specialist's own Practitioner is used where the EHR has one, asked for seldom, and never made up."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from service.push.ehr import Ehr
from service.push.find_specialist import Directory
from service.push.outcome import Delivered, TryLater
from service.push.plan import PushPlan
from service.push.push import push
from tests.ehr_answers.ledger import InMemoryLedger
from tests.ehr_answers.notes import (
    BIRTH_DATE,
    NHS_NUMBER,
    NOW,
    RESOURCE_SYSTEM,
    SPECIALIST,
    SPECIALIST_SYSTEM,
    a_sending,
    contact,
    document,
    encounter,
    nobodys_encounter,
)
from tests.ehr_answers.stub import fhir, operation_outcome, searchset, stub_ehr
from tests.sandbox_server import SandboxServer

Json = dict[str, Any]
IDENTIFIER = (SPECIALIST_SYSTEM, "es-014")


@pytest.fixture
async def ehr(sandbox: SandboxServer) -> AsyncIterator[Ehr]:
    async with Ehr(sandbox.url, 5) as ehr:
        yield ehr


def _practitioner(resource_type: str = "Practitioner", id_: str = "7", value: str = "es-014") -> Json:
    return {"resourceType": resource_type, "id": id_, "identifier": [{"system": SPECIALIST_SYSTEM, "value": value}]}


async def test_the_ehrs_practitioner_is_the_author(sandbox: SandboxServer, ehr: Ehr) -> None:
    patient = sandbox.add_patient(NHS_NUMBER, BIRTH_DATE.isoformat())
    known = sandbox.create({**_practitioner(), "name": [{"family": "Adeyemi"}]})

    assert await push(a_sending(contact(), patient=patient), ehr, InMemoryLedger(), PushPlan(), NOW) == Delivered()

    (theirs,) = sandbox.find("DocumentReference", identifier=f"{RESOURCE_SYSTEM}|{document().id}")
    assert theirs["author"] == [{**SPECIALIST, "reference": f"Practitioner/{known['id']}"}]
    assert sandbox.store()["types"]["Practitioner"] == 1


async def test_a_specialist_the_ehr_does_not_have_is_named_and_not_created(sandbox: SandboxServer, ehr: Ehr) -> None:
    patient = sandbox.add_patient(NHS_NUMBER, BIRTH_DATE.isoformat())

    await push(a_sending(contact(), patient=patient), ehr, InMemoryLedger(), PushPlan(), NOW)

    (theirs,) = sandbox.find("DocumentReference", identifier=f"{RESOURCE_SYSTEM}|{document().id}")
    assert theirs["author"] == [SPECIALIST]
    assert "Practitioner" not in sandbox.store()["types"]


@pytest.mark.parametrize(
    ("practitioners", "roles", "expected"),
    [
        ([_practitioner()], [], "Practitioner/7"),
        ([_practitioner()], [_practitioner("PractitionerRole", "8")], "Practitioner/7"),
        ([], [_practitioner("PractitionerRole", "8")], "PractitionerRole/8"),
        ([_practitioner(), _practitioner(id_="9")], [], None),
        ([_practitioner(value="es-999")], [], None),
        ([], [], None),
    ],
)
async def test_exactly_one_that_carries_the_identifier_is_theirs(
    practitioners: list[Json], roles: list[Json], expected: str | None
) -> None:
    routes = ("GET /PractitionerRole", searchset(*roles)), ("GET /Practitioner", searchset(*practitioners))
    async with stub_ehr(*routes) as ehr:
        found = await Directory().find([encounter()], ehr, NOW)

    assert found == ({IDENTIFIER: expected} if expected else {})


async def test_a_directory_with_further_pages_is_not_trusted() -> None:
    async with stub_ehr(("GET /Practitioner", searchset(_practitioner(), next_page=True))) as ehr:
        assert await Directory().find([encounter()], ehr, NOW) == {}


@pytest.mark.parametrize("status", [400, 403, 404, 405, 418, 501])
async def test_an_ehr_that_offers_no_such_search_has_none(status: int) -> None:
    async with stub_ehr(("GET /Practitioner", lambda _: httpx.Response(status))) as ehr:
        assert await Directory().find([encounter()], ehr, NOW) == {}


async def test_an_ehr_that_cannot_say_now_is_asked_later_and_nothing_is_sent() -> None:
    ledger = InMemoryLedger()
    busy = fhir(503, operation_outcome("transient"))
    async with stub_ehr(("GET /Practitioner", lambda _: busy)) as ehr:
        outcome = await push(a_sending(contact()), ehr, ledger, PushPlan(), NOW)

    assert isinstance(outcome, TryLater)
    assert ledger.story == []


async def test_the_directory_is_asked_again_only_after_a_while() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return fhir(200, searchset(_practitioner()))

    directory = Directory(timedelta(hours=1))
    async with stub_ehr(("GET /Practitioner", answer)) as ehr:
        for minutes in (0, 1, 60):
            await directory.find(contact(), ehr, NOW + timedelta(minutes=minutes))
        assert len(asked) == 1
        await directory.find(contact(), ehr, NOW + timedelta(minutes=61))
        assert len(asked) == 2


async def test_a_note_that_names_no_specialist_asks_nothing() -> None:
    async with stub_ehr(("GET /", lambda _: httpx.Response(500))) as ehr:
        assert await Directory().find([nobodys_encounter()], ehr, NOW) == {}
