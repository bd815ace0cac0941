"""The options that several commands share."""

from datetime import UTC, datetime
from typing import Annotated

import typer


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("Write it as 2026-11-22 or 2026-11-22T09:30.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Since = Annotated[datetime | None, typer.Option(parser=_moment, metavar="TIME", help="From then on, in UTC.")]
Until = Annotated[datetime | None, typer.Option(parser=_moment, metavar="TIME", help="Before then, in UTC.")]
ReasonCode = Annotated[str | None, typer.Option(help="Only those with this reason code.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it. Without it, what would be done is shown and nothing is.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
