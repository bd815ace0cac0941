"""What the mapping tests share: an agreed sample, changed as a test needs it, and what it became."""

from base64 import b64decode
from datetime import UTC, datetime
from typing import Any

from service.forms.note import FORM, Form, NoteVersion
from service.mapping.to_resources import to_resources
from service.r4.resource import Json, Resource
from tests.samples_on_disk import NAMES, sample
from tests.strategies import client_id_of

RECEIVED = datetime(2026, 9, 20, 8, 0, tzinfo=UTC)


def changed(form: Form, **fields: Any) -> Form:
    """The same form with other fields, as valid as a form from a phone."""
    return FORM.validate_python({**form.model_dump(), **fields}, strict=True)


def version_of(form: Form, version: int = 1, reason: str | None = None, written_by: str | None = None) -> NoteVersion:
    return NoteVersion(form, version, client_id_of(form), RECEIVED, reason, written_by)


def mapped(name: str, **fields: Any) -> tuple[Resource, ...]:
    """Version 1 of a sample with some fields changed."""
    return to_resources(version_of(changed(sample(name).form, **fields)), NAMES)


def types_of(resources: tuple[Resource, ...]) -> list[str]:
    return [resource.type for resource in resources]


def all_of(resources: tuple[Resource, ...], resource_type: str) -> list[Json]:
    return [resource.body for resource in resources if resource.type == resource_type]


def only(resources: tuple[Resource, ...], resource_type: str) -> Json:
    """The body of the one resource of this type."""
    (body,) = all_of(resources, resource_type)
    return body


def text_of(document: Json) -> str:
    return b64decode(document["content"][0]["attachment"]["data"]).decode()


def codes_in(concepts: list[Json]) -> list[str]:
    """Every code of a list of CodeableConcepts."""
    return [coding["code"] for concept in concepts for coding in concept["coding"]]
