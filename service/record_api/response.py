"""A note as the QuestionnaireResponse that answers its kind's Questionnaire. `read_response.py` reads it again.

What identifies it stands in the response's own elements as well as in its heading, so that an EHR finds it.
"""

from typing import Final

from service.forms.note import Form
from service.intake.receipt import Receipt
from service.mapping.answers import whole_form_of
from service.mapping.names import Names
from service.push.find_patient import NHS_NUMBER
from service.r4.resource import Json
from service.record_api.questionnaire import id_of

COMPLETED: Final = "completed"


def response_of(form: Form, names: Names) -> Json:
    """Everything that the form says."""
    said = form.model_dump(mode="json")
    who = {"system": names.identifiers("specialist"), "value": form.specialist.id}
    return {
        "resourceType": "QuestionnaireResponse",
        "identifier": {"system": names.identifiers("note"), "value": said["id"]},
        "questionnaire": names.questionnaire(id_of(form.kind)),
        "status": COMPLETED,
        "subject": {"type": "Patient", "identifier": {"system": NHS_NUMBER, "value": form.client.nhs_number}},
        "authored": said["written_at"],
        "author": {"type": "Practitioner", "identifier": who, "display": form.specialist.name},
        "item": whole_form_of(form, names),
    }


def receipted(form: Form, receipt: Receipt, names: Names) -> Json:
    """What was taken, with its receipt as FHIR says it: id, version, and when we received it."""
    response = response_of(form, names)
    received_at = receipt.received_at.isoformat()
    meta = {"versionId": str(receipt.version), "lastUpdated": received_at}
    return {"resourceType": response.pop("resourceType"), "id": str(receipt.id), "meta": meta, **response}
