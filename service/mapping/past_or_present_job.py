"""A past or present job as IHE's Occupational Data for Health has it: of a vocational profile, or a job's own note."""

from service.mapping.code_lists import WEEKLY_HOURS_AS_NUMBER, concept, our_coding
from service.mapping.frame import Frame
from service.mapping.terms import HISTORY_OF_OCCUPATION, ODH_IS_CURRENT_JOB, ODH_JOB, SOCIAL_HISTORY, hours_a_week
from service.mapping.times import instant
from service.r4.resource import Json


def job_observed(frame: Frame, role: str, title: str, period: Json, *, current: bool) -> Json:
    """The employer is not in it: nobody was asked to share it.

    https://profiles.ihe.net/PCC/ODH/StructureDefinition/odh-PastOrPresentJob
    """
    body = frame.opened("Observation", role, "job", ODH_JOB)
    body["extension"] = [{"url": ODH_IS_CURRENT_JOB, "valueBoolean": current}]
    body["status"] = "final"
    body["category"] = [concept(SOCIAL_HISTORY)]
    body["code"] = concept(HISTORY_OF_OCCUPATION)
    body["subject"] = frame.patient
    body["effectivePeriod"] = period
    body["issued"] = instant(frame.note.form.written_at)
    body["performer"] = [frame.specialist]
    body["valueCodeableConcept"] = {"text": title}
    return body


def hours_component(frame: Frame, hours: int) -> Json:
    """An R4 `Observation.component`."""
    asked = our_coding(frame.names, "work-data-item", WEEKLY_HOURS_AS_NUMBER)
    return {"code": concept(asked), "valueQuantity": hours_a_week(hours)}
