"""Asks the EHR what it allows; `in_tables.py` shows it."""

from datetime import datetime

from service.push.capability import Capability, capability_of
from service.push.ehr import Ehr
from service.push.meaning import answer_to_read
from service.watch.read_back import EhrNotReadable


async def check_ehr(ehr: Ehr, now: datetime) -> Capability:
    """Raises `EhrNotReadable` where it does not answer with a CapabilityStatement."""
    answer = answer_to_read(await ehr.metadata(), "CapabilityStatement", now)
    if not isinstance(answer, dict):
        raise EhrNotReadable(answer.reason.code)
    return capability_of(answer)
