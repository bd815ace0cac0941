"""The public keys of systems: what an operator may register, and which of those that are published may sign."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from service.auth.client_keys import KeysOfSystems, jwks_to_register, jwks_url_to_register, key_in
from service.keys import Keys
from service.wire import NoAnswer
from tests.token_office import new_keys

Json = dict[str, Any]
URL = "https://ehr.example/jwks.json"


def _public(key: Any, **more: Any) -> Json:
    return {**key.as_dict(private=False), "kid": "1", **more}


EC = _public(ECKey.generate_key("P-384"))
SHORT = "w" * 171  # of 1024 bits
P256 = _public(ECKey.generate_key("P-256"), kid="2")


def test_public_keys_are_kept_without_what_else_the_file_says() -> None:
    given = {"keys": [{**EC, "alg": "ES384", "use": "sig"}, P256], "note": "from the supplier"}
    kept = jwks_to_register(json.dumps(given))
    assert [key["kid"] for key in kept["keys"]] == ["1", "2"]
    assert kept.keys() == {"keys"}


def test_a_single_key_is_a_set_of_one() -> None:
    assert [key["x"] for key in jwks_to_register(json.dumps(EC))["keys"]] == [EC["x"]]


@pytest.mark.parametrize("algorithm", ["ES384", "RS384"])
def test_our_own_published_keys_could_be_registered(tmp_path: Path, algorithm: Any) -> None:
    published = new_keys(tmp_path, algorithm).published()
    kept = jwks_to_register(json.dumps(published))
    (key,) = published["keys"]
    assert key_in(kept, key["kid"], algorithm)


@pytest.mark.parametrize(
    ("jwks", "sentence"),
    [
        ({"keys": [ECKey.generate_key("P-384").as_dict(private=True) | {"kid": "1"}]}, "throw this key away"),
        ({"keys": [RSAKey.generate_key(2048).as_dict(private=True) | {"kid": "1"}]}, "throw this key away"),
        ({"keys": [EC, OctKey.generate_key(256).as_dict(private=True) | {"kid": "2"}]}, "throw this key away"),
        ({"keys": [{"kty": "RSA", "kid": "1", "n": SHORT, "e": "AQAB"}]}, "2048 bits or more"),
        ({"keys": [_public(OKPKey.generate_key("Ed25519"))]}, "RSA, or EC on P-256 or P-384"),
        ({"keys": [_public(ECKey.generate_key("P-521"))]}, "RSA, or EC on P-256 or P-384"),
        ({"keys": [P256]}, "None of these keys can sign"),
        ({"keys": [{**EC, "use": "enc"}]}, "None of these keys can sign"),
        ({"keys": [{**EC, "kid": ""}]}, "A key has no kid"),
        ({"keys": [{**EC, "kid": 7}]}, "A key has no kid"),
        ({"keys": [EC, {**P256, "kid": "1"}]}, "the same kid"),
        ({"keys": []}, "one to 20 public keys"),
        ({"keys": [EC] * 21}, "one to 20 public keys"),
        ({"keys": {}}, "one to 20 public keys"),
        ({"keys": [{"kty": "RSA", "kid": "1", "n": 7, "e": "AQAB"}]}, "no JSON Web Key Set"),
        ({"keys": [{"kty": "EC", "kid": "1"}]}, "no JSON Web Key Set"),
        ({"keys": ["EC"]}, "no JSON Web Key Set"),
        ({"keys": 7}, "no JSON Web Key Set"),
        ([], "no JSON Web Key Set"),
        ("", "no JSON Web Key Set"),
    ],
)
def test_keys_that_cannot_be_trusted_or_used_are_refused_with_what_to_do(jwks: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)) as refused:
        jwks_to_register(json.dumps(jwks))
    assert str(EC["x"]) not in str(refused.value)


@pytest.mark.parametrize("text", [b"not json", b"\xff\xfe\xfd", b"-----BEGIN PUBLIC KEY-----"])
def test_a_file_that_is_no_json_is_told(text: bytes) -> None:
    with pytest.raises(ValueError, match="no JSON Web Key Set"):
        jwks_to_register(text)


@pytest.mark.parametrize(
    "url", [URL, "https://10.1.2.3:8443/keys?a=b", "http://127.0.0.1:9/jwks", "http://localhost/k"]
)
def test_keys_come_from_https_or_from_this_machine(url: str) -> None:
    assert jwks_url_to_register(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://ehr.example/jwks.json",
        "file:///etc/passwd",
        "https://user:password@ehr.example/jwks.json",
        "https://169.254.169.254/latest",
        "https://ehr.example/jwks.json#key",
        "https://ehr.example/jwks .json",
        "https://ehr.example/jwks\n.json",
        "https://[::1",
        "https://éhr.example/",
        "ehr.example",
        "",
        f"https://ehr.example/{'a' * 400}",
    ],
)
def test_a_url_that_keys_should_not_come_from_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="The URL of the keys is"):
        jwks_url_to_register(url)


@pytest.mark.parametrize(
    "jwks",
    [
        {},
        {"keys": 7},
        {"keys": [P256 | {"kid": "1"}]},
        {"keys": [EC, EC]},
        {"keys": [EC | {"use": "enc"}]},
        {"keys": [{**EC, "kid": "other"}]},
        {"keys": [{**EC, "x": "AAAA"}]},
    ],
)
def test_a_set_without_the_one_key_that_may_sign_so_has_none(jwks: Json) -> None:
    assert key_in(jwks, "1", "ES384") is None


class Published:
    """What a system publishes, and how often it was asked; a fault instead, where it has one."""

    def __init__(self, *keys: Json) -> None:
        self.keys = list(keys)
        self.asked: list[str] = []
        self.fault: NoAnswer | None = None
        self.seconds = 1000.0

    async def __call__(self, url: str) -> Mapping[str, Any]:
        self.asked.append(url)
        if self.fault:
            raise self.fault
        return {"keys": self.keys}

    def clock(self) -> float:
        return self.seconds

    def known(self) -> KeysOfSystems:
        return KeysOfSystems(self, self.clock)


async def test_published_keys_are_read_once_and_again_for_a_key_that_is_new() -> None:
    published = Published(EC)
    keys = published.known()
    for _ in range(3):
        assert await keys.key(URL, "1", "ES384")
    assert published.asked == [URL]
    published.keys.append(EC | {"kid": "next"})
    published.seconds += 11
    assert await keys.key(URL, "next", "ES384")
    assert len(published.asked) == 2


async def test_made_up_key_ids_ask_the_system_once_in_ten_seconds() -> None:
    published = Published(EC)
    keys = published.known()
    for number in range(50):
        published.seconds += 0.1
        assert await keys.key(URL, f"made up {number}", "ES384") is None
    assert len(published.asked) == 1


async def test_each_system_has_keys_of_its_own() -> None:
    published = Published(EC)
    keys = published.known()
    assert await keys.key(URL, "1", "ES384")
    assert await keys.key("https://another.example/jwks", "1", "ES384")
    assert published.asked == [URL, "https://another.example/jwks"]


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (P256 | {"kid": "1"}, "ES384"),
        (EC, "RS384"),
        (EC | {"use": "enc"}, "ES384"),
        (EC | {"kid": None}, "ES384"),
    ],
)
async def test_a_published_key_is_looked_at_as_strictly_as_one_in_a_file(key: Json, algorithm: str) -> None:
    keys = Published(EC | {"kid": "good"}, {name: one for name, one in key.items() if one is not None}).known()
    assert await keys.key(URL, "1", algorithm) is None
    assert await keys.key(URL, "good", "ES384")


async def test_two_keys_of_one_id_are_none() -> None:
    assert await Published(EC, EC | {"alg": "ES384"}).known().key(URL, "1", "ES384") is None


async def test_a_system_that_does_not_publish_has_no_keys() -> None:
    published = Published()
    published.fault = NoAnswer("unreachable")
    assert await published.known().key(URL, "1", "ES384") is None


def test_a_folder_that_has_a_key_gets_no_other(tmp_path: Path) -> None:
    keys = new_keys(tmp_path)
    (before,) = keys.all()
    keys.at_least_one("RS384", before.made_at)
    assert keys.all() == (before,)
    empty = Keys(tmp_path / "empty", timedelta(0))
    empty.at_least_one("RS384", before.made_at)
    assert [key.algorithm for key in empty.all()] == ["RS384"]
