"""Where the sandbox keeps its resources: every version in one SQLite file, so that they survive a stop.

Below `interactions.py` and `searching.py`; `terms.py` says what a resource is found by.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import orjson

from service.sandbox.refusals import Json
from service.sandbox.terms import Term, terms_of

_TABLES = """
CREATE TABLE IF NOT EXISTS counter (last INTEGER NOT NULL);
INSERT INTO counter SELECT 1000 WHERE NOT EXISTS (SELECT 1 FROM counter);
CREATE TABLE IF NOT EXISTS versions (
    type TEXT NOT NULL, id TEXT NOT NULL, number INTEGER NOT NULL, at TEXT NOT NULL, body BLOB,
    PRIMARY KEY (type, id, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS resources (
    seq INTEGER PRIMARY KEY, type TEXT NOT NULL, id TEXT NOT NULL, number INTEGER NOT NULL, gone INTEGER NOT NULL,
    UNIQUE (type, id)
);
CREATE TABLE IF NOT EXISTS terms (
    type TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, system TEXT NOT NULL, id TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS terms_by_value ON terms (type, name, value);
CREATE INDEX IF NOT EXISTS terms_by_id ON terms (type, id);
CREATE INDEX IF NOT EXISTS terms_by_target ON terms (name, value) WHERE name = '_refers_to';
"""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a resource, with its `name` outside. `body` is None where it was deleted."""

    type: str
    id: str
    number: int
    at: datetime
    body: Json | None
    name: str

    @property
    def key(self) -> str:
        """`Type/id`."""
        return f"{self.type}/{self.id}"

    @property
    def etag(self) -> str:
        """The weak ETag that FHIR makes of a version."""
        return f'W/"{self.name}"'


class Store:
    """One connection, used from one thread: requests are served one after the other, so nothing races."""

    def __init__(self, path: Path) -> None:
        self._sql = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._sql.execute("PRAGMA journal_mode = WAL")
        self._sql.execute("PRAGMA synchronous = NORMAL")
        self._sql.executescript(_TABLES)
        self.uuids = False

    def close(self) -> None:
        """Let go of the file."""
        self._sql.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is written inside, or nothing of it."""
        self._sql.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._sql.execute("ROLLBACK")
            raise
        self._sql.execute("COMMIT")

    def new_id(self) -> str:
        """An id of this server's own making."""
        if self.uuids:
            return str(uuid4())
        self._sql.execute("UPDATE counter SET last = last + 1")
        return str(self._sql.execute("SELECT last FROM counter").fetchone()[0])

    def latest(self, resource_type: str, resource_id: str) -> Version | None:
        """The newest version, the deletion if that is the newest."""
        return next(iter(self._versions("type = ? AND id = ?", (resource_type, resource_id), limit=1)), None)

    def history(self, resource_type: str, resource_id: str) -> list[Version]:
        """Every version, newest first."""
        return self._versions("type = ? AND id = ?", (resource_type, resource_id), limit=-1)

    def _versions(self, where: str, values: Sequence[str | int], limit: int) -> list[Version]:
        rows = self._sql.execute(
            f"SELECT type, id, number, at, body FROM versions WHERE {where} ORDER BY number DESC LIMIT ?",  # noqa: S608
            (*values, limit),
        )
        return [_version(row) for row in rows]

    def keep(self, resource_type: str, resource_id: str, body: Json | None) -> Version:
        """Add the next version (`body` None deletes), and find the resource by it from now on."""
        before = self.latest(resource_type, resource_id)
        version = _stamped(resource_type, resource_id, before.number + 1 if before else 1, body, self.uuids)
        self._sql.execute(
            "INSERT INTO versions VALUES (?, ?, ?, ?, ?)",
            (*_key(version), version.number, version.at.isoformat(), _dumped(version.body)),
        )
        self._sql.execute(
            "INSERT INTO resources (type, id, number, gone) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (type, id) DO UPDATE SET number = excluded.number, gone = excluded.gone",
            (*_key(version), version.number, version.body is None),
        )
        self._find_by(version)
        return version

    def amend(self, version: Version, body: Json) -> Version:
        """Another body for the version just kept, before its transaction ends."""
        amended = replace(version, body=body)
        where = "type = ? AND id = ? AND number = ?"
        values = (_dumped(body), *_key(version), version.number)
        self._sql.execute(f"UPDATE versions SET body = ? WHERE {where}", values)  # noqa: S608
        self._find_by(amended)
        return amended

    def _find_by(self, version: Version) -> None:
        self._sql.execute("DELETE FROM terms WHERE type = ? AND id = ?", _key(version))
        terms: Iterable[Term] = terms_of(version.body) if version.body is not None else ()
        self._sql.executemany(
            "INSERT INTO terms (type, name, value, system, id) VALUES (?, ?, ?, ?, ?)",
            [(version.type, term.name, term.value, term.system, version.id) for term in terms],
        )

    def ids_where(self, resource_type: str, conditions: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
        """The ids of what is there and meets every condition (`searching.py` writes them), oldest first."""
        sql = "SELECT id FROM resources WHERE type = ? AND NOT gone"
        values: list[str] = [resource_type]
        for condition, its_values in conditions:
            sql += f" AND ({condition})"
            values.extend(its_values)
        return [row[0] for row in self._sql.execute(sql + " ORDER BY seq", values)]

    def referring_to(self, key: str) -> list[str]:
        """`Type/id` of whatever refers to this resource."""
        rows = self._sql.execute("SELECT type, id FROM terms WHERE name = '_refers_to' AND value = ?", (key,))
        return [f"{row[0]}/{row[1]}" for row in rows]

    def counts(self) -> dict[str, int]:
        """How many there are of each type."""
        rows = self._sql.execute("SELECT type, count(*) FROM resources WHERE NOT gone GROUP BY type ORDER BY type")
        return dict(rows.fetchall())

    def doubled_identifiers(self) -> list[Json]:
        """Each identifier that more than one resource of a type bears, with their ids."""
        rows = self._sql.execute(
            "SELECT type, system, value, group_concat(DISTINCT id) FROM terms WHERE name = 'identifier' "
            "GROUP BY type, system, value HAVING count(DISTINCT id) > 1 ORDER BY type, system, value"
        )
        return [{"type": t, "system": s, "value": v, "ids": ids.split(",")} for t, s, v, ids in rows]

    def bodies(self, resource_type: str) -> Iterator[Json]:
        """Every resource of a type that is there."""
        rows = self._sql.execute(
            "SELECT body FROM versions JOIN resources USING (type, id, number) "
            "WHERE type = ? AND NOT gone ORDER BY seq",
            (resource_type,),
        )
        return (orjson.loads(row[0]) for row in rows)


def _stamped(resource_type: str, resource_id: str, number: int, body: Json | None, uuids: bool) -> Version:
    name = str(uuid4()) if uuids else str(number)
    at = datetime.now(UTC).replace(microsecond=0)
    if body is not None:
        meta = {**body.get("meta", {}), "versionId": name, "lastUpdated": at.isoformat()}
        rest = {name: value for name, value in body.items() if name not in ("resourceType", "id", "meta")}
        body = {"resourceType": resource_type, "id": resource_id, "meta": meta, **rest}
    return Version(resource_type, resource_id, number, at, body, name)


def _key(version: Version) -> tuple[str, str]:
    return version.type, version.id


def _dumped(body: Json | None) -> bytes | None:
    return None if body is None else orjson.dumps(body)


def _version(row: tuple[str, str, int, str, bytes | None]) -> Version:
    resource_type, resource_id, number, at, dumped = row
    body = None if dumped is None else orjson.loads(dumped)
    name = str(number) if body is None else body["meta"]["versionId"]
    return Version(resource_type, resource_id, number, datetime.fromisoformat(at), body, name)
