"""What the clinical team did in the record with a request, and the note cannot say: a person has to read it there.

It is the specialist who asked, and who can ask again; what somebody wrote is nothing for an operator to see.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.intake.concern import Concern

_SENTENCES: Final = {
    "without_words": "The clinical team has ended this request in the record, without a word about how. "
    "Ask them, and write down what they say.",
    "too_long": "The clinical team's answer in the record is longer than a note can hold. "
    "Read it there, and write down what matters.",
    "not_words": "The clinical team has answered in the record with something that is no text, such as a document. "
    "Read it there, and write down what matters.",
    "not_understood": "The clinical team has changed this request in the record in a way that cannot be shown here. "
    "Look at it there, or ask them.",
    "wrote_meanwhile": "The clinical team has written something about this request in the record that is not in this "
    "note. Read it there.",
    "differs": "The clinical team has written another answer in the record than this note has. "
    "Compare the two, ask them, and amend the note.",
    "another_record": "In the record, this request is not with this person. Nothing was taken from there. "
    "Report it as an incident.",
    "not_recognised": "In the record, this request has lost its identifier, or does not say whom it is about. "
    "Nothing was taken from there. Read it there, and tell whoever looks after the record.",
}

# Whoever amends the note has dealt with it.
_FINDINGS = text("""
    SELECT notes.id, notes.client_id, notes.specialist_id, notes.happened_at, team_readings.beyond
      FROM team_readings JOIN notes ON notes.id = team_readings.note_id AND notes.version = team_readings.note_version
     WHERE team_readings.beyond IS NOT NULL
       AND NOT EXISTS (SELECT FROM notes AS later WHERE later.id = notes.id AND later.version = notes.version + 1)
       AND (CAST(:specialist AS text) IS NULL OR notes.specialist_id = CAST(:specialist AS text))
       AND (CAST(:client AS uuid) IS NULL OR notes.client_id = CAST(:client AS uuid))
       AND (CAST(:note AS uuid) IS NULL OR notes.id = CAST(:note AS uuid))
     ORDER BY notes.happened_at DESC, notes.id
     LIMIT :most
""")


async def beyond_the_note(
    session: AsyncSession, specialist: str | None, client: UUID | None, note: UUID | None, most: int
) -> list[Concern]:
    """The concerns about these requests, the newest first."""
    binds = {"specialist": specialist, "client": client, "note": note, "most": most}
    return [
        Concern(f"team_{row.beyond}", row.id, row.client_id, row.specialist_id, row.happened_at, _SENTENCES[row.beyond])
        for row in await session.execute(_FINDINGS, binds)
    ]
