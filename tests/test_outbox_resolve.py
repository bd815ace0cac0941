"""A person says what the EHR holds of a delivery whose end nobody knew, and it goes on from there."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from service.db import Sessions
from service.errors import DeliveryCannotMove
from service.outbox.by_hand import Move
from service.outbox.resolve import InTheEhr, NotInTheEhr, Resolution, TheirsStands, resolve_one
from service.push.outcome import Delivered, Outcome, Refused
from tests.commands import Run
from tests.delivered import accept, deliver_all
from tests.ehr_answers.manners import DOCUMENTS, SINGLE
from tests.outbox import change, rows
from tests.phone import contact
from tests.sandbox_server import SandboxServer

Json = dict[str, Any]
UNSEARCHABLE = DOCUMENTS[1]


async def _ids(sessions: Sessions) -> list[UUID]:
    return [id_ for (id_,) in await rows(sessions, "SELECT id FROM deliveries ORDER BY sequence")]


async def _resolve(sessions: Sessions, delivery: UUID, resolution: Resolution) -> Move:
    async with sessions.begin() as session:
        return await resolve_one(session, delivery, resolution, "ruth, by hand", "Looked at the patient's documents.")


@pytest.fixture
async def unknown(sessions: Sessions, ehr: SandboxServer) -> UUID:
    """A delivery whose answer was lost, at an EHR that cannot be searched."""
    UNSEARCHABLE.taught(ehr)
    rule = ehr.misbehave(only="writes", do="drop", when="after", times=1)
    await accept(sessions, contact())
    await deliver_all(sessions, ehr)
    ehr.behave(rule)
    await change(sessions, "UPDATE lanes SET due_at = now()")
    await deliver_all(sessions, ehr)
    assert await rows(sessions, "SELECT state, reason_code FROM deliveries") == [("needs_attention", "unknown_in_ehr")]
    return (await _ids(sessions))[0]


async def test_what_was_found_is_kept_and_not_sent_again(sessions: Sessions, ehr: SandboxServer, unknown: UUID) -> None:
    (there,) = ehr.find("DocumentReference")
    moved = await _resolve(sessions, unknown, InTheEhr((f"DocumentReference/{there['id']}",)))
    assert (moved.state, moved.reason_code) == ("needs_attention", "unknown_in_ehr")

    outcomes = await deliver_all(sessions, ehr)
    assert [type(outcome) for outcome in outcomes] == [Delivered]
    assert len(ehr.find("DocumentReference")) == 1
    assert await rows(sessions, "SELECT ehr_id, ehr_version FROM ehr_links") == [(there["id"], None)]
    assert await rows(sessions, "SELECT worker, reason FROM attempts WHERE reason_code = 'resolved_by_a_person'") == [
        ("ruth, by hand", "Looked at the patient's documents.")
    ]


async def test_what_was_not_found_is_sent(sessions: Sessions, ehr: SandboxServer, unknown: UUID) -> None:
    (there,) = ehr.find("DocumentReference")
    assert ehr.fhir("DELETE", f"DocumentReference/{there['id']}").status_code == 204
    await _resolve(sessions, unknown, NotInTheEhr())

    assert [type(outcome) for outcome in await deliver_all(sessions, ehr)] == [Delivered]
    assert len(ehr.find("DocumentReference")) == 1


@pytest.mark.parametrize(
    "where",
    [
        ("Encounter/1",),
        ("DocumentReference/1", "DocumentReference/2"),
        ("DocumentReference/1", "Encounter/1"),
        ("DocumentReference/",),
        ("1001",),
    ],
)
async def test_what_does_not_fit_the_call_is_refused(sessions: Sessions, unknown: UUID, where: tuple[str, ...]) -> None:
    with pytest.raises(DeliveryCannotMove, match="Type/id in the EHR: DocumentReference"):
        await _resolve(sessions, unknown, InTheEhr(where))
    assert await rows(sessions, "SELECT count(*) FROM ehr_links") == [(0,)]


async def test_several_resources_of_one_type_are_named_in_the_order_of_the_call(
    sessions: Sessions, unknown: UUID
) -> None:
    keys = [f"Task/{uuid4()}", f"Goal/{uuid4()}", f"Task/{uuid4()}"]
    note = "note_id = (SELECT note_id FROM deliveries)"
    for position, key in enumerate(keys, start=10):
        name, _, id_ = key.partition("/")
        await change(
            sessions,
            "INSERT INTO resources (type, id, version, note_id, client_id, position, body)"
            f" SELECT :name, :id, 1, note_id, client_id, :position, '{{}}' FROM resources WHERE {note} LIMIT 1",
            name=name,
            id=UUID(id_),
            position=position,
        )
    await change(sessions, "UPDATE ehr_calls SET keys = :keys WHERE answered_at IS NULL", keys=keys)

    await _resolve(sessions, unknown, InTheEhr(("Task/7", "Task/8", "Goal/9")))
    found = await rows(sessions, "SELECT key, ehr_type || '/' || ehr_id FROM ehr_links")
    assert dict(found) == {keys[0]: "Task/7", keys[1]: "Goal/9", keys[2]: "Task/8"}


async def test_what_nobody_changed_cannot_stand(sessions: Sessions, unknown: UUID) -> None:
    with pytest.raises(DeliveryCannotMove, match="Nobody has changed it"):
        await _resolve(sessions, unknown, TheirsStands())


async def test_what_is_certain_is_not_resolved(sessions: Sessions, ehr: SandboxServer) -> None:
    await accept(sessions, contact())
    await deliver_all(sessions, ehr)
    with pytest.raises(DeliveryCannotMove, match="Nothing of it is uncertain"):
        await _resolve(sessions, (await _ids(sessions))[0], NotInTheEhr())
    with pytest.raises(DeliveryCannotMove, match="No delivery has this id"):
        await _resolve(sessions, uuid4(), NotInTheEhr())


@pytest.fixture
async def changed(sessions: Sessions, ehr: SandboxServer) -> Json:
    """A contact whose document a clinician changed before its amendment came; the document."""
    SINGLE[0].taught(ehr)
    note = contact()
    first = await accept(sessions, note)
    await deliver_all(sessions, ehr)
    (document,) = ehr.find("DocumentReference")
    answer = ehr.fhir("PUT", f"DocumentReference/{document['id']}", {**document, "description": "By a clinician."})
    assert answer.status_code == 200
    await accept(sessions, {**note, "note": "It was the other café."}, version=2, earlier=first)
    (outcome,) = await deliver_all(sessions, ehr)
    assert isinstance(outcome, Refused)
    return document


async def test_a_clinicians_change_stands_when_a_person_says_so(
    sessions: Sessions, ehr: SandboxServer, changed: Json
) -> None:
    amended = (await _ids(sessions))[1]
    with pytest.raises(DeliveryCannotMove, match="--theirs-stands"):
        await _resolve(sessions, amended, NotInTheEhr())

    await _resolve(sessions, amended, TheirsStands())
    outcomes: list[Outcome] = await deliver_all(sessions, ehr)
    assert outcomes == [Delivered()]
    assert ehr.find("DocumentReference")[0]["description"] == "By a clinician."
    assert len(ehr.find("Provenance")) == 2


async def test_the_two_sides_are_shown_side_by_side_to_whoever_asks_for_the_content(
    run: Run, sessions: Sessions, changed: Json
) -> None:
    amended = str((await _ids(sessions))[1])
    said = await run("deliveries", "show", amended, "--with-content")
    assert "in the EHR" in said.out
    assert "By a clinician." in said.out
    assert "By a clinician." not in (await run("deliveries", "show", amended)).out


async def test_the_command_resolves_and_its_dry_run_does_not(
    run: Run, sessions: Sessions, ehr: SandboxServer, unknown: UUID
) -> None:
    (there,) = ehr.find("DocumentReference")
    found = ["--found", f"DocumentReference/{there['id']}", "--reason", "Looked."]
    assert "Nothing was done" in (await run("deliveries", "resolve", str(unknown), *found, "--dry-run")).out
    assert await rows(sessions, "SELECT state FROM deliveries") == [("needs_attention",)]
    assert (await run("deliveries", "resolve", str(unknown), *found, "--by", "ruth")).status == 0
    assert await rows(sessions, "SELECT state FROM deliveries") == [("waiting",)]
    assert ("ruth, by hand",) in await rows(sessions, "SELECT worker FROM attempts")
    assert await rows(sessions, "SELECT who, action FROM audit WHERE action <> 'deliver'") == [
        ("ruth", "delivery_resolved")
    ]


@pytest.mark.parametrize("said", [[], ["--not-found", "--theirs-stands"]])
async def test_the_command_wants_one_answer(run: Run, said: list[str]) -> None:
    ended = await run("deliveries", "resolve", str(uuid4()), "--reason", "Looked.", *said)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err == "Say one of --found, --not-found and --theirs-stands.\n"


@pytest.mark.parametrize("flag", ["--not-found", "--theirs-stands"])
async def test_the_command_knows_each_answer(run: Run, flag: str) -> None:
    ended = await run("deliveries", "resolve", str(uuid4()), "--reason", "Looked.", flag)
    assert (ended.status, ended.out) == (2, "")
    assert "No delivery has this id" in ended.err
