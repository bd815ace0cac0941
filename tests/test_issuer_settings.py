"""JOINEDUP_ISSUERS: what it takes, and which field of which entry is wrong, in a sentence and without its value."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from service.auth.issuers import issuers_of
from service.errors import CannotStart
from service.settings import Settings, in_a_sentence
from service.settings.access import IssuerSettings
from tests.sign_in import Json

ISSUER: Json = {"issuer": "https://idp.trust.example/realms/trust", "audience": "https://joinedup.trust.example"}
INTROSPECTION = {
    "introspection_url": "https://idp.trust.example/introspect",
    "introspection_client_id": "joined-up",
    "introspection_client_secret": "do-not-show",
}


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JOINEDUP_PUBLIC_URL", raising=False)


def _read(monkeypatch: pytest.MonkeyPatch, said: Any) -> Settings:
    monkeypatch.setenv("JOINEDUP_ISSUERS", said if isinstance(said, str) else json.dumps(said))
    return Settings(_env_file=None)


def _told(monkeypatch: pytest.MonkeyPatch, said: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        _read(monkeypatch, said)
    return in_a_sentence(caught.value)


def test_an_entry_needs_an_issuer_and_an_audience_only(monkeypatch: pytest.MonkeyPatch) -> None:
    (entry,) = _read(monkeypatch, [ISSUER]).issuers
    assert entry.algorithms == ("RS256", "ES256", "PS256", "ES384", "RS384")
    assert (entry.subject_claim, entry.roles_claim, entry.roles) == ("sub", "roles", {})
    assert (entry.systems, entry.opaque, entry.introspection_age) == (False, False, 0)
    assert 0 <= entry.leeway <= 30


def test_the_audience_is_the_public_url_without_its_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOINEDUP_PUBLIC_URL", "https://joinedup.trust.example")
    settings = _read(monkeypatch, [{"issuer": ISSUER["issuer"]}])
    assert settings.audience_of(settings.issuers[0]) == "https://joinedup.trust.example"
    settings = _read(monkeypatch, [{**ISSUER, "audience": "api://joined-up"}])
    assert settings.audience_of(settings.issuers[0]) == "api://joined-up"


def test_nothing_said_is_no_issuer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _read(monkeypatch, "").issuers == _read(monkeypatch, []).issuers == ()


def test_an_issuer_is_kept_letter_by_letter() -> None:
    for spelt in ("https://idp.trust.example", "https://idp.trust.example/", "https://IDP.trust.example/x/v2.0"):
        assert IssuerSettings.model_validate({**ISSUER, "issuer": spelt}).issuer == spelt


@pytest.mark.parametrize("spelt", ["http://127.0.0.1:9000", "http://localhost:9000/x", "http://[::1]:9000"])
def test_an_issuer_on_this_machine_needs_no_tls(spelt: str) -> None:
    assert IssuerSettings.model_validate({"issuer": spelt}).is_on_this_machine
    assert not IssuerSettings.model_validate(ISSUER).is_on_this_machine


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"issuer": None}, "entry 1, issuer: "),
        ({"issuer": 7}, "entry 1, issuer: "),
        ({"issuer": "secret"}, "entry 1, issuer: It has to begin with https://."),
        ({"issuer": "http://secret.example"}, "entry 1, issuer: It has to begin with https://."),
        ({"issuer": "https://[secret"}, "entry 1, issuer: That is no URL."),
        ({"issuer": "https://"}, "entry 1, issuer: It has to be a URL with a host"),
        ({"issuer": "https://secret@idp.trust.example"}, "without a name, a password or a fragment."),
        ({"issuer": "https://idp.trust.example/#secret"}, "without a name, a password or a fragment."),
        ({"issuer": "https://idp.trust.example/?secret"}, "entry 1, issuer: It has to be without a query"),
        ({"jwks_url": "http://secret.example/keys"}, "entry 1, jwks_url: It has to begin with https://."),
        ({"audience": None}, "entry 1, audience: Name it, or set JOINEDUP_PUBLIC_URL."),
        ({"audience": ""}, "entry 1, audience: "),
        ({"algorithms": ["RS256", "HS256"]}, "entry 1, algorithms: none and HS… are never taken"),
        ({"algorithms": ["none"]}, "entry 1, algorithms: none and HS… are never taken"),
        ({"algorithms": ["hs512"]}, "entry 1, algorithms: none and HS… are never taken"),
        ({"algorithms": ["secret"]}, "entry 1, algorithms.0: "),
        ({"algorithms": []}, "entry 1, algorithms: Name at least one, or leave it out."),
        ({"algorithms": "RS256"}, "entry 1, algorithms: "),
        ({"leeway": 31}, "entry 1, leeway: "),
        ({"leeway": -1}, "entry 1, leeway: "),
        ({"roles": {"nurse": "secret"}}, "entry 1, roles.nurse: "),
        ({"roles": {"ehr": "system"}}, "entry 1, roles.ehr: "),
        ({"roles_claim": ""}, "entry 1, roles_claim: "),
        ({"rolls_claim": "secret"}, "entry 1, rolls_claim: "),
        ({"introspection_age": 301}, "entry 1, introspection_age: "),
        ({"introspection_client_secret": "secret"}, "entry 1: introspection_url, introspection_client_id and"),
        ({**INTROSPECTION, "introspection_client_id": None}, "entry 1: introspection_url, introspection_client_id and"),
        ({"opaque": True}, "entry 1: opaque needs introspection_url"),
    ],
    ids=lambda value: str(value)[:50].encode("ascii", "replace").decode(),
)
def test_what_is_wrong_is_told_by_entry_and_field(monkeypatch: pytest.MonkeyPatch, changes: Json, told: str) -> None:
    sentence = _told(monkeypatch, [{**ISSUER, **changes}])
    assert "JOINEDUP_ISSUERS: " in sentence
    assert told in sentence
    assert "secret" not in sentence.replace("introspection_client_secret", "")
    assert "do-not-show" not in sentence


@pytest.mark.parametrize("said", ["secret", "{}", '"secret"', "[", "7", "[" * 100_000])
def test_what_is_no_list_is_told_with_an_example(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    sentence = _told(monkeypatch, said)
    assert 'JOINEDUP_ISSUERS: It has to be a JSON list: [{"issuer": "https://…", …}].' in sentence
    assert "secret" not in sentence


def test_the_second_entry_is_told_as_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "JOINEDUP_ISSUERS: entry 2, issuer: " in _told(monkeypatch, [ISSUER, {}])
    other = {"issuer": "https://other.example"}
    assert "JOINEDUP_ISSUERS: entry 2, audience: Name it" in _told(monkeypatch, [ISSUER, other])


def test_an_issuer_stands_there_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Two entries have the same issuer." in _told(monkeypatch, [ISSUER, ISSUER])


def test_one_issuer_at_most_has_opaque_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    one = {**ISSUER, **INTROSPECTION, "opaque": True}
    assert "One entry at most may be opaque." in _told(monkeypatch, [one, {**one, "issuer": "https://other.example"}])


def test_a_secret_is_not_shown_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _read(monkeypatch, [{**ISSUER, **INTROSPECTION}])
    assert "do-not-show" not in f"{settings!r} {settings}"


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://169.254.169.254/"},
        {"jwks_url": "https://127.0.0.1/keys"},
        {**INTROSPECTION, "introspection_url": "https://[fe80::1]/introspect"},
    ],
)
def test_a_url_that_is_never_asked_is_told_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, changes: Json
) -> None:
    settings = _read(monkeypatch, [{**ISSUER, **changes}])
    field = next(iter(changes))
    with pytest.raises(CannotStart, match=rf"JOINEDUP_ISSUERS: entry 1, {field}: (That address|It must not)"):
        issuers_of(settings)


def test_the_list_may_lie_in_a_file_as_other_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "joinedup_issuers").write_text(json.dumps([ISSUER]))
    monkeypatch.delenv("JOINEDUP_ISSUERS", raising=False)
    monkeypatch.setenv("JOINEDUP_SECRETS_FOLDER", str(tmp_path))
    assert [entry.issuer for entry in Settings(_env_file=None).issuers] == [ISSUER["issuer"]]
