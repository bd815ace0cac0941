"""Run by the Python that the built wheel was installed into, away from the checkout: does it run from anywhere?

`make wheel` calls it as `python -I tests/checks/wheel.py FOLDER`, FOLDER being where all of it lies.
"""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import service
from service.r4.gate import compile_gate
from service.settings import Settings, shipped_folder

JOINEDUP = Path(sys.executable).with_name("joinedup")


def main(place: Path) -> None:
    """Raise unless the package is the wheel's, finds what it carries, and serves with a database of its own."""
    assert Path(service.__file__).is_relative_to(place), f"not the wheel's: {service.__file__}"
    for carried in (shipped_folder("migrations"), shipped_folder("fhir_profiles"), shipped_folder("samples")):
        assert carried.is_relative_to(place), f"not the wheel's: {carried}"
    compile_gate(shipped_folder("fhir_profiles"), Settings.model_fields["fhir_base"].default)
    assert "reconcile" in subprocess.check_output([JOINEDUP, "--help"], cwd=place, text=True)
    serve(place)


def serve(place: Path) -> None:
    """Start it, ask whether it is ready, and stop it as a person would."""
    settings = {
        "JOINEDUP_DATA_FOLDER": str(place / "data"),
        "JOINEDUP_PORT": "0",
        "JOINEDUP_LOG_LEVEL": "ERROR",
        "PYTHONUNBUFFERED": "1",
    }
    serving = subprocess.Popen(
        [JOINEDUP, "serve"], cwd=place, env=os.environ | settings, text=True, stdout=subprocess.PIPE
    )
    assert serving.stdout
    url = re.search(r"http://\S+", serving.stdout.readline())
    assert url, "serve does not say where it listens"
    with build_opener(ProxyHandler({})).open(f"{url[0]}/readyz", timeout=30) as answer:
        assert answer.status == 200
    serving.send_signal(signal.SIGTERM)
    serving.communicate(timeout=30)
    assert serving.returncode in (0, -signal.SIGTERM), f"serve ended with {serving.returncode}"


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
