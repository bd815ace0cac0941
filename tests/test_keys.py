"""Our keys towards EHRs: made for their owner alone, rotated two at a time, published without their private half."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.errors import CannotStart
from service.keys import Algorithm, Keys
from tests.commands import Run
from tests.door import phone_at

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
A_DAY = timedelta(hours=24)
PRIVATE = {"d", "p", "q", "dp", "dq", "qi"}


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys", A_DAY)


@pytest.mark.parametrize("algorithm", ["ES384", "RS384"])
def test_a_key_is_read_by_its_owner_alone_and_published_without_its_private_half(
    keys: Keys, algorithm: Algorithm
) -> None:
    made = keys.new(algorithm, NOW)
    (file,) = keys.folder.iterdir()
    assert (file.stat().st_mode & 0o777, keys.folder.stat().st_mode & 0o777) == (0o600, 0o700)
    (public,) = keys.published()["keys"]
    assert (public["kid"], public["alg"], public["use"]) == (made.kid, algorithm, "sig")
    assert not PRIVATE & public.keys()
    assert str(made.key.as_dict(private=True)["d"]) not in repr(made.public())


def test_the_next_key_signs_once_it_has_been_published_long_enough(keys: Keys) -> None:
    first = keys.new("ES384", NOW)
    assert keys.that_signs(NOW).kid == first.kid
    second = keys.rotate("RS384", NOW + 2 * A_DAY)
    assert [key["kid"] for key in keys.published()["keys"]] == [first.kid, second.kid]
    assert keys.that_signs(NOW + 2.5 * A_DAY).kid == first.kid
    assert keys.that_signs(NOW + 3 * A_DAY).kid == second.kid


def test_a_key_is_removed_when_two_others_have_followed_it(keys: Keys) -> None:
    keys.new("ES384", NOW)
    second = keys.rotate("ES384", NOW + 2 * A_DAY)
    third = keys.rotate("ES384", NOW + 4 * A_DAY)
    assert [key.kid for key in keys.all()] == [second.kid, third.kid]


def test_what_would_leave_the_ehr_without_a_key_that_it_knows_is_refused(keys: Keys) -> None:
    with pytest.raises(CannotStart, match="joinedup keys new"):
        keys.rotate("ES384", NOW)
    with pytest.raises(CannotStart, match="joinedup keys new"):
        keys.that_signs(NOW)
    keys.new("ES384", NOW)
    with pytest.raises(CannotStart, match="joinedup keys rotate"):
        keys.new("ES384", NOW)
    keys.rotate("ES384", NOW + A_DAY)
    with pytest.raises(CannotStart, match="does not sign yet"):
        keys.rotate("ES384", NOW + 1.5 * A_DAY)


def test_a_key_that_others_may_read_is_not_used(keys: Keys) -> None:
    keys.new("ES384", NOW)
    (file,) = keys.folder.iterdir()
    file.chmod(0o640)
    with pytest.raises(CannotStart, match="chmod 600"):
        Keys(keys.folder, A_DAY).all()


def _jwk(keys: Keys) -> dict[str, Any]:
    keys.new("ES384", NOW)
    (file,) = keys.folder.iterdir()
    found: dict[str, Any] = json.loads(file.read_text())
    return found


@pytest.mark.parametrize(
    "change",
    [{"kty": "EC", "d": None}, {"kty": "oct", "k": "c2VjcmV0"}, {"kid": None}, {"alg": "ES256"}, {"made_at": "then"}],
)
def test_what_is_no_private_key_of_ours_is_told_without_its_content(keys: Keys, change: dict[str, Any]) -> None:
    jwk = {name: value for name, value in (_jwk(keys) | change).items() if value is not None}
    (file,) = keys.folder.iterdir()
    file.write_text(json.dumps(jwk))
    with pytest.raises(CannotStart, match="is no key that") as refused:
        Keys(keys.folder, A_DAY).all()
    with pytest.raises(CannotStart, match="JOINEDUP_EHR_KEY is no private JWK"):
        Keys(keys.folder, A_DAY, json.dumps(jwk))
    assert str(jwk["x"]) not in str(refused.value)


@pytest.mark.parametrize("text", ["", "not json", "[]"])
def test_a_file_that_is_no_json_is_told(keys: Keys, text: str) -> None:
    _jwk(keys)
    (file,) = keys.folder.iterdir()
    file.write_text(text)
    with pytest.raises(CannotStart, match="is no key that"):
        Keys(keys.folder, A_DAY).all()


def test_a_key_from_the_environment_signs_and_is_never_removed(keys: Keys, tmp_path: Path) -> None:
    given = _jwk(keys)
    both = Keys(tmp_path / "none", A_DAY, json.dumps({name: one for name, one in given.items() if name != "made_at"}))
    assert both.that_signs(NOW).kid == given["kid"]
    for days in (1, 3, 5):
        both.rotate("ES384", NOW + days * A_DAY)
    assert both.all()[0].kid == given["kid"]
    assert len(both.all()) == 3


# --- the commands, and what is published -----------------------------------------------------------------


@pytest.fixture
def folder(bare: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    bare.setenv("JOINEDUP_KEYS_FOLDER", str(tmp_path / "ours"))
    return tmp_path / "ours"


def _only_key_in(folder: Path) -> tuple[Path, dict[str, Any]]:
    (file,) = folder.iterdir()
    return file, json.loads(file.read_text())


async def test_keys_are_made_rotated_and_listed_without_anything_secret(run: Run, folder: Path) -> None:
    assert "joinedup keys new" in (await run("keys", "list")).out
    made = await run("keys", "new")
    file, jwk = _only_key_in(folder)
    assert jwk["kid"] in made.out
    assert "/.well-known/jwks.json" in made.out
    assert (await run("keys", "new")).status == 2

    file.write_text(json.dumps(jwk | {"made_at": "2026-01-01T00:00:00+00:00"}))
    rotated = await run("keys", "rotate", "--alg", "RS384")
    assert f"{jwk['kid']} goes on signing" in rotated.out
    listed = await run("keys", "list")
    assert "RS384" in listed.out
    shown = (await run("keys", "list", "--json")).json()
    assert [key["signs"] for key in shown] == ["yes", "no"]
    assert jwk["d"] not in made.out + rotated.out + listed.out + repr(shown)


async def test_the_keys_of_tokens_that_we_issue_are_rotated_by_the_same_commands(
    run: Run, bare: pytest.MonkeyPatch, folder: Path, tmp_path: Path
) -> None:
    bare.setenv("JOINEDUP_ISSUER_KEYS_FOLDER", str(tmp_path / "issuer"))
    made = await run("keys", "new", "--issuer")
    assert "/oauth/jwks.json" in made.out
    file, jwk = _only_key_in(tmp_path / "issuer")
    file.write_text(json.dumps(jwk | {"made_at": "2026-01-01T00:00:00+00:00"}))
    await run("keys", "rotate", "--issuer")
    assert [key["signs"] for key in (await run("keys", "list", "--json", "--issuer")).json()] == ["yes", "no"]
    assert (await run("keys", "list", "--json")).json() == []


@pytest.mark.parametrize("command", ["serve", "worker"])
async def test_what_runs_does_not_start_without_the_key_that_it_needs(
    run: Run, bare: pytest.MonkeyPatch, folder: Path, command: str
) -> None:
    bare.setenv("JOINEDUP_EHR_AUTH", "smart")
    bare.setenv("JOINEDUP_EHR_CLIENT_ID", "joined-up")
    said = await run(command)
    assert (said.status, said.out) == (2, "")
    assert "Run: joinedup keys new" in said.err


async def test_serve_publishes_the_public_keys(folder: Path, database_url: str) -> None:
    made = Keys(folder, A_DAY).new("ES384", NOW)
    async with phone_at(database_url) as phone:
        answer: httpx.Response = await phone.get("/.well-known/jwks.json")
        assert answer.headers["Cache-Control"] == "public, max-age=300"
        assert [key["kid"] for key in answer.json()["keys"]] == [made.kid]
        assert not PRIVATE & answer.json()["keys"][0].keys()
