"""Faults of form: what JSON holds must be what the element's type says."""

from typing import Final

from tests.broken.one_fault import OneFault
from tests.broken.valid import ENCOUNTER, GOAL, NOTE, OBSERVATION, PERSON, PROVENANCE, TASK

FORM: Final = [
    OneFault(
        "a number written as text",
        GOAL,
        "target.0.detailQuantity.value",
        "20",
        "Goal.target[0].detailQuantity.value",
        "structure",
    ),
    OneFault(
        "a whole number with a fraction",
        NOTE,
        "content.0.attachment.size",
        3.0,
        "DocumentReference.content[0].attachment.size",
        "value",
    ),
    OneFault("a truth written as text", PERSON, "active", "true", "RelatedPerson.active", "structure"),
    OneFault("an element that R4 does not have", ENCOUNTER, "notes", "x", "Encounter.notes", "structure"),
    OneFault(
        "an element of R5", ENCOUNTER, "actualPeriod", {"start": "2026-09-14"}, "Encounter.actualPeriod", "structure"
    ),
    OneFault("an empty list", TASK, "note", [], "Task.note", "required"),
    OneFault("an empty object", TASK, "restriction", {}, "Task.restriction", "structure"),
    OneFault("an empty text", TASK, "description", "", "Task.description", "value"),
    OneFault(
        "a text of nothing but white space", TASK, "description", " \n", "Task.description", "value", also_hl7=False
    ),
    OneFault(
        "a control character in a text", TASK, "description", "one\x07two", "Task.description", "value", also_hl7=False
    ),
    OneFault(
        "one thing where a list belongs", ENCOUNTER, "identifier", {"value": "1"}, "Encounter.identifier", "structure"
    ),
    OneFault(
        "a list where one thing belongs",
        ENCOUNTER,
        "period",
        [{"start": "2026-09-14"}],
        "Encounter.period",
        "structure",
    ),
    OneFault("an id of 65 characters", ENCOUNTER, "id", "a" * 65, "Encounter.id", "value"),
    OneFault("an id with an underscore", ENCOUNTER, "id", "a_b", "Encounter.id", "value"),
    OneFault("a date that the calendar does not have", GOAL, "startDate", "2026-02-30", "Goal.startDate", "value"),
    OneFault("a leap day in a year that has none", GOAL, "startDate", "2100-02-29", "Goal.startDate", "value"),
    OneFault("a date in the English order", GOAL, "startDate", "27/08/2026", "Goal.startDate", "value"),
    OneFault("a time without a time zone", TASK, "authoredOn", "2026-08-27T14:00:00", "Task.authoredOn", "value"),
    OneFault("a time without seconds", TASK, "authoredOn", "2026-08-27T14:00Z", "Task.authoredOn", "value"),
    OneFault("an instant that is only a day", PROVENANCE, "recorded", "2026-09-14", "Provenance.recorded", "value"),
    OneFault("a code with two spaces", ENCOUNTER, "class.code", "F  LD", "Encounter.class.code", "value"),
    OneFault("an address with a space", ENCOUNTER, "class.system", "http://a b", "Encounter.class.system", "value"),
    OneFault(
        "data that is not base64",
        NOTE,
        "content.0.attachment.data",
        "a*b=",
        "DocumentReference.content[0].attachment.data",
        "value",
    ),
    OneFault("two types of one choice", OBSERVATION, "valueString", "x", "Observation", "structure"),
    OneFault(
        "a type that the choice does not have",
        OBSERVATION,
        "valueDecimal",
        3.5,
        "Observation.valueDecimal",
        "structure",
    ),
]
