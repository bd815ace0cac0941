"""What may stand in a log line: ids, numbers, times and words of ours; never a value that somebody typed."""

import logging
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import structlog
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from service.db import Sessions
from service.logs import describe
from tests.log_lines import Lines

NOTE = UUID("4b1f2c1e-0000-4000-8000-000000000001")
NHS_NUMBER = "9990000018"
log = structlog.get_logger()


def test_a_line_says_what_happened_to_which_note_and_when(lines: Lines) -> None:
    log.info("note accepted", note_id=NOTE, kind="contact", note_version=1)
    line = lines.one()
    assert datetime.fromisoformat(str(line.pop("time"))).tzinfo == UTC
    assert line == {
        "level": "info",
        "event": "note accepted",
        "note_id": str(NOTE),
        "kind": "contact",
        "note_version": 1,
    }


def test_a_line_below_the_level_is_not_written(lines: Lines) -> None:
    log.debug("note accepted")
    assert lines.all() == []


def test_ids_that_are_bound_stand_on_every_line(lines: Lines) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        log.info("first")
        logging.getLogger("some.library").error("second %s", "x")
    assert [line["request_id"] for line in lines.all()] == ["r-1", "r-1"]


def test_a_field_that_nobody_allowed_is_dropped_and_named(lines: Lines) -> None:
    log.info("note accepted", note_id=NOTE, family_name="Okonkwo")
    line = lines.one()
    assert line["dropped"] == ["family_name"]
    assert "Okonkwo" not in str(line)


def test_a_field_whose_very_name_is_data_is_not_named(lines: Lines) -> None:
    log.info("note accepted", **{NHS_NUMBER: 1})
    assert lines.one()["dropped"] == ["***"]


@pytest.mark.parametrize(
    "value",
    [
        "Maya Okonkwo",
        NHS_NUMBER,
        "999 000 0018",
        f"Patient/{NHS_NUMBER}",
        int(NHS_NUMBER),
        date(1987, 4, 12),
        {"name": "Maya"},
        b"Maya",
        "x" * 121,
        "",
    ],
)
def test_a_value_that_is_no_id_number_or_time_is_masked(lines: Lines, value: object) -> None:
    log.info("note accepted", key=value)
    assert lines.one()["key"] == "***"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (NOTE, str(NOTE)),
        (str(NOTE), str(NOTE)),
        ("/notes/{note_id}", "/notes/{note_id}"),
        (datetime(2026, 11, 22, 9, 30, tzinfo=UTC), "2026-11-22T09:30:00+00:00"),
        (timedelta(seconds=90), 90.0),
        (0.25, 0.25),
        (True, True),
        (None, None),
        (["Encounter/1", "Maya Okonkwo"], ["Encounter/1", "***"]),
    ],
)
def test_ids_numbers_and_times_are_shown(lines: Lines, value: object, shown: object) -> None:
    log.info("note accepted", key=value)
    assert lines.one()["key"] == shown


@pytest.mark.parametrize("event", ["Maya “Okonkwo”", "a\nb", 7, "x" * 300])
def test_an_event_that_is_no_plain_sentence_is_masked(lines: Lines, event: object) -> None:
    log.info(event)
    assert lines.one()["event"] == "***"


def test_an_nhs_number_inside_an_event_is_masked(lines: Lines) -> None:
    log.info(f"patient {NHS_NUMBER} found")
    assert lines.one()["event"] == "patient *** found"


# --- exceptions ---------------------------------------------------------------------------------------


def test_an_exception_is_told_by_its_type_and_place_and_cause_but_not_by_its_message(lines: Lines) -> None:
    try:
        _fail()
    except RuntimeError:
        log.exception("mapping failed", note_id=NOTE)
    line = lines.one()
    outer, inner = line["fault"]
    assert (outer["type"], inner["type"]) == ("builtins.RuntimeError", "builtins.ValueError")
    assert outer["at"][-1].startswith("tests/test_logs.py:")
    assert "Okonkwo" not in str(line)


def _fail() -> None:
    try:
        int("Okonkwo")
    except ValueError as error:
        raise RuntimeError("Okonkwo") from error


def test_an_exception_may_be_handed_over_by_itself(lines: Lines) -> None:
    log.error("mapping failed", exc_info=ValueError("Okonkwo"))
    assert lines.one()["fault"] == [{"type": "builtins.ValueError"}]


def test_no_exception_makes_no_fault(lines: Lines) -> None:
    log.error("mapping failed", exc_info=False)
    assert "fault" not in lines.one()


def test_a_context_that_was_suppressed_is_not_told(lines: Lines) -> None:
    try:
        try:
            int("Okonkwo")
        except ValueError:
            raise KeyError("Okonkwo") from None
    except KeyError:
        log.exception("mapping failed")
    assert [each["type"] for each in lines.one()["fault"]] == ["builtins.KeyError"]


def test_each_of_a_group_of_exceptions_is_told() -> None:
    told = describe(ExceptionGroup("Okonkwo", [ValueError("Okonkwo"), KeyError("Okonkwo")]))
    assert [each["type"] for each in told["group"]] == ["builtins.ValueError", "builtins.KeyError"]
    assert "Okonkwo" not in str(told)


def test_what_pydantic_refused_is_not_repeated() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(int).validate_python("Okonkwo")
    assert "Okonkwo" in str(caught.value)
    assert "Okonkwo" not in str(describe(caught.value))


async def test_the_database_names_the_rule_that_was_broken_and_not_the_row(owners: Sessions) -> None:
    # As the owner: of a table whose rows are guarded, PostgreSQL tells no row to anybody else.
    insert = text("INSERT INTO clients (id, nhs_number, birth_date) VALUES (gen_random_uuid(), :number, '1987-04-12')")
    async with owners() as session:
        await session.execute(insert, {"number": NHS_NUMBER})
        with pytest.raises(IntegrityError) as caught:
            await session.execute(insert, {"number": NHS_NUMBER})
    told = describe(caught.value)
    assert told["sqlstate"] == "23505"
    driver_error = caught.value.orig.__cause__ if caught.value.orig else None
    assert NHS_NUMBER in getattr(driver_error, "detail", "")
    assert driver_error
    assert describe(driver_error)["constraint_name"] == "uq_clients_nhs_number"
    assert NHS_NUMBER not in str(told) + str(describe(driver_error))
