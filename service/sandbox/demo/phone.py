"""The specialists' phones, over HTTP: post notes, amend and retract them, ask where they stand. The contract at the
door; each request carries the token of the specialist who wrote the note."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from service.sandbox.demo.processes import DemoFailed
from service.sandbox.demo.sign_ins import SignIns

Json = dict[str, Any]
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the service says of a note. `sentence` is there where something is to be said."""

    id: str
    version: int
    state: str
    reason: str | None
    next_try_at: str | None


class Phone:
    """Every specialist's phone; `url` is the service's."""

    def __init__(self, url: str, sign_ins: SignIns) -> None:
        self._client = httpx.Client(base_url=url, timeout=30)
        self._sign_ins = sign_ins

    def close(self) -> None:
        """Put it away."""
        self._client.close()

    def post(self, note: Json) -> int:
        """Post a note: 201 where it is new, 200 where it was there already."""
        return _taken(self._client.post("/notes", json=note, headers=self._writers(note))).status_code

    def post_at_once(self, notes: Iterable[Json]) -> list[int]:
        """The same, in parallel."""
        with ThreadPoolExecutor(_AT_ONCE) as several:
            return list(several.map(self.post, notes))

    def amend(self, note: Json, version: int, reason: str) -> int:
        """Amend that version of a note: the next version."""
        body = {"note": note, "reason": reason}
        headers = {**self._writers(note), "If-Match": f'"{version}"'}
        return int(_taken(self._client.put(f"/notes/{note['id']}", json=body, headers=headers)).json()["version"])

    def retract(self, note: Json, reason: str) -> int:
        """Entered in error: the next version."""
        path = f"/notes/{note['id']}/retraction"
        answer = self._client.post(path, json={"reason": reason}, headers=self._writers(note))
        return int(_taken(answer).json()["version"])

    def receipts(self, specialists: Sequence[str]) -> dict[str, Receipt]:
        """Where the newest 200 notes of each of these specialists stand, by id; each asks for their own."""
        pages = [self._page(specialist) for specialist in specialists]
        notes = [note for page in pages for note in page.raise_for_status().json()["notes"]]
        return {note["id"]: _receipt(note) for note in notes}

    def _page(self, specialist: str) -> httpx.Response:
        query: dict[str, str | int] = {"specialist": specialist, "limit": 200}
        return self._client.get("/notes", params=query, headers=self._sign_ins.header(specialist))

    def _writers(self, note: Json) -> dict[str, str]:
        return self._sign_ins.header(note["specialist"]["id"])


def _taken(answer: httpx.Response) -> httpx.Response:
    if answer.status_code not in (HTTPStatus.OK, HTTPStatus.CREATED):
        raise DemoFailed(f"The service did not take a note: {answer.status_code} {answer.text}")
    return answer


def _receipt(note: Json) -> Receipt:
    delivery = note["delivery"]
    return Receipt(note["id"], note["version"], delivery["state"], delivery["reason"], delivery["next_try_at"])
