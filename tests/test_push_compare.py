"""Whether the EHR holds what we sent: tolerant of how servers store, not of what somebody changed."""

from typing import Any

import pytest

from service.push.compare import is_held_by

Json = dict[str, Any]
LOGICAL: Json = {"type": "Practitioner", "identifier": {"system": "urn:s", "value": "1"}, "display": "Ruth"}

SAME: list[tuple[str, Any, Any]] = [
    ("equal", {"a": [1, {"b": "c"}]}, {"a": [1, {"b": "c"}]}),
    ("an element of theirs", {"a": 1, "issued": "x"}, {"a": 1}),
    ("an element of theirs within", {"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}),
    ("another id", {"id": "1"}, {"id": "2"}),
    ("no profile", {}, {"meta": {"profile": ["x"]}}),
    ("a narrative of theirs", {"text": {"div": "<p/>"}}, {"text": {"div": "<div/>"}}),
    ("an identifier of theirs first", {"identifier": [{"v": 2}, {"v": 1}]}, {"identifier": [{"v": 1}]}),
    ("an extension of theirs", {"x": {"extension": [{"v": 2}, {"v": 1}]}}, {"x": {"extension": [{"v": 1}]}}),
    ("a decimal", {"v": 1.50}, {"v": 1.5}),
    ("an integer as a decimal", {"v": 30.0}, {"v": 30}),
    ("an instant in UTC", {"t": "2026-01-01T10:00:00Z"}, {"t": "2026-01-01T10:00:00+00:00"}),
    ("an instant with fractions", {"t": "2026-01-01T10:00:00.000Z"}, {"t": "2026-01-01T11:00:00+01:00"}),
    ("an absolute reference", {"s": {"reference": "https://e/fhir/Patient/1"}}, {"s": {"reference": "Patient/1"}}),
    ("a version of it", {"s": {"reference": "Patient/1/_history/3"}}, {"s": {"reference": "Patient/1"}}),
    ("a display of theirs", {"s": {"reference": "Patient/1", "display": "A"}}, {"s": {"reference": "Patient/1"}}),
    ("another display", {"s": {**LOGICAL, "display": "R."}}, {"s": LOGICAL}),
    ("a literal beside our identifier", {"s": {**LOGICAL, "reference": "Practitioner/7"}}, {"s": LOGICAL}),
    ("our literal became logical", {"s": LOGICAL}, {"s": {**LOGICAL, "reference": "Practitioner/7"}}),
]

DIFFERENT: list[tuple[str, Any, Any]] = [
    ("a missing element", {}, {"a": 1}),
    ("a missing element within", {"a": {}}, {"a": {"b": 1}}),
    ("another word", {"a": "x"}, {"a": "y"}),
    ("another order", {"a": [2, 1]}, {"a": [1, 2]}),
    ("one more in a list", {"a": [1, 2]}, {"a": [1]}),
    ("a list that is none", {"a": 1}, {"a": [1]}),
    ("an object that is none", {"a": 1}, {"a": {"b": 1}}),
    ("true for one", {"a": True}, {"a": 1}),
    ("one for true", {"a": 1}, {"a": True}),
    ("an identifier not there", {"identifier": [{"v": 2}]}, {"identifier": [{"v": 1}]}),
    ("another instant", {"t": "2026-01-01T10:00:01Z"}, {"t": "2026-01-01T10:00:00Z"}),
    ("no instant", {"t": "2026-01-01T99:00:00Z"}, {"t": "2026-01-01T10:00:00Z"}),
    ("an instant and a number", {"t": 1}, {"t": "2026-01-01T10:00:00Z"}),
    ("another reference", {"s": {"reference": "Patient/2"}}, {"s": {"reference": "Patient/1"}}),
    ("a fragment", {"s": {"reference": "#1"}}, {"s": {"reference": "#2"}}),
    ("no reference", {"s": {}}, {"s": {"reference": "Patient/1"}}),
    ("another identifier", {"s": {"identifier": {"system": "urn:s", "value": "2"}}}, {"s": LOGICAL}),
]


@pytest.mark.parametrize(("theirs", "ours"), [case[1:] for case in SAME], ids=[case[0] for case in SAME])
def test_what_a_server_may_do_to_it_leaves_it_the_same(theirs: Json, ours: Json) -> None:
    assert is_held_by(theirs, ours)


@pytest.mark.parametrize(("theirs", "ours"), [case[1:] for case in DIFFERENT], ids=[case[0] for case in DIFFERENT])
def test_what_somebody_may_do_to_it_makes_it_different(theirs: Json, ours: Json) -> None:
    assert not is_held_by(theirs, ours)
