"""What an EHR may ask and post here: the Questionnaires, and their answers, which enter through the one door.

https://hl7.org/fhir/R4/http.html
"""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Final, assert_never
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from service.auth.admit import TheAdmitted
from service.errors import CallerError, NoSuchQuestionnaire, NotJson, NotReadable, NotValid
from service.forms.note import KINDS
from service.intake.door import door_of
from service.intake.read_body import LARGEST_NOTE, read_bounded
from service.intake.receipt import NotTaken, Taken
from service.intake.routes import hand_in
from service.mapping.names import Names
from service.r4.resource import Json
from service.record_api.fhir_answers import FHIR_JSON, fhir_response, outcome_response
from service.record_api.questionnaire import questionnaire_of
from service.record_api.read_response import in_places, read_response
from service.record_api.response import receipted

router = APIRouter(prefix="/fhir", tags=["fhir"])

PREFIX: Final = "/fhir/"
# The same note takes more room than as JSON: each answer bears its link id and its text.
_LARGEST_RESPONSE: Final = 4 * LARGEST_NOTE
_TYPES: Final = (FHIR_JSON, "application/json")


@router.get("/Questionnaire")
async def search_questionnaires(
    request: Request,
    url: Annotated[str | None, Query(max_length=400, description="The canonical, with or without |version.")] = None,
    name: Annotated[str | None, Query(max_length=100, description="How its name begins, in any case.")] = None,
    id_: Annotated[str | None, Query(alias="_id", max_length=400, description="One id, or several by comma.")] = None,
) -> Response:
    """The Questionnaires of all kinds of note, or those that are asked for, as a searchset."""
    asked = {"url": url, "name": name, "_id": id_}
    used = {parameter: value for parameter, value in asked.items() if value is not None}
    found = [one for one in _published(door_of(request).names).values() if _is_asked_for(one, used)]
    here = request.url.replace(query=urlencode(used))
    entries = [
        {"fullUrl": f"{request.base_url}fhir/Questionnaire/{one['id']}", "resource": one, "search": {"mode": "match"}}
        for one in found
    ]
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": len(found)}
    link = [{"relation": "self", "url": str(here)}]
    return fhir_response(bundle | {"link": link} | ({"entry": entries} if entries else {}))


@router.get("/Questionnaire/{questionnaire_id}")
async def read_questionnaire(
    request: Request, questionnaire_id: Annotated[str, Path(max_length=64, description="The kind, with dashes.")]
) -> Response:
    """One Questionnaire: the form of one kind of note."""
    found = _published(door_of(request).names).get(questionnaire_id)
    if found is None:
        raise NoSuchQuestionnaire("No questionnaire has this id: GET /fhir/Questionnaire lists them.")
    return fhir_response(found, ETag=f'W/"{found["version"]}"')


@router.post("/QuestionnaireResponse", status_code=201)
async def post_questionnaire_response(request: Request, admitted: TheAdmitted) -> Response:
    """Send a note as the answers to its kind's Questionnaire: the same note, and as safe, as by POST /notes."""
    door = door_of(request)
    form = read_response(await _read_body(request), door)
    match await hand_in(request, admitted, form):
        case Taken(receipt, new):
            place = f"{PREFIX}QuestionnaireResponse/{receipt.id}/_history/{receipt.version}"
            body = receipted(form, receipt, door.names)
            return fhir_response(body, 201 if new else 200, ETag=f'W/"{receipt.version}"', Location=place)
        case NotTaken(problem):
            return outcome_response(_in_places(problem, form.kind))
        case _ as never:
            assert_never(never)


async def _read_body(request: Request) -> Json:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in _TYPES:
        raise NotJson(f"Send FHIR as JSON, with the header Content-Type: {FHIR_JSON}.")
    try:
        body: Any = orjson.loads(await read_bounded(request, _LARGEST_RESPONSE))
    except orjson.JSONDecodeError:
        raise NotReadable("This is not JSON. Check that the whole body was sent.") from None
    if not isinstance(body, dict):
        raise NotReadable("Send one resource: a QuestionnaireResponse.")
    return body


def _in_places(problem: CallerError, kind: str) -> CallerError:
    return in_places(problem, kind) if isinstance(problem, NotValid) else problem


@cache
def _published(names: Names) -> Mapping[str, Json]:
    """By id. Made once a process; nobody changes them."""
    made = (questionnaire_of(kind, names) for kind in KINDS)
    return {one["id"]: one for one in made}


def _is_asked_for(one: Json, used: Mapping[str, str]) -> bool:
    canonical, _, version = used.get("url", one["url"]).partition("|")
    return (
        canonical == one["url"]
        and version in ("", one["version"])
        and one["name"].lower().startswith(used.get("name", "").lower())
        and one["id"] in used.get("_id", one["id"]).split(",")
    )
