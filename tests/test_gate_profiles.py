"""What a profile can ask for, and that the gate holds resources to it; R4 is never loosened."""

from pathlib import Path
from typing import Any

import pytest

from service.r4.gate import Gate
from service.r4.resource import Json
from tests.gates import BASE, gate_of

R4 = "http://hl7.org/fhir/StructureDefinition/"
PROFILE = f"{BASE}/StructureDefinition/made-up"
MOOD = f"{BASE}/StructureDefinition/mood"
WORK: Json = {"coding": [{"system": "http://a.example/cs", "code": "work"}]}
HOURS: Json = {"coding": [{"system": "http://a.example/cs", "code": "hours"}]}


def profile(of: str, *elements: Json, url: str = PROFILE, on: str | None = None, **more: Any) -> Json:
    return {
        "resourceType": "StructureDefinition",
        "url": url,
        "type": of,
        "baseDefinition": on or f"{R4}{of}",
        "differential": {"element": [{"id": of, "path": of}, *elements]},
        **more,
    }


def element(identity: str, **rules: Any) -> Json:
    """The id says which slice; the path is the id without slices."""
    path = ".".join(step.partition(":")[0] for step in identity.split("."))
    named = {"sliceName": identity.rpartition(":")[2]} if ":" in identity.rpartition(".")[2] else {}
    return {"id": identity, "path": path, **named, **rules}


def bound(value_set: str) -> Json:
    return {"strength": "required", "valueSet": value_set}


def observation(**elements: Any) -> Json:
    return {"resourceType": "Observation", "meta": {"profile": [PROFILE]}, "status": "final", "code": WORK, **elements}


def patient(**elements: Any) -> Json:
    return {"resourceType": "Patient", "meta": {"profile": [PROFILE]}, **elements}


def refused_at(gate: Gate, body: Json) -> set[str]:
    return {fault.path for fault in gate.faults(body)}


def test_a_fixed_value_is_the_whole_and_a_pattern_a_part(tmp_path: Path) -> None:
    fixed = gate_of(
        tmp_path / "fixed", [profile("Observation", element("Observation.code", fixedCodeableConcept=WORK))]
    )
    pattern = gate_of(
        tmp_path / "part", [profile("Observation", element("Observation.code", patternCodeableConcept=WORK))]
    )
    with_text, with_another = {**WORK, "text": "x"}, {"coding": [*HOURS["coding"], *WORK["coding"]]}
    assert [refused_at(fixed, observation(code=code)) for code in (WORK, with_text)] == [set(), {"Observation.code"}]
    assert [refused_at(pattern, observation(code=code)) for code in (with_text, with_another)] == [set(), set()]
    assert refused_at(pattern, observation(code=HOURS)) == {"Observation.code.coding"}


def test_a_type_of_a_choice_may_be_left_out(tmp_path: Path) -> None:
    gate = gate_of(tmp_path / "x", [profile("Observation", element("Observation.value[x]", type=[{"code": "string"}]))])
    assert refused_at(gate, observation(valueString="x")) == set()
    assert refused_at(gate, observation(valueInteger=1)) == {"Observation.valueInteger"}


def test_what_is_said_of_one_type_of_a_choice_holds_for_it_alone(tmp_path: Path) -> None:
    rules = [
        element(
            "Observation.value[x]", slicing={"discriminator": [{"type": "type", "path": "$this"}], "rules": "open"}
        ),
        element("Observation.value[x]:valueQuantity", min=1),
        element("Observation.value[x]:valueQuantity.system", min=1),
    ]
    by_slice = gate_of(tmp_path / "slice", [profile("Observation", *rules)])
    by_name = gate_of(tmp_path / "name", [profile("Observation", element("Observation.valueQuantity.unit", min=1))])
    assert refused_at(by_slice, observation(valueQuantity={"value": 1, "system": "s"})) == set()
    assert refused_at(by_slice, observation(valueQuantity={"value": 1})) == {"Observation.valueQuantity.system"}
    assert refused_at(by_slice, observation()) == {"Observation.valueQuantity"}
    assert refused_at(by_name, observation(valueString="x")) == set()
    assert refused_at(by_name, observation(valueQuantity={"value": 1})) == {"Observation.valueQuantity.unit"}


