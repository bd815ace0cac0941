"""The chains of the audit: every line is there as it was written, or it is said which is not."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from service.audit import ACTIONS, Act, Trail, write_acts
from service.audit_lines import stream_chains
from service.caller import AT_THIS_MACHINE, Caller, Whence
from service.db import Sessions
from service.errors import CannotStart
from service.watch.audit_chain import Verified, fingerprint_of, hash_of, read, verify, written
from tests.audited import RUTH, WHENCE, write
from tests.commands import Run
from tests.outbox import change, rows

NASTY = 'a "quote", a \\ back\\slash, \n\t\r\b\f\x01\x1f\x7f, 😀, \u2028, é, \x00nothing, </script>, \\u0041, {}[]'


async def verified(sessions: Sessions, since: str | None = None) -> Verified:
    async with sessions() as session:
        return await verify(session, read(since) if since else None)


async def fingerprint(sessions: Sessions) -> str:
    return written((await verified(sessions)).heads)


async def faults(sessions: Sessions, since: str | None = None) -> Sequence[str]:
    return (await verified(sessions, since)).faults


async def some(sessions: Sessions, count: int = 5) -> None:
    """All in the first chain, as if it were held already."""
    async with sessions.begin() as session:
        await session.execute(text("SELECT set_config('joinedup.audit_chain', '0', true)"))
        await write_acts(session, RUTH, WHENCE, [Act("read", clients=(uuid4(),), note_id=uuid4())] * count)


async def test_a_line_says_who_did_what_about_whom_when_and_from_where(sessions: Sessions) -> None:
    client, note, delivery = uuid4(), uuid4(), uuid4()
    act = Act("content_shown", "failed", (client,), note, delivery, "POST /content", "expired", "Her own words.")
    await write(sessions, act)
    told = """
        SELECT who, issuer, name, roles, practitioner_id, action, outcome, route, reason_code, reason, client_ids,
            note_id, delivery_id, address, request_id, clock_timestamp() - at < interval '1 minute' FROM audit
    """
    assert await rows(sessions, told) == [
        (
            *("sub-1", "https://issuer.example", "Ruth Example", ["clinician", "specialist"], "es-1"),
            *("content_shown", "failed", "POST /content", "expired", "Her own words.", [client]),
            *(note, delivery, "10.0.0.7", "request-1", True),
        )
    ]


async def test_nothing_is_written_of_no_act_and_no_chain_is_held(sessions: Sessions) -> None:
    await write(sessions)
    assert await rows(sessions, "SELECT write_audit('[]'), write_audit(NULL)") == [(0, 0)]
    assert (await verified(sessions)).lines == 0


async def test_every_action_that_the_service_knows_the_database_knows(sessions: Sessions) -> None:
    await write(sessions, *(Act(action) for action in ACTIONS), caller=AT_THIS_MACHINE)
    assert await rows(sessions, "SELECT count(*), min(who), min(issuer) FROM audit") == [
        (len(ACTIONS), "at-this-machine", None)
    ]


async def test_a_reason_code_is_a_word_and_never_somebodys_own_words(sessions: Sessions) -> None:
    with pytest.raises(DBAPIError, match="reason_code_is_a_word"):
        await write(sessions, Act("refused", "refused", reason_code="because I say so"))


async def test_what_a_caller_calls_themselves_is_written_down_however_long_or_empty(sessions: Sessions) -> None:
    await write(sessions, Act("sign_in_refused", "refused"), caller=Caller("x" * 5000, "y\ud800", frozenset()))
    await write(sessions, Act("sign_in_refused", "refused"), caller=Caller("", "", frozenset()))
    assert await rows(sessions, "SELECT who, name FROM audit ORDER BY id") == [("x" * 255, "y?"), ("nobody", "")]


async def test_both_hash_the_same_text_however_nasty(sessions: Sessions) -> None:
    caller = Caller(NASTY, NASTY, frozenset({"system"}), NASTY, NASTY)
    async with sessions.begin() as session:
        acts = [
            Act("update", route=NASTY, reason=NASTY, clients=(uuid4(), uuid4())),
            Act("read", route="", reason=""),
        ]
        await write_acts(session, caller, Whence(NASTY, None), acts)
    async with sessions() as session:
        found = [(line.hash, hash_of(line)) async for line in stream_chains(session)]
    assert len(found) == 2
    assert all(theirs == ours for theirs, ours in found)
    assert await faults(sessions) == ()


async def test_one_transaction_goes_on_with_the_chain_that_it_holds(sessions: Sessions) -> None:
    """Else two could each hold a chain that the other waits for."""
    async with sessions.begin() as session, sessions.begin() as other:
        await write_acts(other, RUTH, WHENCE, [Act("read")])
        await write_acts(session, RUTH, WHENCE, [Act("read"), Act("read")])
        await other.rollback()
        await write_acts(session, RUTH, WHENCE, [Act("read")])
    assert await rows(sessions, "SELECT chain, number FROM audit ORDER BY id") == [(1, 1), (1, 2), (1, 3)]


async def test_where_all_chains_are_held_the_next_waits_for_one(sessions: Sessions, owners: Sessions) -> None:
    await change(owners, "DELETE FROM audit_chains WHERE chain > 0")
    async with sessions.begin() as session:
        await write_acts(session, RUTH, WHENCE, [Act("read")])
        waiting = asyncio.create_task(write(sessions, Act("search")))
        done, _ = await asyncio.wait([waiting], timeout=0.2)
        assert not done
    await waiting
    assert await rows(sessions, "SELECT action, number FROM audit ORDER BY number") == [("read", 1), ("search", 2)]


async def test_eight_who_write_at_once_leave_the_chains_whole_though_some_give_up(sessions: Sessions) -> None:
    async def writer(number: int) -> int:
        kept = 0
        for turn in range(12):
            async with sessions() as session:
                acts = [Act("read", clients=(uuid4(),))] * (1 + (number + turn) % 4)
                await write_acts(session, RUTH, WHENCE, acts)
                await asyncio.sleep(0.001)
                if (number + turn) % 3:
                    await session.commit()
                    kept += len(acts)
        return kept

    kept = sum(await asyncio.gather(*map(writer, range(8))))
    found = await verified(sessions)
    assert (found.faults, found.lines) == ((), kept)
    assert sum(head.number for head in found.heads.values()) == kept
    assert len([head for head in found.heads.values() if head.number]) > 1


@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        ("UPDATE audit SET who = 'somebody else' WHERE number = 2", "Line 2 of chain 0 (id 2) was changed."),
        (
            "UPDATE audit SET at = at - interval '1 microsecond' WHERE number = 5",
            "Line 5 of chain 0 (id 5) was changed.",
        ),
        ("UPDATE audit SET client_ids = '{}' WHERE number = 1", "Line 1 of chain 0 (id 1) was changed."),
        ("DELETE FROM audit WHERE number = 3", "Line 3 was removed from chain 0."),
        ("DELETE FROM audit WHERE number < 3", "Lines 1 to 2 were removed from chain 0."),
        ("DELETE FROM audit WHERE number = 5", "Line 5 was removed from the end of chain 0."),
        ("TRUNCATE audit", "Lines 1 to 5 were removed from the end of chain 0."),
        (
            "UPDATE audit SET number = number + 90 WHERE number IN (2, 3); "
            "UPDATE audit SET number = 5 - (number - 90) WHERE number > 90",
            "Line 2 of chain 0 (id 3) was changed.",
        ),
        (
            "UPDATE audit_chains SET last_number = 4 WHERE chain = 0",
            "The head of chain 0 was changed: the last line is 5, and it says 4.",
        ),
        (
            "UPDATE audit_chains SET last_hash = sha256('') WHERE chain = 0",
            "The head of chain 0 was changed: the last line is 5, and it says 5.",
        ),
        ("DELETE FROM audit_chains WHERE chain = 7", "The head of chain 7 was removed."),
        ("UPDATE audit SET chain = 99 WHERE number = 5", "Line 5 was removed from the end of chain 0."),
        (
            "UPDATE audit SET who = 'x' WHERE number = 2; UPDATE audit AS line SET hash = sha256("
            "previous_hash || convert_to(audit_text(line), 'UTF8')) WHERE number = 2",
            "Line 2 of chain 0 (id 2) was changed, and its hash with it.",
        ),
        (
            "UPDATE audit SET previous_hash = sha256('') WHERE number = 1; UPDATE audit AS line SET hash = sha256("
            "previous_hash || convert_to(audit_text(line), 'UTF8')) WHERE number = 1",
            "The start of chain 0 was changed, and its hash with it.",
        ),
    ],
)
async def test_what_was_tampered_with_is_named(
    sessions: Sessions, owners: Sessions, tampering: str, fault: str
) -> None:
    await some(sessions)
    for statement in tampering.split("; "):
        await change(owners, statement)
    assert (await faults(sessions))[0] == fault


async def test_an_end_that_was_cut_off_with_its_head_is_found_by_a_fingerprint(
    sessions: Sessions, owners: Sessions
) -> None:
    await some(sessions)
    kept = await fingerprint(sessions)
    await change(owners, "DELETE FROM audit WHERE number > 3")
    put_back = "UPDATE audit_chains SET last_number = 3, last_hash = (SELECT hash FROM audit WHERE number = 3)"
    await change(owners, f"{put_back} WHERE chain = 0")
    assert await faults(sessions) == ()
    assert await faults(sessions, kept) == ("Lines 4 to 5 were removed from the end of chain 0, and its head changed.",)


async def test_a_chain_written_anew_is_found_by_a_fingerprint(sessions: Sessions, owners: Sessions) -> None:
    await some(sessions)
    kept = await fingerprint(sessions)
    await write(sessions, Act("read"))
    assert await faults(sessions, kept) == ()
    await change(owners, "TRUNCATE audit")
    await change(owners, "UPDATE audit_chains SET last_number = 0, last_hash = decode(repeat('00', 32), 'hex')")
    await some(sessions, 6)
    assert await faults(sessions) == ()
    assert await faults(sessions, kept) == ("Chain 0 was rewritten: its line 5 is not the one of the fingerprint.",)


@pytest.mark.parametrize("spoilt", ["", "something else\n", "joinedup audit\n0 1\n", "joinedup audit\n0 1 zz\n"])
def test_what_is_no_fingerprint_is_refused(spoilt: str) -> None:
    with pytest.raises(CannotStart, match="This is no fingerprint"):
        read(spoilt)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO audit (who, action, chain, number, previous_hash, hash)"
        " VALUES ('x', 'read', 0, 9, sha256(''), sha256(''))",
        "UPDATE audit SET who = 'x'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "UPDATE audit_chains SET last_number = 0",
        "DELETE FROM audit_chains",
        "INSERT INTO audit_chains VALUES (99, 0, sha256(''))",
        "ALTER TABLE audit ADD COLUMN more text",
        "DROP FUNCTION write_audit(jsonb)",
    ],
)
async def test_the_role_that_serves_can_only_add_and_only_by_the_function(sessions: Sessions, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
        await change(sessions, statement)


async def test_what_the_function_numbers_nobody_can_say_themselves(sessions: Sessions) -> None:
    forged = (
        '[{"who": "x", "action": "read", "id": 77, "chain": 9, "number": 88, "at": "2001-01-01", "hash": "\\\\x00"}]'
    )
    async with sessions.begin() as session:
        await session.execute(text("SELECT write_audit(CAST(:lines AS jsonb))"), {"lines": forged})
    assert await rows(sessions, "SELECT id, chain, number, at > '2020-01-01' FROM audit") == [(1, 0, 1, True)]
    assert await faults(sessions) == ()


def test_a_trail_becomes_one_act_about_everybody_who_was_seen() -> None:
    trail, note, delivery = Trail(), uuid4(), uuid4()
    one, two = uuid4(), uuid4()
    trail.saw([one], note_id=note, delivery_id=delivery)
    trail.saw([two, one])
    assert trail.acts("read", "GET /notes/{note_id}", "break_glass") == (
        Act("read", "done", (one, two), note, delivery, "GET /notes/{note_id}", "break_glass"),
    )


def test_a_trail_of_several_notes_names_the_clients_and_no_note() -> None:
    trail = Trail()
    trail.saw([], note_id=uuid4())
    trail.saw([], note_id=uuid4())
    assert trail.acts("search") == (Act("search"),)


def test_a_trail_keeps_what_was_done_one_by_one_and_adds_what_was_seen_beside_it() -> None:
    trail, done = Trail(), Act("create", clients=(uuid4(),), note_id=UUID(int=1))
    trail.did(done)
    assert trail.acts("create") == (done,)
    trail.saw([UUID(int=2)])
    assert trail.acts("search") == (done, Act("search", clients=(UUID(int=2),)))


async def test_the_command_says_that_all_is_well_with_one_fingerprint(run: Run, sessions: Sessions) -> None:
    await some(sessions)
    ended = await run("audit", "verify")
    one = fingerprint_of((await verified(sessions)).heads)
    assert ended.out == f"All 5 lines in 16 chains are as they were written. Fingerprint: {one}\n"
    assert ended.status == 0


async def test_the_command_compares_with_a_fingerprint_that_was_kept(
    run: Run, sessions: Sessions, owners: Sessions, tmp_path: Path
) -> None:
    await some(sessions)
    kept = tmp_path / "kept"
    written_ = await run("audit", "verify", "--fingerprint")
    assert "Fingerprint: " in written_.err
    kept.write_text(written_.out)
    assert (await run("audit", "verify", "--since-fingerprint", str(kept))).status == 0
    await change(owners, "DELETE FROM audit WHERE number = 4")
    ended = await run("audit", "verify", "--since-fingerprint", str(kept))
    assert (ended.status, ended.out, ended.err) == (1, "", "Line 4 was removed from chain 0.\n")


async def test_a_fingerprint_that_cannot_be_read_is_told_in_a_sentence(run: Run, tmp_path: Path) -> None:
    ended = await run("audit", "verify", "--since-fingerprint", str(tmp_path / "none"))
    assert (ended.status, ended.err) == (2, f"{tmp_path / 'none'} cannot be read.\n")
