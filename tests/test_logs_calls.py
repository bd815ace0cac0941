"""Every call of the log in our code: the event written out there, and only fields that are allowed."""

import ast
from collections.abc import Iterator

from service.logs import FIELDS
from tests.source import TOP

SERVICE = TOP / "service"
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
NAMES_OF_THE_LOG = {"log", "_log", "told"}


def _calls_of_the_log() -> Iterator[tuple[str, ast.Call]]:
    """Whatever the log is called there: `log.info(…)`, `self._log.error(…)`."""
    for path in sorted(SERVICE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _is_of_the_log(node.func):
                yield f"{path.relative_to(SERVICE)}:{node.lineno}", node


def _is_of_the_log(called: ast.expr) -> bool:
    if not isinstance(called, ast.Attribute) or called.attr not in LEVELS:
        return False
    return ast.unparse(called.value).rpartition(".")[2] in NAMES_OF_THE_LOG


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
        if keyword.arg and keyword.arg not in FIELDS | {"exc_info"}
    ]
    assert unknown == []


def test_every_field_that_is_bound_is_one_that_is_allowed() -> None:
    bound = [
        (path.name, keyword.arg)
        for path in sorted(SERVICE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith((".bind", "bound_contextvars", "bind_contextvars"))
        for keyword in node.keywords
    ]
    assert ("worker.py", "worker") in bound
    assert [one for one in bound if one[1] and one[1] not in FIELDS] == []
