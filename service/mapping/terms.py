"""Codings of SNOMED CT, LOINC, HL7 and UCUM that the mapping uses, and which fits which word of a form.

Constants are shared by all bodies: a body is never changed, only copied. A word without an entry here has no
SNOMED code that says the same; a near miss is not sent.
"""

from collections.abc import Mapping
from typing import Final

from service.forms.contact import Mechanism, Place
from service.forms.employment_status import EmploymentStatus
from service.forms.job import EndReason, WorksAs
from service.forms.referral import AskedBy
from service.forms.work_goal import ClinicalRole
from service.mapping.code_lists import Code, coded
from service.r4.resource import Json

SNOMED: Final = "http://snomed.info/sct"
LOINC: Final = "http://loinc.org"
UCUM: Final = "http://unitsofmeasure.org"
_HL7: Final = "http://terminology.hl7.org/CodeSystem/"


def _snomed(code: str, display: str) -> Json:
    return coded(SNOMED, Code(code, display))


def _loinc(code: str, display: str) -> Json:
    return coded(LOINC, Code(code, display))


def _hl7(system: str, code: str, display: str) -> Json:
    return coded(_HL7 + system, Code(code, display))


IPS = _snomed("1082621000000104", "Individual Placement and Support")
REFERRAL_TO_IPS = _snomed("1082611000000105", "Referral to an Individual Placement and Support service")
LIAISING_WITH_TEAM = _snomed("225971008", "Liaising with multidisciplinary team")
VOCATIONAL_ASSESSMENT = _snomed("69736008", "Vocational assessment")
EMPLOYMENT_STATUS_ASKED = _snomed("224362002", "Employment status")
BENEFIT_STATUS = _snomed("224192004", "Benefit status")
JOB_DETAILS = _snomed("160922003", "Job details")
EDUCATION = _snomed("105421008", "Educational achievement")
QUALIFICATIONS = _snomed("224326003", "Qualifications achieved")
CARE_PLAN = _snomed("734163000", "Care plan")
INDIRECT_ENCOUNTER = _snomed("185316007", "Indirect encounter")
THIRD_PARTY_ENCOUNTER = _snomed("185318008", "Third party encounter")

SEEN_AT: Mapping[Place, Json] = {
    "clients_home": _snomed("270420001", "Seen in own home"),
    "clients_workplace": _snomed("185208001", "Seen in work place"),
    "health_centre": _snomed("185203005", "Seen in Health Centre"),
    "outpatient_clinic": _snomed("431957001", "Seen in mental health clinic"),
}
SPOKEN_BY: Mapping[Mechanism, Json] = {
    "telephone": _snomed("185317003", "Telephone encounter"),
    "video": _snomed("307321000000107", "Video-link encounter"),
    "text_message": _snomed("445450000", "Encounter by short message service text messaging"),
}
# Of UK Core's value set UKCore-SourceOfServiceRequest.
REFERRED_BY: Mapping[AskedBy, Json] = {
    "client": _snomed("310434002", "Self-referral to service"),
    "gp": _snomed("108161000000109", "Referred by general practitioner"),
}
REFERRED_BY_CLINICIAN: Mapping[ClinicalRole, Json] = {
    "nurse": _snomed("185362004", "Referred by nurse"),
    "pharmacist": _snomed("185369008", "Referred by pharmacist"),
    "social_worker": _snomed("185365002", "Referred by social worker"),
}
EMPLOYMENT_STATUS_VALUE: Mapping[EmploymentStatus, Json] = {
    "employed": _snomed("224363007", "Employed"),
    "unemployed_and_seeking": _snomed("73438004", "Unemployed"),
    "student_not_seeking": _snomed("65853000", "Student"),
    "not_seeking_no_benefits": _snomed("224382003", "Not seeking work"),
    "unpaid_voluntary_work": _snomed("224372004", "Does voluntary work"),
    "retired": _snomed("105493001", "Retired, life event"),
}

END_REASON_VALUE: Mapping[EndReason, Json] = {
    "dismissed": _snomed("105496009", "Dismissed from job"),
    "retired": _snomed("105493001", "Retired, life event"),
}

