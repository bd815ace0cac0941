"""Keeps the desk to itself: to people on this machine where there is no issuer, and always from pages of others.

A page from elsewhere, open in the same browser, can neither move anything here nor read an answer: what a browser says
of where a request comes from has to be this service, under a name of loopback.
"""

from typing import Final
from urllib.parse import urlsplit

from fastapi import Depends, Request

from service.auth.admit import TheAdmitted
from service.errors import NotFromHere
from service.settings.loopback import LOOPBACK

_SAME: Final = frozenset({"same-origin", "none"})


def _check(request: Request, admitted: TheAdmitted) -> None:
    host = request.headers.get("host", "")
    origin = request.headers.get("origin")
    from_elsewhere = origin is not None and urlsplit(origin).netloc != host
    if from_elsewhere or request.headers.get("sec-fetch-site", "none") not in _SAME:
        raise NotFromHere("Open the desk itself in your browser: another page has asked for this.")
    if admitted.caller.is_at_this_machine and urlsplit(f"//{host}").hostname not in LOOPBACK:
        raise NotFromHere("Open http://127.0.0.1 with the service's port, on the machine that it runs on.")


OnlyFromHere: Final = Depends(_check)
