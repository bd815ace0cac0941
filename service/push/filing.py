"""Finds the encounter or episode of the EHR's own that a document has to be filed against, where the EHR demands one.

Called by `send_document.py`. Nothing is created for it: where the EHR shows none, a person has to open one.
https://hl7.org/fhir/R4/documentreference-definitions.html#DocumentReference.context.encounter
"""

from service.push import searchset
from service.push.attempt import Attempt
from service.push.meaning import answer_to_read
from service.push.outcome import Reason, Refused, TryLater
from service.push.plan import FiledAgainst
from service.r4.resource import Json

NOTHING_TO_FILE_AGAINST = Reason(
    "nothing_to_file_against",
    "The EHR wants a document filed against an encounter or an episode of care (JOINEDUP_EHR_FILE_AGAINST), and shows "
    "none for this patient that is open or was on that day. Have one opened there, then retry the delivery.",
)

_TYPES: dict[FiledAgainst, str] = {"encounter": "Encounter", "episode": "EpisodeOfCare"}
_VOID = frozenset({"cancelled", "entered-in-error"})


async def find_filing(document: Json, attempt: Attempt) -> str | TryLater | Refused:
    """`Encounter/7` or `EpisodeOfCare/7`: the one of that day, the last begun first."""
    resource_type = _TYPES[attempt.plan.file_against]
    patient = attempt.to.patient.removeprefix("Patient/")
    reply = await attempt.ehr.search(resource_type, {"patient": patient, "_count": "200"})
    bundle = answer_to_read(reply, "Bundle", attempt.now())
    if not isinstance(bundle, dict):
        return bundle
    day = document["context"]["period"]["start"][:10]
    fitting = [one for one in searchset.matches(bundle, resource_type) if _was_on(one, day)]
    if not fitting:
        return Refused(NOTHING_TO_FILE_AGAINST)
    return f"{resource_type}/{max(fitting, key=_begun)['id']}"


def _was_on(theirs: Json, day: str) -> bool:
    """Compared by the day: an EHR may know no more of it."""
    period = _period(theirs)
    ended = str(period.get("end") or day)[:10]
    return theirs.get("status") not in _VOID and _begun(theirs)[:10] <= day <= ended


def _begun(theirs: Json) -> str:
    return str(_period(theirs).get("start") or "")


def _period(theirs: Json) -> Json:
    period = theirs.get("period")
    return period if isinstance(period, dict) else {}
