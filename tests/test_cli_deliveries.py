"""A person's moves by `joinedup deliveries`: looked at, counted, done, and written down as theirs."""

import io
import sys
from uuid import uuid4

import pytest

from service.db import Sessions
from tests.commands import Run
from tests.delivered import delivered, id_of
from tests.notes import person
from tests.outbox import change, received, rows
from tests.phone import contact
from tests.sandbox_server import SandboxServer

_AUDIT = "SELECT who, action, delivery_id FROM audit ORDER BY id"
_BY_RULE = ["--reason-code", "ehr_rule"]


async def test_patient_data_is_shown_where_it_is_asked_for_and_that_is_written_down(
    run: Run, sessions: Sessions
) -> None:
    delivery = await received(sessions)
    await change(
        sessions,
        "INSERT INTO attempts (delivery_id, worker, outcome, reason_code, reason, answer)"
        """ VALUES (:id, 'w', 'refused', 'ehr_rule', 'A rule.', '{"text": "in its own words"}')""",
        id=delivery,
    )
    plain = await run("deliveries", "show", str(delivery))
    assert ("in its own words" in plain.out, "sent as" in plain.out) == (False, False)
    assert await rows(sessions, _AUDIT) == []
    shown = await run("deliveries", "show", str(delivery), "--with-content", "--by", "ruth")
    assert "in its own words" in shown.out
    assert "sent as Encounter/" in shown.out
    assert await rows(sessions, _AUDIT) == [("ruth", "content_shown", delivery)]


async def test_what_stands_in_the_document_only_is_named(run: Run, sessions: Sessions) -> None:
    delivery = await received(sessions)
    await change(sessions, "UPDATE deliveries SET left_out = '{Encounter/7}'")
    assert "only in the document: Encounter/7" in (await run("deliveries", "show", str(delivery))).out


async def test_one_is_retried_and_a_dry_run_does_not(run: Run, sessions: Sessions) -> None:
    delivery = await received(sessions, stopped="ehr_rule")
    said = await run("deliveries", "retry", str(delivery), "--dry-run")
    assert "1: each goes again now. Nothing was done." in said.out
    assert await _states(sessions) == ["needs_attention"]
    said = await run("deliveries", "retry", str(delivery), "--by", "ruth")
    assert (said.status, "Nothing was done" in said.out) == (0, False)
    assert await _states(sessions) == ["waiting"]
    assert await rows(sessions, _AUDIT) == [("ruth", "delivery_retried", delivery)]


async def test_all_of_one_reason_go_again_if_they_are_as_many_as_was_said(run: Run, sessions: Sessions) -> None:
    for reason in ("ehr_rule", "ehr_rule", "no_patient"):
        await received(sessions, stopped=reason)
    said = await run("deliveries", "retry", *_BY_RULE)
    assert (said.status, "Nothing was done. Look with --dry-run" in said.err) == (2, True)
    assert "--count 2" in said.err
    said = await run("deliveries", "retry", *_BY_RULE, "--count", "3")
    assert (said.status, "2 fit now, and not 3" in said.err) == (2, True)
    assert await _states(sessions) == ["needs_attention"] * 3
    assert (await run("deliveries", "retry", *_BY_RULE, "--since", "2020-01-01", "--count", "2")).status == 0
    assert await _states(sessions) == ["waiting", "waiting", "needs_attention"]
    assert "There is none that fits." in (await run("deliveries", "retry", *_BY_RULE)).out


async def test_at_a_terminal_the_person_types_the_number_that_they_have_seen(
    run: Run, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        await received(sessions, stopped="ehr_rule")
    monkeypatch.setattr(sys, "stdin", _Terminal("2\n"))
    said = await run("deliveries", "cancel", "--reason", "Told on the telephone.", *_BY_RULE)
    assert said.status == 0
    assert said.out.index("Nothing was done.") < said.out.index("2: each is cancelled.\n")
    assert await _states(sessions) == ["cancelled"] * 2


async def test_those_of_a_client_a_note_or_an_age_are_chosen(run: Run, sessions: Sessions) -> None:
    note = uuid4()
    first = await received(sessions, stopped="ehr_rule", note_id=note)
    second = await received(sessions, 2, stopped="ehr_rule")
    await change(sessions, "UPDATE deliveries SET created_at = now() - interval '3 hours' WHERE id = :id", id=second)
    for narrowed, only in (
        (["--client", str(person(2).id)], second),
        (["--note", str(note)], first),
        (["--older-than", "2h"], second),
        (["--older-than", "100m", "--until", "2999-01-01"], second),
    ):
        for command in (["retry", "--dry-run"], ["cancel", "--reason", "No.", "--dry-run"], ["list", "--json"]):
            said = await run("deliveries", *command, *narrowed)
            assert (str(first) in said.out, str(second) in said.out) == (only == first, only == second), said.out


@pytest.mark.parametrize("age", ["2", "h", "2w", "-1h", "99999999d"])
async def test_an_age_that_cannot_be_read_is_told_how_to_write_it(run: Run, age: str) -> None:
    said = await run("deliveries", "list", f"--older-than={age}")
    assert (said.status, "90m, 2h or 3d" in said.err) == (2, True)


async def test_one_that_cannot_be_retried_says_why(run: Run, sessions: Sessions, ehr: SandboxServer) -> None:
    note = contact()
    await delivered(sessions, ehr, note)
    (delivery,) = await rows(sessions, "SELECT id FROM deliveries WHERE note_id = :note", note=id_of(note))
    said = await run("deliveries", "retry", str(delivery[0]))
    assert (said.status, said.out) == (2, "")
    assert "It is in the EHR already." in said.err


async def test_one_is_cancelled_with_a_reason(run: Run, sessions: Sessions) -> None:
    delivery = await received(sessions, stopped="ehr_rule")
    assert (await run("deliveries", "cancel", str(delivery))).status == 2
    because = ["--reason", "Told on the telephone."]
    assert "Nothing was done" in (await run("deliveries", "cancel", str(delivery), *because, "--dry-run")).out
    assert await _states(sessions) == ["needs_attention"]
    assert (await run("deliveries", "cancel", str(delivery), *because, "--by", "ruth")).status == 0
    assert await rows(sessions, "SELECT state, reason FROM deliveries") == [("cancelled", "Told on the telephone.")]
    assert await rows(sessions, _AUDIT) == [("ruth", "delivery_cancelled", delivery)]


class _Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


async def _states(sessions: Sessions) -> list[str]:
    return [state for (state,) in await rows(sessions, "SELECT state FROM deliveries ORDER BY sequence")]
