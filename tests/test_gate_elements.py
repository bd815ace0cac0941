"""What stands beside a primitive value, in lists with gaps, in contained resources, in Parameters."""

from typing import Any

import pytest

from service.r4.resource import Json
from tests.published import our_gate

ABSENT: Json = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
BESIDE: Json = {"extension": [ABSENT]}


def codes_of(body: Json) -> list[str]:
    return [fault.code for fault in our_gate().faults(body)]


def patient(**elements: Any) -> Json:
    return {"resourceType": "Patient", **elements}


def named(**elements: Any) -> Json:
    return patient(name=[{"family": "Example", **elements}])


def test_an_extension_stands_in_for_a_required_value() -> None:
    encounter = {"resourceType": "Encounter", "class": {"code": "AMB"}}
    assert codes_of(encounter) == ["required"]
    assert codes_of({**encounter, "_status": BESIDE}) == []


def test_an_id_alone_does_not_stand_in_for_a_value() -> None:
    assert codes_of(patient(_gender={"id": "a"})) == ["structure"]
    assert codes_of(patient(gender="other", _gender={"id": "a"})) == []


def test_an_element_of_nothing_but_an_id_is_empty() -> None:
    assert codes_of(patient(name=[{"id": "a"}])) == ["structure"]


def test_an_extension_beside_a_value_is_looked_at_too() -> None:
    wrong = {"extension": [{"url": "http://example.org/x", "valueReference": {"reference": "nobody"}}]}
    assert codes_of(patient(birthDate="1990-01-01", _birthDate=wrong)) == ["value"]
    assert codes_of(patient(birthDate="1990-01-01", _birthDate={"extension": []})) == ["required"]
    assert codes_of(patient(birthDate="1990-01-01", _birthDate={"value": 1})) == ["structure"]


def test_two_values_of_a_choice_are_two_even_when_one_is_only_an_extension() -> None:
    assert codes_of(patient(deceasedBoolean=False, _deceasedDateTime=BESIDE)) == ["structure"]
    assert codes_of(patient(deceasedBoolean=False, _deceasedBoolean=BESIDE)) == []


@pytest.mark.parametrize(
    "given",
    [
        {"given": ["A", None], "_given": [None, BESIDE]},
        {"given": ["A", "B"], "_given": [None, BESIDE]},
        {"_given": [BESIDE]},
        {"given": ["A"]},
    ],
)
def test_a_gap_in_a_list_is_filled_by_the_list_beside_it(given: Json) -> None:
    assert codes_of(named(**given)) == []


@pytest.mark.parametrize(
    "given",
    [
        {"given": ["A", None]},
        {"given": ["A", None], "_given": [BESIDE, None]},
        {"given": ["A"], "_given": [None, BESIDE]},
        {"_given": [None, BESIDE]},
    ],
)
def test_a_gap_in_a_list_that_nothing_fills_is_refused(given: Json) -> None:
    assert codes_of(named(**given)) == ["structure"]


def test_a_value_in_a_list_is_told_by_its_place() -> None:
    (fault,) = our_gate().faults(named(given=["A", "", "B"]))
    assert fault.path == "Patient.name[0].given[1]"


def test_what_is_contained_is_gated_too() -> None:
    organization = {"resourceType": "Organization", "id": "o"}
    holder = patient(contained=[organization], managingOrganization={"reference": "#o"})
    (fault,) = our_gate().faults(holder)
    assert (fault.path, fault.code) == ("Patient.contained[0]", "invariant")


@pytest.mark.parametrize(
    ("contained", "key"),
    [
        ({"meta": {"versionId": "1"}}, "dom-4"),
        ({"meta": {"lastUpdated": "2024-06-30T12:00:00Z"}}, "dom-4"),
        ({"meta": {"security": [{"code": "R"}]}}, "dom-5"),
    ],
)
def test_what_is_contained_has_no_version_of_its_own(contained: Json, key: str) -> None:
    organization = {"resourceType": "Organization", "id": "o", "name": "Example", **contained}
    holder = patient(contained=[organization], managingOrganization={"reference": "#o"})
    assert [fault.sentence.partition(":")[0] for fault in our_gate().faults(holder)] == [key]


