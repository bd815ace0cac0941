"""A profile that the gate cannot hold is refused when the service starts, with its name and the reason."""

from pathlib import Path
from typing import Any

import pytest

from service.r4.narrow import ProfileNotUsable
from service.r4.resource import Json
from tests.gates import BASE, gate_of
from tests.test_gate_profiles import PROFILE, R4, WORK, bound, element, profile, value_set

BY_CODE: Json = {"discriminator": [{"type": "pattern", "path": "code"}], "rules": "open"}


def slicing(kind: str = "value", path: str = "code", **more: Any) -> Json:
    return element(
        "Observation.component", slicing={"discriminator": [{"type": kind, "path": path}], "rules": "open", **more}
    )


REFUSED: dict[str, tuple[list[Json], str]] = {
    "an element that R4 does not have": ([element("Observation.mood", min=1)], "R4 has no mood here"),
    "an element of another type": ([element("Patient.name")], "this is a profile of Observation"),
    "a rule that the gate does not know": ([element("Observation.issued", minValueInstant="x")], "minValueInstant"),
    "fewer than R4 asks for": ([element("Observation.status", min=0)], "only narrow"),
    "more than R4 allows": ([element("Observation.status", max="2")], "only narrow"),
    "a type that R4 does not have there": (
        [element("Observation.status", type=[{"code": "string"}])],
        "not have string",
    ),
    "a reference to what R4 does not let it refer to": (
        [element("Observation.subject", type=[{"code": "Reference", "targetProfile": [f"{R4}Task"]}])],
        "refer to that",
    ),
    "a reference to an unknown type": (
        [element("Observation.subject", type=[{"code": "Reference", "targetProfile": ["http://a.example/Client"]}])],
        "not known here",
    ),
    "a profile of a data type": (
        [element("Observation.subject", type=[{"code": "Reference", "profile": ["http://a.example/x"]}])],
        "profiles of data types",
    ),
    "one profile for all extensions": (
        [element("Observation.extension", type=[{"code": "Extension", "profile": ["http://a.example/x"]}])],
        "profiles of data types",
    ),
    "a part of a choice that is still open": ([element("Observation.value[x].system")], "which one type"),
    "a part of a primitive": ([element("Observation.status.extension")], "parts of a primitive"),
    "a slice of what is no list": ([element("Observation.code:a")], "needs a list"),
    "a slice without a slicing": ([element("Observation.component:a")], "needs a list"),
    "slices told by their profile": ([slicing("profile")], "by value or pattern only"),
    "slices told by nothing": (
        [element("Observation.component", slicing={"rules": "open"})],
        "by value or pattern only",
    ),
    "slices in an order": ([slicing(ordered=True)], "order of slices"),
    "a slice that nothing tells": ([slicing(), element("Observation.component:a", min=1)], "tell this slice"),
    "a slice told by a path that is not there": (
        [slicing(path="mood"), element("Observation.component:a")],
        "tell this slice",
    ),
    "a slice whose value does not say it": (
        [slicing(path="code.text"), element("Observation.component:a.code", patternCodeableConcept=WORK)],
        "says nothing at text",
    ),
    "a slice whose value says it twice": (
        [
            slicing(path="code.coding.code"),
            element("Observation.component:a.code", patternCodeableConcept={"coding": WORK["coding"] * 2}),
        ],
        "should be one",
    ),
    "a value of another type": ([element("Observation.status", fixedString="final")], "does not fit the type"),
    "a value of one type where several may stand": ([element("Observation.value[x]", fixedString="x")], "does not fit"),
    "a value set that nobody has": (
        [element("Observation.code", binding=bound("http://a.example/vs"))],
        "not known here",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_profile_that_asks_for_what_cannot_be_held_is_refused(what: str, tmp_path: Path) -> None:
    elements, reason = REFUSED[what]
    with pytest.raises(ProfileNotUsable, match=reason):
        gate_of(tmp_path / "x", [profile("Observation", *elements)])


@pytest.mark.parametrize("on", [f"{R4}Observation2", "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation"])
def test_a_profile_that_builds_on_what_is_not_here_is_refused(on: str, tmp_path: Path) -> None:
    with pytest.raises(ProfileNotUsable, match="neither R4's nor ours"):
        gate_of(tmp_path / "x", [profile("Observation", on=on)])


def test_a_profile_is_named_when_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileNotUsable, match=f"{PROFILE}, Observation.mood"):
        gate_of(tmp_path / "x", [profile("Observation", element("Observation.mood"))])


@pytest.mark.parametrize("expression", ["status = (", "status ==", "status.nope()"])
def test_an_expression_that_cannot_be_run_stops_the_start(expression: str, tmp_path: Path) -> None:
    broken = {"key": "x-1", "severity": "error", "human": "x", "expression": expression}
    with pytest.raises(Exception, match=r"children|arity|Not implemented"):
        gate_of(tmp_path / "x", [profile("Observation", element("Observation.code", constraint=[broken]))])


@pytest.mark.parametrize(
    ("compose", "reason"),
    [
        ({"include": [{"system": "s", "filter": []}]}, "filters a code system"),
        ({"include": [{"system": "s", "valueSet": [f"{BASE}/ValueSet/other"]}]}, "filters a code system"),
        ({"include": [{"system": "http://a.example/cs"}]}, "takes in all of"),
        ({"include": [], "exclude": [{"system": "s"}]}, "excludes codes"),
    ],
)
def test_a_value_set_that_the_gate_cannot_follow_is_refused(compose: Json, reason: str, tmp_path: Path) -> None:
    codes = {**value_set(), "compose": compose}
    with pytest.raises(ProfileNotUsable, match=reason):
        gate_of(
            tmp_path / "x", [profile("Observation", element("Observation.code", binding=bound(codes["url"]))), codes]
        )
