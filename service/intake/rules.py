"""What we already know decides: which changes are refused, and in which state a delivery begins."""

from collections.abc import Sequence

from service.errors import AlreadyRetracted, FieldFault, NotValid, StaleVersion
from service.forms.note import Form, NoteVersion
from service.forms.referral import Referral
from service.intake.look import Known, StoredVersion
from service.outbox.queue import FirstState

_MAPPING_FAILED = FirstState(
    "needs_attention",
    "mapping_failed",
    "The note is safe, but we could not turn it into FHIR: a fault of ours. Once it is mended, run: joinedup remap",
)
_BIRTH_DATE_DIFFERS = FirstState(
    "needs_attention",
    "birth_date_differs",
    "Another note gives another date of birth for this NHS number, and the EHR has confirmed neither. "
    "Find out which is right, and amend the note that is wrong.",
)
# Says nothing of what is known about this person: whoever wrote it does not look after them.
_BIRTH_DATE_NOT_CONFIRMED = FirstState(
    "needs_attention",
    "birth_date_not_confirmed",
    "This date of birth could not be confirmed for this NHS number. Check both with the client. If one is wrong, amend "
    "the note; if both are right, tell whoever runs the service.",
)
_NEVER_SENT = FirstState("cancelled", "never_sent", "Retracted before anything of it was sent to the EHR.")
_WAITING = FirstState("waiting")


def refuse_other_birth_date(known: Known, form: Form) -> None:
    """A date of birth that the EHR has confirmed is not changed by a note.

    Who does not look after the person is not told whether we know them: their note waits for somebody instead.
    """
    if known.outside:
        return
    if known.client and known.client.confirmed and known.client.birth_date != form.client.birth_date:
        sentence = (
            "The record has another date of birth for this NHS number. Check both with the client: "
            "one of them belongs to somebody else, or was mistyped."
        )
        raise NotValid("The note was not taken.", [FieldFault("client.birth_date", sentence)])


def refuse_change_of_person(current: StoredVersion, known: Known, form: Form) -> None:
    """A note cannot move to another person's record, nor become another kind of note."""
    faults = []
    if known.client is None or known.client.id != current.client_id:
        sentence = "An amendment cannot move a note to another person. Retract this note, and send it under a new id."
        faults.append(FieldFault("client.nhs_number", sentence))
    if form.kind != current.kind:
        sentence = "An amendment cannot make a note another kind of note. Retract it, and send it under a new id."
        faults.append(FieldFault("kind", sentence))
    if faults:
        raise NotValid("The amendment was not taken.", faults)


def refuse_to_turn_away(before: Form | None, referral: Referral) -> None:
    """Whoever was accepted is never declined afterwards, nor made to wait again: that is closed, and says why."""
    if isinstance(before, Referral) and before.answer == "accepted" and referral.answer != "accepted":
        sentence = (
            "This referral has been accepted: close it, and say why. If it was accepted by mistake, retract this note, "
            "and send the referral under a new id."
        )
        raise NotValid("The amendment was not taken.", [FieldFault("answer", sentence)])


def must_be_current(versions: Sequence[StoredVersion], based_on: int) -> StoredVersion:
    """The newest version, if the amendment is based on it."""
    current = versions[-1]
    if current.retracted:
        raise AlreadyRetracted("It cannot be amended. If it should stand after all, send it under a new id.")
    if based_on != current.version:
        raise StaleVersion(
            "Somebody amended this note after you read it. Read it again, and base your amendment on that version.",
            current_version=current.version,
        )
    return current


def first_state(known: Known, note: NoteVersion, *, mapped: bool, never_sent: bool) -> FirstState:
    """Waiting, unless a person has to look first. `never_sent`: it retracts what was never on its way to the EHR."""
    if never_sent:
        return _NEVER_SENT
    if not mapped:
        return _MAPPING_FAILED
    if known.outside and known.client and known.client.birth_date != note.form.client.birth_date:
        return _BIRTH_DATE_NOT_CONFIRMED
    if _birth_date_is_disputed(known, note):
        return _BIRTH_DATE_DIFFERS
    return _WAITING


def corrects_birth_date(known: Known, current: StoredVersion, form: Form) -> bool:
    """An amendment of the date itself says which one is right, as long as the EHR has confirmed none."""
    return not known.outside and not known.client_confirmed and form.client.birth_date != current.birth_date


def _birth_date_is_disputed(known: Known, note: NoteVersion) -> bool:
    if known.client is None or known.client.confirmed:
        return False
    if known.versions and corrects_birth_date(known, known.versions[-1], note.form):
        return False
    return known.client.birth_date != note.form.client.birth_date
