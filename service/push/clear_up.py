"""Clears up what the EHR has of a call whose answer does not say: lost, incomplete, or a conflict.

Before it: an intent without a result. After it: the result is written down; or, where nothing can be seen or
a person has to look, the intent stays open, so that nothing is sent before the next look.
"""

from collections.abc import Mapping
from typing import assert_never

from service.push.attempt import Attempt
from service.push.look_up import (
    Changed,
    Doubled,
    Earlier,
    Finding,
    Gone,
    Misfiled,
    Missing,
    Ours,
    Unseen,
    look_up,
)
from service.push.meaning import Failure
from service.push.outcome import Reason, Refused, TryLater, Unknown
from service.push.sending import Call, Link

CHANGED = Reason(
    "changed_in_ehr",
    "Somebody has changed this in the EHR since we wrote it, and their change is kept. Compare the two with "
    "joinedup deliveries show --with-content; enter in the EHR what is missing there, then: "
    "joinedup deliveries resolve --theirs-stands.",
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
MISFILED = Reason(
    "in_another_record",
    "What bears this note's identifier is in another patient's record in the EHR. Report it as an incident, have it "
    "removed there, then retry the delivery.",
)
UNSEEN = Reason(
    "unknown_in_ehr",
    "The EHR may have this or not: its answer was lost, and it cannot be searched. Look there by hand, then say what "
    "you found: joinedup deliveries resolve --found or --not-found.",
)


async def what_arrived(attempt: Attempt, call: Call) -> dict[str, Link] | Failure:
    """The links of what the EHR has of this call in this version. The call is left open."""
    findings = await look_up(attempt.resources_of(call), attempt.look())
    if isinstance(findings, TryLater):
        return still_unknown(findings)
    if isinstance(findings, Refused):
        return findings
    if problem := problem_in(findings):
        return problem
    return {key: finding.link for key, finding in findings.items() if isinstance(finding, Ours)}


async def clear_up(attempt: Attempt, call: Call) -> Failure | None:
    """None once the call is closed, and what is left of it can be sent."""
    found = await what_arrived(attempt, call)
    if not isinstance(found, dict):
        return found
    await attempt.close(call, found)
    return None


def problem_in(findings: Mapping[str, Finding]) -> Refused | None:
    """The first reason why a person has to look. What somebody changed is kept beside what we would have written."""
    for key, finding in findings.items():
        match finding:
            case Changed(theirs, ours):
                return Refused(CHANGED, {"resource": key, "in_the_ehr": theirs, "ours": ours})
            case Doubled():
                return Refused(DOUBLED)
            case Gone():
                return Refused(GONE)
            case Misfiled():
                return Refused(MISFILED)
            case Unseen():
                return Refused(UNSEEN)
            case Ours() | Earlier() | Missing():
                pass
            case _:
                assert_never(finding)
    return None


def still_unknown(later: TryLater) -> Unknown:
    """What was to be found out by a look cannot be seen yet."""
    sentence = f"Whether the EHR has this note cannot be seen yet. {later.reason.sentence}"
    return Unknown(Reason(later.reason.code, sentence), later.ehr_wide, later.operation_outcome, later.not_before)
