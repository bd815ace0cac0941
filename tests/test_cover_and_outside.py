"""Notes for a colleague's caseload, and notes about people whom the writer's team does not look after."""

from typing import Any

import httpx
import pytest

from service.db import Sessions
from tests.door import confirm
from tests.outbox import rows
from tests.phone import NHS_NUMBERS, about, contact
from tests.responses import FHIR, answers
from tests.signed_in import OURS, THEIRS, SignIn, TwoTeams

Json = dict[str, Any]

_CASELOADS = "SELECT team_id, specialist_id FROM caseloads WHERE client_id = :client ORDER BY team_id"


def by(specialist: str, **changes: Any) -> Json:
    return contact(specialist={"id": specialist, "name": f"Specialist {specialist}"}, **changes)


async def test_a_person_new_to_us_joins_the_caseload_of_whoever_writes_first(
    gated: httpx.AsyncClient, sessions: Sessions, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    assert await rows(sessions, _CASELOADS, client=two_teams.ours.client_id) == [(OURS, "es-1")]
    mine = (await gated.get("/clients", headers=sign_in("specialist"))).json()["clients"]
    assert [client["id"] for client in mine] == [two_teams.ours.client_id]


async def test_of_several_teams_it_is_the_one_that_the_token_names_first(
    gated: httpx.AsyncClient, sessions: Sessions, sign_in: SignIn
) -> None:
    headers = sign_in("specialist", teams=["team-east", OURS])
    receipt = (await gated.post("/notes", json=by("es-1"), headers=headers)).json()
    assert await rows(sessions, _CASELOADS, client=receipt["client_id"]) == [("team-east", "es-1")]


async def test_a_note_for_a_colleagues_client_is_marked_as_cover(
    gated: httpx.AsyncClient, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    client = two_teams.ours.contact["client"]
    own, cover = by("es-1", client=client), by("es-3", client=client)
    assert (await gated.post("/notes", json=own, headers=sign_in("specialist"))).status_code == 201
    colleague = sign_in("specialist", sub="colleague", practitioner="es-3")
    assert (await gated.post("/notes", json=cover, headers=colleague)).status_code == 201
    told = [(await gated.get(f"/notes/{note['id']}", headers=sign_in("clinician"))).json() for note in (own, cover)]
    assert [note["cover_for"] for note in told] == [None, "es-1"]
    assert [note["versions"][0]["cover_for"] for note in told] == [None, "es-1"]


async def test_what_another_wrote_is_not_taken_from_this_one_and_names_nobody(
    gated: httpx.AsyncClient, sessions: Sessions, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    answer = await gated.post("/notes", json=by("es-3"), headers=sign_in("specialist"))
    assert (answer.status_code, "es-3" in answer.text) == (403, False)
    batch = {"notes": [by("es-3"), by("es-1", client=two_teams.ours.contact["client"])]}
    results = (await gated.post("/notes/batch", json=batch, headers=sign_in("specialist"))).json()["results"]
    assert [result["status"] for result in results] == [403, 201]
    refused = "SELECT count(*) FROM audit WHERE outcome = 'refused' AND who LIKE 'specialist%'"
    assert await rows(sessions, refused) == [(2,)]


async def test_who_is_not_known_as_a_specialist_sends_no_note(gated: httpx.AsyncClient, sign_in: SignIn) -> None:
    answer = await gated.post("/notes", json=by("es-1"), headers=sign_in("specialist", practitioner=None))
    assert answer.status_code == 403
    assert "practitioner_claim" in answer.json()["detail"]


async def test_a_colleague_amends_in_cover_and_retracts(
    gated: httpx.AsyncClient, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    colleague = sign_in("specialist", sub="colleague", practitioner="es-3")
    note = {**two_teams.ours.contact, "minutes": 20, "specialist": {"id": "es-3", "name": "Colleague"}}
    body = {"note": note, "reason": "The time was wrong."}
    path = f"/notes/{note['id']}"
    assert (await gated.put(path, json=body, headers={**colleague, "If-Match": '"1"'})).status_code == 200
    told = (await gated.get(path, headers=colleague)).json()
    assert [version["cover_for"] for version in told["versions"]] == [None, "es-1"]
    assert (await gated.post(f"{path}/retraction", json={"reason": "Twice."}, headers=colleague)).status_code == 200


async def test_a_note_about_another_teams_person_is_taken_and_opens_nothing(
    gated: httpx.AsyncClient, sessions: Sessions, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    theirs, mine = two_teams.theirs, sign_in("specialist")
    note = by("es-1", client=theirs.contact["client"])
    assert (await gated.post("/notes", json=note, headers=mine)).status_code == 201
    assert (await gated.get(f"/notes/{note['id']}", headers=mine)).json()["delivery"]["state"] == "waiting"
    assert (await gated.get(f"/notes/{theirs.contact['id']}", headers=mine)).status_code == 404
    assert theirs.client_id not in (await gated.get("/clients", headers=mine)).text
    assert (await gated.get(f"/clients/{theirs.client_id}/clocks", headers=mine)).status_code == 404
    assert await rows(sessions, _CASELOADS, client=theirs.client_id) == [(THEIRS, "es-2")]
    manager = sign_in("service_manager", team=THEIRS)
    (told,) = (await gated.get("/break-glass", headers=manager)).json()["notes_from_outside"]
    assert (told["note_id"], told["specialist_id"]) == (note["id"], "es-1")
    ours = (await gated.get("/break-glass", headers=sign_in("service_manager", practitioner=None))).json()
    assert ours == {"opened": [], "notes_from_outside": []}


@pytest.mark.parametrize("confirmed", [False, True])
async def test_whoever_does_not_look_after_a_person_is_not_told_that_the_date_of_birth_differs(
    gated: httpx.AsyncClient, sessions: Sessions, sign_in: SignIn, two_teams: TwoTeams, confirmed: bool
) -> None:
    if confirmed:
        await confirm(sessions, two_teams.theirs.nhs_number)
    mine = sign_in("specialist")
    note = by("es-1", client=about(NHS_NUMBERS[1], "1999-09-09"))
    answer = await gated.post("/notes", json=note, headers=mine)
    assert answer.status_code == 201
    delivery = (await gated.get(f"/notes/{note['id']}", headers=mine)).json()["delivery"]
    assert (delivery["state"], delivery["reason_code"]) == ("needs_attention", "birth_date_not_confirmed")
    assert "Another note" not in delivery["sentence"]
    # Nor by amending it; and the date that their own team has given stays.
    body = {"note": {**note, "client": about(NHS_NUMBERS[1], "1999-09-08")}, "reason": "Misread."}
    amended = await gated.put(f"/notes/{note['id']}", json=body, headers={**mine, "If-Match": '"1"'})
    assert amended.status_code == 200
    born = "SELECT CAST(birth_date AS text) FROM clients WHERE id = :id"
    assert await rows(sessions, born, id=two_teams.theirs.client_id) == [("1981-02-03",)]


async def test_the_id_of_another_teams_note_is_only_said_to_be_taken(
    gated: httpx.AsyncClient, sessions: Sessions, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    note = by("es-1", id=two_teams.theirs.contact["id"])
    answer = await gated.post("/notes", json=note, headers=sign_in("specialist"))
    assert (answer.status_code, "stored" in answer.json()) == (409, False)
    assert "This id is taken" in answer.json()["detail"]
    assert not [mark for mark in two_teams.theirs.marks() if mark in answer.text]
    # Nothing is lost: what came is kept where somebody can look at it.
    assert await rows(sessions, "SELECT count(*) FROM conflicting_notes") == [(1,)]


async def test_the_id_of_ones_own_note_is_told_with_both_sides(
    gated: httpx.AsyncClient, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    note = {**two_teams.ours.contact, "minutes": 5}
    answer = await gated.post("/notes", json=note, headers=sign_in("specialist"))
    assert (answer.status_code, answer.json()["stored"]["client_id"]) == (409, two_teams.ours.client_id)


async def test_what_an_ehr_writes_joins_the_team_of_the_specialist_it_names(
    gated: httpx.AsyncClient, sessions: Sessions, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    system = {**sign_in(team=None, scope="system/QuestionnaireResponse.c"), **FHIR}
    new = by("es-2", client=about(NHS_NUMBERS[3]))
    assert (await gated.post("/fhir/QuestionnaireResponse", json=answers(new), headers=system)).status_code == 201
    nobodys = by("es-9", client=about(NHS_NUMBERS[4]))
    assert (await gated.post("/fhir/QuestionnaireResponse", json=answers(nobodys), headers=system)).status_code == 201
    sql = "SELECT team_id FROM caseloads JOIN clients ON clients.id = client_id WHERE nhs_number = :number"
    assert await rows(sessions, sql, number=NHS_NUMBERS[3]) == [(THEIRS,)]
    assert await rows(sessions, sql, number=NHS_NUMBERS[4]) == []
