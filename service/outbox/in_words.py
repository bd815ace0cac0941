"""Where a delivery stands, in a sentence for the person who wrote the note."""

from datetime import datetime


def in_words(state: str, reason: str | None, next_try_at: datetime | None, ended_at: datetime | None) -> str:
    """`reason` is a sentence already; times are UTC, to the minute."""
    if state == "delivered":
        return f"In the record since {_minute(ended_at)}."
    if state == "needs_attention":
        return f"Not in the record: a person has to look. {reason}"
    if state == "cancelled":
        return f"Not sent. {reason}"
    if state == "sending":
        return "On its way to the record now."
    if reason is None:
        return "Received and safe; on its way to the record."
    if next_try_at is None:
        return f"Received and safe; not yet in the record. {reason}"
    return f"Received and safe; not yet in the record. {reason} Next try at {_minute(next_try_at)}."


def _minute(moment: datetime | None) -> str:
    return f"{moment:%d %B %Y, %H:%M} UTC" if moment else "an unknown time"
