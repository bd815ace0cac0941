"""Each state of a delivery has its sentence."""

from datetime import UTC, datetime

import pytest

from service.outbox.in_words import in_words

AT = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "reason", "next_try_at", "ended_at", "sentence"),
    [
        ("waiting", None, None, None, "Received and safe; on its way to the record."),
        ("waiting", "It waits.", None, None, "Received and safe; not yet in the record. It waits."),
        (
            "waiting",
            "The EHR is down.",
            AT,
            None,
            "Received and safe; not yet in the record. The EHR is down. Next try at 22 November 2026, 09:05 UTC.",
        ),
        ("sending", None, None, None, "On its way to the record now."),
        ("delivered", None, None, AT, "In the record since 22 November 2026, 09:05 UTC."),
        ("needs_attention", "Look.", None, None, "Not in the record: a person has to look. Look."),
        ("cancelled", "Replaced.", None, AT, "Not sent. Replaced."),
    ],
)
def test_each_state_is_said_in_a_sentence(
    state: str, reason: str | None, next_try_at: datetime | None, ended_at: datetime | None, sentence: str
) -> None:
    assert in_words(state, reason, next_try_at, ended_at) == sentence
