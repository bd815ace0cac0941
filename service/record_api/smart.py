"""`/fhir/.well-known/smart-configuration`: where a system gets its token, and what it may ask for. No token needed.

Said only of what works: systems, by an asymmetric key. https://hl7.org/fhir/smart-app-launch/conformance.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request, Response

from service.auth.client_keys import ALGORITHMS
from service.auth.give_token import TokenOffice
from service.auth.scopes import SERVED
from service.errors import NotServed
from service.settings.access import AccessSettings

router = APIRouter(prefix="/fhir", tags=["fhir"])

_FRESH_FOR: Final = 300


@dataclass(frozen=True, slots=True)
class TokenPlace:
    """Who gives tokens to systems: ourselves, or the trust's authorisation server."""

    token_url: str
    jwks_url: str | None = None


def token_place_of(settings: AccessSettings, office: TokenOffice | None) -> TokenPlace | None:
    """Ours, else that of the issuer that is set for systems; None where nobody gives them tokens."""
    if office:
        return TokenPlace(office.token_url, f"{office.issuer.url}/oauth/jwks.json")
    urls = (issuer.token_url for issuer in settings.issuers if issuer.systems and issuer.token_url)
    return next((TokenPlace(url) for url in urls), None)


@router.get("/.well-known/smart-configuration", summary="How a system gets a token for this API")
async def smart_configuration(request: Request) -> Response:
    """SMART App Launch 2.2, as far as SMART Backend Services needs it."""
    place: TokenPlace | None = request.app.state.token_place
    if place is None:
        raise NotServed(404)
    headers = {"Cache-Control": f"public, max-age={_FRESH_FOR}"}
    return Response(orjson.dumps(said_of(place)), headers=headers, media_type="application/json")


def said_of(place: TokenPlace) -> Mapping[str, Any]:
    """The document. `code_challenge_methods_supported` has to be in every one; nobody is sent to sign in by it."""
    keys = {"jwks_uri": place.jwks_url} if place.jwks_url else {}
    return keys | {
        "token_endpoint": place.token_url,
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "scopes_supported": [f"system/{name}.{letters}" for name, letters in SERVED.items()],
        "capabilities": ["client-confidential-asymmetric", "permission-v2"],
        "code_challenge_methods_supported": ["S256"],
    }
