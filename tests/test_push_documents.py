"""Strategy C: a document for each version, filed where the EHR wants it, once by our own ledger; a plan as PDF."""

from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from service.push.ehr import Ehr
from service.push.outcome import Delivered, Outcome, Refused, TryLater, Unknown
from service.push.plan import FiledAgainst, PushPlan
from service.push.push import push
from service.push.sending import ClientToFind, Sending
from tests.ehr_answers.ledger import InMemoryLedger
from tests.ehr_answers.notes import NOW
from tests.ehr_answers.offers import agreed
from tests.samples_on_disk import sample
from tests.sandbox_server import SandboxServer

Json = dict[str, Any]
CONTACT = "contact/seen_face_to_face"


@pytest.fixture
async def ehr(sandbox: SandboxServer) -> AsyncIterator[Ehr]:
    async with Ehr(sandbox.url, 5) as ehr:
        yield ehr


def _sending(name: str, sandbox: SandboxServer, version: int = 1) -> Sending:
    one = sample(name)
    client = one.form.client
    found = sandbox.find("Patient", identifier=f"https://fhir.nhs.uk/Id/nhs-number|{client.nhs_number}")
    patient = found[0]["id"] if found else sandbox.add_patient(client.nhs_number, client.birth_date.isoformat())
    to_find = ClientToFind(one.note.client_id, client.nhs_number, client.birth_date, patient)
    return Sending(UUID(int=1), one.form.id, version, to_find, one.mapped(), {}, None)


def _plan(against: FiledAgainst = "nothing", *, unsearchable: bool = False, pdf: bool = False) -> PushPlan:
    names = ("DocumentReference",) if unsearchable else ()
    return agreed("C document only", names, file_against=against, plan_as_pdf=pdf)


async def _push(sending: Sending, ehr: Ehr, ledger: InMemoryLedger, plan: PushPlan) -> Outcome:
    return await push(ledger.next_try(sending), ehr, ledger, plan, NOW)


def _code(outcome: Outcome) -> str:
    assert isinstance(outcome, Refused | TryLater | Unknown)
    return outcome.reason.code


def _only(sandbox: SandboxServer) -> Json:
    (document,) = sandbox.find("DocumentReference")
    return document


def _encounter(sandbox: SandboxServer, sending: Sending, status: str, **period: str) -> str:
    body = {
        "resourceType": "Encounter",
        "status": status,
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": f"Patient/{sending.client.ehr_patient_id}"},
        **({"period": period} if period else {}),
    }
    return f"Encounter/{sandbox.create(body)['id']}"


async def test_it_is_filed_against_the_encounter_of_that_day_that_began_last(sandbox: SandboxServer, ehr: Ehr) -> None:
    sending = _sending(CONTACT, sandbox)  # of 8 September 2026
    _encounter(sandbox, sending, "finished", start="2026-09-01", end="2026-09-07")
    _encounter(sandbox, sending, "in-progress", start="2026-01-01T09:00:00+00:00")
    wanted = _encounter(sandbox, sending, "in-progress", start="2026-09-08T09:00:00+01:00")
    _encounter(sandbox, sending, "entered-in-error", start="2026-09-08T10:00:00+01:00")
    _encounter(sandbox, sending, "planned", start="2026-09-09")

    assert isinstance(await _push(sending, ehr, InMemoryLedger(), _plan("encounter")), Delivered)
    assert _only(sandbox)["context"]["encounter"] == [{"reference": wanted}]


async def test_it_is_filed_against_an_open_episode(sandbox: SandboxServer, ehr: Ehr) -> None:
    sending = _sending(CONTACT, sandbox)
    episode = sandbox.create(
        {
            "resourceType": "EpisodeOfCare",
            "status": "active",
            "patient": {"reference": f"Patient/{sending.client.ehr_patient_id}"},
            "period": {"start": "2026-03"},
        }
    )
    assert isinstance(await _push(sending, ehr, InMemoryLedger(), _plan("episode")), Delivered)
    assert _only(sandbox)["context"]["encounter"] == [{"reference": f"EpisodeOfCare/{episode['id']}"}]


async def test_where_there_is_nothing_to_file_it_against_a_person_has_to_open_one(
    sandbox: SandboxServer, ehr: Ehr
) -> None:
    sending = _sending(CONTACT, sandbox)
    _encounter(sandbox, sending, "cancelled", start="2026-09-08")
    ledger = InMemoryLedger()
    assert _code(await _push(sending, ehr, ledger, _plan("encounter"))) == "nothing_to_file_against"
    assert ledger.story == []


async def test_an_encounter_without_a_period_counts_as_open(sandbox: SandboxServer, ehr: Ehr) -> None:
    sending = _sending(CONTACT, sandbox)
    wanted = _encounter(sandbox, sending, "in-progress")
    assert isinstance(await _push(sending, ehr, InMemoryLedger(), _plan("encounter")), Delivered)
    assert _only(sandbox)["context"]["encounter"] == [{"reference": wanted}]


