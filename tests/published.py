"""What is published in `fhir_profiles/`, as the tests read it, and the gate compiled from it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from service.r4.definitions import Definitions, read_definitions
from service.r4.gate import Gate, compile_gate
from service.r4.resource import Json
from tests.samples_on_disk import NAMES

FOLDER = Path(__file__).parent.parent / "fhir_profiles"


@cache
def published() -> dict[str, Json]:
    """Canonical URL → what it names."""
    documents = [json.loads(file.read_bytes()) for file in sorted(FOLDER.glob("*.json"))]
    return {document["url"]: document for document in documents}


def of_type(resource_type: str) -> list[Json]:
    return [document for document in published().values() if document["resourceType"] == resource_type]


def codes_of(list_name: str) -> dict[str, str]:
    """Code → display of one of our code systems."""
    system = published()[NAMES.code_system(list_name)]
    return {concept["code"]: concept["display"] for concept in system["concept"]}


def codings_in(value: Any) -> list[Json]:
    """Every Coding anywhere inside, however deep."""
    if isinstance(value, list):
        return [coding for one in value for coding in codings_in(one)]
    if not isinstance(value, dict):
        return []
    inside = [coding for one in value.values() for coding in codings_in(one)]
    return [value, *inside] if {"system", "code", "display"} <= set(value) else inside


@cache
def definitions() -> Definitions:
    """Those of R4 that the gate has."""
    return read_definitions(FOLDER / "r4" / "definitions.json")


@cache
def our_gate() -> Gate:
    return compile_gate(FOLDER, NAMES.fhir_base)
