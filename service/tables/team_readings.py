"""When a request to the clinical team was last read in the EHR, and what of the answer stands there alone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.table import Table


class TeamReading(Table):
    """One row a request. `beyond`, found out about `note_version`, is why a person has to read the record itself."""

    __tablename__ = "team_readings"

    note_id: Mapped[UUID] = mapped_column(primary_key=True)
    read_at: Mapped[datetime]
    beyond: Mapped[str | None]
    note_version: Mapped[int | None]
    found_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "(beyond IS NULL) = (note_version IS NULL) AND (beyond IS NULL) = (found_at IS NULL)", name="whole_finding"
        ),
    )
