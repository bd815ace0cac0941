"""Every kind of answer that an EHR can give has one named outcome, and leaves the ledger as it should."""

import httpx
import pytest

from service.push.outcome import Delivered, Refused, TryLater, Unknown
from service.push.push import push
from tests.ehr_answers.kinds import Kind, every_kind
from tests.ehr_answers.ledger import InMemoryLedger
from tests.ehr_answers.notes import NOW, a_sending, document, encounter
from tests.ehr_answers.offers import agreed
from tests.ehr_answers.stub import stub_ehr

KINDS = every_kind()


def _answering(kind: Kind) -> httpx.Response:
    content_type = {"Content-Type": kind.content_type} if kind.content_type else {}
    return httpx.Response(kind.status, headers={**content_type, **kind.headers}, content=kind.content)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name.replace(" ", "_"))
async def test_an_answer_has_one_named_outcome(kind: Kind) -> None:
    ledger = InMemoryLedger()
    async with stub_ehr(("POST ", lambda _: _answering(kind))) as ehr:
        outcome = await push(a_sending([encounter(), document()]), ehr, ledger, agreed(), NOW)

    assert type(outcome) is kind.outcome
    assert ledger.story[0] == "intend Encounter, DocumentReference"
    assert (ledger.open_call is not None) is kind.open
    if not isinstance(outcome, Delivered):
        assert outcome.reason.code == kind.code


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.outcome in {TryLater, Unknown}], ids=lambda k: k.name)
async def test_an_answer_says_when_to_come_back_and_whether_it_is_about_the_whole_ehr(kind: Kind) -> None:
    async with stub_ehr(("POST ", lambda _: _answering(kind))) as ehr:
        outcome = await push(a_sending([encounter(), document()]), ehr, InMemoryLedger(), agreed(), NOW)

    assert isinstance(outcome, TryLater | Unknown)
    assert outcome.ehr_wide is kind.ehr_wide
    assert (outcome.not_before is None) is (kind.not_before is None)
    if kind.not_before and outcome.not_before:
        assert 0 <= (outcome.not_before - kind.not_before).total_seconds() < 60


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.outcome is not Delivered], ids=lambda kind: kind.name)
async def test_a_reason_is_a_sentence_that_repeats_nothing_the_ehr_said(kind: Kind) -> None:
    async with stub_ehr(("POST ", lambda _: _answering(kind))) as ehr:
        outcome = await push(a_sending([encounter(), document()]), ehr, InMemoryLedger(), agreed(), NOW)

    assert isinstance(outcome, TryLater | Unknown | Refused)
    sentence = outcome.reason.sentence
    assert "SECRET" not in sentence
    assert sentence[0].isupper()
    assert sentence.endswith(".")


def test_the_table_has_each_kind_once() -> None:
    names = [kind.name for kind in KINDS]
    assert len(names) == len(set(names))