VOCATIONAL_NOTE = _loinc("75502-5", "Vocational rehabilitation Note")
VOCATIONAL_PLAN = _loinc("84306-0", "Vocational rehabilitation Plan of care note")
HISTORY_OF_OCCUPATION = _loinc("11341-5", "History of Occupation")
WORK_CLASSIFICATION = _loinc("85104-8", "Compensation and sector employment type")
HISTORY_OF_EMPLOYMENT_STATUS = _loinc("74165-2", "History of employment status NIOSH")

AMBULATORY = _hl7("v3-ActCode", "AMB", "ambulatory")
FIELD = _hl7("v3-ActCode", "FLD", "field")
HOME = _hl7("v3-ActCode", "HH", "home health")
VIRTUAL = _hl7("v3-ActCode", "VR", "virtual")
PRIMARY_PERFORMER = _hl7("v3-ParticipationType", "PPRF", "primary performer")
PARTICIPATION = _hl7("v3-ParticipationType", "PART", "Participation")
EMPLOYER = _hl7("v2-0131", "E", "Employer")
# Its display was read in no source of R4's: it is sent without one.
PATIENT_PRIVACY: Json = {"system": f"{_HL7}consentscope", "code": "patient-privacy"}
INFORMATION_DISCLOSURE = _hl7("v3-ActCode", "IDSCL", "information disclosure")
INFORMATION_RECIPIENT = _hl7("v3-ParticipationType", "IRCP", "information recipient")
YES = _hl7("v2-0136", "Y", "Yes")
NO = _hl7("v2-0136", "N", "No")
# Whose business an employee works in is not asked: of the paid ones, only this is certain.
WORKS_AS: Mapping[WorksAs, Json] = {
    "self_employed": _hl7("v3-WorkClassificationODH", "PWSE", "Paid work, self-employed"),
    "volunteer": _hl7("v3-WorkClassificationODH", "VW", "Voluntary work"),
}
SOCIAL_HISTORY = _hl7("observation-category", "social-history", "Social History")
AUTHOR = _hl7("provenance-participant-type", "author", "Author")
ASSEMBLER = _hl7("provenance-participant-type", "assembler", "Assembler")
CREATED = _hl7("v3-DataOperation", "CREATE", "create")
REVISED = _hl7("v3-DataOperation", "UPDATE", "revise")
NULLIFIED = _hl7("v3-DataOperation", "NULLIFY", "nullify")
GOAL_IN_PROGRESS = _hl7("goal-achievement", "in-progress", "In Progress")
GOAL_ACHIEVED = _hl7("goal-achievement", "achieved", "Achieved")
GOAL_NOT_ACHIEVED = _hl7("goal-achievement", "not-achieved", "Not Achieved")

FULFIL = coded("http://hl7.org/fhir/CodeSystem/task-code", Code("fulfill", "Fulfill the focal request"))

# Gravity's code is temporary by its own name: it stands second, after ours.
GRAVITY_EMPLOYMENT_STATUS = coded(
    "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes",
    Code("employment-status", "Employment Status"),
)

REASON_CANCELLED: Final = "http://hl7.org/fhir/StructureDefinition/encounter-reasonCancelled"
PERTAINS_TO_GOAL: Final = "http://hl7.org/fhir/StructureDefinition/resource-pertainsToGoal"
SOURCE_OF_SERVICE_REQUEST: Final = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-SourceOfServiceRequest"
DATA_ABSENT_REASON: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
ODH_JOB: Final = "https://profiles.ihe.net/PCC/ODH/StructureDefinition/odh-PastOrPresentJob"
ODH_IS_CURRENT_JOB: Final = "https://profiles.ihe.net/PCC/ODH/StructureDefinition/odh-isCurrentJob-extension"


def hours_a_week(hours: int) -> Json:
    """An R4 `Quantity`."""
    return {"value": hours, "unit": "hours a week", "system": UCUM, "code": "h/wk"}


def pounds(pence: int) -> Json:
    """An R4 `Quantity` of money: its code is that of the currency, as in R4's `Money`."""
    return {"value": pence / 100, "unit": "GBP", "system": "urn:iso:std:iso:4217", "code": "GBP"}


def minutes_long(minutes: int) -> Json:
    """An R4 `Duration`."""
    return {"value": minutes, "unit": "min", "system": UCUM, "code": "min"}
