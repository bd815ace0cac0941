"""Reading back from an EHR that is down, slow, or searches in its own way: never a note called missing by mistake."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from service.db import Sessions
from service.push.capability import OUR_TYPES
from service.push.ehr import Ehr
from service.r4.resource import Resource
from service.watch.compare_notes import Reconciler
from service.watch.read_back import EhrNotReadable, Reader, read_back, read_back_provenance
from service.watch.reconcile import reconcile
from tests.delivered import delivered
from tests.phone import contact
from tests.sandbox_server import SandboxServer

Json = dict[str, Any]


async def test_an_ehr_that_knows_no_list_of_identifiers_is_asked_one_by_one(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    await delivered(sessions, ehr, contact(), contact())
    one_by_one = Reconciler(sessions, _WithoutCommas(reconciler.ehr), in_flight=4)  # type: ignore[arg-type]
    assert (await reconcile(one_by_one)).totals["in_ehr"] == 2


async def test_an_ehr_that_is_down_is_told_and_nothing_is_called_missing(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    await delivered(sessions, ehr, contact())
    ehr.stop()
    pauses: list[float] = []
    with pytest.raises(EhrNotReadable, match="cannot be read back now"):
        await read_back(await _resources(sessions), _reader(reconciler.ehr, pauses))
    assert pauses[:1] == [1.0]
    assert pauses[-1] == 5.0


async def test_an_ehr_that_goes_on_failing_is_asked_three_times(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    await delivered(sessions, ehr, contact())
    ehr.misbehave(only="reads", do="answer", status=503)
    ehr.forget_requests()
    pauses: list[float] = []
    with pytest.raises(EhrNotReadable, match="ehr_unavailable"):
        await read_back((await _resources(sessions))[:1], _reader(reconciler.ehr, pauses))
    assert pauses == [1.0, 5.0]
    assert len(ehr.requests()) == 3


async def test_an_ehr_that_fails_for_a_moment_is_asked_again(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    await delivered(sessions, ehr, contact())
    ehr.misbehave(only="reads", do="answer", status=429, retry_after=3, times=1)
    pauses: list[float] = []
    found = await read_back(await _resources(sessions), _reader(reconciler.ehr, pauses))
    assert all(len(bodies) == 1 for bodies in found.values())
    assert pauses == [3.0]


async def test_an_ehr_that_refuses_to_be_searched_is_not_asked_again(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    await delivered(sessions, ehr, contact())
    ehr.misbehave(only="reads", path="identifier", do="answer", status=403, issue_code="forbidden")
    with pytest.raises(EhrNotReadable, match="ehr_forbids"):
        await reconcile(reconciler)


async def test_an_ehr_that_does_not_say_what_it_offers_cannot_be_compared(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    await delivered(sessions, ehr, contact())
    ehr.misbehave(path="metadata", do="answer", status=403, issue_code="forbidden")
    with pytest.raises(EhrNotReadable, match="ehr_capability_unreadable"):
        await reconcile(reconciler)


async def test_what_cannot_be_searched_for_is_read_where_it_is_kept(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    note = contact()
    await delivered(sessions, ehr, note)
    ehr.offer(unsearchable=["Encounter", "DocumentReference", "Procedure", "Provenance"], conditional=False)
    assert (await reconcile(Reconciler(sessions, reconciler.ehr, in_flight=4))).totals["in_ehr"] == 1

    (provenance,) = ehr.find("Provenance")
    assert ehr.fhir("DELETE", f"Provenance/{provenance['id']}").status_code == 204
    (document,) = ehr.find("DocumentReference")
    ehr.fhir("PUT", f"DocumentReference/{document['id']}", {**document, "description": "Changed."})
    (by_fault,) = (await reconcile(Reconciler(sessions, reconciler.ehr, in_flight=4))).resources.values()
    assert {fault: [key.partition("/")[0] for key in keys] for fault, keys in by_fault.items()} == {
        "missing": ["Provenance"],
        "different": ["DocumentReference"],
    }


async def test_a_read_that_is_refused_or_fails_says_nothing_about_what_is_there(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    await delivered(sessions, ehr, contact())
    ehr.offer(unsearchable=["Encounter"], conditional=False)
    ehr.misbehave(methods=["GET"], path="^/?Encounter/", do="answer", status=403, issue_code="forbidden")
    with pytest.raises(EhrNotReadable, match="ehr_forbids"):
        await reconcile(Reconciler(sessions, reconciler.ehr, in_flight=4))


async def test_an_ehr_that_cannot_be_asked_for_its_staff_cannot_be_compared(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    await delivered(sessions, ehr, contact())
    ehr.misbehave(only="reads", type="Practitioner", do="answer", status=503)
    with pytest.raises(EhrNotReadable, match="ehr_unavailable"):
        await reconcile(reconciler)


ENCOUNTER = Resource("Encounter", "e-1", {"resourceType": "Encounter", "identifier": [{"system": "s", "value": "e-1"}]})
PROVENANCE = Resource(
    "Provenance", "p-1", {"entity": [{"role": "source", "what": {"identifier": {"system": "s", "value": "n/1"}}}]}
)
SOMEBODY_ELSES = {"resourceType": "Provenance", "id": "9", "entity": [{"what": {"reference": "Basic/1"}}, {}]}


def _answering(matches: list[Json], more: bool = False) -> Ehr:
    bundle = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": each, "search": {"mode": "match"}} for each in matches],
        "link": [{"relation": "next", "url": "http://ehr/next"}] if more else [],
    }
    return Ehr("http://ehr", 5, transport=httpx.MockTransport(lambda _: httpx.Response(200, json=bundle)))


async def test_an_ehr_that_answers_with_other_things_than_were_asked_for_cannot_be_compared() -> None:
    async with _answering([{"resourceType": "Encounter", "id": "9"}]) as ehr:
        with pytest.raises(EhrNotReadable, match="ehr_search_ignored"):
            await read_back([ENCOUNTER], _reader(ehr, []))


async def test_a_provenance_is_told_from_those_of_others() -> None:
    ours = {"resourceType": "Provenance", "id": "1", "entity": PROVENANCE.body["entity"]}
    async with _answering([SOMEBODY_ELSES, ours]) as ehr:
        found = await read_back_provenance({PROVENANCE.key: (PROVENANCE, "Encounter/1")}, _reader(ehr, []))
    assert found == {PROVENANCE.key: [ours]}


async def test_a_provenance_among_too_many_cannot_be_compared() -> None:
    async with _answering([SOMEBODY_ELSES], more=True) as ehr:
        with pytest.raises(EhrNotReadable, match="ehr_search_ignored"):
            await read_back_provenance({PROVENANCE.key: (PROVENANCE, "Encounter/1")}, _reader(ehr, []))


def _reader(ehr: Ehr, pauses: list[float]) -> Reader:
    now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    return Reader(ehr, frozenset(OUR_TYPES), asyncio.Semaphore(1), lambda: now, pause)


class _WithoutCommas:
    """An EHR that takes a list for one identifier, and finds nothing by it."""

    def __init__(self, ehr: Ehr) -> None:
        self._ehr = ehr
        self.metadata = ehr.metadata

    async def search(self, resource_type: str, parameters: Json) -> Any:
        return await self._ehr.search(
            resource_type, {name: value.replace(",", "%2C") for name, value in parameters.items()}
        )


async def _resources(sessions: Sessions) -> Any:
    async with sessions() as session:
        rows = await session.execute(text("SELECT type, id, body FROM resources"))
        return [Resource(row.type, str(row.id), row.body) for row in rows]
