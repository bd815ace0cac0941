"""The audit for a SIEM: one flat JSON object a line. Its field names are documented, and stay.

A person's own words (`reason`) stay in the database.
"""

from typing import Any, Final

from service.audit_lines import Line

# docs/security/audit.md says what each is.
_AS_THEY_ARE: Final = (
    *("id", "at", "who", "issuer", "name", "roles", "practitioner_id", "action", "outcome", "route", "reason_code"),
    *("client_ids", "note_id", "delivery_id", "address", "request_id", "chain", "number"),
)


def flat(line: Line) -> dict[str, Any]:
    """One line as it is exported."""
    return {**{name: getattr(line, name) for name in _AS_THEY_ARE}, "hash": line.hash.hex()}
