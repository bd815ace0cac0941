"""No secret is compared by `==`, whose time tells how much of a guess was right."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.source import sources

_SECRET = re.compile(r"(secret|password|passphrase|token|signature|mac|assertion|api_?key|digest)$")
# What looks like one and is none: it lets nobody in, and no caller can ask again with another guess.
_KNOWN = {
    ("service/outbox/breaker.py", "state.probe_token == token"): "a lease, in the database",
    ("service/outbox/writes.py", "write.lease.token in held"): "a lease, in the database",
    ("service/outbox/together.py", "token not in results"): "a lease, in the database",
    ("service/outbox/together.py", "write.lease.token in results"): "a lease, in the database",
    ("service/intake/receive.py", "stored.digest == note.written.digest"): "whether two notes have the same content",
    ("service/intake/change.py", "stored.digest == digest"): "whether two notes have the same content",
}


def looks_like_one(source: str) -> list[str]:
    """Each comparison with something that is named like a secret; not with a constant, which is no secret."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Compare)
        if any(isinstance(operator, ast.Eq | ast.NotEq | ast.In | ast.NotIn) for operator in node.ops)
        if not any(isinstance(side, ast.Constant) for side in (node.left, *node.comparators))
        if any(_SECRET.search(name.lower()) for side in (node.left, *node.comparators) for name in _names(side))
    ]


def _names(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Attribute():
            yield node.attr
        case ast.Name():
            yield node.id
        case ast.Call(func=ast.Attribute(value=ast.expr() as inner)):
            yield from _names(inner)  # secret.get_secret_value(), token.encode()
        case ast.Subscript(slice=ast.Constant(value=str() as key)):
            yield key
        case _:
            return


@pytest.mark.parametrize(
    "line",
    [
        "given == self.secret",
        "password.get_secret_value() != given",
        "form['client_secret'] == known",
        "given_token.encode() == token",
        "hmac.new(key, body).digest() == signature",
        "token in known_tokens",
    ],
)
def test_a_comparison_of_a_secret_is_seen(line: str) -> None:
    assert looks_like_one(line) == [line]


@pytest.mark.parametrize("line", ["hmac.compare_digest(given, secret)", "secret is None", "kind == 'token'", "a < b"])
def test_what_compares_none_is_not(line: str) -> None:
    assert looks_like_one(line) == []


def test_no_secret_is_compared_byte_by_byte() -> None:
    found = {(file.name, line) for file in sources("service") for line in looks_like_one(file.text)}
    assert found - _KNOWN.keys() == set(), "compare secrets by hmac.compare_digest, or say in _KNOWN why it is none"
    assert _KNOWN.keys() - found == set(), "these are gone: take them out of _KNOWN"
