"""Every setting, read from the environment with the prefix JOINEDUP_ (and from `.env`).

Read in `app.py`, `worker.py` and `cli.py` only, and handed down from there.
"""

from collections.abc import Iterable
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, HttpUrl, PositiveInt, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import NoDecode, SettingsConfigDict

from service.settings.access import AccessSettings
from service.settings.hardening import HardeningSettings
from service.settings.loopback import LOOPBACK

PREFIX = "JOINEDUP_"
_NOT_SETTINGS = ("JOINEDUP_TEST_",)

_NEEDED_FOR_MESSAGES = {
    "none": (),
    "mesh": ("mesh_mailbox", "mesh_password", "mesh_shared_key", "mesh_to", "mesh_workflow"),
    "folder": ("message_folder",),
}
_NEEDED = {
    "none": (),
    "smart": ("ehr_client_id",),
    "secret": ("ehr_client_id", "ehr_client_secret"),
    "header": ("ehr_header",),
}

# Seconds from the renewal of a lease to the call that is made on it, with much to spare.
_LEASE_OUTLIVES_A_CALL_BY = 5


def _seconds(value: Any) -> Any:
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _by_type(value: Any) -> Any:
    """`Goal=C, *=B` in words that can be checked one by one."""
    if not isinstance(value, str):
        return value
    parts = [part.partition("=") for part in value.split(",") if part.strip()]
    return {name.strip(): letter.strip() for name, _, letter in parts}


Duration = Annotated[timedelta, BeforeValidator(_seconds)]
Letter = Literal["A", "B", "C", "none"]


