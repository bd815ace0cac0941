"""What the demo shows of who may: refusals that are refused, one record opened with a reason; and at the end, how to
look around as each role."""

from collections.abc import Iterator
from http import HTTPStatus

from service.sandbox.demo.notes import DemoNote
from service.sandbox.demo.stage import Stage
from service.sandbox.staff import STAFF

_REASON = "She is in A&E tonight, and asks that her employer is told something."
# Who asks for a note of team-north, and what they have to hear.
_REFUSED = (
    ("Without a token", None, HTTPStatus.UNAUTHORIZED),
    ("The operator, who reads no notes", "operator", HTTPStatus.FORBIDDEN),
    ("A specialist of another team", "es-027", HTTPStatus.NOT_FOUND),
    ("A clinician of another team", "clinician-south", HTTPStatus.NOT_FOUND),
)


def show_who_may(stage: Stage, note: DemoNote) -> bool:
    """Whether what is to be refused was refused, and what is to be seen was seen."""
    stage.board.step(f"9. Others ask for a note about {note.person}; their own team alone sees that there is one.")
    path = f"/notes/{note.id}"
    refused = [_asks(stage, words, member, path, status) for words, member, status in _REFUSED]
    opened = stage.sign_ins.post(
        "clinician-south", "/break-glass", {"client": note.body["client"], "reason": _REASON}
    ).status_code
    well = _say(stage, "That clinician opens the record for an hour, with a reason", opened, HTTPStatus.CREATED)
    seen = _asks(stage, "The same note, asked for again", "clinician-south", path, HTTPStatus.OK)
    told = _REASON in stage.sign_ins.get("manager", "/break-glass").text
    stage.board.say("The service manager reads who did so and why: GET /break-glass" if told else "Nobody was told.")
    return all(refused) and well and seen and told


def _asks(stage: Stage, words: str, member: str | None, path: str, status: HTTPStatus) -> bool:
    return _say(stage, words, stage.sign_ins.get(member, path).status_code, status)


def _say(stage: Stage, words: str, status: int, wanted: HTTPStatus) -> bool:
    well = status == wanted
    told = f"{words}: {status} {HTTPStatus(status).phrase}"
    stage.board.say(told if well else f"{told}, and {wanted} is right", style="green" if well else "bold red")
    return well


def ready_to_paste(stage: Stage) -> Iterator[str]:
    """A line for each role, with a token that is good for 12 hours, or until the demo stops."""
    paths = {
        "specialist": f"/notes?specialist={stage.notes.specialists[0]}",
        "clinician": "/clients",
        "service_manager": "/counts",
        "operator": "/deliveries",
        "privacy_officer": "/break-glass",
        "system": "/fhir/Questionnaire",
    }
    first = {member.role: member for member in reversed(STAFF)}
    for role, path in paths.items():
        member = first[role]
        yield f"As {role.replace('_', ' ')}, {member.name}:"
        yield f"curl -H '{_header(stage, member.id)}' '{stage.url}{path}'"
    yield "The desk is a page for the operator. A browser sends no token by itself: let an extension of it add the"
    yield f"operator's header above to every request, and open {stage.url}/desk; or keep the page, and open the file:"
    yield f"curl -H '{_header(stage, 'operator')}' -o desk.html '{stage.url}/desk'"


def _header(stage: Stage, member: str) -> str:
    return f"Authorization: Bearer {stage.sign_ins.token(member)}"
