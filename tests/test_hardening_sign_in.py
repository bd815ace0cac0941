"""Limits at the gate: who calls too often is told when to come back, and nobody is locked out by somebody else."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from service.db import Sessions
from tests.app_at import app_at
from tests.issuer import LocalIssuer
from tests.outbox import rows
from tests.signed_in import SignIn

BAD = {"Authorization": "Bearer of.nothing.good"}


@pytest.fixture
async def narrow(database_url: str, issuer: LocalIssuer) -> AsyncIterator[httpx.AsyncClient]:
    """A gate that lets each caller through five times a minute, and refuses sign-in three times."""
    limits: dict[str, Any] = {"requests_per_minute": 5, "refusals_per_minute": 3}
    async with app_at(database_url, issuers=[issuer.setting()], **limits) as (_, client):
        yield client


async def test_a_caller_who_calls_too_often_is_told_when_to_come_back_and_others_are_not(
    narrow: httpx.AsyncClient, sign_in: SignIn
) -> None:
    answers = [await narrow.get("/fhir/Questionnaire", headers=sign_in("specialist")) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 12
    assert answers[-1].json()["issue"][0]["code"] == "throttled"
    assert (await narrow.get("/fhir/Questionnaire", headers=sign_in("clinician"))).status_code == 200


async def test_bad_tokens_from_an_address_lock_nobody_out_who_has_a_good_one(
    narrow: httpx.AsyncClient, sign_in: SignIn, sessions: Sessions
) -> None:
    answers = [await narrow.get("/fhir/Questionnaire", headers=BAD) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 3 + [429] * 3
    assert (await narrow.get("/fhir/Questionnaire", headers=sign_in("specialist"))).status_code == 200
    said = "SELECT count(*) FROM audit WHERE action = 'sign_in_refused'"
    assert await rows(sessions, said) == [(3,)]  # a flood of them does not fill the audit


async def test_what_needs_no_token_is_not_counted(narrow: httpx.AsyncClient) -> None:
    assert {(await narrow.get("/healthz")).status_code for _ in range(10)} == {200}