def test_a_choice_of_one_type_is_narrowed_inside(tmp_path: Path) -> None:
    rules = [
        element("Observation.effective[x]", min=1, type=[{"code": "Period"}]),
        element("Observation.effective[x].start", min=1),
    ]
    gate = gate_of(tmp_path / "x", [profile("Observation", *rules)])
    assert refused_at(gate, observation(effectivePeriod={"start": "2024"})) == set()
    assert refused_at(gate, observation(effectivePeriod={"end": "2024"})) == {"Observation.effectivePeriod.start"}
    assert refused_at(gate, observation()) == {"Observation.effectivePeriod"}


def test_text_may_be_kept_short(tmp_path: Path) -> None:
    gate = gate_of(tmp_path / "x", [profile("Patient", element("Patient.name.text", maxLength=3))])
    assert refused_at(gate, patient(name=[{"text": "abc"}])) == set()
    assert [fault.code for fault in gate.faults(patient(name=[{"text": "abcd"}]))] == ["too-long"]


def test_an_element_may_be_left_out_altogether(tmp_path: Path) -> None:
    gate = gate_of(tmp_path / "x", [profile("Patient", element("Patient.contact.name", max="0"))])
    assert refused_at(gate, patient(contact=[{"name": {"text": "x"}}])) == {"Patient.contact[0].name"}
    assert refused_at(gate, {"resourceType": "Patient", "contact": [{"name": {"text": "x"}}]}) == set()


def test_slices_of_a_list_are_counted_and_held_to_what_they_say(tmp_path: Path) -> None:
    by_code = {"discriminator": [{"type": "pattern", "path": "code"}], "rules": "closed"}
    rules = [
        element("Observation.component", slicing=by_code),
        element("Observation.component:hours", min=1, max="1"),
        element("Observation.component:hours.code", patternCodeableConcept=HOURS),
        element("Observation.component:hours.value[x]", min=1, type=[{"code": "Quantity"}]),
        element("Observation.component:work"),
        element("Observation.component:work.code", patternCodeableConcept=WORK),
    ]
    gate = gate_of(tmp_path / "x", [profile("Observation", *rules)])
    hours: Json = {"code": HOURS, "valueQuantity": {"value": 1}}
    valid = observation(code={"text": "x"}, component=[hours, {"code": WORK}, {"code": WORK}])
    assert refused_at(gate, valid) == set()
    assert refused_at(gate, {**valid, "component": [{"code": WORK}]}) == {"Observation.component"}
    assert refused_at(gate, {**valid, "component": [hours, hours]}) == {"Observation.component"}
    assert refused_at(gate, {**valid, "component": [{"code": HOURS}]}) == {"Observation.component[0].valueQuantity"}
    assert refused_at(gate, {**valid, "component": [hours, {"code": {"text": "x"}}]}) == {
        "Observation.component[1].code.coding"
    }


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("system", element("Patient.identifier:ours.system", fixedUri="http://a.example/id")),
        ("system", element("Patient.identifier:ours", patternIdentifier={"system": "http://a.example/id"})),
        ("$this", element("Patient.identifier:ours", patternIdentifier={"system": "http://a.example/id"})),
    ],
)
def test_a_slice_is_told_by_its_value_or_its_pattern(tmp_path: Path, path: str, told: Json) -> None:
    slicing = {"discriminator": [{"type": "value", "path": path}], "rules": "open"}
    rules = [element("Patient.identifier", slicing=slicing), element("Patient.identifier:ours", min=1), told]
    gate = gate_of(tmp_path / "x", [profile("Patient", *rules)])
    ours, other = {"system": "http://a.example/id", "value": "1"}, {"value": "2"}
    assert refused_at(gate, patient(identifier=[other, ours])) == set()
    assert refused_at(gate, patient(identifier=[other])) == {"Patient.identifier"}


def test_a_slice_is_told_by_what_stands_in_a_list_below(tmp_path: Path) -> None:
    slicing = {"discriminator": [{"type": "value", "path": "coding.code"}], "rules": "open"}
    by_element = [element("Observation.category:work.coding.code", fixedCode="work")]
    by_pattern = [element("Observation.category:work", patternCodeableConcept=WORK)]
    for place, told in enumerate((by_element, by_pattern)):
        rules = [element("Observation.category", slicing=slicing), element("Observation.category:work", min=1), *told]
        gate = gate_of(tmp_path / str(place), [profile("Observation", *rules)])
        assert refused_at(gate, observation(category=[{"text": "x"}, WORK])) == set()
        assert refused_at(gate, observation(category=[HOURS])) == {"Observation.category"}


