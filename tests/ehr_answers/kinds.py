"""Every kind of answer to a transaction, with its one named outcome. Read by `test_push_answers.py`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from service.push.outcome import Delivered, Outcome, Refused, TryLater, Unknown
from tests.ehr_answers.notes import NOW
from tests.ehr_answers.stub import operation_outcome

Json = dict[str, Any]

_FHIR = "application/fhir+json; charset=utf-8"
_HTML = b"<html><body>Bad gateway</body></html>"
_TWO_TAKEN: Json = {
    "resourceType": "Bundle",
    "type": "transaction-response",
    "entry": [{"response": {"status": "201", "location": f"{kind}/9"}} for kind in ("Encounter", "DocumentReference")],
}


@dataclass(frozen=True)
class Kind:
    """An answer, and how the attempt ends by it. `code` is the reason's; `open` the intent is left for a look-up."""

    name: str
    status: int
    outcome: type[Outcome]
    code: str
    body: Json | bytes = b""
    content_type: str = _FHIR
    headers: dict[str, str] = field(default_factory=dict)
    ehr_wide: bool = False
    not_before: datetime | None = None

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else orjson.dumps(self.body)

    @property
    def open(self) -> bool:
        return self.outcome is Unknown


def every_kind() -> list[Kind]:
    """The table."""
    return [*_malformed(), *_about_us(), *_about_the_note(), *_conflicts(), *_slow_down(), *_broken(), *_successes()]


def _malformed() -> Iterator[Kind]:
    """400 with each shape of OperationOutcome."""
    empty: Json = {"resourceType": "OperationOutcome", "issue": []}
    for name, body, content_type in (
        ("400 with an empty body", b"", _FHIR),
        ("400 with an HTML page", _HTML, "text/html"),
        ("400 that is not JSON", b"{oops", _FHIR),
        ("400 that is a JSON list", b"[1]", _FHIR),
        ("400 with another resource", {"resourceType": "Bundle"}, _FHIR),
        ("400 with an OperationOutcome without issues", empty, _FHIR),
        ("400 whose issue is no list", {"resourceType": "OperationOutcome", "issue": "x"}, _FHIR),
        ("400 with a code we do not know", operation_outcome("brand-new"), _FHIR),
        ("400 with a code that says nothing", operation_outcome("processing"), _FHIR),
        ("400 with one give-up code", operation_outcome("invariant"), _FHIR),
        ("400 with a give-up code beside a transient one", operation_outcome("transient", "code-invalid"), _FHIR),
    ):
        yield Kind(name, 400, Refused, "ehr_malformed", body, content_type)
    for code in ("transient", "lock-error", "timeout", "no-store", "incomplete", "exception"):
        yield Kind(f"400 that says {code}", 400, TryLater, "ehr_says_later", operation_outcome(code))
    yield Kind("400 that says throttled", 400, TryLater, "ehr_throttled", operation_outcome("throttled"), ehr_wide=True)
    yield Kind("400 that says conflict", 400, TryLater, "ehr_conflict", operation_outcome("conflict"))
    warned = operation_outcome("business-rule", severity="warning")
    warned["issue"] += operation_outcome("transient")["issue"]
    yield Kind("400 whose give-up code is a warning only", 400, TryLater, "ehr_says_later", warned)


def _about_us() -> Iterator[Kind]:
    """What whoever runs the service has to put right."""
    yield Kind("401", 401, TryLater, "ehr_credentials", operation_outcome("security"), ehr_wide=True)
    yield Kind("401 without a body", 401, TryLater, "ehr_credentials", ehr_wide=True)
    for code in ("login", "expired"):
        yield Kind(f"403 that says {code}", 403, TryLater, "ehr_credentials", operation_outcome(code), ehr_wide=True)
    yield Kind("404 from something in front", 404, TryLater, "ehr_no_fhir_here", _HTML, "text/html", ehr_wide=True)
    yield Kind("405", 405, Refused, "ehr_not_allowed", operation_outcome("not-supported"))
    yield Kind("413", 413, Refused, "ehr_too_large", operation_outcome("too-long"))
    yield Kind("413 without a body", 413, Refused, "ehr_too_large")
    yield Kind("415", 415, Refused, "ehr_media_type", operation_outcome("not-supported"))
    for status in (301, 302, 307, 308):
        headers = {"Location": "https://elsewhere.example.test/fhir"}
        yield Kind(f"redirect {status}", status, TryLater, "ehr_redirects", headers=headers, ehr_wide=True)
    yield Kind("redirect 303", 303, Unknown, "ehr_redirects", headers={"Location": "/elsewhere"})


def _about_the_note() -> Iterator[Kind]:
    yield Kind("403", 403, Refused, "ehr_forbids", operation_outcome("forbidden"))
    yield Kind("403 with an HTML page", 403, Refused, "ehr_forbids", _HTML, "text/html")
    yield Kind("404", 404, Refused, "ehr_not_found", operation_outcome("not-found"))
    yield Kind("410", 410, Refused, "ehr_deleted", operation_outcome("deleted"))
    for code in ("business-rule", "required", "value", "structure", "too-costly"):
        yield Kind(f"422 that says {code}", 422, Refused, "ehr_rule", operation_outcome(code))
    yield Kind("422 without a body", 422, Refused, "ehr_rule")
    yield Kind("422 that says lock-error", 422, TryLater, "ehr_says_later", operation_outcome("lock-error"))
    yield Kind("a refusal nobody has heard of", 418, Refused, "ehr_refused")


