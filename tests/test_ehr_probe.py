"""`joinedup ehr check --probe` tries on a test patient what the EHR states, and takes away what it wrote."""

from typing import Any

import pytest

from service.push.capability import OUR_TYPES
from tests.commands import Run
from tests.ehr_answers.manners import DOCUMENTS
from tests.sandbox_server import SandboxServer

Json = dict[str, Any]
pytestmark = pytest.mark.usefixtures("bare")
NUMBER, BORN = "9990001014", "1968-03-14"
WHO = ["--nhs-number", NUMBER, "--birth-date", BORN]


@pytest.fixture
def ehr(sandbox: SandboxServer, bare: pytest.MonkeyPatch) -> SandboxServer:
    sandbox.add_patient(NUMBER, BORN)
    bare.setenv("JOINEDUP_EHR_URL", sandbox.url)
    return sandbox


async def _probed(run: Run, status: int = 0) -> tuple[dict[str, Json], list[str]]:
    said = await run("ehr", "check", "--probe", *WHO, "--json")
    assert (said.status, said.err) == (status, "")
    probe = said.json()["probe"]
    return {row["resource_type"]: row["results"] for row in probe["rows"]}, probe["left_behind"]


async def test_every_type_is_tried_in_every_way_and_nothing_is_left(run: Run, ehr: SandboxServer) -> None:
    rows, left = await _probed(run)
    assert set(rows) == set(OUR_TYPES)
    assert {tuple(sorted(set(results.values()))) for results in rows.values()} == {("-", "yes")}
    assert [name for name in rows if rows[name]["create"] != "-"] == []  # the transaction had created it
    assert [name for name in rows if rows[name]["stale update refused"] == "-"] == ["Provenance"]
    assert (left, ehr.store()) == ([], {"types": {"Patient": 1}, "doubled": []})


async def test_what_is_refused_is_told_with_its_status(run: Run, ehr: SandboxServer) -> None:
    ehr.offer(transaction=False, read_only=["Goal"], create_only=["Procedure"], unsearchable=["Task"])
    rows, left = await _probed(run)
    assert {results["transaction"] for results in rows.values()} == {"no (405)"}
    assert rows["Goal"]["create"] == "no (405)"
    assert rows["Procedure"]["update"] == "no (405)"
    assert rows["Task"]["search"] == "no (400)"
    assert (rows["Encounter"]["create"], rows["Encounter"]["search"], left) == ("yes", "yes", [])


async def test_a_search_that_is_not_made_is_told(run: Run, ehr: SandboxServer) -> None:
    ehr.misbehave(methods=["GET"], path="^/?Task\\?", do="answer", status=200, outcome={"resourceType": "Bundle"})
    rows, _ = await _probed(run)
    assert rows["Task"]["search"] == "no, it found 0"


async def test_what_is_kept_otherwise_than_it_was_sent_is_told(run: Run, ehr: SandboxServer) -> None:
    body = {"resourceType": "Goal", "id": "1", "description": {"text": "shortened"}}
    ehr.misbehave(methods=["GET"], path="^/?Goal/", do="answer", status=200, outcome=body)
    rows, _ = await _probed(run)
    assert rows["Goal"]["read"] == "yes, not as it was sent"


async def test_an_answer_that_is_lost_is_told(run: Run, ehr: SandboxServer) -> None:
    ehr.misbehave(methods=["GET"], path="^/?Goal/", do="drop")
    rows, _ = await _probed(run)
    assert rows["Goal"]["read"] == "no answer"


async def test_what_cannot_be_deleted_is_marked_as_entered_in_error(run: Run, ehr: SandboxServer) -> None:
    ehr.misbehave(methods=["DELETE"], path="Goal/", do="answer", status=405)
    rows, left = await _probed(run)
    assert (rows["Goal"]["clean up"], left) == ("entered in error", [])
    (goal,) = ehr.find("Goal")
    assert goal["lifecycleStatus"] == "entered-in-error"


async def test_what_cannot_be_taken_away_is_named(run: Run, ehr: SandboxServer) -> None:
    DOCUMENTS[1].taught(ehr)
    ehr.misbehave(methods=["DELETE"], do="answer", status=405)
    _, left = await _probed(run, status=1)
    (document,) = ehr.find("DocumentReference")
    assert left == [f"DocumentReference/{document['id']}"]
    told = await run("ehr", "check", "--probe", *WHO)
    assert "have it removed there: DocumentReference/" in " ".join(told.out.split())


@pytest.mark.parametrize("answer", [{"do": "answer", "status": 200, "body": "empty"}, {"do": "drop"}])
async def test_what_was_written_and_not_told_is_found_and_taken_away(
    run: Run, ehr: SandboxServer, answer: Json
) -> None:
    ehr.misbehave(methods=["POST"], path="^/?$", when="after", **answer)
    rows, left = await _probed(run)
    assert {results["read"] for results in rows.values()} == {"yes"}
    assert (left, ehr.store()["types"]) == ([], {"Patient": 1})


async def test_what_may_have_been_written_and_is_not_shown_is_named(run: Run, ehr: SandboxServer) -> None:
    ehr.misbehave(methods=["POST"], path="^/?$", when="before", do="drop", type="Goal")
    ehr.misbehave(methods=["GET"], path="^/?Goal", do="answer", status=403)
    _, left = await _probed(run, status=1)
    assert left == ["Goal"]


async def test_what_was_written_by_itself_and_not_told_is_found(run: Run, ehr: SandboxServer) -> None:
    ehr.offer(transaction=False)
    ehr.misbehave(methods=["POST"], path="^/?Goal", when="after", do="drop")
    rows, left = await _probed(run)
    assert (rows["Goal"]["create"], rows["Goal"]["read"], left) == ("no answer", "yes", [])


async def test_a_person_sees_a_table(run: Run, ehr: SandboxServer) -> None:
    said = await run("ehr", "check", "--probe", *WHO)
    assert said.status == 0
    assert "stale update refused" in " ".join(said.out.split())
    assert "All was taken away." in said.out


async def test_a_probe_needs_a_patient_whom_the_ehr_has(run: Run, ehr: SandboxServer) -> None:
    assert "name a test patient" in (await run("ehr", "check", "--probe")).err
    said = await run("ehr", "check", "--probe", "--nhs-number", NUMBER, "--birth-date", "1968-03-15")
    assert (said.status, said.out) == (2, "")
    assert "date of birth is not the one in the EHR" in said.err
    said = await run("ehr", "check", "--probe", "--nhs-number", NUMBER, "--birth-date", "yesterday")
    assert "1970-01-31" in said.err
    assert ehr.store()["types"] == {"Patient": 1}


async def test_an_update_that_makes_no_new_version_cannot_be_tried_on_a_stale_one(run: Run, ehr: SandboxServer) -> None:
    ehr.style(deaf=["Goal"])
    rows, _ = await _probed(run)
    assert (rows["Goal"]["update"], rows["Goal"]["stale update refused"]) == ("yes", "-")
