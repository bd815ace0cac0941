"""The invariants that stand in Python say the same as their FHIRPath text, run by fhirpathpy."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.r4.bundles import BUNDLE_INVARIANTS
from service.r4.definitions import Constraint, read_definitions
from service.r4.fhirpath import compile_expression
from service.r4.invariants import in_python
from service.r4.resource import Json
from tests.gates import BASE, PROFILES
from tests.published import our_gate

HELD = {**in_python(f"{BASE}/"), **BUNDLE_INVARIANTS}
_ATTENDANCE = {"url": f"{BASE}/StructureDefinition/attendance-status", "valueCode": "7"}
_ELSEWHERE = {"url": "http://example.org/StructureDefinition/attendance-status"}
_TEXT = [{"text": "x"}]
_BESIDE = {"extension": [{"url": "http://example.org/x", "valueCode": "unknown"}]}
_CODES = [{"coding": [{"system": "s", "code": code}]} for code in "ab"] + [{"text": "x"}]
_DAYS = ["2024-06-29", "2024-06-30", "2024-07-01"]
# fhirpathpy forgets time zones and fractions of a second; those are compared in test_gate_primitives.py.
_MOMENTS = ["2024-06-30T10:00:00Z", "2024-06-30T11:00:00Z", "2024-06-30T10:00:01Z"]
_AMOUNTS = [{"value": value, "unit": "kg"} for value in (1, 2.5, 3)]
_CONTAINED = [
    {"resourceType": "Organization", "id": "o", **more}
    for more in (
        {"name": "A"},
        {"contained": [{"resourceType": "Patient"}]},
        {"meta": {"versionId": "1"}},
        {"meta": {"lastUpdated": "2024-06-30T10:00:00Z"}},
        {"meta": {"security": [{"code": "R"}]}},
        {"partOf": {"reference": "#"}},
    )
]
_TYPES = [
    "document",
    "message",
    "transaction",
    "transaction-response",
    "batch",
    "batch-response",
    "history",
    "searchset",
]
_RESOURCES = [
    {"resourceType": name, "meta": {"versionId": version}}
    for name in ("Composition", "MessageHeader", "Patient")
    for version in "12"
]
_ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "fullUrl": st.sampled_from(["http://a/Patient/1", "http://a/Patient/2", "http://a/Patient/1/_history/2"]),
        "resource": st.sampled_from(_RESOURCES),
        "search": st.just({"mode": "match"}),
        "request": st.just({"method": "GET", "url": "x"}),
        "response": st.just({"status": "200"}),
    },
)


def some(**values: list[Any]) -> st.SearchStrategy[Json]:
    """An element with any of these children, each with any of its values."""
    return st.fixed_dictionaries({}, optional={name: st.sampled_from(options) for name, options in values.items()})


def _bundles(types: list[str]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(
        {"resourceType": st.just("Bundle"), "type": st.sampled_from(types)},
        optional={
            "entry": st.lists(_ENTRIES, min_size=1, max_size=3),
            "total": st.just(1),
            "timestamp": st.just("2024-06-30T10:00:00Z"),
            "identifier": some(system=["s"], value=["v"]),
        },
    )


def _in_some_state(goal: Json) -> st.SearchStrategy[Json]:
    return st.sampled_from(["active", "cancelled"]).map(lambda state: {**goal, "lifecycleStatus": state})


# By the key of the invariant: the path of an element that has it, and such elements.
ELEMENTS: dict[str, tuple[str, st.SearchStrategy[Json]]] = {
    "att-1": ("Attachment", some(data=["YQ=="], contentType=["text/plain"], _contentType=[_BESIDE], title=["x"])),
    "cpt-2": ("ContactPoint", some(value=["x"], _value=[_BESIDE], system=["phone"])),
    "qty-3": ("Quantity", some(code=["kg"], system=["s"], value=[1])),
    "prr-1": ("ServiceRequest", some(orderDetail=[_TEXT], code=_TEXT)),
    "cpl-3": ("CarePlan.activity", some(detail=[{"status": "scheduled"}], reference=[{"reference": "Task/1"}])),
    "qrs-1": (
        "QuestionnaireResponse.item",
        some(answer=[[{"valueInteger": 1}]], item=[[{"linkId": "1"}]], linkId=["1"]),
    ),
    "sev-1": ("AuditEvent.entity", some(name=["x"], query=["YQ=="], _query=[_BESIDE])),
    "sqty-1": ("Quantity", some(comparator=["<"], _comparator=[_BESIDE], value=[1])),
    "obs-3": ("Observation.referenceRange", some(low=_AMOUNTS, high=_AMOUNTS, text=["x"], _text=[_BESIDE])),
    "pat-1": (
        "Patient.contact",
        some(name=_TEXT, telecom=[[{"value": "1"}]], address=_TEXT, organization=[{"display": "x"}], gender=["other"]),
    ),
    "ppc-1": ("Consent", some(policy=[[{"uri": "x"}]], policyRule=_TEXT, status=["active"])),
    "org-1": ("Organization", some(identifier=[[{"value": "1"}]], name=["x"], _name=[_BESIDE], active=[True])),
    "org-2": ("Organization.address", some(use=["home", "work"], text=["x"])),
    "org-3": ("Organization.telecom", some(use=["home", "work"], value=["x"])),
    "per-1": ("Period", some(start=_DAYS, end=_DAYS) | some(start=_MOMENTS, end=_MOMENTS)),
    "rat-1": ("Ratio", some(numerator=_AMOUNTS, denominator=_AMOUNTS, extension=[_BESIDE["extension"]])),
    "drt-1": (
        "Duration",
        some(code=["min"], system=["http://unitsofmeasure.org", "s"], value=[1], _value=[_BESIDE], _code=[_BESIDE]),
    ),
    "gol-1": ("Goal.target", some(measure=_TEXT, detailQuantity=_AMOUNTS, detailString=["x"], _detailString=[_BESIDE])),
    "obs-6": ("Observation", some(dataAbsentReason=_TEXT, valueString=["x"], _valueString=[_BESIDE], valueInteger=[1])),
    "obs-7": (
        "Observation",
        some(
            valueString=["x"], code=_CODES, component=[[{"code": one}] for one in _CODES] + [[{"code": _CODES[0]}] * 2]
        ),
    ),
    "inv-1 of Task": (
        "Task",
        some(authoredOn=_DAYS, lastModified=_DAYS) | some(authoredOn=_MOMENTS, lastModified=_MOMENTS),
    ),
    "inv-1 of Parameters": (
        "Parameters.parameter",
        some(valueString=["x"], _valueCode=[_BESIDE], resource=[{"resourceType": "Binary"}], part=[[{"name": "x"}]]),
    ),
    "dom-2": ("Patient", some(contained=[[one] for one in _CONTAINED])),
    "dom-4": ("Patient", some(contained=[[one] for one in _CONTAINED])),
    "dom-5": ("Patient", some(contained=[[one] for one in _CONTAINED])),
    "bdl-5": ("Bundle.entry", _ENTRIES),
    "bdl-8": ("Bundle.entry", _ENTRIES.filter(lambda entry: "fullUrl" in entry)),
}
ELEMENTS |= {f"bdl-{number}": ("Bundle", _bundles(_TYPES)) for number in (1, 2, 3, 4, 7)}
ELEMENTS |= {f"bdl-{number}": ("Bundle", _bundles(["document", "batch"])) for number in (9, 10, 11)}
ELEMENTS["bdl-12"] = ("Bundle", _bundles(["message", "batch"]))

ELEMENTS |= {
    "step-1": ("Task", some(owner=[{"display": "x"}], performerType=[_TEXT], status=["requested"])),
    "line-1": ("Task", some(owner=[{"display": "x"}], performerType=[_TEXT], status=["requested"])),
    "contact-1": (
        "Encounter",
        some(
            status=["finished", "cancelled"],
            extension=[[_ATTENDANCE], [_ELSEWHERE], [_ELSEWHERE, _ATTENDANCE], [{}]],
        ),
    ),
    "goal-1": ("Goal", some(statusReason=_TEXT).flatmap(_in_some_state)),
}

# What fhirpathpy cannot run or gets wrong, which is why it stands in Python; held by test_gate_by_hand.py.
NOT_RUN = {"ctm-1": "resolve()", "dom-3": "as() of many", "rng-2": "<= of quantities", "que-7": "is Boolean"}


def _constraints() -> dict[str, Constraint]:
    """R4's invariants that stand in Python, by their keys; two of them are called inv-1."""
    found: dict[str, Constraint] = {}
    definitions = read_definitions(PROFILES / "r4" / "definitions.json")
    for name in definitions.raw_types:
        rules = definitions.type(name)
        ours = [rules.constraints, *(element.constraints for element in rules.elements.values())]
        for constraint in (one for constraints in ours for one in constraints if one.expression in HELD):
            key = f"inv-1 of {name}" if constraint.key == "inv-1" else constraint.key
            found[key] = constraint
    return found | {one.key: one for one in _our_own() if one.expression in HELD}


