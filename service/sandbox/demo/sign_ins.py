"""Signs the demo's people in: a token of each from the issuer beside, fetched once and sent with every request."""

from typing import Any

import httpx

from service.sandbox.demo.processes import DemoFailed

Json = dict[str, Any]


class SignIns:
    """`issuer_url` gives tokens, `url` is the service's. Members are named by their ids (`sandbox/staff.py`)."""

    def __init__(self, issuer_url: str, url: str) -> None:
        self._issuer_url = issuer_url
        self._client = httpx.Client(base_url=url, timeout=30)
        self._tokens: dict[str, str] = {}

    def close(self) -> None:
        """Nobody asks any more."""
        self._client.close()

    def token(self, member: str) -> str:
        """Of this member, the same each time."""
        if member not in self._tokens:
            answer = self._client.post(f"{self._issuer_url}/token/{member}")
            if not answer.is_success:
                raise DemoFailed(f"The issuer gave no token: {answer.status_code} {answer.text}")
            self._tokens[member] = answer.text
        return self._tokens[member]

    def header(self, member: str) -> dict[str, str]:
        """What a request of theirs carries."""
        return {"Authorization": f"Bearer {self.token(member)}"}

    def get(self, member: str | None, path: str) -> httpx.Response:
        """In their name; None for somebody without a token."""
        return self._client.get(path, headers=self.header(member) if member else {})

    def post(self, member: str, path: str, body: Json) -> httpx.Response:
        """In their name."""
        return self._client.post(path, json=body, headers=self.header(member))
