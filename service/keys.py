"""Our keys towards EHRs: made and rotated by the commands, published as a JWKS, used to sign by `push/token.py`.

One file a key, a private JWK that only its owner may read. Two keys stand side by side while one follows the other:
the new one signs once it has been published long enough for the EHR's server to have fetched it.
"""

import json
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeAlias
from uuid import uuid4

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey, import_key

from service.errors import CannotStart

Algorithm: TypeAlias = Literal["ES384", "RS384"]
_KEY_TYPES = {"ES384": "EC", "RS384": "RSA"}
_RSA_BITS = 3072
_MOST = 2
_ONLY_THE_OWNER = 0o600
_LONG_AGO = "2000-01-01T00:00:00+00:00"
_NO_KEY = (ValueError, KeyError, TypeError, AttributeError, JoseError)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key pair. `key` is private: it is never shown, logged or published."""

    kid: str
    algorithm: Algorithm
    made_at: datetime
    key: RSAKey | ECKey

    def public(self) -> dict[str, Any]:
        """The JWK as it is published."""
        jwk: dict[str, Any] = dict(self.key.as_dict(private=False))
        return {**jwk, "kid": self.kid, "alg": self.algorithm, "use": "sig"}


class Keys:
    """The keys of one folder, read again only when a file of it changes. `published_for`: before a new one signs.

    `given` is one more, a private JWK from the environment; it counts as the oldest.
    """

    def __init__(self, folder: Path, published_for: timedelta, given: str | None = None) -> None:
        self.folder = folder
        self._published_for = published_for
        self._given = (_from_environment(given),) if given else ()
        self._seen: tuple[tuple[str, int], ...] = ()
        self._keys: tuple[SigningKey, ...] = ()

    def all(self) -> tuple[SigningKey, ...]:
        """Oldest first. `CannotStart` where a file is no key, or others may read it."""
        files = sorted(self.folder.glob("*.json")) if self.folder.is_dir() else []
        seen = tuple((file.name, file.stat().st_mtime_ns) for file in files)
        if seen != self._seen:
            self._keys = tuple(sorted((_read(file) for file in files), key=lambda key: key.made_at))
            self._seen = seen
        return self._given + self._keys

    def that_signs(self, now: datetime) -> SigningKey:
        """The newest that has been published long enough; the oldest where none has."""
        keys = self.all()
        if not keys:
            raise CannotStart(f"There is no key in {self.folder} (JOINEDUP_KEYS_FOLDER). Run: joinedup keys new")
        ready = [key for key in keys if now - key.made_at >= self._published_for]
        return ready[-1] if ready else keys[0]

    def published(self) -> dict[str, Any]:
        """The JWKS: every public key, so that the EHR knows the next one before it signs."""
        return {"keys": [key.public() for key in self.all()]}

    def new(self, algorithm: Algorithm, now: datetime) -> SigningKey:
        """The first key. `CannotStart` where there is one already."""
        if self.all():
            raise CannotStart("There is a key already. To have another one follow it, run: joinedup keys rotate")
        return _make(self.folder, algorithm, now)

    def at_least_one(self, algorithm: Algorithm, now: datetime) -> None:
        """The first key, where there is none yet. `CannotStart` where it cannot be kept."""
        try:
            if not self.all():
                _make(self.folder, algorithm, now)
        except OSError:
            raise CannotStart(
                f"No key can be kept in {self.folder}. Let us write there, or name another folder."
            ) from None

    def rotate(self, algorithm: Algorithm, now: datetime) -> SigningKey:
        """The next key beside the present one; an older one is removed. `CannotStart` while one does not sign yet."""
        keys = self.all()
        if not keys:
            raise CannotStart("There is no key yet. Run: joinedup keys new")
        signs = self.that_signs(now)
        if keys[-1] is not signs:
            raise CannotStart(f"Key {keys[-1].kid} is published and does not sign yet. Rotate again once it does.")
        made = _make(self.folder, algorithm, now)
        for old in [key for key in self.all() if key not in self._given][:-_MOST]:
            (self.folder / f"{old.kid}.json").unlink()
        return made


def _make(folder: Path, algorithm: Algorithm, now: datetime) -> SigningKey:
    kid = f"{now:%Y-%m-%d}-{uuid4().hex[:8]}"
    key = ECKey.generate_key("P-384") if algorithm == "ES384" else RSAKey.generate_key(_RSA_BITS)
    jwk = {**key.as_dict(private=True), "kid": kid, "alg": algorithm, "use": "sig", "made_at": now.isoformat()}
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Its mode from the beginning: there is no moment at which others could read it.
    opened = os.open(folder / f"{kid}.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_THE_OWNER)
    with os.fdopen(opened, "w") as file:
        json.dump(jwk, file)
    return SigningKey(kid, algorithm, now, key)


def _read(file: Path) -> SigningKey:
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise CannotStart(f"Others than its owner may read the private key {file}. Run: chmod 600 {file}")
    try:
        return _key(file.read_bytes())
    except _NO_KEY:
        raise CannotStart(f"{file} is no key that `joinedup keys` made. Move it out of this folder.") from None


def _from_environment(given: str) -> SigningKey:
    try:
        return _key(given)
    except _NO_KEY:
        raise CannotStart(
            "JOINEDUP_EHR_KEY is no private JWK with kid and alg (ES384 or RS384): `joinedup keys new` makes one."
        ) from None


def _key(text: str | bytes) -> SigningKey:
    jwk = json.loads(text)
    made_at = datetime.fromisoformat(jwk.pop("made_at", _LONG_AGO))
    if jwk["kty"] != _KEY_TYPES.get(jwk["alg"]):
        raise ValueError("not an algorithm of ours")
    key = import_key(jwk, jwk["kty"])
    return SigningKey(jwk["kid"], jwk["alg"], made_at, _private(key))


def _private(key: object) -> RSAKey | ECKey:
    if isinstance(key, RSAKey | ECKey) and key.is_private:
        return key
    raise ValueError("not a private key that can sign")


def in_order(keys: Sequence[SigningKey], signs: SigningKey | None) -> list[dict[str, str]]:
    """What may be shown of them."""
    return [
        {
            "kid": key.kid,
            "algorithm": key.algorithm,
            "made_at": f"{key.made_at:%Y-%m-%d %H:%M} UTC",
            "signs": "yes" if key is signs else "no",
        }
        for key in keys
    ]
