"""A pytest plugin: everything the run wrote to stderr is kept, and at its end searched for patient data.

Logging is set up as in production, at DEBUG, so each log line of this process and of every process it starts
lands there. A run that logged patient data fails.
"""

import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator

import httpx
import pytest
import structlog

from service.logs import configure_logs
from tests.patient_data import PatientData, known_to_the_tests

_SERVER = "JOINEDUP_TEST_SERVER"


@pytest.fixture(autouse=True)
def _logs_as_in_production() -> Iterator[None]:
    """Whatever a test does to logging, the next one finds it as the program sets it up."""
    hooks = warnings.showwarning, sys.excepthook, sys.unraisablehook, threading.excepthook
    configure_logs("DEBUG")
    logging.getLogger("uvicorn.error").setLevel("WARNING")  # the sandbox's server, which is no part of the program
    # pytest's own hooks see what a thread or a finaliser raised, and fail the test.
    warnings.showwarning, sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
    yield
    structlog.contextvars.clear_contextvars()
    warnings.showwarning, sys.excepthook, sys.unraisablehook, threading.excepthook = hooks


async def record_problem(response: httpx.Response) -> None:
    """A client's event hook: what an error tells its caller is searched as the log is."""
    if response.headers.get("content-type", "").startswith("application/problem+json"):
        sys.stderr.write(f"{(await response.aread()).decode()}\n")


class Recording:
    """Each different line, with the first test that wrote it."""

    def __init__(self) -> None:
        self.lines: dict[str, str] = {}
        self.leaks: list[str] = []
        self.looked_for = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for title, content in report.sections:
            if title.startswith("Captured stderr"):
                for line in content.splitlines():
                    self.lines.setdefault(line, report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        known = known_to_the_tests(os.environ.get(_SERVER)) if self.lines else PatientData(())
        self.looked_for = len(known)
        self.leaks = [
            f"{test}: {found!r} in {line}" for line, test in self.lines.items() if (found := known.found_in(line))
        ]
        if self.leaks:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        told = f"{len(self.lines)} lines on stderr, searched for {self.looked_for} pieces of patient data"
        terminalreporter.write_sep("-", f"{told}: found {len(self.leaks)}")
        for leak in self.leaks:
            terminalreporter.write_line(leak)


def pytest_configure(config: pytest.Config) -> None:
    """Only where the reports of the whole run come together."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recording(), "recording of the run")
