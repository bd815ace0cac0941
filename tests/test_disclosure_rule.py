"""An employer may be told what the person has decided, and nothing else: the rule, and where it is raised."""

from datetime import date
from typing import Any

import httpx
import pytest

from service.intake.disclosure_rule import Decision, may_tell
from tests.phone import NHS_NUMBERS, about, contact, disclosure_decision

Json = dict[str, Any]

DAY = date(2026, 11, 20)
YESTERDAY = date(2026, 11, 19)
OLD = date(2026, 1, 1)
ES = frozenset({"specialist"})
TOGETHER = frozenset({"specialist", "client"})


def decided(employer: str | None, *tellers: str, made_on: date = DAY, until: date | None = None) -> Decision:
    return Decision(made_on, employer, until, frozenset(tellers))


@pytest.mark.parametrize(
    ("decisions", "tellers", "allowed"),
    [
        ([], ES, False),
        ([decided("The Corner Cup", "specialist")], ES, True),
        ([decided("the corner  CUP", "specialist")], ES, True),
        ([decided("Another", "specialist")], ES, False),
        ([decided(None, "specialist")], ES, True),
        ([decided(None)], ES, False),
        ([decided("The Corner Cup", "client")], ES, False),
        ([decided("The Corner Cup", "client")], TOGETHER, True),
        # for this employer before a general one, whichever came later
        ([decided("The Corner Cup", made_on=date(2026, 1, 1)), decided(None, "specialist")], ES, False),
        ([decided("The Corner Cup", "specialist", made_on=date(2026, 1, 1)), decided(None)], ES, True),
        # of several the latest
        ([decided(None, "specialist", made_on=date(2026, 1, 1)), decided(None)], ES, False),
        # in time
        ([decided(None, "specialist", made_on=date(2026, 11, 21))], ES, False),
        ([decided(None, "specialist", made_on=date(2024, 2, 29), until=DAY)], ES, True),
        ([decided(None, "specialist", made_on=date(2024, 2, 29), until=date(2026, 11, 19))], ES, False),
        # what has run out does not bring back what it replaced
        ([decided(None, "specialist", made_on=OLD), decided(None, "specialist", until=YESTERDAY)], ES, False),
        ([decided("The Corner Cup", "specialist", made_on=OLD), decided("The Corner Cup", until=YESTERDAY)], ES, False),
        ([decided("The Corner Cup", made_on=OLD, until=YESTERDAY), decided(None, "specialist")], ES, False),
        # of another employer it replaces nothing, and one of a day to come has not replaced anything yet
        ([decided(None, "specialist", made_on=OLD), decided("Another", until=YESTERDAY)], ES, True),
        ([decided(None, "specialist", made_on=OLD), decided(None, made_on=date(2026, 11, 21))], ES, True),
    ],
)
def test_what_was_decided_says_who_may_tell(decisions: list[Decision], tellers: frozenset[str], allowed: bool) -> None:
    assert may_tell(tellers, "The Corner Cup", DAY, decisions) is allowed


@pytest.mark.parametrize(
    ("one", "another", "same"),
    [
        ("Sainsbury's", "SAINSBURY’S", True),
        ("Sainsbury's", "Sainsburys", True),
        ("Café Rouge", "Cafe\u0301 Rouge", True),
        ("Corner Cup Ltd.", "Corner\u00a0Cup  Ltd\u200b", True),
        ("Marks & Spencer", "Marks and Spencer", True),
        ("B&Q", "b & q", True),
        ("Rolls-Royce", "Rolls–Royce", True),
        ("Straße 1", "STRASSE 1", True),
        ("Café Rouge", "Cafe Rouge", False),
        ("Co-op", "Coop", False),
        ("Tesco", "Tesco Express", False),
    ],
)
def test_an_employer_is_the_same_however_a_phone_wrote_its_name(one: str, another: str, same: bool) -> None:
    decisions = [decided(None, "specialist"), decided(one)]
    assert may_tell(ES, another, DAY, decisions) is not same
    assert may_tell(ES, one, DAY, [decided(None, "specialist"), decided(another)]) is not same


def test_without_the_employers_name_a_general_decision_counts() -> None:
    decisions = [decided("The Corner Cup", "specialist")]
    assert not may_tell(ES, None, DAY, decisions)
    assert may_tell(ES, None, DAY, [*decisions, decided(None, "specialist")])


