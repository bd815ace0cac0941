"""The patient check: NHS number and date of birth, both, exactly one; each way it fails has its own reason."""

from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from service.push.find_patient import find_patient
from service.push.outcome import Refused, TryLater
from service.push.plan import PushPlan
from service.push.push import push
from service.push.sending import ClientToFind, PatientFound
from tests.ehr_answers.ledger import InMemoryLedger
from tests.ehr_answers.notes import BIRTH_DATE, CLIENT, NHS_NUMBER, NOW, a_sending, contact
from tests.ehr_answers.stub import fhir, operation_outcome, searchset, stub_ehr

Json = dict[str, Any]
SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"
CLIENT_TO_FIND = ClientToFind(CLIENT, NHS_NUMBER, BIRTH_DATE, None)


def _number(**more: Any) -> Json:
    return {"system": SYSTEM, "value": NHS_NUMBER, **more}


def _patient(id_: str = "77", **more: Any) -> Json:
    return {
        "resourceType": "Patient",
        "id": id_,
        "identifier": [_number()],
        "birthDate": BIRTH_DATE.isoformat(),
        **more,
    }


async def _find(answer: Json) -> PatientFound | TryLater | Refused:
    async with stub_ehr(("POST /Patient/_search", answer)) as ehr:
        return await find_patient(CLIENT_TO_FIND, ehr, NOW)


OFFICIAL = {"use": "official", "family": "Testperson", "given": ["Avery", "Lee"]}


@pytest.mark.parametrize(
    ("names", "name"),
    [
        ([{"use": "nickname", "text": "Av"}, OFFICIAL], "Avery Lee Testperson"),
        ([{**OFFICIAL, "text": "Avery L. Testperson"}], "Avery L. Testperson"),
        ([{"family": "Testperson"}], "Testperson"),
        ([{"use": "official"}, {"given": ["Avery"]}], "Avery"),
        ([], None),
        (None, None),
        ([{}], None),
    ],
)
async def test_the_one_match_is_named_by_the_ehr(names: Json | None, name: str | None) -> None:
    assert await _find(searchset(_patient(name=names))) == PatientFound("77", name)


@pytest.mark.parametrize(
    ("name", "answer", "code"),
    [
        ("nobody", searchset(), "patient_not_found"),
        ("two people", searchset(_patient("77"), _patient("78")), "patient_not_unique"),
        ("a further page", searchset(_patient(), next_page=True), "patient_not_unique"),
        ("a further page and nobody yet", searchset(next_page=True), "patient_not_unique"),
        ("inactive", searchset(_patient(active=False)), "patient_not_active"),
        ("replaced", searchset(_patient(link=[{"type": "replaced-by"}])), "patient_not_active"),
        ("no identifier", searchset(_patient(identifier=None)), "patient_number_differs"),
        ("a number they once had", searchset(_patient(identifier=[_number(use="old")])), "patient_number_differs"),
        ("another system", searchset(_patient(identifier=[_number(system="urn:x")])), "patient_number_differs"),
        ("everybody", searchset(_patient(), _patient("78", identifier=[])), "patient_number_differs"),
        ("no birth date", searchset(_patient(birthDate=None)), "patient_birth_date_missing"),
        ("a year", searchset(_patient(birthDate="1968")), "patient_birth_date_missing"),
        ("a month", searchset(_patient(birthDate="1968-03")), "patient_birth_date_missing"),
        ("a day off", searchset(_patient(birthDate="1968-03-15")), "patient_birth_date_differs"),
    ],
    ids=lambda value: value.replace(" ", "_") if isinstance(value, str) else None,
)  # fmt: skip
async def test_anything_but_one_match_on_both_needs_a_person(name: str, answer: Json, code: str) -> None:
    outcome = await _find(answer)

    assert isinstance(outcome, Refused)
    assert outcome.reason.code == code
    assert outcome.operation_outcome is None


async def test_one_current_record_beside_a_replaced_one_is_the_match() -> None:
    other = _patient("78", link=["nonsense", {"type": "replaced-by"}])
    assert await _find(searchset(_patient(link=[{"type": "replaces"}]), other)) == PatientFound("77", None)


async def test_what_is_included_beside_the_match_does_not_count() -> None:
    answer = searchset(_patient(), mode=None)
    answer["entry"] += searchset(_patient("78"), mode="include")["entry"]
    answer["entry"] += searchset(operation_outcome("informational"), mode="outcome")["entry"]

    assert await _find(answer) == PatientFound("77", None)


async def test_entries_that_make_no_sense_are_no_match() -> None:
    answer = {
        "resourceType": "Bundle",
        "entry": ["x", {}, {"resource": "x", "search": "x"}, {"resource": {}}],
        "link": 1,
    }
    outcome = await _find(answer)

    assert isinstance(outcome, Refused)
    assert outcome.reason.code == "patient_not_found"


async def test_the_search_is_a_post_that_is_strict_about_its_parameters() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return fhir(200, searchset(_patient()))

    async with stub_ehr(("POST /Patient/_search", answer)) as ehr:
        await find_patient(CLIENT_TO_FIND, ehr, NOW)

    (request,) = seen
    assert parse_qs(request.content.decode()) == {"identifier": [f"{SYSTEM}|{NHS_NUMBER}"]}
    assert request.headers["Prefer"] == "handling=strict"


@pytest.mark.parametrize(
    ("status", "ending", "code"),
    [
        (500, TryLater, "ehr_error"),
        (503, TryLater, "ehr_unavailable"),
        (401, TryLater, "ehr_credentials"),
        (403, Refused, "ehr_forbids"),
        (200, TryLater, "answer_not_asked_for"),
    ],
)
async def test_a_search_that_fails_has_written_nothing_so_nothing_is_unknown(
    status: int, ending: type[TryLater | Refused], code: str
) -> None:
    ledger = InMemoryLedger()
    answer = fhir(status, operation_outcome("processing"))
    async with stub_ehr(("POST /Patient/_search", lambda _: answer)) as ehr:
        outcome = await push(a_sending(contact(), patient=None), ehr, ledger, PushPlan(), NOW)

    assert isinstance(outcome, ending)
    assert outcome.reason.code == code
    assert ledger.story == []
