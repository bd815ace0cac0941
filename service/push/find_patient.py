"""Finds the EHR's patient before anything is written: NHS number and date of birth, both, exactly one.

Searched by POST, so that no NHS number stands in a URL. Every way it can go wrong has its own reason,
because a person has to look.
"""

from datetime import date, datetime

from service.push.ehr import Ehr
from service.push.meaning import answer_to_read
from service.push.outcome import Reason, Refused, TryLater
from service.push.searchset import carries, has_more, matches
from service.push.sending import ClientToFind, PatientFound
from service.r4.resource import Json

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"

NOT_FOUND = Reason(
    "patient_not_found",
    "The EHR has no patient with this NHS number. Check the number and have the person registered, then retry.",
)
NOT_ACTIVE = Reason(
    "patient_not_active",
    "The EHR has this NHS number only on a record that is inactive or replaced. Have the record put right, then retry.",
)
NOT_UNIQUE = Reason(
    "patient_not_unique",
    "The EHR has more than one patient with this NHS number. Have the records merged there, then retry.",
)
NUMBER_DIFFERS = Reason(
    "patient_number_differs",
    "The EHR answered with a patient who has another NHS number. Report it to the EHR's supplier, then retry.",
)
BIRTH_DATE_MISSING = Reason(
    "patient_birth_date_missing",
    "The EHR's patient has no full date of birth to compare with. Have it completed there, then retry.",
)
BIRTH_DATE_DIFFERS = Reason(
    "patient_birth_date_differs",
    "The date of birth is not the one in the EHR. Find out who this is about, then amend the note.",
)


async def find_patient(client: ClientToFind, ehr: Ehr, now: datetime) -> PatientFound | TryLater | Refused:
    """The one patient who matches on both, with the name the EHR gives."""
    reply = await ehr.search("Patient", {"identifier": f"{NHS_NUMBER}|{client.nhs_number}"}, by_post=True)
    bundle = answer_to_read(reply, "Bundle", now)
    if not isinstance(bundle, dict):
        return bundle
    patient = _the_one(bundle, client.nhs_number)
    if isinstance(patient, Reason):
        return Refused(patient)
    if reason := _birth_date_fault(patient.get("birthDate"), client.birth_date):
        return Refused(reason)
    return PatientFound(patient["id"], _name(patient))


def _the_one(bundle: Json, nhs_number: str) -> Json | Reason:
    found = matches(bundle, "Patient")
    if not all(carries(patient, NHS_NUMBER, nhs_number) for patient in found):
        return NUMBER_DIFFERS
    if has_more(bundle):
        return NOT_UNIQUE
    current = [patient for patient in found if _is_current(patient)]
    if len(current) > 1:
        return NOT_UNIQUE
    if current:
        return current[0]
    return NOT_ACTIVE if found else NOT_FOUND


def _is_current(patient: Json) -> bool:
    links = patient.get("link")
    replaced = isinstance(links, list) and any(
        isinstance(link, dict) and link.get("type") == "replaced-by" for link in links
    )
    return patient.get("active") is not False and not replaced


def _birth_date_fault(in_ehr: object, expected: date) -> Reason | None:
    if not isinstance(in_ehr, str) or len(in_ehr) < len("2000-01-01"):
        return BIRTH_DATE_MISSING
    return None if in_ehr == expected.isoformat() else BIRTH_DATE_DIFFERS


def _name(patient: Json) -> str | None:
    names = patient.get("name")
    told = [name for name in names if isinstance(name, dict)] if isinstance(names, list) else []
    official = [name for name in told if name.get("use") == "official"]
    for name in official + told:
        if text := name.get("text") or _given_and_family(name):
            return str(text)
    return None


def _given_and_family(name: Json) -> str:
    given = name.get("given")
    parts = [*(given if isinstance(given, list) else []), name.get("family")]
    return " ".join(part for part in parts if isinstance(part, str))
