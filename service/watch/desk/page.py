"""The desk as one plain page: what waits and why, a delivery's story, and moves that are counted before they are done.

Without scripts, so that it works in any browser. `deliveries.py` has the same as JSON.
"""

from collections.abc import Sequence
from pathlib import Path as File
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

import orjson
from fastapi import APIRouter, Path, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from service.auth.admit import TheAdmitted
from service.auth.session import Session
from service.errors import CallerError, NoSuchDelivery, NoSuchRun
from service.outbox.chosen import State
from service.watch.acts import carry_out, look, open_content
from service.watch.deliveries import Shown, list_deliveries, show_deliveries
from service.watch.desk.deliveries import person_of
from service.watch.desk.from_a_form import (
    Fields,
    asked_by,
    chosen_by,
    fields_of,
    id_of,
    one,
    read_fields,
    to_be_moved,
)
from service.watch.desk.only_from_here import OnlyFromHere
from service.watch.health import look as look_at_health
from service.watch.past_runs import list_runs, show_run
from service.watch.watched import TheWatched

_PAGES: Final = File(__file__).parent / "pages"
_STYLE: Final = (_PAGES / "desk.css").read_text()
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_MOST: Final = 50
_RUNS: Final = 5
_MOVES: Final = ("retry", "cancel")


def _moment(moment: Any) -> str:
    return f"{moment:%d %b %Y, %H:%M} UTC" if moment else ""


def _as_json(value: Any) -> str:
    return orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2).decode()


_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(_PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_TEMPLATES.filters |= {"moment": _moment, "as_json": _as_json}


PREFIX: Final = "/desk"

router = APIRouter(prefix=PREFIX, include_in_schema=False, dependencies=[OnlyFromHere])


@router.get("")
async def get_desk(request: Request, session: Session, admitted: TheAdmitted, watched: TheWatched) -> Response:
    """What waits or needs a person, why, and whether the EHR answers."""
    fields = fields_of(request)
    chosen = chosen_by(fields)
    found = await list_deliveries(session, chosen, id_of(fields, "after"), _MOST)
    admitted.trail.saw(one.client_id for one in found)
    listed = {**fields, "state": chosen.states, "after": ()}
    following = _url("/desk", {**listed, "after": [str(found[-1].id)]}) if len(found) == _MOST else None
    counts = await watched.backlog.count(session)
    return _page(
        "desk.html",
        health=await look_at_health(watched),
        counts=sorted(counts.items()),
        need_a_person=sum(count for (state, _), count in counts.items() if state == State.NEEDS_ATTENTION),
        runs=await list_runs(session, _RUNS),
        deliveries=found,
        following=following,
        chosen=chosen,
        states=list(State),
        said={name: one(fields, name) or "" for name in ("reason_code", "client_id", "note_id", "since", "until")},
        move_all={move: _url("/desk/confirm", {**listed, "move": [move]}) for move in _MOVES},
    )


@router.get("/deliveries/{any_id}")
async def get_story(session: Session, admitted: TheAdmitted, any_id: UUID) -> Response:
    """One delivery, or each version of a note. No patient data."""
    found = await show_deliveries(session, any_id)
    for delivery in found:
        admitted.trail.saw([delivery.delivery.client_id], delivery_id=delivery.delivery.id)
    return _story(any_id, found, content=False)


@router.post("/deliveries/{any_id}/content")
async def post_content(session: Session, admitted: TheAdmitted, any_id: UUID) -> Response:
    """The same with patient data; who looks is written down."""
    return _story(any_id, await open_content(session, any_id, person_of(admitted)), content=True)


@router.get("/confirm")
async def get_confirm(request: Request, session: Session) -> Response:
    """What would be moved, for somebody to count."""
    fields = fields_of(request)
    asked = to_be_moved(fields)
    moves = await look(session, asked)
    return _page(
        "confirm.html",
        move=asked.move,
        moves=moves[:_MOST],
        count=len(moves),
        single=bool(asked.chosen.delivery_id),
        hidden=[(name, value) for name, values in fields.items() for value in values],
    )


@router.post("/moves")
async def post_moves(request: Request, session: Session, admitted: TheAdmitted) -> Response:
    """They are moved, if they are as many as the person has counted."""
    asked, count = asked_by(await read_fields(request))
    moves = await carry_out(session, asked, count, person_of(admitted))
    return _page("done.html", move=asked.move, moves=moves[:_MOST], count=len(moves))


@router.get("/reconciliations/{run_id}")
async def get_reconciliation(session: Session, run_id: Annotated[int, Path(ge=1, le=2**63 - 1)]) -> Response:
    """What one run found, note by note."""
    run = await show_run(session, run_id)
    if run is None:
        raise NoSuchRun("No reconciliation has this number. Look for it in the list.")
    return _page("reconciliation.html", run=run)


@router.get("/desk.css")
async def get_style() -> Response:
    """How the pages look."""
    return Response(_STYLE, media_type="text/css", headers={"Cache-Control": "max-age=300"})


def wrong_page(error: CallerError) -> Response:
    """What the caller did wrong, as a page."""
    return _page("wrong.html", error.status, error=error, faults=getattr(error, "faults", ()))


def _story(any_id: UUID, found: Sequence[Shown], *, content: bool) -> Response:
    if not found:
        raise NoSuchDelivery("There is no delivery and no note with this id. Look for it in the list.")
    return _page("story.html", any_id=any_id, found=found, content=content)


def _page(name: str, status: int = 200, **shown: Any) -> Response:
    return Response(_TEMPLATES.get_template(name).render(shown), status, _HEADERS, "text/html")


def _url(path: str, fields: Fields) -> str:
    return f"{path}?{urlencode(fields, doseq=True)}"
