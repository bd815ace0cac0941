"""Invariants by fhirpathpy, each compiled once: those that `invariants.py` does not have in Python."""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

import fhirpathpy
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models

from service.r4.invariants import Holds
from service.r4.resource import Json


def _has_value(values: list[Any]) -> list[bool]:
    """fhirpathpy lacks hasValue(): one primitive that has a value."""
    return [len(values) == 1 and isinstance(values[0], str | int | float | bool)]


def _say_nothing(_label: str, _values: Any) -> None:
    """Without this, trace() prints parts of the resource to stdout."""


_OPTIONS: Final[dict[str, Any]] = {
    "userInvocationTable": {"hasValue": {"fn": _has_value, "arity": {0: []}}},
    "traceFn": _say_nothing,
}


def compile_expression(expression: str, path: str) -> Holds:
    """`path` is the element's definition (`Observation.component`), by which choices like `value` are resolved.

    Parsing takes milliseconds, so each expression is parsed when it is first needed.
    """

    def holds(element: Json, resource: Json) -> bool:
        variables = {"resource": resource, "rootResource": resource}
        found = parsed(expression)(ResourceNode(element, path), variables)  # type: ignore[no-untyped-call]
        return found == [True]

    return holds


def try_out(expression: str) -> None:
    """Raises whatever fhirpathpy raises if the expression cannot be run at all; parsing alone raises nothing."""
    compile_expression(expression, "Resource")({}, {})


@cache
def parsed(expression: str) -> Callable[[Any, Any], list[Any]]:
    run: Callable[[Any, Any], list[Any]] = fhirpathpy.compile(expression, model=models["r4"], options=_OPTIONS)
    return run