class Settings(AccessSettings, HardeningSettings):
    """What a trust sets. Durations are seconds, or ISO 8601 (`PT15M`)."""

    # Others may keep settings of theirs in .env; a name of ours that is not known is told by `misspelt`.
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    database_url: SecretStr | None = Field(
        default=None,
        description="postgresql://… of the trust's database. Without it an embedded PostgreSQL is started.",
    )
    database_owner_url: SecretStr | None = Field(
        default=None,
        description="postgresql://… of the same database as the role that owns it. For `joinedup migrate` alone.",
    )
    data_folder: Path | None = Field(
        default=None,
        description="Where the embedded PostgreSQL keeps its data. Default: the user's data folder.",
    )
    database_connections: PositiveInt = Field(default=16, description="Connections one process may hold open.")

    host: str = Field(
        default="127.0.0.1",
        description="Where to listen; beyond loopback only with an issuer of tokens, and TLS here or in front.",
    )
    port: int = Field(default=8000, ge=0, le=65535, description="Port of the service; 0 takes a free one.")
    worker_in_serve: bool = Field(default=True, description="Run one worker inside `serve`.")
    log_level: str = Field(
        default="INFO",
        pattern="^(DEBUG|INFO|WARNING|ERROR)$",
        description="The least that is logged: DEBUG, INFO, WARNING or ERROR.",
    )

    ehr_url: HttpUrl = Field(
        default=HttpUrl("http://127.0.0.1:8090/fhir"), description="Base URL of the EHR's FHIR R4 API."
    )
    ehr_timeout: float = Field(default=30.0, gt=0, le=300, description="Longest wait for one answer.")
    ehr_bundle_entries: PositiveInt = Field(default=8, le=500, description="Entries one transaction may have.")
    ehr_in_flight: PositiveInt = Field(
        default=16, le=256, description="Most calls to the EHR a worker makes at once; it finds out how many."
    )
    ehr_strategies: Annotated[dict[str, Letter], NoDecode, BeforeValidator(_by_type)] = Field(
        default={},
        description="How a resource type goes, whatever the EHR states: Goal=C, *=B. A transaction, B one by one, "
        "C in the document only, none.",
    )
    ehr_capability_age: Duration = Field(
        default=timedelta(hours=1), description="How long the EHR's CapabilityStatement is trusted."
    )
    ehr_file_against: Literal["nothing", "encounter", "episode"] = Field(
        default="nothing", description="What of the EHR's own a document goes with, where it goes alone."
    )
    ehr_plan_as_pdf: bool = Field(
        default=True, description="Where a plan goes as a document only: as a PDF beside the plain text."
    )
    ehr_auth: Literal["none", "smart", "secret", "header"] = Field(
        default="none",
        description="How the EHR lets us in: smart (SMART Backend Services, our key), secret (a client secret), "
        "header, or none.",
    )
    ehr_client_id: str | None = Field(default=None, description="Our client id at the EHR's authorisation server.")
    ehr_client_secret: SecretStr | None = Field(default=None, description="For secret. Better in the environment.")
    ehr_header: SecretStr | None = Field(default=None, description="For header: Name: value, in every call.")
    ehr_key: SecretStr | None = Field(
        default=None, description="For smart: a private JWK, where the keys folder is not used."
    )
    ehr_token_url: HttpUrl | None = Field(
        default=None, description="Where tokens come from. Default: what .well-known/smart-configuration says."
    )
    ehr_scopes: str = Field(
        default="system/*.crus", description="What is asked for. Ask for less where the EHR knows types one by one."
    )
    ehr_client_certificate: Path | None = Field(
        default=None, description="For mutual TLS: our certificate with its chain, PEM."
    )
    ehr_client_key: Path | None = Field(default=None, description="For mutual TLS: its private key, PEM.")
    keys_folder: Path | None = Field(default=None, description="Where our keys lie. Default: ~/.config/joinedup/keys.")
    keys_published_for: Duration = Field(
        default=timedelta(hours=24), description="How long a new key is published before it signs."
    )
    ehr_messages: Literal["none", "mesh", "folder"] = Field(
        default="none", description="For a record without a FHIR API: by NHS MESH, or by a folder that it reads."
    )
    mesh_url: HttpUrl = Field(
        default=HttpUrl("https://mesh-sync.spineservices.nhs.uk"), description="Of MESH; live unless set."
    )
    mesh_mailbox: str | None = Field(default=None, description="Our mailbox, for Joined Up alone.")
    mesh_password: SecretStr | None = Field(default=None, description="Its password. Better in the environment.")
    mesh_shared_key: SecretStr | None = Field(default=None, description="MESH's shared key of this environment.")
    mesh_to: str | None = Field(default=None, description="The record's mailbox.")
    mesh_workflow: str | None = Field(default=None, description="The workflow id agreed with it.")
    mesh_ca: Path | None = Field(default=None, description="Whom to trust as MESH. Default: the NHS's own, by its URL.")
    message_folder: Path | None = Field(default=None, description="For folder: where messages are put.")
    message_look_every: Duration = Field(
        default=timedelta(minutes=1), description="How soon after one look the acknowledgement is looked for again."
    )
    patient_check_age: Duration = Field(
        default=timedelta(minutes=15),
        description="How long a matched patient is trusted before the next check.",
    )

    lease: Duration = Field(
        default=timedelta(seconds=90),
        description="How long a claimed delivery is ours; outlives ehr_timeout by 5 s.",
    )
    poll_every: float = Field(default=1.0, gt=0, description="Longest sleep of an idle worker.")
    reconcile_every: Duration = Field(
        default=timedelta(days=1), description="A worker compares what changed, so often; 0 for never by itself."
    )
    reconcile_full_every: Duration = Field(
        default=timedelta(days=7), description="And so often everything, also what was changed in the EHR."
    )
    reconcile_reads_per_second: float = Field(
        default=50.0,
        gt=0,
        description="Most reads a second that a reconciliation, or reading answers, asks of the EHR.",
    )
    team_answers_every: Duration = Field(
        default=timedelta(minutes=5),
        description="So often a worker reads the open requests to the clinical team in the EHR; 0 for never.",
    )
    waiting_alarm: Duration = Field(
        default=timedelta(hours=24), description="Age of the oldest waiting note at which /readyz says so."
    )

    fhir_base: str = Field(
        default="https://ips.example.nhs.uk",
        pattern=r"^https?://[^\s/]+(/[^\s/]+)*$",
        description="Base of our own identifiers, code systems and profiles. Choose it once, before the first note.",
    )
    ods_code: str | None = Field(
        default=None, pattern=r"^[A-Z0-9]{3,8}$", description="The trust's ODS organisation code."
    )
    pay_in_record: bool = Field(
        default=False, description="Whether what a job pays goes into the record; else it stays in the note."
    )

    @property
    def reached_by_https(self) -> bool:
        """By TLS of our own, or of a proxy in front of us."""
        return self.tls_certificate is not None or (self.public_url is not None and self.public_url.scheme == "https")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        for name in ("database_url", "database_owner_url"):
            url = getattr(self, name)
            if url and not url.get_secret_value().startswith(("postgresql://", "postgres://")):
                raise ValueError(f"JOINEDUP_{name.upper()} has to begin with postgresql://.")
        if self.lease.total_seconds() < self.ehr_timeout + _LEASE_OUTLIVES_A_CALL_BY:
            raise ValueError(
                f"JOINEDUP_LEASE has to be {_LEASE_OUTLIVES_A_CALL_BY} seconds longer than JOINEDUP_EHR_TIMEOUT."
            )
        if fault := self._auth_fault():
            raise ValueError(fault)
        return self

    def _auth_fault(self) -> str | None:
        for name in _NEEDED_FOR_MESSAGES[self.ehr_messages]:
            if getattr(self, name) is None:
                return f"JOINEDUP_EHR_MESSAGES={self.ehr_messages} needs JOINEDUP_{name.upper()}."
        for name in _NEEDED[self.ehr_auth]:
            if getattr(self, name) is None:
                return f"JOINEDUP_EHR_AUTH={self.ehr_auth} needs JOINEDUP_{name.upper()}."
        if (self.ehr_client_certificate is None) != (self.ehr_client_key is None):
            return "JOINEDUP_EHR_CLIENT_CERTIFICATE and JOINEDUP_EHR_CLIENT_KEY go together."
        in_the_clear = [url for url in (self.ehr_url, self.ehr_token_url) if url and url.scheme == "http"]
        if self.ehr_messages == "mesh" and self.mesh_url.scheme == "http" and self.mesh_url.host not in LOOPBACK:
            return "JOINEDUP_MESH_URL has to begin with https: our password and patient data go there."
        if any(url.host not in LOOPBACK for url in in_the_clear):
            return (
                "JOINEDUP_EHR_URL and JOINEDUP_EHR_TOKEN_URL have to begin with https: patient data and credentials "
                "go there."
            )
        return None


