"""Looks before a write that no version guards: whether it would double something, or overwrite what somebody changed.

Called by each way of sending. After it: what was found is known to the attempt, and the write may go.
"""

from collections.abc import Sequence

from service.push.attempt import Attempt
from service.push.clear_up import UNSEEN, problem_in
from service.push.look_up import Earlier, Ours, Unseen, look_up
from service.push.meaning import Failure
from service.push.outcome import Refused
from service.push.sending import Link
from service.r4.resource import Resource


def is_guarded(link: Link, attempt: Attempt) -> bool:
    """Whether `If-Match` keeps our write off what somebody changed: the EHR gave a version, and says it heeds that."""
    return link.ehr_version is not None and attempt.offer.of(link.ehr_type).if_match


async def look_before(resources: Sequence[Resource], attempt: Attempt) -> Failure | None:
    """None where they may be sent; what the EHR has of them is among the attempt's links then."""
    if not resources:
        return None
    findings = await look_up(resources, attempt.look())
    if not isinstance(findings, dict):
        return findings
    unseen = {key for key, finding in findings.items() if isinstance(finding, Unseen)}
    if unseen & attempt.sending.doubtful:
        return Refused(UNSEEN)
    # Nothing of ours was ever sent for the others that cannot be seen: the ledger says so.
    if problem := problem_in({key: finding for key, finding in findings.items() if key not in unseen}):
        return problem
    attempt.links.update({key: one.link for key, one in findings.items() if isinstance(one, Ours | Earlier)})
    return None
