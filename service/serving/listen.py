"""Where we may listen: on this machine's loopback always, anywhere else only behind sign-in and encryption."""

import os
import socket
from contextlib import closing
from ipaddress import ip_address
from typing import Final

from service.errors import CannotStart

_BACKLOG: Final = 2048
_NO_ISSUER: Final = (
    "joinedup does not listen on {host}: no issuer of tokens is set, so anybody who can reach it could read and write. "
    "Set JOINEDUP_ISSUERS, or set JOINEDUP_HOST to 127.0.0.1."
)
_IN_THE_CLEAR: Final = (
    "joinedup does not listen on {host}: tokens and notes would go over the network in the clear. Set "
    "JOINEDUP_TLS_CERTIFICATE and JOINEDUP_TLS_KEY; or, where a proxy in front has the certificate, "
    "JOINEDUP_PUBLIC_URL to its https address; or JOINEDUP_HOST to 127.0.0.1."
)


def listen(host: str, port: int, *, callers_sign_in: bool = False, encrypted: bool = False) -> "closing[socket.socket]":
    """A socket that is listened on, closed at the end of a `with`.

    `CannotStart` for any address but loopback, unless callers sign in and what they say is encrypted.
    """
    if not is_loopback(host) and not (callers_sign_in and encrypted):
        raise CannotStart((_IN_THE_CLEAR if callers_sign_in else _NO_ISSUER).format(host=host))
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return closing(socket.create_server((host, port), family=family, backlog=_BACKLOG))
    except OSError as fault:
        raise CannotStart(
            f"Port {port} of {host} cannot be listened on ({os.strerror(fault.errno or 0)}). Stop what uses it, or "
            "choose another; 0 takes a free one."
        ) from None


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
