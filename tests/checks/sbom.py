"""Write what the program consists of as CycloneDX: `python -m tests.checks.sbom REQUIREMENTS FILE`.

Made from the exported lock by cyclonedx-py, then held against uv.lock itself, which this reads on its own: every
package that is needed at run time, in its version and with its hashes, and no other.
"""

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from tests.source import TOP

Json = dict[str, Any]
OURS = "joinedup"


def main(requirements: Path, file: Path) -> int:
    """0 where the file lists exactly what the lock says, 1 otherwise."""
    file.parent.mkdir(exist_ok=True)
    write(requirements, file)
    fault = fault_of(json.loads(file.read_text()), needed(tomllib.loads((TOP / "uv.lock").read_text())))
    print(fault or f"CycloneDX: {file} lists what uv.lock needs at run time.")
    return 1 if fault else 0


def write(requirements: Path, file: Path) -> None:
    """The same from the same lock, byte by byte."""
    # It warns that a list of requirements does not say which of them needs which.
    run = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements", str(requirements)]
    how = ["--pyproject", str(TOP / "pyproject.toml"), "--of", "JSON", "--output-reproducible", "--validate"]
    subprocess.run([*run, *how, "--output-file", str(file)], stdin=subprocess.DEVNULL, check=True)


def needed(lock: Json) -> set[tuple[str, str]]:
    """Name and version of all that ours needs, and what that needs, on any platform."""
    packages = {package["name"]: package for package in lock["package"]}
    looked_at: set[tuple[str, str | None]] = set()
    to_look_at = _named(packages[OURS]["dependencies"])
    while to_look_at := to_look_at - looked_at:
        looked_at |= to_look_at
        to_look_at = {further for name, extra in to_look_at for further in _named(_needs(packages[name], extra))}
    return {(name, packages[name]["version"]) for name, _ in looked_at}


def _named(dependencies: list[Json]) -> set[tuple[str, str | None]]:
    """Each by itself, and once more for each of its extras that is asked for."""
    return {(one["name"], extra) for one in dependencies for extra in (None, *one.get("extra", ()))}


def _needs(package: Json, extra: str | None) -> list[Json]:
    if extra is None:
        return list(package.get("dependencies", ()))
    return list(package.get("optional-dependencies", {}).get(extra, ()))


def fault_of(sbom: Json, expected: set[tuple[str, str]]) -> str | None:
    """A sentence that names what is missing, too many, or without a hash."""
    components = sbom.get("components", [])
    listed = {(component["name"], component["version"]) for component in components}
    if missing := sorted(expected - listed):
        return f"The SBOM misses {_names(missing)}."
    if more := sorted(listed - expected):
        return f"The SBOM lists {_names(more)}, which nothing needs at run time."
    bare = [component for component in components if not _has_hashes(component)]
    return f"The SBOM has no hash of {bare[0]['name']}." if bare else None


def _has_hashes(component: Json) -> bool:
    return any(reference.get("hashes") for reference in component.get("externalReferences", []))


def _names(packages: list[tuple[str, str]]) -> str:
    return ", ".join(f"{name} {version}" for name, version in packages)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
