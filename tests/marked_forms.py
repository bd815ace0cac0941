"""Forms in which each free text is a marker of its own: wherever it comes out again, it is told by its field."""

import re
from collections.abc import Iterator
from itertools import count
from typing import Any, TypeVar, get_args, get_origin

from pydantic import AfterValidator, BaseModel
from pydantic.fields import FieldInfo

from service.forms import text

Kind = TypeVar("Kind", bound=BaseModel)

_MARKER = re.compile(r"mark\d{7}z")
_NUMBERS = count(1)


def marked(form: Kind) -> Kind:
    """The same form: every line and passage is a marker now, in this part and in all parts of it."""
    changes = {
        name: _marked(getattr(form, name), _is_free_text(field)) for name, field in type(form).model_fields.items()
    }
    return form.model_copy(update=changes)


def marker() -> str:
    return f"mark{next(_NUMBERS):07}z"


def markers_in(words: str) -> set[str]:
    return set(_MARKER.findall(words))


def texts_of(form: BaseModel) -> Iterator[tuple[str, str]]:
    """Each marker with its field, the parts it is in before it: `lines.shown_to_employer.words`."""
    for name, value in form:
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, BaseModel):
                yield from ((f"{name}.{inner}", words) for inner, words in texts_of(part))
            elif isinstance(part, str) and markers_in(part):
                yield name, part


def unmarked(form: type[BaseModel]) -> Iterator[str]:
    """Each field of it and of its parts that holds text and gets no marker: an id, or a date known in part."""
    for name, field in form.model_fields.items():
        kinds = (field.annotation, *_within(field.annotation))
        for part in kinds:
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from unmarked(part)
        if str in kinds and not _is_free_text(field):
            yield f"{form.__name__}.{name}"


def _marked(value: Any, free: bool) -> Any:
    if isinstance(value, BaseModel):
        return marked(value)
    if isinstance(value, tuple):
        return tuple(_marked(one, free) for one in value)
    return marker() if free and isinstance(value, str) else value


def _is_free_text(field: FieldInfo) -> bool:
    return any(_keeps_what_was_typed(one) for one in (*field.metadata, *_within(field.annotation)))


def _within(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is not None:
        for one in (*get_args(annotation), *getattr(annotation, "__metadata__", ())):
            yield one
            yield from _within(one)


def _keeps_what_was_typed(what: Any) -> bool:
    return isinstance(what, AfterValidator) and what.func is text._to_be_read
