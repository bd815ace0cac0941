"""Every setting, read from the environment with the prefix JOINEDUP_ (and from `.env`).

Read in `app.py`, `worker.py` and `cli.py` only, and handed down from there.
"""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field, HttpUrl, PositiveInt, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What a trust sets. Durations are seconds unless the name says otherwise."""

    model_config = SettingsConfigDict(env_prefix="JOINEDUP_", env_file=".env", extra="forbid", frozen=True)

    database_url: SecretStr | None = Field(
        default=None,
        description="postgresql://… of the trust's database. Without it an embedded PostgreSQL is started.",
    )
    data_folder: Path | None = Field(
        default=None,
        description="Where the embedded PostgreSQL keeps its data. Default: the user's data folder.",
    )
    database_connections: PositiveInt = Field(default=16, description="Connections one process may hold open.")

    host: str = Field(default="127.0.0.1", description="Loopback only until access control is built.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port of the service; 0 takes a free one.")
    worker_in_serve: bool = Field(default=True, description="Run one worker inside `serve`.")
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

    ehr_url: HttpUrl = Field(
        default=HttpUrl("http://127.0.0.1:8090/fhir"), description="Base URL of the EHR's FHIR R4 API."
    )
    ehr_timeout: float = Field(default=30.0, gt=0, le=300, description="Longest wait for one answer.")
    ehr_bundle_entries: PositiveInt = Field(default=8, le=500, description="Entries one transaction may have.")
    ehr_in_flight: PositiveInt = Field(default=16, le=256, description="Deliveries one worker sends at once.")
    patient_check_age: timedelta = Field(
        default=timedelta(minutes=15),
        description="How long a matched patient is trusted before the next check.",
    )

    lease: timedelta = Field(
        default=timedelta(seconds=90),
        description="How long a claimed delivery is ours; outlives ehr_timeout.",
    )
    poll_every: float = Field(default=1.0, gt=0, description="Longest sleep of an idle worker.")
    waiting_alarm: timedelta = Field(
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


# In a checkout they lie at its top; the wheel carries them inside the package.
_SHIPPED = {"migrations": "migrations", "fhir_profiles": "fhir_profiles", "samples": "tests/samples"}


def shipped_folder(name: Literal["migrations", "fhir_profiles", "samples"]) -> Path:
    """Where the files lie that the program needs beside its code, in a checkout and installed from a wheel."""
    package = Path(__file__).parent
    installed = package / name
    return installed if installed.is_dir() else package.parent / _SHIPPED[name]
