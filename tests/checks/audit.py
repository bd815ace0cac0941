"""Ask the public database of vulnerabilities about every locked requirement: `python -m tests.checks.audit FILE`.

A known vulnerability fails. A database that cannot be asked is said in a sentence and fails nothing, because a
machine without the internet must be able to run the checks.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

Json = dict[str, Any]

LOOK_ONLY = ("--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json")


def main(requirements: Path) -> int:
    """0 when nothing is known against what was looked up, 1 otherwise."""
    answer = ask(requirements)
    print(verdict(answer))
    return 1 if vulnerable(answer) else 0


def ask(requirements: Path) -> list[Json]:
    """pip-audit's answer, one entry a requirement; nothing when it could not reach its database."""
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "audit.json"
        subprocess.run(
            [sys.executable, "-m", "pip_audit", *LOOK_ONLY, "--requirement", requirements, "--output", written],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if not written.exists():
            return []
        dependencies: list[Json] = json.loads(written.read_text())["dependencies"]
        return dependencies


def verdict(answer: list[Json]) -> str:
    """What a person reads: what is vulnerable, what was looked up, and what could not be."""
    found = [line for dependency in vulnerable(answer) for line in _lines(dependency)]
    looked_up = sum("vulns" in dependency for dependency in answer)
    if looked_up == 0:
        return "pip-audit: the database of vulnerabilities cannot be reached from here, so nothing was audited."
    missing = len(answer) - looked_up
    told = f"pip-audit: {looked_up} requirements looked up, {len(found)} vulnerabilities known."
    if missing:
        told += f" {missing} are not in the database and were not audited."
    return "\n".join([*found, told])


def vulnerable(answer: list[Json]) -> list[Json]:
    return [dependency for dependency in answer if dependency.get("vulns")]


def _lines(dependency: Json) -> list[str]:
    return [
        f"{dependency['name']} {dependency['version']}: {known['id']}, "
        f"mended in {', '.join(known['fix_versions']) or 'no version yet'}"
        for known in dependency["vulns"]
    ]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