def spoken_to(**changes: Any) -> Json:
    """The employer was spoken to, without the client."""
    without = {"client_took_part": False, "attendance": None, "employer": {"name": "The Corner Cup"}}
    return contact(with_whom="employer", **{**without, **changes})


def allowed(**changes: Any) -> Json:
    some = {"about": "adjustments", "words": "One sheet for the whole month."}
    said: Json = {"decision": "some_things", "may_be_told": [some], "by_whom": ["specialist"]}
    return disclosure_decision(**said, **changes)


async def _post(phone: httpx.AsyncClient, *notes: Json) -> None:
    for note in notes:
        answer = await phone.post("/notes", json=note)
        assert answer.status_code == 201, answer.text


async def _raised(phone: httpx.AsyncClient, **asked: str) -> list[str]:
    answer = await phone.get("/concerns", params=asked or {"specialist": "es-1"})
    assert answer.status_code == 200, answer.text
    return [concern["note_id"] for concern in answer.json()["concerns"]]


async def test_an_employer_contact_that_nobody_allowed_is_kept_and_raised(phone: httpx.AsyncClient) -> None:
    note = spoken_to()
    await _post(phone, note, contact())
    assert await _raised(phone) == [note["id"]]
    receipt = (await phone.get(f"/notes/{note['id']}")).json()
    assert receipt["delivery"]["state"] == "waiting"
    (concern,) = receipt["concerns"]
    assert concern["code"] == "disclosure_not_allowed"
    assert concern["sentence"].endswith("write their decision down.")
    assert await _raised(phone, client=receipt["client_id"]) == [note["id"]]
    assert await _raised(phone, specialist="somebody-else") == []


async def test_a_decision_that_comes_days_later_settles_it(phone: httpx.AsyncClient) -> None:
    note = spoken_to()
    await _post(phone, note)
    assert await _raised(phone) == [note["id"]]
    await _post(phone, allowed(employer="The Corner Cup", happened_at="2026-11-19T09:00:00+00:00"))
    assert await _raised(phone) == []
    assert (await phone.get(f"/notes/{note['id']}")).json()["concerns"] == []


async def test_of_two_decisions_of_one_day_the_later_counts(phone: httpx.AsyncClient) -> None:
    note = spoken_to()
    morning, noon = ({"happened_at": f"2026-11-19T{hour}:00:00+00:00"} for hour in ("09", "12"))
    await _post(phone, note, disclosure_decision(**noon), allowed(**morning))
    assert await _raised(phone) == [note["id"]]
    await _post(phone, allowed(happened_at="2026-11-19T13:00:00+00:00"))
    assert await _raised(phone) == []


async def test_a_decision_about_another_person_or_a_later_day_settles_nothing(phone: httpx.AsyncClient) -> None:
    note = spoken_to()
    await _post(phone, note, allowed(client=about(NHS_NUMBERS[1])))
    later = {"happened_at": "2026-11-21T09:00:00+00:00", "written_at": "2026-11-21T09:30:00+00:00"}
    await _post(phone, allowed(**later))
    assert await _raised(phone) == [note["id"]]


async def test_a_decision_or_a_contact_that_was_retracted_counts_no_more(phone: httpx.AsyncClient) -> None:
    note, decision = spoken_to(), allowed()
    await _post(phone, note, decision)
    assert await _raised(phone) == []
    await phone.post(f"/notes/{decision['id']}/retraction", json={"reason": "Another person."})
    assert await _raised(phone) == [note["id"]]
    await phone.post(f"/notes/{note['id']}/retraction", json={"reason": "Another person."})
    assert await _raised(phone) == []


async def test_where_the_client_was_there_they_may_have_told_it_themselves(phone: httpx.AsyncClient) -> None:
    together = spoken_to(client_took_part=True, attendance="on_time")
    openly = disclosure_decision(decision="openly", by_whom=["client"])
    await _post(phone, together, openly)
    assert await _raised(phone) == []
    alone = spoken_to()
    await _post(phone, alone)
    assert await _raised(phone) == [alone["id"]]


async def test_who_did_not_come_was_told_nothing(phone: httpx.AsyncClient) -> None:
    missed = spoken_to(attendance="did_not_attend", minutes=None)
    await _post(phone, missed)
    assert await _raised(phone) == []


async def test_whose_concerns_has_to_be_said(phone: httpx.AsyncClient) -> None:
    assert (await phone.get("/concerns")).status_code == 422
    await _post(phone, spoken_to(), spoken_to())
    assert len(await _raised(phone, specialist="es-1", limit="1")) == 1
