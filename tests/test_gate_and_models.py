"""The models of fhir.resources, made by others from the same standard: what they refuse, the gate refuses."""

import copy
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import given, settings
from pydantic import ValidationError

from service.forms.note import NoteVersion
from service.mapping.to_resources import to_resources
from service.r4.resource import Json
from tests.published import our_gate
from tests.samples_on_disk import NAMES, Sample, all_samples
from tests.strategies import PATIENT, note_versions
from tests.test_gate import VALID, leaves_of, put

WRONG: list[Any] = [True, 7, 7.5, "", "a  b", "2026-13-01", [], {}, [{}], ["x"], {"x": 1}]


def refused_by_the_models(body: Json) -> bool:
    try:
        get_fhir_model_class(body["resourceType"]).model_validate(body)
    except (ValidationError, KeyError, TypeError):
        return True  # an unknown type within a Bundle is a bare KeyError there
    return False


@pytest.mark.parametrize("sample", all_samples(), ids=lambda sample: sample.name)
def test_the_models_take_the_resources_of_every_sample(sample: Sample) -> None:
    assert [body["id"] for body in sample.agreed if refused_by_the_models(body)] == []


@settings(PATIENT, max_examples=40)
@given(note_versions())
def test_the_models_take_whatever_we_make(note: NoteVersion) -> None:
    assert [resource.key for resource in to_resources(note, NAMES) if refused_by_the_models(resource.body)] == []


@pytest.mark.parametrize("valid", VALID, ids=lambda body: body["resourceType"])
def test_what_the_models_refuse_the_gate_refuses(valid: Json) -> None:
    refused = [body for body in _with_something_wrong(valid) if refused_by_the_models(body)]
    assert len(refused) > 10
    assert [body for body in refused if not our_gate().faults(body)] == []


def _with_something_wrong(valid: Json) -> Iterator[Json]:
    """Copies, each with one value replaced by one that hardly any element may have."""
    paths = [path for path in leaves_of(valid) if path != ("resourceType",)]
    for path, wrong in zip(paths * 2, cycle(WRONG), strict=False):
        spoilt = copy.deepcopy(valid)
        put(spoilt, path, wrong)
        yield spoilt
