"""Where a referral stands, in the words of its four resources, and the phases that its episode has gone through.

https://hl7.org/fhir/R4/valueset-request-status.html, valueset-task-status.html, valueset-episode-of-care-status.html,
valueset-care-team-status.html
"""

from datetime import date
from typing import NamedTuple

from service.forms.referral import Referral
from service.r4.resource import Json


class ReferralState(NamedTuple):
    """One status for each; `episode` and `team` are None until it has been accepted."""

    request: str
    task: str
    episode: str | None = None
    team: str | None = None


_WAITING = ReferralState("active", "requested")
_DECLINED = ReferralState("revoked", "rejected")
_ACCEPTED = ReferralState("active", "accepted", "planned", "proposed")
_STARTED = ReferralState("active", "in-progress", "active", "active")
_ENDED = ReferralState("completed", "completed", "finished", "inactive")
# R4's `cancelled` for an episode is what ended while it was planned.
_NEVER_BEGAN = ReferralState("revoked", "cancelled", "cancelled", "inactive")


def state_of_referral(referral: Referral) -> ReferralState:
    """What its latest turn left it in."""
    if referral.answer == "waiting":
        return _WAITING
    if referral.answer == "declined":
        return _DECLINED
    if referral.closed_on:
        return _ENDED if referral.started_on else _NEVER_BEGAN
    return _STARTED if referral.started_on else _ACCEPTED


def phases_of_episode(referral: Referral) -> list[Json]:
    """R4's `statusHistory`, in days: the current status is among them, for it tells since when, unless it is the end.

    Who began before the team had said yes was never planned.
    """
    phases = []
    started_on, closed_on, accepted_on = referral.started_on, referral.closed_on, referral.answered_on
    if accepted_on and not (started_on and started_on <= accepted_on):
        phases.append({"status": "planned", "period": days(accepted_on, started_on or closed_on)})
    if started_on:
        phases.append({"status": "active", "period": days(started_on, closed_on)})
    return phases


def days(first: date | None, last: date | None) -> Json:
    """An R4 `Period`, as far as it is known."""
    return {name: day.isoformat() for name, day in (("start", first), ("end", last)) if day}
