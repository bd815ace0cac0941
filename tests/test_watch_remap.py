"""Notes that a fault of our mapping stopped go once it is mended, and only those that can be mapped."""

from typing import Any

from rich.console import Console

from service.db import Sessions
from service.intake.door import Door
from service.watch.in_tables import remapped_table
from service.watch.remap import Remapped, remap
from tests.outbox import rows
from tests.stopped import faulty

Json = dict[str, Any]


async def states(sessions: Sessions) -> list[tuple[Any, ...]]:
    return await rows(sessions, "SELECT state, reason_code FROM deliveries ORDER BY sequence")


STOPPED = ("needs_attention", "mapping_failed")


async def test_a_dry_run_says_which_can_be_mapped_and_lets_none_go(sessions: Sessions, mended: Door) -> None:
    found = await remap(sessions, mended, dry_run=True)
    assert [(one.delivery.kind, one.mapped) for one in found] == [
        ("contact", True),
        ("contact", True),
        ("work_goal", True),
    ]
    assert await states(sessions) == [STOPPED] * 3
    assert await rows(sessions, "SELECT count(*) FROM resources") == [(0,)]
    assert "Nothing was done." in printed(found, done=False)


async def test_what_can_be_mapped_goes_and_the_rest_stays(sessions: Sessions, mended: Door) -> None:
    found = await remap(sessions, faulty(mended, "Goal"), dry_run=False)
    assert [one.mapped for one in found] == [True, True, False]
    assert await states(sessions) == [("waiting", None), ("waiting", None), STOPPED]
    assert await rows(sessions, "SELECT count(DISTINCT note_id) FROM resources") == [(2,)]
    assert "2 of 3 can be mapped now, and go. The rest still fails" in printed(found, done=True)


async def test_where_nothing_was_stopped_there_is_nothing_to_do(sessions: Sessions, mended: Door) -> None:
    await remap(sessions, mended, dry_run=False)
    assert await remap(sessions, mended, dry_run=False) == []
    assert "No note waits for our mapping" in printed([], done=True)


def printed(found: list[Remapped], *, done: bool) -> str:
    paper = Console(width=200)
    with paper.capture() as captured:
        paper.print(remapped_table(found, done=done))
    return captured.get()
