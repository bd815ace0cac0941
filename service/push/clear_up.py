"""Clears up what the EHR has of a call whose answer does not say: lost, incomplete, or a conflict.

Before it: an intent without a result. After it: the result is written down; or, where nothing can be seen or
a person has to look, the intent stays open, so that nothing is sent before the next look.
"""

from collections.abc import Iterable

from service.push.attempt import Attempt
from service.push.look_up import Changed, Doubled, Finding, Gone, Look, Ours, look_up
from service.push.meaning import Failure
from service.push.outcome import Reason, Refused, TryLater, Unknown
from service.push.sending import Call, Link

CHANGED = Reason(
    "changed_in_ehr",
    "Somebody has changed this in the EHR since we wrote it, and their change is kept. Compare the two; enter in the "
    "EHR what is missing there, then cancel this delivery.",
)
DOUBLED = Reason(
    "doubled_in_ehr",
    "The EHR has this more than once. Have all but one removed there, then retry the delivery.",
)
GONE = Reason(
    "deleted_in_ehr",
    "Somebody has deleted this in the EHR since we wrote it. Ask why; then have it restored and retry the delivery, "
    "or cancel it.",
)


async def what_arrived(attempt: Attempt, call: Call) -> dict[str, Link] | Failure:
    """The links of what the EHR has of this call in this version. The call is left open."""
    look = Look(attempt.ehr, attempt.to, attempt.sending.note_version, attempt.now())
    findings = await look_up(attempt.resources_of(call), look)
    if isinstance(findings, TryLater):
        return _still_unknown(findings)
    if isinstance(findings, Refused):
        return findings
    if reason := problem_in(findings.values()):
        return Refused(reason)
    return {key: finding.link for key, finding in findings.items() if isinstance(finding, Ours)}


async def clear_up(attempt: Attempt, call: Call) -> Failure | None:
    """None once the call is closed, and what is left of it can be sent."""
    found = await what_arrived(attempt, call)
    if not isinstance(found, dict):
        return found
    await attempt.close(call, found)
    return None


def problem_in(findings: Iterable[Finding]) -> Reason | None:
    """The first reason why a person has to look."""
    for finding in findings:
        match finding:
            case Changed():
                return CHANGED
            case Doubled():
                return DOUBLED
            case Gone():
                return GONE
            case _:
                pass
    return None


def _still_unknown(later: TryLater) -> Unknown:
    sentence = f"Whether the EHR has this note cannot be seen yet. {later.reason.sentence}"
    return Unknown(Reason(later.reason.code, sentence), later.ehr_wide, later.operation_outcome, later.not_before)
