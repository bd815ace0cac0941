"""The rules of docs/design.md that a machine can hold: each test names every place that breaks its rule."""

import ast
from collections.abc import Iterator

import pytest

from tests.source import (
    FunctionNode,
    Source,
    called,
    depth,
    imports_within,
    last_word,
    sources,
)

OURS = sources("service")
ALL = sources("service", "tests", "bench", "migrations")
BANNED = {"service", "manager", "handler", "helper", "util", "utils", "common", "core", "base", "shared", "impl"}
MADE_ONCE = {"Settings", "open_engine", "create_async_engine", "async_sessionmaker", "AsyncClient", "Client", "FastAPI"}


def test_a_function_has_at_most_45_lines() -> None:
    written_once = [file for file in ALL if not file.name.startswith("migrations/")]
    assert not [
        f"{file.name} {function.name}: {length}"
        for file in written_once
        for function in file.functions
        if (length := _length(function)) > 45
    ]


def test_a_file_has_at_most_300_lines() -> None:
    assert not [f"{file.name}: {lines}" for file in ALL if (lines := file.text.count("\n")) > 300]


def test_blocks_nest_at_most_three_deep() -> None:
    assert not [
        f"{file.name} {function.name}: {deep}"
        for file in ALL
        for function in file.functions
        if (deep := depth(function)) > 3
    ]


def test_no_name_ends_in_a_word_that_says_nothing() -> None:
    assert not [f"{file.name} {name}" for file in ALL for name in _names(file) if last_word(name) in BANNED]


def test_imports_stand_at_the_top() -> None:
    assert not [
        f"{file.name} {function.name}: {ast.unparse(node)}"
        for file in ALL
        for function in file.functions
        for node in imports_within(function)
    ]


def test_each_file_opens_with_one_to_five_lines_on_what_it_is_for() -> None:
    assert not [f"{file.name}: {lines}" for file in ALL if not 1 <= (lines := _opening_lines(file)) <= 5]


def test_every_exception_is_swallowed_around_mapping_and_by_the_loop_of_the_worker_only() -> None:
    swallowing = {file.name for file in OURS for function in file.functions if _swallows(function)}
    assert swallowing <= {"service/intake/receive.py", "service/worker.py"}


def test_fhir_resources_is_imported_in_r4_alone() -> None:
    assert not [file.name for file in OURS if file.imports("fhir") and not file.name.startswith("service/r4/")]


def test_httpx_is_imported_in_one_place_and_by_the_demo() -> None:
    importing = {file.name for file in OURS if file.imports("httpx") or file.imports("httpx_aiohttp")}
    assert "service/wire.py" in importing
    assert not [name for name in importing - {"service/wire.py"} if not name.startswith("service/sandbox/demo")]


def test_settings_are_read_where_the_program_is_wired_only() -> None:
    reading = {file.name for file in OURS if any(called(node) == "Settings" for node in ast.walk(file.tree))}
    assert reading <= {"service/app.py", "service/worker.py", "service/cli.py", "service/commands/running.py"}


def test_no_engine_client_or_settings_lives_at_module_level() -> None:
    assert not [
        f"{file.name}:{statement.lineno}"
        for file in OURS
        for statement in file.tree.body
        if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        if any(called(node) in MADE_ONCE for node in ast.walk(statement))
    ]


def test_a_session_is_committed_by_who_opened_it() -> None:
    assert not [
        f"{file.name}:{node.lineno}"
        for file in OURS
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Call) and called(node) in ("commit", "rollback")
    ]


def test_a_match_has_a_last_case_for_the_rest() -> None:
    """`case _` with `assert_never`; on an open type, what is done with everything else."""
    assert not [
        f"{file.name}:{node.lineno}"
        for file in OURS
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Match)
        if not _is_the_rest(node.cases[-1])
    ]


def test_our_own_code_is_not_patched_by_the_tests() -> None:
    assert not [file.name for file in ALL if file.imports("unittest.mock") or file.imports("mock")]


def test_a_test_that_is_left_out_says_why() -> None:
    skipping = {"skip", "skipif", "xfail"}
    assert not [
        f"{file.name}:{node.lineno}"
        for file in sources("tests")
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Call) and called(node) in skipping and not _says_why(node)
    ]
    bare = {f"pytest.mark.{word}" for word in skipping}
    assert not [
        f"{file.name} {function.name}"
        for file in sources("tests")
        for function in file.functions
        if bare & {ast.unparse(decorator) for decorator in function.decorator_list}
    ]


@pytest.mark.parametrize(
    ("written", "deep"),
    [
        ("if a:\n pass\nelif b:\n pass\nelse:\n pass", 1),
        ("for a in b:\n  with a:\n    if a:\n      while a:\n        pass", 4),
        ("for a in b:\n  def inner():\n    if a:\n      pass", 1),
    ],
)
def test_nesting_is_counted_as_it_is_read(written: str, deep: int) -> None:
    assert depth(ast.parse(written)) == deep


def test_the_last_word_of_a_name_is_found_in_every_spelling() -> None:
    assert [last_word(name) for name in ("NoteHandler", "note_handler", "EHRBase", "open_session")] == [
        "handler",
        "handler",
        "base",
        "session",
    ]


def _length(function: FunctionNode) -> int:
    return (function.end_lineno or 0) - function.lineno + 1


def _names(file: Source) -> Iterator[str]:
    yield file.name.rsplit("/", 1)[-1].removesuffix(".py")
    for node in ast.walk(file.tree):
        # A test's name is a sentence, and may end in any word.
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and not node.name.startswith(
            "test_"
        ):
            yield node.name


def _opening_lines(file: Source) -> int:
    opening = ast.get_docstring(file.tree) or ""
    return len([line for line in opening.splitlines() if line.strip()])


def _swallows(function: FunctionNode) -> bool:
    """Catches whatever comes, and does not raise it again as the last thing it does."""
    nodes = list(ast.walk(function))
    handlers = [node for node in nodes if isinstance(node, ast.ExceptHandler) and not _raises_again(node)]
    caught = {ast.unparse(handler.type) if handler.type else "Exception" for handler in handlers}
    suppressed = {
        ast.unparse(argument) for node in nodes if called(node) == "suppress" for argument in _arguments(node)
    }
    return bool((caught | suppressed) & {"Exception", "BaseException"})


def _raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def _arguments(node: ast.AST) -> list[ast.expr]:
    return node.args if isinstance(node, ast.Call) else []


def _is_the_rest(case: ast.match_case) -> bool:
    pattern: ast.pattern | None = case.pattern
    while isinstance(pattern, ast.MatchAs) and pattern.pattern:
        pattern = pattern.pattern  # `_ as never`
    return case.guard is None and isinstance(pattern, ast.MatchAs)


def _says_why(call: ast.Call) -> bool:
    reasons = [keyword.value for keyword in call.keywords if keyword.arg in ("reason", "msg")]
    if called(call) == "skip":
        reasons += call.args[:1]
    return any(not isinstance(reason, ast.Constant) or reason.value for reason in reasons)