def test_what_is_contained_contains_nothing() -> None:
    inner = {"resourceType": "Organization", "id": "i", "name": "Inner"}
    outer = {"resourceType": "Organization", "id": "o", "name": "Outer", "contained": [inner]}
    holder = patient(
        contained=[outer], managingOrganization={"reference": "#o"}, generalPractitioner=[{"reference": "#i"}]
    )
    assert "dom-2" in {fault.sentence.partition(":")[0] for fault in our_gate().faults(holder)}


def test_what_is_contained_may_refer_to_what_holds_it_and_to_its_neighbours() -> None:
    part = {"resourceType": "Organization", "id": "p", "name": "Part", "partOf": {"reference": "#o"}}
    whole = {"resourceType": "Organization", "id": "o", "name": "Whole"}
    assert codes_of(patient(contained=[whole, part], managingOrganization={"reference": "#p"})) == []
    link = {"resourceType": "RelatedPerson", "id": "r", "patient": {"reference": "#"}}
    assert codes_of(patient(contained=[link])) == []


def test_what_is_contained_is_referred_to_from_anywhere_in_what_holds_it() -> None:
    organization = {"resourceType": "Organization", "id": "o", "name": "Example"}
    contact = {"organization": {"reference": "#o"}, "period": {"start": "2024"}}
    assert codes_of(patient(active=True, multipleBirthInteger=2, contact=[contact], contained=[organization])) == []
    assert codes_of(patient(active=True, multipleBirthInteger=2, contained=[organization])) == ["invariant"]


def test_a_reference_inside_is_held_to_the_type_of_what_is_contained() -> None:
    person = {"resourceType": "Practitioner", "id": "p"}
    assert codes_of(patient(contained=[person], managingOrganization={"reference": "#p"})) == ["value"]


def test_a_resource_in_parameters_stands_by_itself() -> None:
    def parameters(resource: Json) -> Json:
        return {"resourceType": "Parameters", "parameter": [{"name": "return", "resource": resource}]}

    organization = {"resourceType": "Organization", "id": "o", "name": "Example"}
    holder = patient(contained=[organization], managingOrganization={"reference": "#o"})
    assert codes_of(parameters(holder)) == []
    assert codes_of(parameters({**holder, "gender": "x"})) == ["code-invalid"]


def test_urls_and_oids_refer_elsewhere() -> None:
    for reference in ("https://ehr.example/fhir/Organization/7/_history/2", "urn:oid:1.2.3", "https://ehr.example"):
        assert codes_of(patient(managingOrganization={"reference": reference})) == []
    assert codes_of(patient(managingOrganization={"reference": "https://ehr.example/fhir/Patient/7"})) == ["value"]


def test_a_media_type_and_a_currency_are_asked_for_their_form() -> None:
    assert codes_of(patient(photo=[{"contentType": "image/png"}, {"contentType": "text/plain; charset=utf-8"}])) == []
    assert codes_of(patient(photo=[{"contentType": "png"}])) == ["value"]
    assert codes_of(patient(extension=[{"url": "http://a.example", "valueMoney": {"currency": "gbp"}}])) == ["value"]


def test_an_operation_in_a_transaction_takes_what_it_takes() -> None:
    request = {"method": "POST", "url": "ValueSet/$validate-code"}
    entry = {"resource": {"resourceType": "Parameters"}, "request": request}
    assert codes_of({"resourceType": "Bundle", "type": "transaction", "entry": [entry]}) == []


def test_a_conditional_reference_stands_in_a_transaction() -> None:
    organization = {"reference": "Organization?identifier=https://fhir.nhs.uk/Id/ods-organization-code|ABC"}
    request = {"method": "PUT", "url": "https://ehr.example/fhir/Patient?identifier=1"}
    entry = {"resource": patient(managingOrganization=organization), "request": request}
    assert codes_of({"resourceType": "Bundle", "type": "transaction", "entry": [entry]}) == []
    assert codes_of({"resourceType": "Bundle", "type": "batch", "entry": [entry]}) == ["value"]


def test_an_entry_may_be_deleted_by_its_id() -> None:
    entry = {"request": {"method": "DELETE", "url": "Patient/7"}}
    assert codes_of({"resourceType": "Bundle", "type": "transaction", "entry": [entry]}) == []
    assert codes_of({"resourceType": "Bundle", "type": "transaction", "entry": [entry, entry]}) == ["duplicate"]
