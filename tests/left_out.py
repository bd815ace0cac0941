"""A pytest plugin: at the end of a run, which tests were left out, by name and count, and why.

Loaded by `addopts` in pyproject.toml. What needs Node, Java, Chromium or `../shared` skips itself with its reason.
"""

from collections import defaultdict

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    by_reason = _names_by_reason(terminalreporter.stats.get("skipped", []))
    count = sum(len(names) for names in by_reason.values())
    terminalreporter.write_sep("-", f"left out: {count}" if count else "left out: nothing")
    for reason, names in sorted(by_reason.items()):
        terminalreporter.write_line(f"{len(names)} because: {reason}")
        for name in sorted(names):
            terminalreporter.write_line(f"    {name}")


def _names_by_reason(reports: list[pytest.TestReport]) -> dict[str, list[str]]:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for report in reports:
        by_reason[_reason(report)].append(report.nodeid)
    return by_reason


def _reason(report: pytest.TestReport) -> str:
    """pytest keeps a skip as (file, line, "Skipped: reason")."""
    match report.longrepr:
        case (_, _, str() as reason):
            return reason.removeprefix("Skipped: ")
    return str(report.longrepr)
