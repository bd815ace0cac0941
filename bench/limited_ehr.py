"""The stub EHR with a limit to what it bears: so many transactions at once, and beyond that it refuses or slows down.

    python -m bench.limited_ehr PORT DELAY BEARS refuses|slows

It refuses by 409, as servers do whose unrelated transactions meet; it slows down as one does that has so many hands.
"""

import asyncio
import sys

import uvloop

from bench.stub_ehr import Ehr, Kept

_CONFLICT = b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"conflict"}]}'


class Limited(Ehr):
    """One connection of many; how many transactions are under way is the server's, not the connection's."""

    under_way = 0
    bears = 1
    refuses = True

    def on_message_complete(self) -> None:
        if not self._path.endswith(b"/fhir"):
            self._write(self._answer())
            return
        Limited.under_way += 1
        share = Limited.under_way / Limited.bears
        if share > 1 and Limited.refuses:
            self._later(self._delay / 10, _CONFLICT, b"409 Conflict")
        else:
            self._later(self._delay * max(1.0, share), self._answer(), b"200 OK")

    def _later(self, seconds: float, answer: bytes, status: bytes) -> None:
        def end() -> None:
            Limited.under_way -= 1
            self._write(answer, status)

        asyncio.get_running_loop().call_later(seconds, end)


async def _serve(port: int, delay: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Limited(delay, Kept()), "127.0.0.1", port, backlog=512)
    await server.serve_forever()


if __name__ == "__main__":
    Limited.bears, Limited.refuses = int(sys.argv[3]), sys.argv[4] == "refuses"
    uvloop.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