def mood(*elements: Json) -> Json:
    rules = [element("Extension.url", fixedUri=MOOD), *elements]
    context = [{"type": "element", "expression": "Observation"}]
    return profile("Extension", *rules, url=MOOD, context=context)


def test_an_extension_is_asked_for_by_its_profile(tmp_path: Path) -> None:
    wants = element("Observation.extension:mood", min=1, max="1", type=[{"code": "Extension", "profile": [MOOD]}])
    value = element("Extension.value[x]", min=1, type=[{"code": "string"}])
    gate = gate_of(tmp_path / "x", [profile("Observation", wants), mood(value)])
    happy: Json = {"url": MOOD, "valueString": "x"}
    assert refused_at(gate, observation(extension=[happy, {"url": "http://a.example", "valueCode": "x"}])) == set()
    assert refused_at(gate, observation()) == {"Observation.extension"}
    assert refused_at(gate, observation(extension=[happy, happy])) == {"Observation.extension"}
    assert refused_at(gate, observation(extension=[{"url": MOOD, "valueCode": "x"}])) != set()
    assert refused_at(gate, observation(extension=[{"url": MOOD, "extension": [happy]}])) != set()


def test_an_extension_of_ours_is_held_to_its_references_and_invariants(tmp_path: Path) -> None:
    to_a_goal = {"code": "Reference", "targetProfile": [f"{R4}Goal"]}
    named = {"key": "mood-1", "severity": "error", "human": "It is named.", "expression": "display.exists()"}
    value = element("Extension.value[x]", type=[to_a_goal], constraint=[named])
    gate = gate_of(tmp_path / "x", [mood(value)])

    def with_reference(reference: Json) -> Json:
        body = observation(extension=[{"url": MOOD, "valueReference": reference}])
        return {key: part for key, part in body.items() if key != "meta"}

    assert gate.faults(with_reference({"reference": "Goal/1", "display": "x"})) == ()
    assert [fault.code for fault in gate.faults(with_reference({"reference": "Task/1", "display": "x"}))] == ["value"]
    assert [fault.code for fault in gate.faults(with_reference({"reference": "Goal/1"}))] == ["invariant"]


def test_a_reference_may_be_to_a_profile_of_ours_or_of_uk_core_and_is_held_to_its_type(tmp_path: Path) -> None:
    targets = [f"{PROFILE}-2", "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Group"]
    rule = element("Observation.subject", type=[{"code": "Reference", "targetProfile": targets}])
    gate = gate_of(tmp_path / "x", [profile("Observation", rule), profile("Patient", url=f"{PROFILE}-2")])
    told = [
        refused_at(gate, observation(subject={"reference": f"{name}/1"})) for name in ("Patient", "Group", "Device")
    ]
    assert told == [set(), set(), {"Observation.subject"}]


def test_a_canonical_is_not_followed(tmp_path: Path) -> None:
    rule = element("QuestionnaireResponse.questionnaire", type=[{"code": "canonical", "targetProfile": ["http://a/x"]}])
    gate = gate_of(tmp_path / "x", [profile("QuestionnaireResponse", rule)])
    body = {"resourceType": "QuestionnaireResponse", "meta": {"profile": [PROFILE]}, "status": "completed"}
    assert refused_at(gate, {**body, "questionnaire": "http://b.example/q|1"}) == set()


def test_an_element_without_an_id_is_known_by_its_path_and_slice(tmp_path: Path) -> None:
    slicing = {"discriminator": [{"type": "value", "path": "$this"}], "rules": "open"}
    rules: list[Json] = [
        {"path": "Observation.category", "slicing": slicing},
        {"path": "Observation.category", "sliceName": "work", "min": 1, "patternCodeableConcept": WORK},
    ]
    gate = gate_of(tmp_path / "x", [profile("Observation", *rules)])
    assert refused_at(gate, observation(category=[HOURS, WORK])) == set()
    assert refused_at(gate, observation(category=[HOURS])) == {"Observation.category"}


