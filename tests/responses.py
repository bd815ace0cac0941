"""QuestionnaireResponses as the tests make them: the phone's notes, answered question by question."""

import orjson
import pytest

from service.errors import NotValid
from service.forms.note import FORM
from service.intake.door import Door
from service.meters import Meters
from service.r4.resource import Json
from service.record_api.read_response import read_response
from service.record_api.response import response_of
from tests.published import our_gate
from tests.samples_on_disk import NAMES

POST = "/fhir/QuestionnaireResponse"
DOOR = Door(NAMES, our_gate(), Meters())
FHIR = {"Content-Type": "application/fhir+json"}


def answers(note: Json) -> Json:
    """A note of the phone's as a response."""
    return response_of(FORM.validate_json(orjson.dumps(note)), NAMES)


def item(body: Json, *link_ids: str) -> Json:
    """The first item of each link id, one within the other."""
    found = body
    for link_id in link_ids:
        found = next(one for one in found["item"] if one["linkId"] == link_id)
    return found


def refused(body: Json) -> dict[str, str]:
    """Expression → sentence."""
    with pytest.raises(NotValid) as told:
        read_response(body, DOOR)
    return {fault.field: fault.sentence for fault in told.value.faults}
