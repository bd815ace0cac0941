"""The sandbox EHR gives any answer at all on request, to some requests or to all; and tells what it saw."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from tests.sandbox_resources import Json, bundle, encounter, goal, posted
from tests.sandbox_server import SandboxServer


@pytest.fixture
def patient(sandbox: SandboxServer) -> str:
    reference = "Patient/" + sandbox.add_patient("9990001014", "1968-03-14")
    sandbox.forget_requests()
    return reference


def _post(sandbox: SandboxServer, resource: Json) -> httpx.Response:
    return httpx.post(f"{sandbox.url}/{resource['resourceType']}", json=resource, timeout=20)


@pytest.mark.parametrize(
    ("rule", "content_type", "start"),
    [
        ({"status": 500}, "application/fhir+json; charset=utf-8", '{"resourceType":"OperationOutcome"'),
        ({"status": 502, "body": "html"}, "text/html; charset=utf-8", "<!DOCTYPE html>"),
        ({"status": 503, "body": "empty"}, None, ""),
        ({"status": 504, "body": "text"}, "text/plain; charset=utf-8", "upstream connect error"),
        ({"status": 400, "outcome": {"resourceType": "OperationOutcome"}}, None, '{"resourceType":"OperationOutcome"}'),
        ({"status": 200, "body": "truncated"}, "application/fhir+json; charset=utf-8", '{"resourceType":"'),
        ({"body": "own", "content_type": "text/html"}, "text/html", '{"resourceType":"Encounter"'),
        ({"status": 507, "issue_code": "no-store"}, None, '{"resourceType":"OperationOutcome"'),
    ],
)
def test_any_answer_can_be_given(
    sandbox: SandboxServer, patient: str, rule: Json, content_type: str | None, start: str
) -> None:
    sandbox.misbehave(do="answer", times=1, **rule)

    answer = _post(sandbox, encounter(patient))

    assert answer.status_code == rule.get("status", 201)
    assert content_type in (None, answer.headers.get("Content-Type"))
    assert answer.text.startswith(start)
    assert (rule.get("body") == "truncated") == (answer.text.startswith("{") and not answer.text.endswith("}"))


@pytest.mark.parametrize("body", ["outcome", "html", "empty", "truncated", "own"])
def test_any_answer_can_be_given_although_the_write_was_committed(
    sandbox: SandboxServer, patient: str, body: str
) -> None:
    sandbox.misbehave(do="answer", when="after", status=504, body=body, times=1)

    assert _post(sandbox, encounter(patient)).status_code == 504
    assert sandbox.store()["types"]["Encounter"] == 1


@pytest.mark.parametrize("retry_after", [None, 120, "soon"])
def test_too_many_requests_says_when_to_come_again_or_not(
    sandbox: SandboxServer, patient: str, retry_after: int | str | None
) -> None:
    sandbox.misbehave(do="answer", status=429, retry_after=retry_after)

    answer = _post(sandbox, encounter(patient))

    assert answer.status_code == 429
    assert answer.headers.get("Retry-After") == (None if retry_after is None else str(retry_after))


def test_retry_after_can_be_a_date(sandbox: SandboxServer, patient: str) -> None:
    sandbox.misbehave(do="answer", status=503, retry_after_date=3600)

    when = parsedate_to_datetime(_post(sandbox, encounter(patient)).headers["Retry-After"])

    assert timedelta(minutes=50) < when - datetime.now(UTC) < timedelta(minutes=70)


def test_a_redirect_is_an_answer_like_any_other(sandbox: SandboxServer, patient: str) -> None:
    sandbox.misbehave(do="answer", status=307, body="empty", headers={"Location": "http://127.0.0.1:9/fhir"})

    answer = _post(sandbox, encounter(patient))

    assert (answer.status_code, answer.headers["Location"]) == (307, "http://127.0.0.1:9/fhir")


def _failing(sandbox: SandboxServer, patient: str) -> set[str]:
    """Which of these requests fail now."""
    requests: dict[str, tuple[str, str, Json | None]] = {
        "read patient": ("GET", patient, None),
        "search by form": ("POST", "Goal/_search", None),
        "write encounter": ("POST", "Encounter", encounter(patient)),
        "write goal": ("POST", "Goal", goal(patient, "g")),
        "goal in a transaction": ("POST", "", bundle("transaction", posted(goal(patient, "h")))),
        "metadata": ("GET", "metadata", None),
    }
    return {
        name for name, (method, path, body) in requests.items() if sandbox.fhir(method, path, body).status_code == 503
    }


@pytest.mark.parametrize(
    ("outage", "failing"),
    [
        ({"only": "writes"}, {"write encounter", "write goal", "goal in a transaction"}),
        ({"only": "reads"}, {"read patient", "search by form", "metadata"}),
        ({"type": "Goal"}, {"search by form", "write goal", "goal in a transaction"}),
        ({"methods": ["GET"]}, {"read patient", "metadata"}),
        ({"path": "^/metadata$"}, {"metadata"}),
        ({"path": "^/?$"}, {"goal in a transaction"}),
        ({"patient": "999"}, set()),
        ({"patient": "{patient}"}, {"read patient", "write encounter", "write goal", "goal in a transaction"}),
    ],
)
def test_an_outage_can_be_partial(sandbox: SandboxServer, patient: str, outage: Json, failing: set[str]) -> None:
    if outage.get("patient") == "{patient}":
        outage = {"patient": patient.removeprefix("Patient/")}
    sandbox.misbehave(do="answer", **outage)

    assert _failing(sandbox, patient) == failing
    sandbox.behave()
    assert _failing(sandbox, patient) == set()


def test_a_rule_about_a_type_does_not_stumble_over_a_bundle_it_cannot_read(sandbox: SandboxServer) -> None:
    sandbox.misbehave(do="answer", type="Goal")

    assert sandbox.fhir("POST", "", {"resourceType": "Bundle"}).status_code == 400


def test_rules_are_used_in_order_and_as_often_as_said(sandbox: SandboxServer) -> None:
    sandbox.misbehave(do="answer", status=500, times=2)
    last = sandbox.misbehave(do="answer", status=503)
    assert [sandbox.fhir("GET", "metadata").status_code for _ in range(3)] == [500, 500, 503]

    assert [rule["used"] for rule in sandbox.rules()] == [2, 1]
    sandbox.behave(last)

    assert sandbox.fhir("GET", "metadata").status_code == 200
    assert len(sandbox.rules()) == 1


def test_a_rule_that_cannot_be_understood_is_refused_in_words(sandbox: SandboxServer) -> None:
    answer = httpx.post(f"{sandbox.origin}/sandbox/misbehave", json=[{"do": "explode"}])

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == [0, "do"]
    assert sandbox.rules() == []


def test_several_rules_can_be_given_at_once(sandbox: SandboxServer) -> None:
    rules = [{"do": "answer", "status": 500, "times": 1}, {"do": "answer", "status": 502}]
    httpx.post(f"{sandbox.origin}/sandbox/misbehave", json=rules).raise_for_status()

    assert [sandbox.fhir("GET", "metadata").status_code for _ in range(2)] == [500, 502]


def test_the_requests_seen_are_told_with_what_became_of_them(sandbox: SandboxServer, patient: str) -> None:
    sandbox.fhir("POST", "", bundle("transaction", posted(goal(patient, "g"))), Prefer="return=minimal")
    sandbox.fhir("GET", "Goal?identifier=g")

    write, read = sandbox.requests()

    assert (write["method"], write["path"], write["status"], write["done"]) == ("POST", "", 200, True)
    assert write["entries"] == ["POST Goal"]
    assert write["headers"]["prefer"] == "return=minimal"
    assert (read["method"], read["path"], read["rule"]) == ("GET", "/Goal?identifier=g", None)
    sandbox.forget_requests()
    assert sandbox.requests() == []


def test_doubled_identifiers_are_told(sandbox: SandboxServer, patient: str) -> None:
    ids = [sandbox.create(encounter(patient, "same"))["id"] for _ in range(2)]
    sandbox.create(encounter(patient, "another"))

    (doubled,) = sandbox.store()["doubled"]

    assert (doubled["type"], doubled["value"], sorted(doubled["ids"])) == ("Encounter", "same", sorted(ids))


def test_eight_conditional_creates_at_once_make_one(sandbox: SandboxServer, patient: str) -> None:
    start = threading.Barrier(8)

    def create() -> int:
        start.wait()
        headers = {"If-None-Exist": "identifier=one"}
        return httpx.post(f"{sandbox.url}/Encounter", json=encounter(patient, "one"), headers=headers).status_code

    with ThreadPoolExecutor(8) as clients:
        statuses = [each.result() for each in [clients.submit(create) for _ in range(8)]]

    assert sorted(statuses) == [200] * 7 + [201]
    assert sandbox.store()["types"]["Encounter"] == 1
