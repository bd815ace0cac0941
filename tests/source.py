"""Our own source as syntax trees, for the tests that hold the design's rules over it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

TOP = Path(__file__).parent.parent

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
ImportNode: TypeAlias = ast.Import | ast.ImportFrom
Blocks: TypeAlias = ast.If | ast.For | ast.AsyncFor | ast.While | ast.With | ast.AsyncWith | ast.Try | ast.Match
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_IMPORTS = (ast.Import, ast.ImportFrom)
_BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)


@dataclass(frozen=True)
class Source:
    """One Python file: `name` is its path from the top, `service/intake/receive.py`."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def functions(self) -> Iterator[FunctionNode]:
        return (node for node in ast.walk(self.tree) if isinstance(node, _FUNCTIONS))

    @property
    def imported(self) -> set[str]:
        """Every module this file imports, and every name it imports from one, dotted."""
        return {name for node in ast.walk(self.tree) if isinstance(node, _IMPORTS) for name in names_of(node)}

    def imports(self, package: str) -> bool:
        return any(name == package or name.startswith(f"{package}.") for name in self.imported)


def sources(*folders: str) -> list[Source]:
    """Every Python file below these folders of the checkout, in the order of their names."""
    paths = sorted(path for folder in folders for path in (TOP / folder).rglob("*.py"))
    return [Source(path.relative_to(TOP).as_posix(), path.read_text()) for path in paths]


def source(name: str) -> Source:
    return Source(name, (TOP / name).read_text())


def names_of(node: ImportNode) -> list[str]:
    """`from service.r4 import gate` imports `service.r4` and perhaps `service.r4.gate`: both are given."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]


def imports_within(function: FunctionNode) -> Iterator[ImportNode]:
    return (node for node in ast.walk(function) if isinstance(node, _IMPORTS))


def depth(node: ast.AST) -> int:
    """How deep blocks lie in blocks. `elif` is no deeper than its `if`; a function inside starts anew."""
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (*_FUNCTIONS, ast.Lambda, ast.ClassDef)):
            continue
        own = isinstance(child, _BLOCKS) and not _is_elif(node, child)
        deepest = max(deepest, depth(child) + own)
    return deepest


def _is_elif(parent: ast.AST, child: ast.AST) -> bool:
    return isinstance(parent, ast.If) and isinstance(child, ast.If) and parent.orelse == [child]


def called(node: ast.AST) -> str:
    """The last part of what a call calls: `open_engine` for `db.open_engine(…)`; empty when it is no call."""
    if not isinstance(node, ast.Call):
        return ""
    return ast.unparse(node.func).rsplit(".", 1)[-1]


def last_word(name: str) -> str:
    """`NoteHandler` and `note_handler` both end in `handler`."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)
    return words[-1].lower() if words else ""