def test_a_profile_may_build_on_another_of_ours(tmp_path: Path) -> None:
    first = profile("Patient", element("Patient.name", min=1))
    second_url = f"{PROFILE}-2"
    second = profile("Patient", element("Patient.gender", min=1), url=second_url, on=PROFILE)
    gate = gate_of(tmp_path / "x", [first, second])
    claims = {"meta": {"profile": [second_url]}}
    assert refused_at(gate, patient(**claims)) == {"Patient.name", "Patient.gender"}
    assert refused_at(gate, patient(name=[{"text": "x"}])) == set()


def test_each_profile_that_is_claimed_is_held(tmp_path: Path) -> None:
    first = profile("Patient", element("Patient.name", min=1))
    second = profile("Patient", element("Patient.gender", min=1), url=f"{PROFILE}-2")
    gate = gate_of(tmp_path / "x", [first, second])
    assert refused_at(gate, patient(meta={"profile": [PROFILE, f"{PROFILE}-2"]})) == {"Patient.name", "Patient.gender"}


def test_a_warning_refuses_nothing_and_a_preferred_code_is_not_asked_for(tmp_path: Path) -> None:
    warning = {"key": "w-1", "severity": "warning", "human": "x", "expression": "false"}
    preferred = {"strength": "extensible", "valueSet": f"{BASE}/ValueSet/none"}
    rules = [element("Patient.name", constraint=[warning]), element("Patient.maritalStatus", binding=preferred)]
    gate = gate_of(tmp_path / "x", [profile("Patient", *rules)])
    assert refused_at(gate, patient(name=[{"text": "x"}], maritalStatus={"text": "x"})) == set()


def value_set(*includes: Json, name: str = "work") -> Json:
    return {"resourceType": "ValueSet", "url": f"{BASE}/ValueSet/{name}", "compose": {"include": list(includes)}}


def test_codes_of_ours_are_drawn_from_systems_lists_and_other_sets(tmp_path: Path) -> None:
    nested = {"code": "a", "concept": [{"code": "a-1"}]}
    system = {"resourceType": "CodeSystem", "url": f"{BASE}/CodeSystem/work", "concept": [nested]}
    some = value_set({"system": "http://a.example/cs", "concept": [{"code": "work"}]}, name="some")
    every = value_set(
        {"system": system["url"]}, {"valueSet": [some["url"]]}, {"system": "s", "concept": [{"code": "b"}]}
    )
    rules = element("Observation.code", binding=bound(f"{every['url']}|1.0.0"))
    gate = gate_of(tmp_path / "x", [profile("Observation", rules), system, some, every])
    taken = [{"system": system["url"], "code": "a-1"}, WORK["coding"][0], {"system": "s", "code": "b"}]
    assert [refused_at(gate, observation(code={"coding": [coding]})) for coding in taken] == [set()] * 3
    assert refused_at(gate, observation(code={"coding": [HOURS["coding"][0], taken[0]]})) == set()
    assert refused_at(gate, observation(code={"coding": [{"system": "s", "code": "a-1"}]})) != set()
    assert refused_at(gate, observation(code={"text": "x"})) != set()


def test_a_value_set_of_r4_may_be_asked_for_and_a_quantity_has_codes_too(tmp_path: Path) -> None:
    units = value_set({"system": "http://unitsofmeasure.org", "concept": [{"code": "min"}]})
    rules = [
        element("Observation.value[x]", type=[{"code": "Quantity"}], binding=bound(units["url"])),
        element("Observation.language", binding=bound("http://hl7.org/fhir/ValueSet/observation-status")),
    ]
    gate = gate_of(tmp_path / "x", [profile("Observation", *rules), units])
    minutes = {"value": 1, "system": "http://unitsofmeasure.org", "code": "min"}
    assert refused_at(gate, observation(valueQuantity=minutes, language="final")) == set()
    assert refused_at(gate, observation(valueQuantity={**minutes, "code": "h"})) == {"Observation.valueQuantity"}
    assert refused_at(gate, observation(language="en")) == {"Observation.language"}


def test_the_trusts_base_takes_the_place_of_the_one_in_the_files(tmp_path: Path) -> None:
    gate_of(tmp_path / "x", [profile("Patient", element("Patient.name", min=1))])
    from_another = gate_of(
        tmp_path / "y", [profile("Patient", element("Patient.name", min=1))], "https://trust.example"
    )
    claims = {"meta": {"profile": ["https://trust.example/StructureDefinition/made-up"]}}
    assert refused_at(from_another, patient(**claims)) == {"Patient.name"}
    assert refused_at(from_another, patient()) == set()
