"""What it costs to ask who calls: the same with a token in every request and an issuer, beside without either.

Two servers with the same settings but that one, on one database, in turn. What counts is the middle of the rounds'
ratios, for what else the machine does changes from one round to the next. A team for each
connection, and a specialist of it, whose token is checked once and remembered, as those of phones are.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from typing import TypeAlias

import httpx

from bench.accept import CLIENTS, CONNECTIONS
from bench.load import Load, post
from bench.notes import contacts
from bench.people import hex_of, hyphened
from bench.postgres import Databases
from bench.processes import free_port, process, wait_until_answers
from bench.result import Result
from bench.seed import Seed, evenly, seed
from service.sandbox.issuer import issuer_beside, issuers_setting
from service.sandbox.staff import Member

ROUNDS = 5
_REACH = 0.9
# Who asks in turn about the clients in turn, asks about their own.
_TEAMS = CONNECTIONS
_STAFF = [Member(f"es-{n}", f"Specialist {n}", "specialist", (f"team-{n}",)) for n in range(_TEAMS)]
_FASTEST = 4_000  # requests a second that no machine of today reaches here

_SPECIALISTS = f"""
    INSERT INTO specialists (id, name) SELECT 'es-' || n, 'Specialist ' || n FROM generate_series(0, {_TEAMS - 1}) AS n
    ON CONFLICT DO NOTHING
"""

Lines: TypeAlias = Callable[[int], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class _Server:
    url: str
    tokens: Path | None


def measure(databases: Databases, scale: float) -> Iterator[Result]:
    seconds = max(1.0, 6 * scale)
    url = databases.make()
    seed(url, Seed(CLIENTS, CLIENTS, evenly(CLIENTS), state="delivered"))
    _put_on_caseloads(databases, url)
    with (
        tempfile.TemporaryDirectory() as folder,
        _without(url) as without,
        _with_tokens(url, Path(folder)) as with_tokens,
    ):
        for what, lines in (("accept a contact", _contacts), ("GET /notes/{id}", _receipts)):
            for warmed in (without, with_tokens):
                _load(warmed, lines, 1)
            yield _result(
                what, [(_load(without, lines, seconds), _load(with_tokens, lines, seconds)) for _ in range(ROUNDS)]
            )
    databases.drop(url)


def _put_on_caseloads(databases: Databases, url: str) -> None:
    """An even share for each specialist, by the order in which the load asks."""
    shares = ", ".join(f"('{hex_of('client', client)}'::uuid, {client % _TEAMS})" for client in range(CLIENTS))
    databases.run(_SPECIALISTS, url)
    databases.run(
        "INSERT INTO caseloads (client_id, team_id, specialist_id) "
        f"SELECT id, 'team-' || team, 'es-' || team FROM (VALUES {shares}) AS share (id, team)",
        url,
    )
    databases.run("ANALYZE caseloads", url)


def _result(what: str, rounds: list[tuple[Load, Load]]) -> Result:
    refused = sum(load.refused for round_ in rounds for load in round_)
    return Result(
        f"{what} with tokens on, {CONNECTIONS} connections",
        median(with_tokens.rate for _, with_tokens in rounds),
        "requests/s",
        median(without.rate for without, _ in rounds),
        "without an issuer and tokens",
        ratio=median(with_tokens.rate / without.rate for without, with_tokens in rounds),
        ratio_of="with / without, the middle of the rounds",
        reach=_REACH,
        side="at least",
        remark=f"{refused} refused" if refused else "",
    )


def _load(server: _Server, lines: Lines, seconds: float) -> Load:
    with tempfile.TemporaryDirectory() as folder:
        asked = Path(folder) / "lines"
        asked.write_bytes(b"\n".join(lines(int(seconds * _FASTEST))))
        return post(f"{server.url}/notes", CONNECTIONS, seconds, asked, server.tokens)


def _contacts(count: int) -> Iterator[bytes]:
    return contacts(count, CLIENTS, [{"id": each.id, "name": each.name} for each in _STAFF])


def _receipts(count: int) -> Iterator[bytes]:
    """Of notes that were there from the start."""
    paths = [f"/notes/{hyphened(hex_of('note', note))}".encode() for note in range(CLIENTS)]
    return islice((path for _ in range(count // CLIENTS + 1) for path in paths), count)


@contextmanager
def _without(database_url: str) -> Iterator[_Server]:
    with _serve(database_url) as url:
        yield _Server(url, None)


@contextmanager
def _with_tokens(database_url: str, folder: Path) -> Iterator[_Server]:
    with issuer_beside(free_port(), _STAFF) as issuer, _serve(database_url, issuers=issuers_setting(issuer)) as url:
        asked = (httpx.post(f"{issuer}/token/{each.id}", trust_env=False) for each in _STAFF)
        tokens = folder / "tokens"
        tokens.write_text("\n".join(answer.raise_for_status().text for answer in asked))
        yield _Server(url, tokens)


@contextmanager
def _serve(database_url: str, **settings: str) -> Iterator[str]:
    port = free_port()
    no_limits = {"requests_per_minute": "0", "refusals_per_minute": "0"}
    always = {"database_url": database_url, "port": str(port), "worker_in_serve": "false", **no_limits}
    with process("serve", **always, **settings):
        url = f"http://127.0.0.1:{port}"
        wait_until_answers(f"{url}/healthz")
        yield url
