"""Valid R4 that is not valid by our own profiles."""

from typing import Final

from tests.broken.one_fault import LEFT_OUT, OneFault
from tests.broken.valid import ACTIVITY, CONTACT, STEP

OURS: Final = [
    OneFault(
        "a profile of ours that is not published",
        CONTACT,
        "meta.profile.0",
        "https://ips.example.nhs.uk/StructureDefinition/none",
        "Encounter.meta",
        "not-found",
        also_hl7=False,
    ),
    OneFault(
        "a profile of ours for another type",
        CONTACT,
        "meta.profile.0",
        "https://ips.example.nhs.uk/StructureDefinition/work-goal",
        "Encounter.meta",
        "not-found",
    ),
    OneFault("no identifier of ours", CONTACT, "identifier", LEFT_OUT, "Encounter.identifier", "required"),
    OneFault(
        "two identifiers",
        CONTACT,
        "identifier",
        [*CONTACT["identifier"], {**CONTACT["identifier"][0], "value": "2"}],
        "Encounter.identifier",
        "structure",
    ),
    OneFault(
        "an identifier of another system",
        CONTACT,
        "identifier.0.system",
        "http://example.org",
        "Encounter.identifier[0].system",
        "value",
    ),
    OneFault("a contact that is only planned", CONTACT, "status", "planned", "Encounter.status", "code-invalid"),
    OneFault("a class we do not use", CONTACT, "class.code", "IMP", "Encounter.class", "code-invalid"),
    OneFault(
        "a group as the client", CONTACT, "subject.reference", "Group/1", "Encounter.subject", "value", also_hl7=False
    ),
    OneFault("a contact without a beginning", CONTACT, "period.start", LEFT_OUT, "Encounter.period.start", "required"),
    OneFault("nobody who had the contact", CONTACT, "participant", LEFT_OUT, "Encounter.participant", "required"),
    OneFault(
        "an attendance status that the NHS does not have",
        CONTACT,
        "extension.0.valueCoding.code",
        "9",
        "Encounter.extension[0].valueCoding",
        "code-invalid",
    ),
    OneFault(
        "an extension of ours with another type of value",
        CONTACT,
        "extension.0",
        {"url": CONTACT["extension"][0]["url"], "valueString": "5"},
        "Encounter.extension[0].valueString",
        "structure",
    ),
    OneFault(
        "an extension of ours where it does not belong",
        STEP,
        "extension.0",
        CONTACT["extension"][0],
        "Task.extension[0]",
        "extension",
    ),
    OneFault(
        "an extension of ours that is not published",
        CONTACT,
        "extension.0.url",
        "https://ips.example.nhs.uk/StructureDefinition/mood",
        "Encounter.extension[0]",
        "extension",
    ),
    OneFault(
        "a contact that was missed without saying why",
        {**CONTACT, "status": "cancelled"},
        "extension",
        LEFT_OUT,
        "Encounter",
        "invariant",
    ),
    OneFault("a step that nobody does", STEP, "owner", LEFT_OUT, "Task", "invariant"),
    OneFault(
        "an activity of another kind", ACTIVITY, "code.coding.0.code", "182813001", "Procedure.code.coding", "value"
    ),
]