async def test_a_look_for_an_encounter_that_fails_is_made_later(sandbox: SandboxServer, ehr: Ehr) -> None:
    sending = _sending(CONTACT, sandbox)
    sandbox.misbehave(only="reads", type="Encounter", do="answer", status=503, issue_code="transient", times=1)
    assert isinstance(await _push(sending, ehr, InMemoryLedger(), _plan("encounter")), TryLater)


async def test_a_document_that_was_filed_and_forgotten_is_taken_as_filed(sandbox: SandboxServer, ehr: Ehr) -> None:
    sending = _sending(CONTACT, sandbox)
    assert isinstance(await _push(sending, ehr, InMemoryLedger(), _plan()), Delivered)
    ledger = InMemoryLedger()
    assert isinstance(await _push(sending, ehr, ledger, _plan()), Delivered)
    assert ledger.links[f"DocumentReference/{_only(sandbox)['identifier'][0]['value']}"].ehr_id == _only(sandbox)["id"]


async def test_a_document_filed_twice_is_told(sandbox: SandboxServer, ehr: Ehr) -> None:
    sending = _sending(CONTACT, sandbox)
    assert isinstance(await _push(sending, ehr, InMemoryLedger(), _plan()), Delivered)
    again = {name: value for name, value in _only(sandbox).items() if name not in {"id", "meta"}}
    sandbox.create(again)
    assert _code(await _push(sending, ehr, InMemoryLedger(), _plan())) == "doubled_in_ehr"


async def test_a_document_of_ours_without_a_version_is_another_one(sandbox: SandboxServer, ehr: Ehr) -> None:
    """As it is where the EHR took structure before: that one is replaced."""
    sending = _sending(CONTACT, sandbox)
    document = next(one for one in sending.resources if one.type == "DocumentReference")
    body = {**document.body, "subject": {"reference": f"Patient/{sending.client.ehr_patient_id}"}, "context": {}}
    sandbox.create({name: value for name, value in body.items() if name not in {"id", "context"}})
    assert isinstance(await _push(sending, ehr, InMemoryLedger(), _plan()), Delivered)
    assert len(sandbox.find("DocumentReference")) == 2


async def test_a_lost_answer_that_cannot_be_looked_up_is_a_persons_to_find_out(
    sandbox: SandboxServer, ehr: Ehr
) -> None:
    sending, ledger = _sending(CONTACT, sandbox), InMemoryLedger()
    sandbox.misbehave(only="writes", do="drop", when="after", times=1)
    plan = _plan(unsearchable=True)
    assert isinstance(await _push(sending, ehr, ledger, plan), Unknown)
    assert _code(await _push(sending, ehr, ledger, plan)) == "unknown_in_ehr"
    assert len(sandbox.find("DocumentReference")) == 1


async def test_a_later_version_waits_until_it_is_found_out_whether_the_earlier_one_is_there(
    sandbox: SandboxServer, ehr: Ehr
) -> None:
    sending = _sending(CONTACT, sandbox, version=2)
    document = next(one for one in sending.resources if one.type == "DocumentReference")
    doubtful = replace(sending, doubtful=frozenset({document.key}))
    assert _code(await _push(doubtful, ehr, InMemoryLedger(), _plan(unsearchable=True))) == "unknown_in_ehr"
    assert isinstance(await _push(sending, ehr, InMemoryLedger(), _plan(unsearchable=True)), Delivered)


@pytest.mark.parametrize(("name", "kinds"), [("work_goal/full", 2), (CONTACT, 1)])
async def test_a_plan_goes_as_plain_text_and_as_a_pdf_beside_it(
    sandbox: SandboxServer, ehr: Ehr, name: str, kinds: int
) -> None:
    sending = _sending(name, sandbox)
    assert isinstance(await _push(sending, ehr, InMemoryLedger(), _plan(pdf=True)), Delivered)
    attachments = [content["attachment"] for content in _only(sandbox)["content"]]
    assert [one["contentType"] for one in attachments] == ["text/plain;charset=UTF-8", "application/pdf"][:kinds]
    assert kinds == 1 or b64decode(attachments[1]["data"]).startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("name", "period"),
    [
        (CONTACT, {"start": "2026-09-08T10:30:00+01:00", "end": "2026-09-08T11:20:00+01:00"}),
        ("work_goal/achieved", None),
    ],
)
async def test_what_it_is_about_has_a_beginning_and_an_end_with_times(
    sandbox: SandboxServer, ehr: Ehr, name: str, period: Json | None
) -> None:
    """A plan is of a day; then when it was written stands for both."""
    assert isinstance(await _push(_sending(name, sandbox), ehr, InMemoryLedger(), _plan()), Delivered)
    document = _only(sandbox)
    assert document["context"]["period"] == (period or {"start": document["date"], "end": document["date"]})
