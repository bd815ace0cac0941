"""The options that several commands share."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

import typer

_UNITS: Final = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("Write it as 2026-11-22 or 2026-11-22T09:30.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _age(text: str) -> timedelta:
    number, unit = text[:-1], text[-1:]
    if not number.isascii() or not number.isdecimal() or len(number) > 6 or unit not in _UNITS:
        raise typer.BadParameter("Write it as 90m, 2h or 3d.")
    return int(number) * _UNITS[unit]


Since = Annotated[datetime | None, typer.Option(parser=_moment, metavar="TIME", help="From then on, in UTC.")]
Until = Annotated[datetime | None, typer.Option(parser=_moment, metavar="TIME", help="Before then, in UTC.")]
ReasonCode = Annotated[str | None, typer.Option(help="Only those with this reason code.")]
OlderThan = Annotated[
    timedelta | None, typer.Option(parser=_age, metavar="AGE", help="Made longer ago than 90m, 2h or 3d.")
]
Client = Annotated[UUID | None, typer.Option(help="Only those of this client (an id).")]
Note = Annotated[UUID | None, typer.Option(help="Only those of this note (an id).")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")]
By = Annotated[str, typer.Option(envvar="USER", help="Who does it; it is written down.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
