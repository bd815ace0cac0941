"""In whatever way notes went, as resources or as documents, what the EHR holds of them is compared."""

from typing import Any

import pytest

from service.db import Sessions
from service.watch.compare_notes import Reconciler
from service.watch.filed_documents import current_of, says_the_same
from service.watch.reconcile import reconcile
from tests.delivered import accept, deliver_all, delivered, id_of
from tests.ehr_answers.manners import DOCUMENTS, MIXED, SINGLE, Manners
from tests.phone import contact, vocational_profile, work_goal
from tests.sandbox_server import SandboxServer

Json = dict[str, Any]
FILED = DOCUMENTS[0]


@pytest.mark.parametrize("manners", [*SINGLE[:4], *DOCUMENTS, MIXED], ids=lambda manners: manners.name)
async def test_what_was_sent_in_this_way_is_well(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler, manners: Manners
) -> None:
    manners.taught(ehr)
    goal, profile, met = work_goal(), vocational_profile(), contact()
    first, *_ = await delivered(sessions, ehr, goal, profile, met)
    changed = await accept(sessions, {**goal, "words": "I want to bake cakes."}, version=2, earlier=first)
    await deliver_all(sessions, ehr)
    await accept(sessions, goal, version=3, earlier=changed, retracted=True)
    await deliver_all(sessions, ehr)

    found = await reconcile(reconciler)
    assert (found.resources, found.all_is_well, found.totals["in_ehr"]) == ({}, True, 3)


@pytest.fixture
async def filed(sessions: Sessions, ehr: SandboxServer) -> tuple[Json, Json]:
    """A contact, amended, of which each version was filed; and its current document."""
    FILED.taught(ehr)
    note = contact()
    (first,) = await delivered(sessions, ehr, note)
    await accept(sessions, {**note, "note": "It was the other café."}, version=2, earlier=first)
    await deliver_all(sessions, ehr)
    ehr.offer()
    return note, ehr.find("DocumentReference")[1]


async def test_a_document_that_was_deleted_is_missing_whatever_it_replaced(
    ehr: SandboxServer, reconciler: Reconciler, filed: tuple[Json, Json]
) -> None:
    note, current = filed
    assert ehr.fhir("DELETE", f"DocumentReference/{current['id']}").status_code == 204
    found = await reconcile(reconciler)
    assert found.notes["different"] == [id_of(note)]  # what it replaced is there, and says something else


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"description": "Something else."}, "different"),
        ({"content": [{"attachment": {"contentType": "text/plain", "data": "TWV0"}}]}, "different"),
        ({"context": {"period": {"start": "2020"}}, "status": "superseded"}, None),
    ],
)
async def test_a_document_is_compared_by_what_it_says(
    ehr: SandboxServer, reconciler: Reconciler, filed: tuple[Json, Json], change: Json, fault: str | None
) -> None:
    note, current = filed
    assert ehr.fhir("PUT", f"DocumentReference/{current['id']}", {**current, **change}).status_code == 200
    found = await reconcile(reconciler)
    assert found.notes["different"] == ([id_of(note)] if fault else [])


async def test_a_version_that_was_filed_twice_is_doubled(
    ehr: SandboxServer, reconciler: Reconciler, filed: tuple[Json, Json]
) -> None:
    note, current = filed
    ehr.create({name: value for name, value in current.items() if name not in {"id", "meta"}})
    assert (await reconcile(reconciler)).notes["doubled"] == [id_of(note)]


def _document(id_: str, **more: Any) -> Json:
    return {"resourceType": "DocumentReference", "id": id_, **more}


@pytest.mark.parametrize(
    "relations",
    [
        None,
        "x",
        ["x"],
        [{"code": "appends", "target": {"reference": "DocumentReference/1"}}],
        [{"code": "replaces", "target": "x"}],
        [{"code": "replaces", "target": {}}],
    ],
)
def test_what_replaces_nothing_leaves_the_other_current(relations: Any) -> None:
    both = [_document("1"), _document("2", relatesTo=relations)]
    assert current_of(both) == both


@pytest.mark.parametrize(
    "reference",
    ["DocumentReference/1", "https://ehr.example/fhir/DocumentReference/1", "DocumentReference/1/_history/3"],
)
def test_what_was_replaced_is_history(reference: str) -> None:
    later = _document("2", relatesTo=[{"code": "replaces", "target": {"reference": reference}}])
    assert current_of([_document("1"), later]) == [later]


def test_a_document_whose_text_is_gone_does_not_say_the_same() -> None:
    ours = {"type": {}, "subject": {}, "date": "2026", "description": "A", "content": [{"attachment": {"data": "x"}}]}
    assert says_the_same({**ours, "content": [*ours["content"], {"attachment": {"data": "pdf"}}]}, ours)
    assert not says_the_same({**ours, "content": "x"}, ours)
