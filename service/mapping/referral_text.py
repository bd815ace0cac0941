"""A referral as people read it: who asked for what, how it stands, and who works together for the person."""

from service.forms.note import NoteVersion
from service.forms.referral import Referral
from service.forms.work_goal import ClinicalRole
from service.mapping.code_lists import CLINICAL_ROLE, CLOSE_REASON, DECLINE_REASON, REFERRAL_SOURCE
from service.mapping.readable import blocks, client_named, headed, labelled, one_a_line, one_line, signed
from service.mapping.team_request_text import named_with_role
from service.mapping.times import day_in_words, span_in_words

REFERRAL_TITLE = "Referral to the employment specialist"
TEAM_NAME = "Employment specialist and clinical team"


def referral_text(referral: Referral, note: NoteVersion) -> str:
    """The document: whoever asked sees what came of it."""
    about = labelled(
        ("Asked by", asked_by(referral)),
        ("Asked on", day_in_words(referral.asked_on)),
        ("Answer", _answer(referral)),
        ("Began", _began(referral)),
        ("Closed", _closed(referral)),
        ("When", span_in_words(referral.happened_at, None)),
        ("Client", client_named(note)),
    )
    colleagues = one_a_line(f"{CLINICAL_ROLE[one.role].display}: {one.name}" for one in referral.team)
    return blocks(
        REFERRAL_TITLE,
        about,
        headed("Why", referral.why),
        headed("Who works with the specialist", colleagues),
        headed("Note", referral.note),
        signed(note),
    )


def asked_by(referral: Referral) -> str:
    """`Farah Khan, psychiatrist`; `The team meeting: Early intervention team`; as far as it is known."""
    name = referral.asked_by_name
    role: ClinicalRole | None = "gp" if referral.asked_by == "gp" else referral.clinical_role
    if role or referral.asked_by == "other":
        return named_with_role(name, role)
    source = REFERRAL_SOURCE[referral.asked_by].display
    return f"{source}: {one_line(name)}" if name else source


def _answer(referral: Referral) -> str:
    if not referral.answered_on:
        return "waiting for one"
    told = f"{referral.answer} on {day_in_words(referral.answered_on)}"
    return f"{told}. {DECLINE_REASON[referral.decline_reason].display}" if referral.decline_reason else told


def _began(referral: Referral) -> str | None:
    """Said of what was accepted: an accepted person who is waiting to begin must not look begun."""
    if referral.started_on:
        return day_in_words(referral.started_on)
    if referral.answer != "accepted":
        return None
    return "never" if referral.closed_on else "not yet"


def _closed(referral: Referral) -> str | None:
    if not (referral.closed_on and referral.close_reason):
        return None
    return f"{day_in_words(referral.closed_on)}. {CLOSE_REASON[referral.close_reason].display}"
