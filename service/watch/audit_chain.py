"""Is every line of the audit there, as it was written? Each is hashed anew, from what its columns say.

What is hashed is written twice: here, and in the database's function `audit_text` (migration 0009).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from hashlib import sha256
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.audit_lines import Line, stream_chains
from service.errors import CannotStart
from service.tables import AuditChain

CHAINS: Final = 16
_NOTHING: Final = bytes(32)
_TITLE: Final = "joinedup audit"
_NO_FINGERPRINT: Final = "This is no fingerprint of the audit. `joinedup audit verify --fingerprint` writes one."
_HEADS: Final = select(AuditChain.chain, AuditChain.last_number, AuditChain.last_hash)
_ONE_MOMENT: Final = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends: the number and hash of its last line; of an empty one, 0 and zeros."""

    number: int = 0
    hash: bytes = _NOTHING


Heads = Mapping[int, Head]


@dataclass(frozen=True, slots=True)
class Verified:
    """How many lines there are, where the chains end, and a sentence for each chain in which something is wrong."""

    lines: int
    heads: Heads
    faults: tuple[str, ...]


async def verify(session: AsyncSession, since: Heads | None = None) -> Verified:
    """Read everything, as it stands at one moment. `since`: the ends that an earlier fingerprint holds.

    The session must not have done anything yet.
    """
    await session.execute(_ONE_MOMENT)
    known = since or {}
    heads = {row.chain: Head(row.last_number, row.last_hash) for row in await session.execute(_HEADS)}
    walks = {chain: _Walk(chain, known.get(chain, Head())) for chain in range(CHAINS)}
    lines = 0
    async for line in stream_chains(session):
        lines += 1
        walks.setdefault(line.chain, _Walk(line.chain, Head())).take(line)
    for walk in walks.values():
        walk.end(heads.get(walk.chain))
    return Verified(lines, heads, tuple(walk.fault for walk in walks.values() if walk.fault))


def text_of(line: Line) -> str:
    """What is hashed of it, as PostgreSQL writes a jsonb array."""
    told = [
        line.chain,
        line.number,
        line.id,
        f"{line.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
        *(line.who, line.issuer, line.name, line.roles, line.practitioner_id),
        *(line.action, line.outcome, line.route, line.reason_code, line.reason),
        *(line.client_ids, line.note_id, line.delivery_id),
        *(line.address, line.request_id),
    ]
    # Ids as text, in whatever list they stand: who adds a line of an odd shape makes no false alarm.
    return json.dumps(told, ensure_ascii=False, default=str)


def hash_of(line: Line) -> bytes:
    """What its own hash has to be."""
    return sha256(line.previous_hash + text_of(line).encode()).digest()


def written(heads: Heads) -> str:
    """The ends of all chains, a line each, to be kept where nobody who has the database can write."""
    ends = (f"{chain} {heads[chain].number} {heads[chain].hash.hex()}" for chain in sorted(heads))
    return "\n".join((_TITLE, *ends, ""))


def fingerprint_of(heads: Heads) -> str:
    """One for all of them: the SHA-256 of what is written."""
    return sha256(written(heads).encode()).hexdigest()


def read(fingerprint: str) -> Heads:
    """What was written. `CannotStart` where it is something else."""
    title, *lines = fingerprint.splitlines() or [""]
    try:
        if title != _TITLE:
            raise ValueError
        return dict(_ends(lines))
    except ValueError:
        raise CannotStart(_NO_FINGERPRINT) from None


def _ends(lines: list[str]) -> Iterator[tuple[int, Head]]:
    for line in lines:
        chain, number, digest = line.split(" ")
        yield int(chain), Head(int(number), bytes.fromhex(digest))


class _Walk:
    """Along one chain, until something is wrong."""

    def __init__(self, chain: int, known: Head) -> None:
        self.chain = chain
        self.fault: str | None = None
        self._last = Head()
        self._last_id: int | None = None
        self._known = known

    def take(self, line: Line) -> None:
        """The next line that is there."""
        if self.fault is None:
            self.fault = self._fault_of(line)
            self._last, self._last_id = Head(line.number, line.hash), line.id

    def end(self, head: Head | None) -> None:
        """There are no more; `head` is what the database keeps of the end."""
        if self.fault is None:
            self.fault = self._fault_of_end(head)

    def _fault_of(self, line: Line) -> str | None:
        expected = self._last.number + 1
        if line.number != expected:
            return f"{_were_removed(expected, line.number - 1)} from chain {self.chain}."
        if line.hash != hash_of(line):
            return f"Line {line.number} of chain {self.chain} (id {line.id}) was changed."
        if line.previous_hash != self._last.hash:
            return f"{self._before()} was changed, and its hash with it."
        if line.number == self._known.number and line.hash != self._known.hash:
            return f"Chain {self.chain} was rewritten: its line {line.number} is not the one of the fingerprint."
        return None

    def _before(self) -> str:
        number = self._last.number
        return (
            f"Line {number} of chain {self.chain} (id {self._last_id})"
            if number
            else f"The start of chain {self.chain}"
        )

    def _fault_of_end(self, head: Head | None) -> str | None:
        there = self._last.number
        if head is None:
            return f"The head of chain {self.chain} was removed."
        if head.number > there:
            return f"{_were_removed(there + 1, head.number)} from the end of chain {self.chain}."
        if head != self._last:
            return f"The head of chain {self.chain} was changed: the last line is {there}, and it says {head.number}."
        if self._known.number > there:
            removed = _were_removed(there + 1, self._known.number)
            return f"{removed} from the end of chain {self.chain}, and its head changed."
        return None


def _were_removed(first: int, last: int) -> str:
    return f"Line {first} was removed" if first == last else f"Lines {first} to {last} were removed"
