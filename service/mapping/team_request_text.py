"""A request to the clinical team as people read it: what is asked of whom by when, and how it stands."""

from collections.abc import Mapping

from service.forms.note import NoteVersion
from service.forms.team_request import RequestState, TeamRequest
from service.forms.work_goal import ClinicalRole
from service.mapping.code_lists import ASKED_OF_TEAM, CLINICAL_ROLE
from service.mapping.readable import blocks, client_named, headed, labelled, one_line, signed
from service.mapping.times import day_in_words, span_in_words

REQUEST_TITLE = "Request to the clinical team"

_STANDS: Mapping[RequestState, str] = {
    "asked": "asked, not yet taken up",
    "taken_up": "taken up",
    "answered": "answered",
    "declined": "declined",
    "closed": "closed",
    "withdrawn": "withdrawn",
}


def request_text(request: TeamRequest, note: NoteVersion) -> str:
    """The document: what a clinician needs in order to answer, and what was answered."""
    about = labelled(
        ("Asked", ASKED_OF_TEAM[request.asked_for].display),
        ("Of", named_with_role(request.of_name, request.of_role)),
        ("By", day_in_words(request.by_when) if request.by_when else None),
        ("Stands", _stands(request)),
        ("When", span_in_words(request.happened_at, None)),
        ("Client", client_named(note)),
    )
    return blocks(
        REQUEST_TITLE,
        about,
        headed("What is asked", request.words),
        headed("Answer", _answer(request)),
        headed("Why", request.why),
        signed(note),
    )


def named_with_role(name: str | None, role: ClinicalRole | None) -> str:
    """`Farah Khan, psychiatrist`; the role alone where nobody is named, the name alone where no role is known."""
    words = CLINICAL_ROLE[role].display if role else ""
    if not name:
        return words
    return f"{one_line(name)}, {words[0].lower() + words[1:]}" if words else one_line(name)


def _stands(request: TeamRequest) -> str:
    by = f" by {one_line(request.taken_up_by)}" if request.taken_up_by else ""
    on = f" on {day_in_words(request.taken_up_on)}" if request.taken_up_on else ""
    told = _STANDS[request.state]
    if request.state == "taken_up":
        return f"{told}{by}{on}"
    return f"{told}; taken up{by}{on}" if by or on else told


def _answer(request: TeamRequest) -> str | None:
    if not request.answer:
        return None
    who = named_with_role(request.answer.by, request.answer.role)
    return f"{request.answer.words}\n({who}, {day_in_words(request.answer.on)})"
