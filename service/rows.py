"""The input of a set-based statement: many rows as one JSON parameter, for jsonb_to_recordset."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

# PostgreSQL cannot hold the character NUL, and an EHR may say anything.
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


def rows_as_json(rows: Sequence[dict[str, Any]]) -> str:
    """Each row's keys are the columns that the statement names; UUIDs and times as PostgreSQL reads them."""
    written = orjson.dumps(rows, default=_spelt_out)
    return (_NUL.sub(rb"\1", written) if b"\\u0000" in written else written).decode()


def _spelt_out(value: object) -> str:
    if isinstance(value, UUID):  # asyncpg has a UUID class of its own, which orjson does not know
        return str(value)
    raise TypeError(type(value))
