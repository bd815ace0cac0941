"""What libraries log, warn and raise is passed on without the values that it holds."""

import gc
import logging
import subprocess
import sys
import threading
import traceback
import warnings

import pytest
from sqlalchemy.exc import ArgumentError

from service.db import open_engine
from service.logs import configure_logs
from tests.log_lines import Lines


def test_a_librarys_message_is_shown_without_its_values(lines: Lines) -> None:
    logging.getLogger("httpx").warning("HTTP Request: %s %s", "GET", "/Patient?name=Okonkwo")
    line = lines.one()
    assert (line["event"], line["logger"], line["level"]) == ("HTTP Request: %s %s", "httpx", "warning")
    assert str(line["where"]).startswith("tests/test_logs_libraries.py:")


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


def test_a_traceback_that_was_logged_as_text_is_told_by_its_type_and_places(lines: Lines) -> None:
    try:
        raise ValueError("a text\nof Okonkwo")
    except ValueError:
        logging.getLogger("uvicorn.error").error(traceback.format_exc())
    logging.getLogger("uvicorn.error").error("Traceback (most recent call last):\n9990000018")
    first, second = lines.all()
    assert first["fault"][0]["type"] == "ValueError"
    assert first["fault"][0]["at"][0].startswith("tests/test_logs_libraries.py:")
    assert second["fault"] == [{"type": "***", "at": []}]
    assert "Okonkwo" not in str(first)


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
    assert (line["kind"], line["where"]) == ("UserWarning", "tests/test_logs_libraries.py:1")
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
