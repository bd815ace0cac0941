"""The notes of some clients as forms: the newest version of each, none that was retracted.

For what is worked out from notes when it is asked for: clocks (`client_clocks.py`) and concerns (`concerns.py`).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.forms.note import FORM, Form

NEWEST = """
    NOT notes.retracted AND NOT EXISTS (SELECT FROM notes AS later
        WHERE later.id = notes.id AND later.version = notes.version + 1)
"""
"""A condition on `notes`, for a query of one's own."""

_FORMS = text(f"""
    SELECT client_id, CAST(form AS text) AS form
      FROM notes
     WHERE client_id = ANY (CAST(:clients AS uuid[])) AND kind = ANY (CAST(:kinds AS text[])) AND {NEWEST}
     ORDER BY happened_at, id
""")  # noqa: S608 - a constant of ours


async def forms_of(
    session: AsyncSession, clients: Collection[UUID], kinds: Collection[str]
) -> Mapping[UUID, list[Form]]:
    """By client, in the order in which they happened; nothing for a client of whom there is none."""
    found: dict[UUID, list[Form]] = defaultdict(list)
    for row in await session.execute(_FORMS, {"clients": list(set(clients)), "kinds": list(kinds)}):
        found[row.client_id].append(FORM.validate_json(row.form))
    return found
