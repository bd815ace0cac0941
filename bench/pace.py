"""Pace: one worker against EHRs that bear less than its setting allows, which it has to find out by itself.

The limit is what the EHR can do: so many transactions at once, each of 50 ms.
"""

from collections.abc import Iterator

from bench.deliver import DELAY, IN_FLIGHT, work_on
from bench.postgres import Databases
from bench.processes import free_port, process, wait_until_answers
from bench.result import Result


def measure(databases: Databases, scale: float) -> Iterator[Result]:
    yield _result(databases, "refuses parallel ones by 409", 1, "refuses", max(100, int(600 * scale)), 0.8)
    yield _result(databases, "slows down beyond 4 at once", 4, "slows", max(300, int(2_000 * scale)), 0.9)


def _result(databases: Databases, what: str, bears: int, manner: str, notes: int, reach: float) -> Result:
    port = free_port()
    with process("bench.limited_ehr", str(port), str(DELAY), str(bears), manner):
        url = f"http://127.0.0.1:{port}/fhir"
        wait_until_answers(f"{url}/metadata")
        worked = work_on(databases, notes, url)
    limit = bears / DELAY
    rate = (worked.attempts - worked.failed) / worked.seconds
    return Result(
        f"deliver to an EHR that {what}, up to {IN_FLIGHT} in flight",
        rate,
        "notes/s",
        limit,
        f"{bears} / {DELAY} s",
        ratio=rate / limit,
        reach=reach,
        side="at least",
        remark=f"{worked.failed} of {worked.attempts} attempts refused",
    )
