"""Asks an issuer about one of its tokens, as it is now (RFC 7662): for opaque tokens, and for ones taken back early."""

from base64 import b64encode
from typing import Any
from urllib.parse import quote

import structlog

from service.auth.published_keys import host_of
from service.auth.unreachable import cannot_be_checked
from service.errors import NotSignedIn
from service.settings.access import IssuerSettings
from service.wire import NoAnswer, Questions

log = structlog.get_logger()


async def introspect(token: str, issuer: IssuerSettings, questions: Questions) -> dict[str, Any]:
    """What it says of a token that is active; `NotSignedIn` of any other, `NotTakenNow` where it does not answer."""
    try:
        said = await questions.post_form(
            str(issuer.introspection_url),
            {"token": token, "token_type_hint": "access_token"},
            _as_ourselves(issuer),
            loopback=issuer.is_on_this_machine,
        )
    except NoAnswer as fault:
        log.warning(
            "an issuer does not say whether a token is active",
            host=host_of(issuer),
            reason_code=fault.why,
            status=fault.status,
        )
        raise cannot_be_checked() from None
    if said.get("active") is not True:
        raise NotSignedIn("revoked")
    return said


def _as_ourselves(issuer: IssuerSettings) -> dict[str, str]:
    """HTTP basic authentication as OAuth has it, RFC 6749, section 2.3.1."""
    secret = issuer.introspection_client_secret
    named = quote(issuer.introspection_client_id or "", safe="")
    pair = f"{named}:{quote(secret.get_secret_value() if secret else '', safe='')}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
