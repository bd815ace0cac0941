"""No text of any note, of any kind, reaches an employer copy, but what was agreed for the employer."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import get_args
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from sqlalchemy.ext.asyncio import AsyncSession

from service.db import opened
from service.errors import CallerError
from service.forms.disclosure_decision import DisclosureDecision, Said, Teller
from service.forms.note import Form
from service.forms.support_plan import ShownToEmployer, SupportPlan
from service.intake.employer_copy import as_json, as_text
from service.intake.hand_out import hand_out
from service.intake.make_employer_copy import HandedOut
from service.tables import Client, Note, Specialist
from tests.conftest import new_database
from tests.form_strategies import disclosure_decisions
from tests.marked_forms import marked, marker, markers_in, texts_of, unmarked
from tests.samples_on_disk import all_samples
from tests.strategies import EVERY_KIND, PATIENT
from tests.support_plan_strategies import support_plans

_LAST_DAY = date(2299, 1, 1)
_BIRTH = date(1900, 1, 1)
_FOR_EMPLOYERS = {"may_be_told.words", "lines.shown_to_employer.words", "employer", "specialist.name"}
_KNOWN_IN_PART = ("EmploymentStatusNote.since", "Job.started", "Job.ended", "Qualification.gained")


@dataclass(frozen=True, slots=True)
class Written:
    """All that was written about one person; the first two are the plan and the decision about its employer."""

    person: str
    forms: tuple[Form, ...]


@st.composite
def _everything_about_a_person(draw: DrawFn) -> Written:
    plan = marked(draw(support_plans()))
    lines = tuple(
        line.model_copy(update={"shown_to_employer": _shown(plan), "how_far": "under_way"}) for line in plan.lines
    )
    plan = plan.model_copy(update={"status": "active", "employer": marker(), "lines": lines})
    decision = marked(draw(disclosure_decisions())).model_copy(update={"employer": plan.employer, "until": None})
    if decision.decision != "nothing":
        agreed = tuple(
            Said(about="adjustments", words=line.shown_to_employer.words)
            for line in lines
            if line.shown_to_employer and draw(st.booleans())
        )
        decision = decision.model_copy(update={"may_be_told": (*decision.may_be_told, *agreed)})
    others = tuple(marked(draw(strategy())) for strategy in EVERY_KIND.values())
    return Written(marker(), tuple(one.model_copy(update={"id": uuid4()}) for one in (plan, decision, *others)))


def _shown(plan: SupportPlan) -> ShownToEmployer:
    return ShownToEmployer(words=marker(), client_agreed_on=plan.written_at.date())


async def _store(session: AsyncSession, written: Written) -> None:
    client_id = uuid4()
    number = str(client_id.int % 10**10).zfill(10)
    session.add(Client(id=client_id, nhs_number=number, birth_date=_BIRTH, name=written.person))
    await session.merge(Specialist(id="es-1", name="Sam Okafor"))
    await session.flush()
    for form in written.forms:
        session.add(
            Note(
                id=form.id,
                version=1,
                kind=form.kind,
                client_id=client_id,
                specialist_id="es-1",
                birth_date=_BIRTH,
                happened_at=form.happened_at,
                written_at=form.written_at,
                received_at=form.written_at,
                form=orjson.loads(form.model_dump_json()),
                digest=bytes(32),
            )
        )
    await session.flush()


async def _hand_out_all(database_url: str, written: Written) -> list[HandedOut]:
    """Every copy that anybody might ask for."""
    async with opened(database_url, 1) as sessions, sessions.begin() as session:
        await _store(session, written)
        asked = [await _asked_for(session, form.id, teller) for form in written.forms for teller in get_args(Teller)]
    return [made for made in asked if made]


async def _asked_for(session: AsyncSession, note_id: UUID, teller: Teller) -> HandedOut | None:
    try:
        _, made = await hand_out(session, note_id, teller, _LAST_DAY)
    except CallerError:
        return None
    return made


@pytest.fixture(scope="module")
def database() -> str:
    return asyncio.run(new_database()).serving


def test_each_free_text_is_found_to_be_one() -> None:
    """Or a field could pass by unmarked: of every kind, each text that can be typed is marked."""
    found = {name for form in _one_of_each() for name, _ in texts_of(form)}
    assert found >= {"note", "what_helps", "words", "steps.what", "lines.what", "lines.why_dropped", "answer.words"}
    assert found >= {*_FOR_EMPLOYERS, "benefits", "lines.employer_answer.with_whom", "employer.person", "jobs.title"}
    bounded = {name for form in get_args(Form) for name in unmarked(form)}
    assert bounded == {"ClientNamed.nhs_number", "SpecialistNamed.id", *_KNOWN_IN_PART}


def _one_of_each() -> Sequence[Form]:
    return [marked(sample.form) for sample in all_samples()]


@settings(PATIENT, max_examples=25)
@given(written=_everything_about_a_person())
def test_nothing_but_what_was_agreed_for_an_employer_reaches_a_copy(database: str, written: Written) -> None:
    allowed = {written.person} | {
        words for form in written.forms for name, words in texts_of(form) if name in _FOR_EMPLOYERS
    }
    forms: dict[UUID, Form] = {form.id: form for form in written.forms}
    for made in asyncio.run(_hand_out_all(database, written)):
        told = markers_in(as_text(made.copy)) | markers_in(orjson.dumps(as_json(made.copy), default=str).decode())
        assert told <= allowed
        _assert_word_for_word(made, told - {written.person}, forms)


def _assert_word_for_word(made: HandedOut, told: set[str], forms: dict[UUID, Form]) -> None:
    note, decision = forms[made.copy.note_id], forms[made.copy.stands_on.decision_id]
    assert isinstance(decision, DisclosureDecision)
    assert decision.decision != "nothing"
    names = {made.copy.employer, note.specialist.name}
    said = {said.words for said in decision.may_be_told}
    shown = {words for name, words in texts_of(note) if name == "lines.shown_to_employer.words"}
    assert told <= names | (said | shown if decision.decision == "openly" else said)


@settings(PATIENT, max_examples=10)
@given(written=_everything_about_a_person())
def test_what_is_allowed_is_handed_out(database: str, written: Written) -> None:
    """Or the test above would hold of a service that hands out nothing."""
    plan, decision = written.forms[:2]
    assert isinstance(plan, SupportPlan)
    assert isinstance(decision, DisclosureDecision)
    made = {one.copy.note_id: one for one in asyncio.run(_hand_out_all(database, written))}
    assert (decision.id in made) == bool(decision.may_be_told)
    said = {said.words for said in decision.may_be_told}
    shown = {line.shown_to_employer.words for line in plan.lines if line.shown_to_employer}
    expected = shown if decision.decision == "openly" else shown & said
    if plan.sort == "work_health_and_wellbeing":
        expected = set()
    found = {line.shown.words for line in made[plan.id].copy.lines} if plan.id in made else set()
    assert found == expected
