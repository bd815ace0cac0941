"""What an OperationOutcome says, by its issue codes: try later, the credentials, or a person has to look.

Codes: http://hl7.org/fhir/R4/valueset-issue-type.html. Its texts are never read: they may name the patient.
"""

from typing import Literal, TypeAlias

from service.r4.resource import Json

Advice: TypeAlias = Literal["later", "throttled", "conflict", "credentials", "refused"]

_LATER = {"transient", "lock-error", "timeout", "no-store", "incomplete", "exception"}
_CREDENTIALS = {"login", "expired"}
_CONFLICT = {"conflict", "duplicate", "multiple-matches"}
_REFUSED = {
    *("invalid", "structure", "required", "value", "invariant", "code-invalid", "extension"),
    *("security", "forbidden", "suppressed"),
    *("not-supported", "not-found", "deleted", "too-long", "too-costly", "business-rule"),
}
_FAILURES = {"error", "fatal"}


def advice_of(body: Json | None) -> Advice | None:
    """The firmest advice among the issues; None where no code says anything (`processing`, `unknown`, ours not)."""
    codes = issue_codes(body)
    if codes & _REFUSED:
        return "refused"
    if codes & _CONFLICT:
        return "conflict"
    if codes & _CREDENTIALS:
        return "credentials"
    if "throttled" in codes:
        return "throttled"
    return "later" if codes & _LATER else None


def issue_codes(body: Json | None) -> frozenset[str]:
    """The codes of the issues that are failures; of all issues where none calls itself one."""
    issues = _issues(body)
    failures = [issue for issue in issues if issue.get("severity") in _FAILURES]
    codes = (issue.get("code") for issue in failures or issues)
    return frozenset(code for code in codes if isinstance(code, str))


def is_operation_outcome(body: Json | None) -> bool:
    """Whether a FHIR server answered, not something in front of it."""
    return body is not None and body.get("resourceType") == "OperationOutcome"


def _issues(body: Json | None) -> list[Json]:
    if body is None or not is_operation_outcome(body):
        return []
    issues = body.get("issue")
    return [issue for issue in issues if isinstance(issue, dict)] if isinstance(issues, list) else []
