"""The notes of the bench: the agreed samples, given new ids and other clients."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import uuid4

import orjson

from bench.people import BORN, hyphened, nhs_number
from service.forms.note import FORM, Form, NoteVersion
from service.mapping.names import Names
from service.mapping.to_resources import to_resources
from service.settings import Settings, shipped_folder

Json = dict[str, Any]

CONTACT, GOAL, PROFILE = "contact/seen_face_to_face", "work_goal/full", "vocational_profile/full"


def sample(name: str) -> Json:
    read: Json = orjson.loads((shipped_folder("samples") / f"{name}.note.json").read_bytes())
    return read


def form_of(note: Json) -> Form:
    return FORM.validate_json(orjson.dumps(note))


def names() -> Names:
    return Names(Settings.model_fields["fhir_base"].default)


def contacts(count: int, clients: int, specialists: Sequence[Json] = ()) -> Iterator[bytes]:
    """Bodies to post, each a new note, in turn about each client; by the sample's specialist, or these in turn."""
    note = sample(CONTACT)
    writers = specialists or [note["specialist"]]
    for number in range(count):
        about = {"nhs_number": nhs_number(number % clients), "birth_date": BORN}
        writer = writers[number % len(writers)]
        yield orjson.dumps(note | {"id": str(uuid4()), "client": about, "specialist": writer})


@dataclass(frozen=True, slots=True)
class Ids:
    """What tells one seeded note from another, in hexadecimal digits."""

    note: str
    client: str

    def resource(self, position: int) -> str:
        return f"{position:x}{self.note[1:]}"


@dataclass(frozen=True, slots=True)
class Made:
    """One resource of the sample with its ids cut out: `parts` alternate text and the mark of what stood there."""

    type: str
    parts: tuple[str, ...]

    def body_for(self, ids: Ids) -> str:
        return "".join(_filled(part, ids) if odd % 2 else part for odd, part in enumerate(self.parts))


@cache
def contact_resources() -> tuple[Made, ...]:
    """The resources of the contact sample, ready to be written for any note and client in COPY's spelling."""
    note, client = str(uuid4()), uuid4()
    form = form_of(sample(CONTACT) | {"id": note})
    resources = to_resources(NoteVersion(form, 1, client, datetime.now(UTC)), names())
    marks = {note: "note", str(client): "client"}
    marks |= {resource.id: str(position) for position, resource in enumerate(resources)}
    return tuple(Made(resource.type, _cut(resource.body, marks)) for resource in resources)


def _cut(body: Json, marks: dict[str, str]) -> tuple[str, ...]:
    text = orjson.dumps(body).decode().replace("\\", "\\\\")  # COPY takes a backslash for its own
    return tuple(marks.get(part, part) for part in re.split(f"({'|'.join(marks)})", text))


def _filled(mark: str, ids: Ids) -> str:
    match mark:
        case "note":
            return hyphened(ids.note)
        case "client":
            return hyphened(ids.client)
        case position:
            return hyphened(ids.resource(int(position)))
