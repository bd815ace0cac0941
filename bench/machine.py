"""The machine a table was measured on, for no figure means anything without it."""

import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

WORTH_NAMING = ("fastapi", "uvicorn", "pydantic", "sqlalchemy", "asyncpg", "httpx", "aiohttp", "jsonschema-rs")


def describe(postgres: str) -> dict[str, str]:
    """In the words one would use in a README."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "processor": _processor(),
        "cores": f"{psutil.cpu_count()} (load, database, stub EHR and service share them)",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": _system(),
        "python": platform.python_version(),
        "postgresql": postgres,
        "libraries": ", ".join(f"{name} {version(name)}" for name in WORTH_NAMING),
    }


def _commit() -> str:
    try:
        said = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return said.stdout.strip()


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    if not listed.exists():
        return platform.processor() or platform.machine()
    names = [
        line.partition(":")[2].strip() for line in listed.read_text().splitlines() if line.startswith("model name")
    ]
    return names[0] if names else platform.machine()


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return f"{platform.system()} {platform.release()}"
