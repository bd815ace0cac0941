"""Run by the Python that the built wheel was installed into, in an empty folder: does it run from anywhere?

`make wheel` calls it as `python -I tests/checks/wheel.py FOLDER`, FOLDER being where all of it lies.
"""

import subprocess
import sys
from pathlib import Path

import service
from service.r4.gate import compile_gate
from service.settings import Settings, shipped_folder


def main(place: Path) -> int:
    """Raise unless the package comes from the wheel, finds what it carries, and its command answers."""
    assert Path(service.__file__).is_relative_to(place), f"not the wheel's: {service.__file__}"
    migrations, profiles = shipped_folder("migrations"), shipped_folder("fhir_profiles")
    assert migrations.is_relative_to(place), f"not the wheel's: {migrations}"
    assert list(migrations.glob("versions/*.py")), "the wheel carries no migration"
    compile_gate(profiles, Settings().fhir_base)
    command = Path(sys.executable).parent / "joinedup"
    asked = subprocess.run([command, "--help"], cwd=place, capture_output=True, text=True, check=True)
    assert "serve" in asked.stdout, "joinedup --help does not know serve"
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
