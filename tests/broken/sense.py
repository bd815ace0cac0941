"""Faults of sense: required elements, bindings, references, invariants, extensions, narratives."""

from typing import Final

from tests.broken.one_fault import LEFT_OUT, OneFault, without_profile
from tests.broken.valid import ANSWERS, ENCOUNTER, GOAL, NOTE, OBSERVATION, PERSON, PLAN, TASK

_SCRIPT = '<div xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></div>'

SENSE: Final = [
    OneFault("no status", ENCOUNTER, "status", LEFT_OUT, "Encounter.status", "required"),
    OneFault("no class", ENCOUNTER, "class", LEFT_OUT, "Encounter.class", "required"),
    OneFault(
        "no content in a document", without_profile(NOTE), "content", LEFT_OUT, "DocumentReference.content", "required"
    ),
    OneFault(
        "an answer to no question",
        without_profile(ANSWERS),
        "item.0.linkId",
        LEFT_OUT,
        "QuestionnaireResponse.item[0].linkId",
        "required",
    ),
    OneFault("a status that does not exist", ENCOUNTER, "status", "done", "Encounter.status", "code-invalid"),
    OneFault("a status of another type", TASK, "status", "finished", "Task.status", "code-invalid"),
    OneFault(
        "an intent that does not exist", without_profile(PLAN), "intent", "wish", "CarePlan.intent", "code-invalid"
    ),
    OneFault(
        "a patient who is a practitioner",
        ENCOUNTER,
        "subject.reference",
        "Practitioner/1",
        "Encounter.subject",
        "value",
        also_hl7=False,
    ),
    OneFault(
        "an organisation that takes part",
        ENCOUNTER,
        "participant.1.individual.reference",
        "Organization/1",
        "Encounter.participant[1].individual",
        "value",
        also_hl7=False,
    ),
    OneFault(
        "a reference to a type that R4 does not have",
        TASK,
        "focus.reference",
        "Employer/1",
        "Task.focus",
        "value",
        also_hl7=False,
    ),
    OneFault(
        "a reference that is no reference", TASK, "focus.reference", "the goal", "Task.focus", "value", also_hl7=False
    ),
    OneFault("a type beside a reference to another", ENCOUNTER, "subject.type", "Group", "Encounter.subject", "value"),
    OneFault(
        "a reference to a contained resource that is not there",
        TASK,
        "focus.reference",
        "#not-there",
        "Task.focus",
        "value",
    ),
    OneFault(
        "a urn that nothing around it has",
        TASK,
        "focus.reference",
        "urn:uuid:5f0a41a8-1f4e-4f63-9f3c-6c2a6ad1d0c5",
        "Task.focus",
        "value",
        also_hl7=False,
    ),
    OneFault(
        "a conditional reference outside a transaction",
        TASK,
        "for.reference",
        "Patient?identifier=a|b",
        "Task.for",
        "value",
        also_hl7=False,
    ),
    OneFault(
        "a period that ends before it starts", ENCOUNTER, "period.end", "2026-09-13", "Encounter.period", "invariant"
    ),
    OneFault(
        "a step changed before it was written", TASK, "lastModified", "2026-08-26T14:00:00+01:00", "Task", "invariant"
    ),
    OneFault(
        "a code without its system in a quantity",
        GOAL,
        "target.0.detailQuantity.system",
        LEFT_OUT,
        "Goal.target[0].detailQuantity",
        "invariant",
    ),
    OneFault(
        "a detail without a measure", without_profile(GOAL), "target.0.measure", LEFT_OUT, "Goal.target[0]", "invariant"
    ),
    OneFault(
        "an activity told twice",
        without_profile(PLAN),
        "activity.0.detail",
        {"status": "scheduled"},
        "CarePlan.activity[0]",
        "invariant",
    ),
    OneFault(
        "a telephone number of no system",
        without_profile(PERSON),
        "telecom",
        [{"value": "1"}],
        "RelatedPerson.telecom[0]",
        "invariant",
    ),
    OneFault(
        "data of no media type",
        without_profile(NOTE),
        "content.0.attachment.contentType",
        LEFT_OUT,
        "DocumentReference.content[0].attachment",
        "invariant",
    ),
    OneFault(
        "a value that is also said to be absent",
        OBSERVATION,
        "dataAbsentReason",
        {"text": "asked"},
        "Observation",
        "invariant",
    ),
    OneFault(
        "an answer that has both answers and questions",
        without_profile(ANSWERS),
        "item.0.item",
        [{"linkId": "more"}],
        "QuestionnaireResponse.item[0]",
        "invariant",
    ),
    OneFault(
        "a contained resource that nothing refers to",
        TASK,
        "contained",
        [{"resourceType": "Patient", "id": "p"}],
        "Task",
        "invariant",
    ),
    OneFault(
        "an extension without a value",
        TASK,
        "extension",
        [{"url": "http://example.org/x"}],
        "Task.extension[0]",
        "required",
    ),
    OneFault(
        "an extension without a URL", TASK, "extension", [{"valueBoolean": True}], "Task.extension[0].url", "required"
    ),
    OneFault("a script in a narrative", PLAN, "text.div", _SCRIPT, "CarePlan.text.div", "invariant"),
    OneFault(
        "a narrative outside the XHTML namespace", PLAN, "text.div", "<div>x</div>", "CarePlan.text.div", "invariant"
    ),
    OneFault(
        "a narrative that is not well-formed",
        PLAN,
        "text.div",
        '<div xmlns="http://www.w3.org/1999/xhtml"><p></div>',
        "CarePlan.text.div",
        "invariant",
    ),
]
