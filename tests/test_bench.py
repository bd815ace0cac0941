"""The bench measures what it says: its seed is what posted notes become, and a missed target is marked."""

import asyncio
from datetime import timedelta

from bench.load import requests_of
from bench.result import Result
from bench.seed import Seed, encounter_of, evenly, seed
from service.db import Sessions
from service.outbox.claim import Claimant, claim

ANYBODY = Claimant(worker="bench", lease=timedelta(minutes=1), patient_check_age=timedelta(days=1))


async def test_a_seeded_note_is_claimed_with_its_resources_and_its_matched_patient(
    database_url: str, sessions: Sessions
) -> None:
    await asyncio.to_thread(seed, database_url, Seed(notes=6, clients=3, client_of=evenly(3)))
    async with sessions.begin() as session:
        claimed = await claim(session, ANYBODY, most=10)
    assert {one.sending.resources[0].id for one in claimed} == {encounter_of(note) for note in range(3)}
    assert [resource.type for resource in claimed[0].sending.resources][-1] == "Provenance"
    assert all(one.sending.client.ehr_patient_id for one in claimed)


def test_a_target_that_is_missed_is_marked() -> None:
    def result(ratio: float) -> Result:
        return Result("deliver", 10, "notes/s", ratio=ratio, reach=0.5, side="at least")

    assert result(0.5).reached is True
    assert result(0.4).reached is False
    assert Result("ready", 5.1, "s", reach=5, side="under").reached is False
    assert Result("parse", 1, "ms").reached is None


def test_the_load_sends_a_token_with_every_request_where_it_has_some() -> None:
    post, get, again = requests_of("http://127.0.0.1:8000/notes", [b"{}", b"/notes/1", b"{}"], [b"one", b"two"])
    assert post.startswith(b"POST /notes HTTP/1.1\r\n")
    assert post.endswith(b"Content-Length: 2\r\n\r\n{}")
    assert b"\r\nAuthorization: Bearer one\r\n" in post
    assert get == b"GET /notes/1 HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nAuthorization: Bearer two\r\n\r\n"
    assert again == post


def test_the_load_sends_none_where_it_has_none() -> None:
    assert b"Authorization" not in next(requests_of("http://127.0.0.1:8000/notes", [b"{}"]))
