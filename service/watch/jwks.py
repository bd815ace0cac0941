"""`/.well-known/jwks.json`: our public keys, for the EHR's authorisation server to fetch (RFC 7517).

Two of them while one follows the other. Without a key the set is empty.
"""

from typing import Any

from fastapi import APIRouter, Request, Response

from service.keys import Keys

router = APIRouter(tags=["watch"])
_FRESH_FOR = 300


@router.get("/.well-known/jwks.json", summary="Our public keys towards the EHR")
async def jwks(request: Request, response: Response) -> dict[str, Any]:
    """A JSON Web Key Set."""
    keys: Keys = request.app.state.keys
    response.headers["Cache-Control"] = f"public, max-age={_FRESH_FOR}"
    return keys.published()