def in_a_sentence(error: ValidationError) -> str:
    """What is wrong with which setting. Never its value, which may be a password."""
    wrong = [f"{_name(fault)}{_place(fault)}{_told(fault)}" for fault in error.errors()]
    return "These settings are not valid. " + " ".join(wrong) + " See .env.example."


def misspelt(names: Iterable[str]) -> str | None:
    """A sentence about a name that looks like a setting of ours and is none: it would silently do nothing."""
    known = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields}
    for name in sorted({name.upper() for name in names}):
        if name.startswith(PREFIX) and not name.startswith(_NOT_SETTINGS) and name not in known:
            near = get_close_matches(name, known, n=1)
            meant = f"Did you mean {near[0]}?" if near else "See .env.example."
            return f"{name} is not a setting of joinedup. {meant}"
    return None


def _name(fault: ErrorDetails) -> str:
    return f"{PREFIX}{fault['loc'][0]}: ".upper() if fault["loc"] else ""


def _place(fault: ErrorDetails) -> str:
    """Where in a setting that is a list: the entry, counted from one, and the field of it."""
    match fault["loc"]:
        case (_, int(number), *fields):
            return (
                ", ".join([f"entry {number + 1}", ".".join(str(field) for field in fields)]).removesuffix(", ") + ": "
            )
        case _:
            return ""


def _told(fault: ErrorDetails) -> str:
    message = fault["msg"].removeprefix("Value error, ")
    return message if message.endswith(".") else f"{message}."


# In a checkout they lie at its top; the wheel carries them inside the package.
_SHIPPED = {"migrations": "migrations", "fhir_profiles": "fhir_profiles", "samples": "tests/samples"}


def shipped_folder(name: Literal["migrations", "fhir_profiles", "samples"]) -> Path:
    """Where the files lie that the program needs beside its code, in a checkout and installed from a wheel."""
    package = Path(__file__).parent.parent
    installed = package / name
    return installed if installed.is_dir() else package.parent / _SHIPPED[name]