def _conflicts() -> Iterator[Kind]:
    """409 and 412 where a fresh look shows nothing newer than ours."""
    for status in (409, 412):
        for code in ("conflict", "processing", "multiple-matches", "duplicate"):
            yield Kind(f"{status} that says {code}", status, TryLater, "ehr_conflict", operation_outcome(code))
        yield Kind(f"{status} without a body", status, TryLater, "ehr_conflict")
        yield Kind(f"{status} by a rule", status, Refused, "ehr_rule", operation_outcome("business-rule"))
    for status in (408, 423, 425):
        yield Kind(f"{status}", status, TryLater, "ehr_says_later")


def _slow_down() -> Iterator[Kind]:
    """429 and 503, with and without Retry-After in both formats."""
    for told, expected in (
        (None, None),
        ("120", NOW + timedelta(seconds=120)),
        (" 120 ", NOW + timedelta(seconds=120)),
        ("Mon, 02 Nov 2026 12:30:00 GMT", NOW + timedelta(minutes=30)),
        ("Mon, 02 Nov 2026 11:30:00 GMT", None),
        ("0", None),
        ("-5", None),
        ("soon", None),
        ("99999999999999999999", NOW + timedelta(days=1)),
        ("Fri, 01 Jan 2100 00:00:00 GMT", NOW + timedelta(days=1)),
    ):
        headers = {} if told is None else {"Retry-After": told}
        for status, code in ((429, "ehr_throttled"), (503, "ehr_unavailable")):
            said = operation_outcome("throttled")
            name = f"{status} with Retry-After {told}"
            yield Kind(name, status, TryLater, code, said, _FHIR, headers, ehr_wide=True, not_before=expected)


def _broken() -> Iterator[Kind]:
    """The EHR, or what stands in front of it, has failed: it may have committed first."""
    for status, code in ((500, "ehr_error"), (502, "ehr_gateway_error"), (504, "ehr_gateway_timed_out")):
        yield Kind(f"{status}", status, Unknown, code, operation_outcome("exception"), ehr_wide=True)
        yield Kind(f"{status} with an HTML page", status, Unknown, code, _HTML, "text/html", ehr_wide=True)
    wait = {"Retry-After": "60"}
    later = NOW + timedelta(seconds=60)
    yield Kind(
        "502 that asks to wait", 502, Unknown, "ehr_gateway_error", headers=wait, ehr_wide=True, not_before=later
    )
    yield Kind("501", 501, Refused, "ehr_not_implemented", operation_outcome("not-supported"))
    yield Kind("503 of the EHR", 503, TryLater, "ehr_unavailable", operation_outcome("no-store"), ehr_wide=True)
    yield Kind("503 of something in front", 503, Unknown, "ehr_unavailable", _HTML, "text/html", ehr_wide=True)
    yield Kind("507", 507, Unknown, "ehr_error", ehr_wide=True)
    yield Kind("a status of no known class", 799, Unknown, "ehr_error", ehr_wide=True)


def _successes() -> Iterator[Kind]:
    """2xx: delivered only where the EHR tells what it did."""
    yield Kind("200", 200, Delivered, "", _TWO_TAKEN)
    yield Kind("200 as application/json", 200, Delivered, "", _TWO_TAKEN, "application/json")
    yield Kind("200 without a content type", 200, Delivered, "", _TWO_TAKEN, "")
    yield Kind("200 not JSON", 200, Unknown, "answer_not_json", b"all is well")
    yield Kind("200 cut, though its length fits", 200, Unknown, "answer_not_json", orjson.dumps(_TWO_TAKEN)[:80])
    yield Kind("200 with a wrong content type", 200, Unknown, "answer_not_fhir", _TWO_TAKEN, "text/html")
    yield Kind("200 empty", 200, Unknown, "answer_empty")
    yield Kind("204", 204, Unknown, "answer_empty")
    yield Kind("200 with white space", 200, Unknown, "answer_empty", b" \n")
    outcome = operation_outcome("informational", severity="information")
    yield Kind("200 with an OperationOutcome", 200, Unknown, "answer_not_a_bundle", outcome)
    for name, entries in (
        ("no entries", None),
        ("entries that are no list", {}),
        ("an entry too few", _TWO_TAKEN["entry"][:1]),
        ("an entry too many", _TWO_TAKEN["entry"] * 2),
        ("entries without response", [{}, {}]),
        ("entries that are no objects", ["x", "y"]),
        ("an unreadable status", [_TWO_TAKEN["entry"][0], {"response": {"status": "ok", "location": "x"}}]),
    ):
        bundle: Json = {"resourceType": "Bundle", "type": "transaction-response", "entry": entries}
        yield Kind(f"200 with {name}", 200, Unknown, "answer_incomplete", bundle)
    for status, ending, code, wide in (
        ("422 Unprocessable Entity", Refused, "ehr_rule", False),
        ("404", Refused, "ehr_not_found", False),
        ("409", TryLater, "ehr_conflict", False),
        ("429", TryLater, "ehr_throttled", True),
        ("503", TryLater, "ehr_unavailable", True),
        ("500", Unknown, "ehr_error", True),
    ):
        failed = {"response": {"status": status, "outcome": operation_outcome("processing")}}
        bundle = {"resourceType": "Bundle", "type": "transaction-response", "entry": [_TWO_TAKEN["entry"][0], failed]}
        yield Kind(f"200 with an entry that failed by {status}", 200, ending, code, bundle, ehr_wide=wide)
