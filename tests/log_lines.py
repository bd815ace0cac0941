"""Logging as in production, read back: fixture `lines`."""

from typing import Any

import orjson
import pytest

from service.logs import configure_logs
from tests.sandbox_server import wait_until_all_closed


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> "Lines":
    """Logging as in production, read back."""
    wait_until_all_closed()
    capsys.readouterr()
    configure_logs("INFO")
    return Lines(capsys)


class Lines:
    """What was written to stderr since the last look."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def all(self) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in self._capsys.readouterr().err.splitlines()]

    def one(self) -> dict[str, Any]:
        (line,) = self.all()
        return line
