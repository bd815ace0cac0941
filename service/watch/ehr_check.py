"""Asks the EHR what it allows; `in_tables.py` shows it."""

from datetime import datetime

from service.errors import CannotStart
from service.push.capability import Capability, Chosen, capability_of
from service.push.ehr import Ehr
from service.push.meaning import answer_to_read


async def check_ehr(ehr: Ehr, chosen: Chosen, now: datetime) -> Capability:
    """`CannotStart` where it does not answer with a CapabilityStatement."""
    answer = answer_to_read(await ehr.metadata(), "CapabilityStatement", now)
    if not isinstance(answer, dict):
        raise CannotStart(
            f"The EHR does not say what it allows ({answer.reason.code}). Check JOINEDUP_EHR_URL, the network and our "
            "access to it, then run this again."
        )
    return capability_of(answer, chosen)
