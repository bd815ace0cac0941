"""The fictional people of the sandbox EHR, from `people.json`: patients of England, and a few practitioners.

NHS numbers are of the test range 999 000 0000 to 999 999 9999. One employment specialist (es-014) is known
here; another who writes notes in the demo (es-027) is not, on purpose.
"""

from pathlib import Path

import orjson

from service.sandbox.interactions import Desk, create
from service.sandbox.offer import Offer, Style
from service.sandbox.refusals import Json
from service.sandbox.store import Store

PEOPLE = Path(__file__).parent / "people.json"
_UK_CORE = "https://fhir.hl7.org.uk"


def seed_people(store: Store) -> None:
    """Into a store that has no patient yet; once."""
    if store.counts().get("Patient"):
        return
    people = orjson.loads(PEOPLE.read_bytes())
    desk = Desk(store, Offer(), Style(), home="")
    with store.transaction():
        for patient in people["patients"]:
            create(desk, "Patient", patient_resource(**patient), None)
        for practitioner in people["practitioners"]:
            create(desk, "Practitioner", _practitioner_resource(practitioner), None)


def patient_resource(
    nhs_number: str, birth_date: str, family: str, given: list[str], gender: str = "unknown", town: str = "Leeds"
) -> Json:
    """A UK Core Patient whose NHS number is present and verified (01)."""
    return {
        "resourceType": "Patient",
        "meta": {"profile": [f"{_UK_CORE}/StructureDefinition/UKCore-Patient"]},
        "identifier": [_nhs_number(nhs_number)],
        "active": True,
        "name": [{"use": "official", "family": family, "given": given}],
        "gender": gender,
        "birthDate": birth_date,
        "address": [{"use": "home", "city": town, "country": "England"}],
    }


def _nhs_number(value: str) -> Json:
    verified = {
        "system": f"{_UK_CORE}/CodeSystem/UKCore-NHSNumberVerificationStatusEngland",
        "code": "01",
        "display": "Number present and verified",
    }
    return {
        "extension": [
            {
                "url": f"{_UK_CORE}/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
                "valueCodeableConcept": {"coding": [verified]},
            }
        ],
        "system": "https://fhir.nhs.uk/Id/nhs-number",
        "value": value,
    }


def _practitioner_resource(person: Json) -> Json:
    name = {"family": person["family"], "given": person["given"]}
    prefix = {"prefix": [person["prefix"]]} if "prefix" in person else {}
    return {
        "resourceType": "Practitioner",
        "meta": {"profile": [f"{_UK_CORE}/StructureDefinition/UKCore-Practitioner"]},
        "identifier": [{"system": person["system"], "value": person["value"]}],
        "active": True,
        "name": [{"use": "official", **name, **prefix}],
    }
