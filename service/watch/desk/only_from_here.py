"""Keeps the desk to people on this machine, until the service knows its callers.

A page from elsewhere, open in the same browser, can neither move anything here nor read an answer: what a browser says
of where a request comes from has to be this service, under a name of loopback.
"""

from typing import Final
from urllib.parse import urlsplit

from fastapi import Depends, Request

from service.errors import NotFromHere

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_SAME: Final = frozenset({"same-origin", "none"})


def _check(request: Request) -> None:
    host = request.headers.get("host", "")
    origin = request.headers.get("origin")
    from_elsewhere = origin is not None and urlsplit(origin).netloc != host
    if (
        urlsplit(f"//{host}").hostname not in _LOOPBACK
        or from_elsewhere
        or request.headers.get("sec-fetch-site", "none") not in _SAME
    ):
        raise NotFromHere("Open http://127.0.0.1 with the service's port, on the machine that it runs on.")


OnlyFromHere: Final = Depends(_check)
