"""Finds patient data in what was logged: every NHS number, and every name, date and passage the tests used.

What the tests used is read from their own databases at the end of the run, from the samples and from the
sandbox's people, so a new test needs no list of its own.
"""

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
from nhs_number.validate import is_valid

TOP = Path(__file__).parent.parent
_NHS_NUMBER = re.compile(r"(?<![0-9A-Za-z.\-])999[ \-]?\d{3}[ \-]?\d{4}(?![0-9A-Za-z\-])")
_NOT_TYPED = re.compile(r"[a-z_]+|[0-9a-f\-]{36}|\d{4}(-\d\d){0,2}(T.*)?|https?://\S+|[A-Za-z]+/\S+")
_SHORTEST = 5
_NAME_BELOW = 8
_AT_ONCE = 8
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_NEVER_BORN_AFTER = "2012"  # later dates are those of log lines and of what happened
_DATABASES = "SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%'"
_PEOPLE = "SELECT nhs_number, birth_date, name FROM clients LIMIT 5000"
_SPECIALISTS = "SELECT name FROM specialists LIMIT 5000"
_FORMS = "SELECT CAST(form AS text) FROM notes LIMIT 5000"


class PatientData:
    """What must not be found, and the search for it."""

    def __init__(self, known: Iterable[str]) -> None:
        self._by_start: dict[str, set[str]] = defaultdict(set)
        for each in filter(_tells_something, known):
            lowered = each.lower()
            self._by_start[lowered[:_SHORTEST]].add(lowered)

    def __len__(self) -> int:
        return sum(len(each) for each in self._by_start.values())

    def found_in(self, line: str) -> str | None:
        """The first piece of patient data in this line."""
        for number in _NHS_NUMBER.findall(line):
            if is_valid(re.sub(r"\D", "", number)):
                return str(number)
        lowered = line.lower()
        for start in range(len(lowered) - _SHORTEST + 1):
            for known in self._by_start.get(lowered[start : start + _SHORTEST], ()):
                if _is_at(lowered, known, start):
                    return known
        return None


def _tells_something(known: str) -> bool:
    """A date of birth, a name of five letters or more, or a text with some letters in it."""
    if _DATE.fullmatch(known):
        return known < _NEVER_BORN_AFTER
    if len(known) < _NAME_BELOW:
        return len(known) >= _SHORTEST and known.isalpha() and known.istitle()
    return len(set(filter(str.isalpha, known.lower()))) >= 4


def _is_at(line: str, known: str, start: int) -> bool:
    """A short name only as a whole word."""
    if not line.startswith(known, start):
        return False
    around = line[max(start - 1, 0) : start] + line[start + len(known) : start + len(known) + 1]
    return len(known) >= _NAME_BELOW or not any(map(str.isalnum, around))


def known_to_the_tests(server_url: str | None) -> PatientData:
    """From the samples, the sandbox's people and, where there is a server, every database of this run."""
    known = {*_from_json(TOP / "tests" / "samples"), *_from_json(TOP / "service" / "sandbox")}
    if server_url:
        known |= asyncio.run(from_databases(server_url))
    return PatientData(known)


def typed_in(value: Any) -> Iterator[str]:
    """Every text in a piece of JSON that somebody may have typed, and every date of birth."""
    if isinstance(value, dict):
        for name, each in value.items():
            if name in ("birth_date", "birthDate"):
                yield str(each)
            else:
                yield from typed_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from typed_in(each)
    elif isinstance(value, str) and not _NOT_TYPED.fullmatch(value):
        yield value


def _from_json(folder: Path) -> set[str]:
    files = [path for path in folder.rglob("*.json") if path.stem.endswith((".note", "people"))]
    return {text for path in files for text in typed_in(json.loads(path.read_text()))}


async def from_databases(server_url: str) -> set[str]:
    """Who and what stands in any database of this run."""
    admin = await asyncpg.connect(server_url)
    names = [row["datname"] for row in await admin.fetch(_DATABASES)]
    await admin.close()
    turn = asyncio.Semaphore(_AT_ONCE)
    found = await asyncio.gather(*(_from_database(server_url, name, turn) for name in names))
    return set().union(*found)


async def _from_database(server_url: str, name: str, turn: asyncio.Semaphore) -> set[str]:
    async with turn:
        database = await asyncpg.connect(server_url.replace("/postgres?", f"/{name}?"))
        try:
            people = await database.fetch(_PEOPLE)
            specialists = await database.fetch(_SPECIALISTS)
            forms = await database.fetch(_FORMS)
        except asyncpg.UndefinedTableError:
            return set()  # a test of the migrations took the tables down
        finally:
            await database.close()
    typed = {text for (form,) in forms for text in typed_in(json.loads(form))}
    facts = {str(value) for person in people for value in person if value}
    return typed | facts | {name for (name,) in specialists}
