"""What may stand in a log line: ids, numbers, times and words of ours; never a value that somebody typed."""

import ast
import gc
import logging
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
import structlog
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import text
from sqlalchemy.exc import ArgumentError, IntegrityError

from service.db import Sessions, open_engine
from service.logs import FIELDS, configure_logs, describe

NOTE = UUID("4b1f2c1e-0000-4000-8000-000000000001")
NHS_NUMBER = "9990000018"
log = structlog.get_logger()


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> "Lines":
    """Logging as in production, read back."""
    configure_logs("INFO")
    return Lines(capsys)


class Lines:
    """What was written to stderr since the last look."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def all(self) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in self._capsys.readouterr().err.splitlines()]

    def one(self) -> dict[str, Any]:
        (line,) = self.all()
        return line


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


async def test_the_database_names_the_rule_that_was_broken_and_not_the_row(sessions: Sessions) -> None:
    insert = text("INSERT INTO clients (id, nhs_number, birth_date) VALUES (gen_random_uuid(), :number, '1987-04-12')")
    async with sessions() as session:
        await session.execute(insert, {"number": NHS_NUMBER})
        with pytest.raises(IntegrityError) as caught:
            await session.execute(insert, {"number": NHS_NUMBER})
    told = describe(caught.value)
    assert told["sqlstate"] == "23505"
    assert NHS_NUMBER in str(caught.value)
    assert NHS_NUMBER not in str(told)


# --- libraries ----------------------------------------------------------------------------------------


def test_a_librarys_message_is_shown_without_its_values(lines: Lines) -> None:
    logging.getLogger("httpx").warning("HTTP Request: %s %s", "GET", "/Patient?name=Okonkwo")
    line = lines.one()
    assert (line["event"], line["logger"], line["level"]) == ("HTTP Request: %s %s", "httpx", "warning")
    assert str(line["where"]).startswith("tests/test_logs.py:")


def test_a_librarys_message_that_is_already_put_together_is_not_shown(lines: Lines) -> None:
    logging.getLogger("sqlalchemy.engine").error("row of Okonkwo")
    assert lines.one()["event"] == "a library's message, not shown"


def test_an_exception_that_a_library_logged_is_told_without_its_message(lines: Lines) -> None:
    try:
        open_engine("Okonkwo", 1)
    except ArgumentError:
        logging.getLogger("some.library").exception("could not open %s", "Okonkwo")
    line = lines.one()
    assert line["fault"][0]["at"][0].startswith("service/db.py:")
    assert "Okonkwo" not in str(line)


@pytest.mark.parametrize("message", [ValueError("Okonkwo"), "'Okonkwo' is not known"])
def test_a_message_without_plain_words_is_not_shown(lines: Lines, message: object) -> None:
    logging.getLogger("asyncio").error(message)
    assert lines.one()["event"] == "a library's message, not shown"


def test_the_servers_own_words_are_shown_up_to_the_first_value(lines: Lines) -> None:
    logging.getLogger("uvicorn.error").info("Application startup complete.")
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: <Task Okonkwo>")
    assert [line["event"] for line in lines.all()] == [
        "Application startup complete.",
        "Task exception was never retrieved",
    ]


def test_a_handler_that_a_library_brought_is_taken_from_it(lines: Lines) -> None:
    library = logging.getLogger("a.library.with.its.own.handler")
    library.addHandler(logging.StreamHandler(sys.stderr))
    configure_logs("INFO")
    library.error("told once %s", 1)
    assert lines.one()["logger"] == "a.library.with.its.own.handler"


def test_setting_up_twice_writes_each_line_once(lines: Lines) -> None:
    configure_logs("INFO")
    logging.getLogger("some.library").error("told %s", "once")
    lines.one()


def test_the_debugging_tales_of_libraries_are_left_out(lines: Lines) -> None:
    logging.getLogger("sqlalchemy.engine").info("SELECT %s", "Okonkwo")
    assert lines.all() == []


# --- what nobody caught -------------------------------------------------------------------------------


def test_a_warning_is_told_by_its_kind_and_place(lines: Lines) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning("Okonkwo", UserWarning, __file__, 1)
    line = lines.one()
    assert (line["kind"], line["where"]) == ("UserWarning", "tests/test_logs.py:1")
    assert "Okonkwo" not in str(line)


def test_an_exception_that_ends_the_process_is_told_without_its_message(lines: Lines) -> None:
    sys.excepthook(ValueError, ValueError("Okonkwo"), None)
    line = lines.one()
    assert (line["level"], line["fault"]) == ("critical", [{"type": "builtins.ValueError"}])


def test_ctrl_c_is_no_fault(lines: Lines) -> None:
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert lines.all() == []


def test_an_exception_in_a_thread_is_told_without_its_message(lines: Lines) -> None:
    thread = threading.Thread(target=int, args=("Okonkwo",))
    thread.start()
    thread.join()
    (fault,) = lines.one()["fault"]
    assert fault["type"] == "builtins.ValueError"


def test_an_exception_in_a_finaliser_is_told_without_its_message(lines: Lines) -> None:
    class Odd:
        def __del__(self) -> None:
            raise ValueError("Okonkwo")

    Odd()
    gc.collect()
    (fault,) = lines.one()["fault"]
    assert fault["type"] == "builtins.ValueError"


def test_a_log_that_cannot_be_written_stops_nothing() -> None:
    program = (
        "import sys, structlog; from service.logs import configure_logs; configure_logs('INFO');"
        "sys.stderr.close(); structlog.get_logger().info('note accepted'); print('went on')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "went on\n"


# --- at every call ------------------------------------------------------------------------------------

SERVICE = Path(__file__).parent.parent / "service"
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def _calls_of_the_log() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(SERVICE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="log" | "logger"), attr=level)) if level in LEVELS:
                    yield f"{path.relative_to(SERVICE)}:{node.lineno}", node


def test_every_event_is_written_out_where_it_is_logged() -> None:
    put_together = [
        place
        for place, call in _calls_of_the_log()
        if len(call.args) != 1 or not isinstance(call.args[0], ast.Constant)
    ]
    assert put_together == []


def test_every_field_that_is_logged_is_one_that_is_allowed() -> None:
    unknown = [
        (place, keyword.arg)
        for place, call in _calls_of_the_log()
        for keyword in call.keywords
        if keyword.arg not in FIELDS | {"exc_info"}
    ]
    assert unknown == []
