"""Secrets in files, one a secret, named like the setting: what counts, and what is refused."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from service.commands.running import read_settings
from service.errors import CannotStart
from service.settings import Settings, in_a_sentence
from service.settings.secret_files import fault_of_secrets, names_of_secrets

pytestmark = pytest.mark.usefixtures("bare")

SECRETS = {
    "joinedup_database_url": "postgresql://joinedup:letmein@db/joinedup",
    "joinedup_ehr_client_secret": "do not show",
    "joinedup_mesh_password": "nor this",
}


@pytest.fixture
def folder(bare: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "secrets"
    folder.mkdir()
    for name, value in SECRETS.items():
        (folder / name).write_text(f"{value}\n")
        (folder / name).chmod(0o444)  # as Docker shows them, to everybody
    bare.setenv("JOINEDUP_SECRETS_FOLDER", str(folder))
    return folder


def test_a_secret_is_read_from_its_file_without_the_end_of_its_line(folder: Path) -> None:
    settings = read_settings()
    for name, value in SECRETS.items():
        secret = getattr(settings, name.removeprefix("joinedup_"))
        assert secret.get_secret_value() == value
        assert value not in repr(settings)


def test_the_environment_wins_over_the_file_and_so_does_dot_env(folder: Path, bare: pytest.MonkeyPatch) -> None:
    bare.setenv("JOINEDUP_EHR_CLIENT_SECRET", "from the environment")
    Path(".env").write_text("JOINEDUP_MESH_PASSWORD=from .env\n")
    settings = read_settings()
    assert settings.ehr_client_secret is not None
    assert settings.ehr_client_secret.get_secret_value() == "from the environment"
    assert settings.mesh_password is not None
    assert settings.mesh_password.get_secret_value() == "from .env"


def test_the_folder_may_be_named_in_dot_env(folder: Path, bare: pytest.MonkeyPatch) -> None:
    bare.delenv("JOINEDUP_SECRETS_FOLDER")
    Path(".env").write_text(f"joinedup_secrets_folder={folder}\n")
    assert read_settings().mesh_password is not None


def test_as_kubernetes_mounts_them_they_are_read(folder: Path) -> None:
    """A sticky folder that everybody may write into; the files are links into a hidden folder."""
    (folder / "..data").mkdir()
    (folder / "joinedup_mesh_password").rename(folder / "..data" / "joinedup_mesh_password")
    (folder / "joinedup_mesh_password").symlink_to(Path("..data") / "joinedup_mesh_password")
    folder.chmod(0o1777)
    password = read_settings().mesh_password
    assert password is not None
    assert password.get_secret_value() == "nor this"


def test_a_file_that_anybody_could_change_is_refused_and_its_content_not_told(folder: Path) -> None:
    (folder / "joinedup_mesh_password").chmod(0o646)
    with pytest.raises(CannotStart, match="can be written by everybody") as caught:
        read_settings()
    assert "chmod o-w" in str(caught.value)
    assert "nor this" not in str(caught.value)


def test_a_folder_that_anybody_could_put_a_file_into_is_refused(folder: Path) -> None:
    folder.chmod(0o777)
    with pytest.raises(CannotStart, match="can be written by everybody"):
        read_settings()


def test_files_of_others_in_the_same_folder_are_left_alone(folder: Path) -> None:
    (folder / "postgres_password").write_text("theirs")
    (folder / "postgres_password").chmod(0o666)
    read_settings()


def test_a_misspelt_file_is_told(folder: Path) -> None:
    (folder / "joinedup_mesh_pasword").write_text("x")
    with pytest.raises(CannotStart, match="Did you mean JOINEDUP_MESH_PASSWORD"):
        read_settings()


@pytest.mark.parametrize("place", ["nowhere", "a file", "a link that leads nowhere"])
def test_a_folder_that_is_none_is_told(bare: pytest.MonkeyPatch, tmp_path: Path, place: str) -> None:
    if place == "a file":
        (tmp_path / place).touch()
    if place == "a link that leads nowhere":
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "joinedup_mesh_password").symlink_to("nothing")
        place = "folder"
    bare.setenv("JOINEDUP_SECRETS_FOLDER", str(tmp_path / place))
    with pytest.raises(CannotStart, match="which is no folder that can be read"):
        read_settings()


def test_without_a_folder_there_is_nothing_to_refuse_and_no_names() -> None:
    assert fault_of_secrets(None) is None
    assert names_of_secrets(None) == ()
    assert names_of_secrets("/nowhere/at/all") == ()


# --- TLS and proxies ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("TLS_KEY", "/a/key", "JOINEDUP_TLS_CERTIFICATE and JOINEDUP_TLS_KEY go together."),
        ("TLS_CERTIFICATE", "/a/certificate", "JOINEDUP_TLS_CERTIFICATE and JOINEDUP_TLS_KEY go together."),
        ("TRUSTED_PROXIES", "10.0.0.4, 0.0.0.0/0", "JOINEDUP_TRUSTED_PROXIES names everybody"),
        ("TRUSTED_PROXIES", "::/0", "JOINEDUP_TRUSTED_PROXIES names everybody"),
        ("TRUSTED_PROXIES", "*", "JOINEDUP_TRUSTED_PROXIES: "),
        ("REQUESTS_PER_MINUTE", "-1", "JOINEDUP_REQUESTS_PER_MINUTE: "),
        ("REQUEST_TIMEOUT", "0", "JOINEDUP_REQUEST_TIMEOUT: "),
    ],
)
def test_limits_and_tls_that_make_no_sense_are_told(
    bare: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    bare.setenv(f"JOINEDUP_{name}", value)
    with pytest.raises(ValidationError) as caught:
        Settings(_env_file=None)
    assert sentence in in_a_sentence(caught.value)


def test_proxies_are_addresses_or_networks(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("JOINEDUP_TRUSTED_PROXIES", "10.0.0.4, 2001:db8::/32,")
    assert [str(one) for one in Settings(_env_file=None).trusted_proxies] == ["10.0.0.4/32", "2001:db8::/32"]


@pytest.mark.parametrize(
    ("settings", "by_https"),
    [
        ({}, False),
        ({"public_url": "http://127.0.0.1:8000"}, False),
        ({"public_url": "https://work.trust.example"}, True),
        ({"tls_certificate": "/c", "tls_key": "/k"}, True),
    ],
)
def test_we_are_reached_by_https_by_our_own_tls_or_a_proxys(settings: dict[str, str], by_https: bool) -> None:
    assert Settings(_env_file=None, **settings).reached_by_https is by_https  # type: ignore[arg-type]
