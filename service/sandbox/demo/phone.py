"""A phone, over HTTP: posts notes, amends and retracts them, asks where they stand. The contract at the door."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import httpx

from service.sandbox.demo.processes import DemoFailed

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
    """One specialist's phone; `url` is the service's."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=30)

    def close(self) -> None:
        """Put it away."""
        self._client.close()

    def post(self, note: Json) -> tuple[int, Json]:
        """Post a note: the status, and the receipt."""
        return _taken(self._client.post("/notes", json=note))

    def post_at_once(self, notes: Iterable[Json]) -> list[tuple[int, Json]]:
        """The same, in parallel."""
        with ThreadPoolExecutor(_AT_ONCE) as several:
            return list(several.map(self.post, notes))

    def amend(self, note: Json, version: int, reason: str) -> Json:
        """The next version of a note: its receipt."""
        headers = {"If-Match": f'"{version}"'}
        answer = self._client.put(f"/notes/{note['id']}", json={"note": note, "reason": reason}, headers=headers)
        return _taken(answer)[1]

    def retract(self, note_id: str, reason: str) -> Json:
        """Entered in error: the receipt."""
        return _taken(self._client.post(f"/notes/{note_id}/retraction", json={"reason": reason}))[1]

    def receipts(self, specialists: Sequence[str]) -> dict[str, Receipt]:
        """Where every note of these specialists stands, by its id."""
        return {receipt.id: receipt for specialist in specialists for receipt in self._pages(specialist)}

    def _pages(self, specialist: str) -> Iterable[Receipt]:
        after: dict[str, str] = {}
        while True:
            query = urlencode({"specialist": specialist, "limit": "200", **after})
            page = self._client.get(f"/notes?{query}").raise_for_status().json()
            yield from (_receipt(note) for note in page["notes"])
            if not page["next"]:
                return
            after = {"after": page["next"]}


def _taken(answer: httpx.Response) -> tuple[int, Json]:
    if answer.status_code not in (HTTPStatus.OK, HTTPStatus.CREATED):
        raise DemoFailed(f"The service did not take a note: {answer.status_code} {answer.text}")
    receipt: Json = answer.json()
    return answer.status_code, receipt


def _receipt(note: Json) -> Receipt:
    delivery = note["delivery"]
    return Receipt(note["id"], note["version"], delivery["state"], delivery["reason"], delivery["next_try_at"])
