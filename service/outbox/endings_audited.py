"""What the EHR was sent of whom, and how that ended, as lines of the audit; the last that a worker's transaction does.

`together.py` comes before it. An attempt that the EHR did not answer at all, and that goes again, is in `attempts`.
"""

from collections.abc import Sequence
from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncSession

from service.audit import Act, Outcome, write_acts
from service.caller import NOWHERE, Caller
from service.outbox.settle import Ending
from service.push.outcome import Delivered, Refused, TryLater, Unknown


async def audit_endings(session: AsyncSession, worker: str, endings: Sequence[Ending]) -> None:
    """One statement for all of them."""
    acts = [act for ending in endings if (act := _act_of(ending))]
    await write_acts(session, Caller(worker, worker, frozenset({"system"})), NOWHERE, acts)


def _act_of(ending: Ending) -> Act | None:
    match ending.outcome:
        case Delivered():
            return _deliver(ending, "done", None)
        case Refused(reason):
            return _deliver(ending, "refused", reason.code)
        case Unknown(reason):
            return _deliver(ending, "failed", reason.code)
        case TryLater():
            return None
        case _:
            assert_never(ending.outcome)


def _deliver(ending: Ending, outcome: Outcome, reason_code: str | None) -> Act:
    of = ending.lease
    return Act("deliver", outcome, (of.client_id,), ending.note_id, of.delivery_id, reason_code=reason_code)
