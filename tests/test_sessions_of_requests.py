"""No request reads by another way than the session that knows its caller: who could see everybody is named here."""

import ast

from tests.source import sources

OURS = sources("service")

# `app.state.sessions` sees everybody, and so does a session that was widened: each place has its reason.
SEES_EVERYBODY = {
    "service/app.py": "opens it for the door, the worker and the watch",
    "service/auth/refusals.py": "writes the line of a refusal, and reads whose record it was",
}
WIDENS = {
    "service/intake/writer.py": "the one door, once the caller's right to the note is decided",
    "service/intake/break_glass.py": "looks for one person by number and date of birth",
}
# What opens a transaction of its own, and for whom: none of it is asked by a caller for somebody's record.
OPENS_ITS_OWN = {
    "service/auth/give_token.py": "tokens for systems: nothing of a person",
    "service/auth/our_tokens.py": "whether a system is enabled",
    "service/auth/refusals.py": "the line of a refusal",
    "service/auth/session.py": "the session of a request itself",
    "service/group_commit.py": "notes at the door, and the worker's deliveries",
    "service/watch/health.py": "whether notes can be taken: numbers only",
    "service/watch/metrics.py": "numbers only",
}
_BESIDE = ("service/commands/", "service/outbox/", "service/sandbox/", "service/db.py", "service/worker.py")
_OF_THE_WORKER = ("accepted", "compare_notes", "habit", "reconcile", "remap", "team_answers")


def _attributes(tree: ast.AST) -> set[str]:
    return {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def _called(tree: ast.AST) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def test_what_sees_everybody_is_taken_where_it_is_named_here_only() -> None:
    taking = {file.name for file in OURS if any(name.endswith("state.sessions") for name in _attributes(file.tree))}
    assert taking == set(SEES_EVERYBODY)


def test_a_session_is_widened_where_it_is_named_here_only() -> None:
    assert {file.name for file in OURS if "widen" in _called(file.tree)} == set(WIDENS)


def test_whoever_opens_a_transaction_of_its_own_is_named_here_with_the_reason() -> None:
    opening = {
        file.name
        for file in OURS
        if any(name.rpartition(".")[2] in ("sessions", "_sessions") for name in _called(file.tree))
        or any(name.endswith("sessions.begin") for name in _called(file.tree))
    }
    of_the_worker = tuple(f"service/watch/{name}.py" for name in _OF_THE_WORKER)
    ours = {name for name in opening if not name.startswith((*_BESIDE, *of_the_worker))}
    assert ours == set(OPENS_ITS_OWN)


def test_a_route_has_its_session_from_the_gate() -> None:
    """No other is handed to a route."""
    naming = {file.name for file in OURS if "Depends(open_session" in ast.unparse(file.tree)}
    assert naming == {"service/auth/session.py"}