def _our_own() -> list[Constraint]:
    files = [json.loads(path.read_bytes()) for path in PROFILES.glob("StructureDefinition-*.json")]
    raw = [
        one for file in files for element in file["differential"]["element"] for one in element.get("constraint", [])
    ]
    return [Constraint(one["key"], one["human"], one["expression"]) for one in raw]


CONSTRAINTS = _constraints()


def test_every_invariant_that_stands_in_python_is_compared() -> None:
    assert set(CONSTRAINTS) - set(NOT_RUN) == set(ELEMENTS)


@pytest.mark.parametrize("key", sorted(ELEMENTS))
def test_an_invariant_in_python_agrees_with_its_fhirpath(key: str) -> None:
    path, elements = ELEMENTS[key]
    expression = CONSTRAINTS[key].expression
    by_fhirpath = compile_expression(expression, path)
    seen: set[bool] = set()

    @settings(max_examples=150, deadline=None, derandomize=True)
    @given(elements)
    def agree(element: Json) -> None:
        resource = {"resourceType": path.partition(".")[0], **element}
        focus = resource if "." not in path and path in our_gate().plans else element
        held = by_fhirpath(focus, resource)
        assert HELD[expression](focus, resource) == held
        seen.add(held)

    agree()
    assert seen == {True, False}


@pytest.mark.parametrize("base", [BASE, "https://trust.example.org/fhir"])
def test_what_is_asked_of_every_contact_stands_in_python_whatever_the_base_of_our_urls(base: str) -> None:
    (asked,) = (one.expression for one in _our_own() if one.key == "contact-1")
    assert asked.replace(BASE, base) in in_python(f"{base}/")
