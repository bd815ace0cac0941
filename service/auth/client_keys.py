"""The public keys of registered systems: what may be registered, and which of them signed.

A set that a system publishes is read by its URL, as `published_keys.py` reads those of issuers.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey, import_key

from service.auth.published_keys import PublishedKeys
from service.errors import NotTakenNow
from service.settings.loopback import LOOPBACK
from service.wire import Questions, refusal_of

ALGORITHMS: Final = ("RS384", "ES384")
_KEY_TYPES: Final = {"RS384": ("RSA", None), "ES384": ("EC", "P-384")}
_CURVES: Final = ("P-256", "P-384")
_LEAST_RSA_BITS: Final = 2048
_MOST_KEYS: Final = 20
_LONGEST_URL: Final = 400
# RFC 7518: what a private key has and a public one has not; k is a shared secret.
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_NO_KEY: Final = (ValueError, KeyError, TypeError, AttributeError, JoseError)

PublicKey: TypeAlias = RSAKey | ECKey
Ask: TypeAlias = Callable[[str], Awaitable[Mapping[str, Any]]]


def jwks_to_register(text: str | bytes) -> dict[str, Any]:
    """The set, with public keys only. `ValueError` with a sentence where one cannot be trusted or used."""
    try:
        jwks = json.loads(text)
        keys = jwks.get("keys", [jwks])
        found = [_to_register(jwk) for jwk in keys]
    except _NO_KEY as error:
        raise ValueError(str(error) if isinstance(error, _Told) else _NO_JWKS) from None
    if not 1 <= len(found) <= _MOST_KEYS:
        raise ValueError(f"The file has to hold one to {_MOST_KEYS} public keys.")
    if not any(_signs(jwk, algorithm) for jwk in found for algorithm in ALGORITHMS):
        raise ValueError("None of these keys can sign RS384 (RSA) or ES384 (EC, P-384). Ask for one that can.")
    if len({jwk["kid"] for jwk in found}) < len(found):
        raise ValueError("Two of these keys have the same kid. Ask for a set in which each has its own.")
    return {"keys": found}


def jwks_url_to_register(url: str) -> str:
    """The URL. `ValueError` with a sentence where keys that come from there could not be trusted, or never be read."""
    if len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or "#" in url:
        raise ValueError("The URL of the keys is no URL. It looks like https://ehr.example/jwks.json")
    if refusal := refusal_of(url, loopback=True):
        raise ValueError(f"The URL of the keys is not taken. {refusal} Whoever can change the keys is the system.")
    return url


class _Told(ValueError):
    """A sentence for the operator."""


_NO_JWKS: Final = 'This is no JSON Web Key Set. It looks like {"keys": [{"kty": "EC", "crv": "P-384", …}]}'


def _to_register(jwk: Any) -> dict[str, Any]:
    if _PRIVATE & jwk.keys():
        raise _Told(
            "There is a private key, or a secret, in this file. Nobody but the system itself may ever have it: throw "
            "this key away, make a new one, and send its public half alone."
        )
    if not isinstance(jwk.get("kid"), str) or not jwk["kid"]:
        raise _Told("A key has no kid. Each needs one, so that the system can say which of its keys signed.")
    if jwk["kty"] == "RSA" and _bits(jwk["n"]) < _LEAST_RSA_BITS:
        raise _Told(f"An RSA key has to have {_LEAST_RSA_BITS} bits or more. Ask for a longer one.")
    key = import_key(jwk)
    if not isinstance(key, RSAKey) and not (isinstance(key, ECKey) and key.curve_name in _CURVES):
        raise _Told("Keys have to be RSA, or EC on P-256 or P-384. Ask for one of those.")
    return dict(key.as_dict(private=False)) | {"kid": jwk["kid"]}


def _bits(modulus: str) -> int:
    """Looked at before the key is loaded: the library warns of a short one, and loads it."""
    return int.from_bytes(urlsafe_b64decode(modulus + "=" * (-len(modulus) % 4))).bit_length()


def _signs(jwk: Mapping[str, Any], algorithm: str) -> bool:
    key_type, curve = _KEY_TYPES[algorithm]
    return jwk.get("kty") == key_type and jwk.get("crv") == curve and jwk.get("use", "sig") == "sig"


def key_in(jwks: Mapping[str, Any], kid: str, algorithm: str) -> PublicKey | None:
    """The key of this id that may sign so, as strictly as at registration: a set by URL was never looked at there."""
    try:
        named = [jwk for jwk in jwks["keys"] if jwk.get("kid") == kid and _signs(jwk, algorithm)]
        (key,) = (import_key(_to_register(jwk)) for jwk in named)
    except _NO_KEY:
        return None
    return key if isinstance(key, RSAKey | ECKey) else None


class KeysOfSystems:
    """The sets that registered systems publish, kept by one process. `clock` is a steady one, in seconds."""

    def __init__(self, ask: Ask, clock: Callable[[], float]) -> None:
        self._ask = ask
        self._clock = clock
        self._kept: dict[str, PublishedKeys] = {}

    async def key(self, url: str, kid: str, algorithm: str) -> PublicKey | None:
        """The key of this id that may sign so. For an id that is not known the set is read again."""
        if url not in self._kept:
            self._kept[url] = PublishedKeys(urlsplit(url).hostname or "", partial(self._ask, url), self._clock)
        keys = self._kept[url]
        try:
            await keys.ready()
            if not keys.knows(kid):
                await keys.renew()
        except NotTakenNow:
            return None  # whoever asks is not told that this system is one of ours
        named = [one.key for one in keys.fitting(kid, algorithm) if one.kid == kid and _may_sign(one.key, algorithm)]
        return named[0] if len(named) == 1 else None


def asked_by(questions: Questions) -> Ask:
    """On this machine only where the operator said so, by the URL."""

    async def ask(url: str) -> Mapping[str, Any]:
        return await questions.get(url, loopback=urlsplit(url).hostname in LOOPBACK)

    return ask


def _may_sign(key: PublicKey, algorithm: str) -> bool:
    return _signs(key.as_dict(private=False), algorithm)
