"""`.env.example` says every setting, its meaning and its default, and agrees with the program."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from service.settings import Settings, in_a_sentence, misspelt
from tests.source import TOP

EXAMPLE = TOP / ".env.example"
_LINE = re.compile(r"# (JOINEDUP_[A-Z_]+)=(.*)")


def example() -> dict[str, str]:
    """Every setting with its default, as they stand in the file: commented out."""
    found = [_LINE.fullmatch(line) for line in EXAMPLE.read_text().splitlines()]
    return {match[1]: match[2] for match in found if match}


def name_of(field: str) -> str:
    return f"JOINEDUP_{field.upper()}"


def in_an_environment(value: Any) -> str:
    """As one would write the default."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case timedelta():
            return str(int(value.total_seconds()))
        case float():
            return f"{value:g}"
        case tuple():
            return ", ".join(str(part) for part in value)
        case dict():
            return ", ".join(f"{name}={said}" for name, said in value.items())
        case _:
            return str(value)


def test_the_example_has_every_setting_and_no_other() -> None:
    assert set(example()) == {name_of(field) for field in Settings.model_fields}


def test_the_example_shows_the_defaults() -> None:
    defaults = {name_of(name): in_an_environment(field.default) for name, field in Settings.model_fields.items()}
    assert example() == defaults


def test_the_example_says_what_each_setting_means() -> None:
    words = " ".join(EXAMPLE.read_text().replace("# ", "").split())
    unsaid = [
        name
        for name, field in Settings.model_fields.items()
        if " ".join((field.description or "?").split()) not in words
    ]
    assert unsaid == []


def test_the_example_taken_as_it_is_changes_nothing(tmp_path: Path) -> None:
    uncommented = [f"{name}={value}" for name, value in example().items() if value]
    (tmp_path / "all").write_text("\n".join(uncommented))
    assert Settings(_env_file=tmp_path / "all") == Settings(_env_file=None)
    assert Settings(_env_file=EXAMPLE) == Settings(_env_file=None)


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in example():
        monkeypatch.delenv(name, raising=False)
    yield


def test_a_password_is_not_shown_with_the_settings() -> None:
    settings = Settings(database_url=SecretStr("postgresql://joinedup:secret@db/joinedup"), _env_file=None)
    assert "joinedup:secret" not in f"{settings!r} {settings}"


def test_no_credential_is_shown_with_the_settings() -> None:
    given = {name: SecretStr("do not show") for name in ("ehr_client_secret", "ehr_header", "ehr_key")}
    assert "do not show" not in repr(Settings(_env_file=None, **given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "many", "JOINEDUP_PORT: Input should be a valid integer"),
        ("LEASE", "soon", "JOINEDUP_LEASE: "),
        ("LEASE", "10", "JOINEDUP_LEASE has to be 5 seconds longer than JOINEDUP_EHR_TIMEOUT."),
        ("DATABASE_URL", "mysql://joinedup:secret@db", "JOINEDUP_DATABASE_URL has to begin with postgresql://."),
        ("LOG_LEVEL", "LOUD", "JOINEDUP_LOG_LEVEL: "),
        ("EHR_AUTH", "smart", "JOINEDUP_EHR_AUTH=smart needs JOINEDUP_EHR_CLIENT_ID."),
        ("EHR_AUTH", "header", "JOINEDUP_EHR_AUTH=header needs JOINEDUP_EHR_HEADER."),
        ("EHR_CLIENT_KEY", "/a/file", "JOINEDUP_EHR_CLIENT_CERTIFICATE and JOINEDUP_EHR_CLIENT_KEY go together."),
        ("EHR_STRATEGIES", "Goal=D", "JOINEDUP_EHR_STRATEGIES: "),
    ],
)
def test_a_setting_that_is_not_valid_is_named_and_its_value_is_not(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(f"JOINEDUP_{name}", value)
    with pytest.raises(ValidationError) as caught:
        Settings(_env_file=None)
    told = in_a_sentence(caught.value)
    assert sentence in told
    assert "secret" not in told


@pytest.mark.parametrize(
    ("ehr", "token", "is_valid"),
    [
        ("http://ehr.trust.example/fhir", None, False),
        ("https://ehr.trust.example/fhir", "http://ehr.trust.example/token", False),
        ("https://ehr.trust.example/fhir", None, True),
        ("http://localhost:8090/fhir", "http://127.0.0.1:8091/token", True),
    ],
)
@pytest.mark.parametrize("auth", ["header", "none"])
def test_notes_and_credentials_go_over_https_or_stay_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, auth: str, ehr: str, token: str | None, is_valid: bool
) -> None:
    monkeypatch.setenv("JOINEDUP_EHR_AUTH", auth)
    monkeypatch.setenv("JOINEDUP_EHR_HEADER", "X-API-Key: let me in")
    monkeypatch.setenv("JOINEDUP_EHR_URL", ehr)
    monkeypatch.setenv("JOINEDUP_EHR_TOKEN_URL", token or "")
    if is_valid:
        Settings(_env_file=None)
        return
    with pytest.raises(ValidationError, match="have to begin with https"):
        Settings(_env_file=None)


@pytest.mark.parametrize(("written", "seconds"), [("90.5", 90.5), ("PT2M", 120)])
def test_a_duration_is_seconds_or_iso_8601(monkeypatch: pytest.MonkeyPatch, written: str, seconds: float) -> None:
    monkeypatch.setenv("JOINEDUP_LEASE", written)
    assert Settings(_env_file=None).lease.total_seconds() == seconds


def test_an_empty_setting_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOINEDUP_ODS_CODE", "")
    assert Settings(_env_file=None).ods_code is None


def test_settings_of_others_in_the_same_file_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("DATABASE_PASSWORD=x\nJOINEDUP_PORT=8001\n")
    assert Settings(_env_file=tmp_path / "env").port == 8001


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("JOINEDUP_DATBASE_URL", "is not a setting of joinedup. Did you mean JOINEDUP_DATABASE_URL?"),
        ("joinedup_prot", "JOINEDUP_PROT is not a setting of joinedup. Did you mean JOINEDUP_PORT?"),
        ("JOINEDUP_QQQQQQQQQQQ", "JOINEDUP_QQQQQQQQQQQ is not a setting of joinedup. See .env.example."),
    ],
)
def test_a_misspelt_setting_is_told_with_the_one_that_was_meant(name: str, sentence: str) -> None:
    assert sentence in str(misspelt([name]))


def test_known_names_and_those_of_others_are_not_misspelt() -> None:
    assert misspelt(["JOINEDUP_PORT", "PATH", "JOINEDUP_TEST_SERVER"]) is None
