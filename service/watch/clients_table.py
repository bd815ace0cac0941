"""Registered systems for a person: what they are called, what they may, where their keys are, whether they may ask."""

from collections.abc import Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from service.tables import SystemClient


def in_rows(clients: Sequence[SystemClient]) -> list[dict[str, Any]]:
    """What may be shown of them: nothing of it is secret."""
    return [
        {
            "id": client.id,
            "name": client.name,
            "scopes": client.scopes,
            "keys": client.jwks_url or ", ".join(key["kid"] for key in (client.jwks or {})["keys"]),
            "registered": f"{client.registered_at:%Y-%m-%d %H:%M} UTC by {client.registered_by}",
            "state": f"disabled since {client.disabled_at:%Y-%m-%d %H:%M} UTC" if client.disabled_at else "enabled",
        }
        for client in clients
    ]


def clients_table(rows: Sequence[dict[str, Any]]) -> RenderableType:
    """By id."""
    if not rows:
        return Text("There are none. To register one, run: joinedup clients add")
    table = Table("id", "name", "may", "keys", "registered", "state")
    for row in rows:
        table.add_row(*(Text(row[column]) for column in row))
    return table
