"""Runs HL7's own validator once over many resources, without terminology.

It sees R4 4.0.1, UK Core, IHE's profile of jobs and all that we publish, and holds answers to their Questionnaire.
Its package cache is filled from `../shared`; nothing is fetched while it runs.
"""

import json
import re
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from filelock import FileLock

from service.r4.guide import read_guide
from service.r4.profiles import PLACEHOLDER
from service.r4.resource import Json

_ROOT: Final = Path(__file__).parents[2]
_TOOLS: Final = _ROOT / ".tools" / "validator"
_SHARED: Final = _ROOT.parent / "shared" / "data"
_PACKAGES: Final = {
    "hl7.fhir.r4.core#4.0.1": "hl7.fhir.r4.core-4.0.1.tgz",
    "fhir.r4.ukcore.staging#2025.6.20": "fhir.r4.ukcore.staging-2025.6.20.tgz",
}
# It asks for these by itself. Without terminology they may be empty.
_EMPTY_PACKAGES: Final = (
    "hl7.fhir.xver-extensions#0.1.0",
    "hl7.terminology.r4#6.2.0",
    "hl7.terminology#6.2.0",
    "hl7.fhir.uv.extensions.r4#5.2.0",
    "hl7.fhir.uv.extensions#5.2.0",
)
# R4's own index does not fit the newer reader; its empty SNOMED CT makes any coding beside one of SNOMED's invalid;
# the rest is a third of all files, read for nothing.
_IN_THE_WAY: Final = (".index.json", "CodeSystem-snomedct.json", "SearchParameter-*.json", "ConceptMap-*.json")
_IHE: Final = (
    "odh-PastOrPresentJob.xml",
    "odh-Employer-extension.xml",
    "odh-isCurrentJob-extension.xml",
    "odf-industriesVS.xml",
)
# IHE names the values of components by their type, below a slice, which HL7's snapshots cannot follow.
_OF_A_COMPONENT: Final = re.compile(r'(value="Observation\.component\S*)\.value(?:CodeableConcept|Quantity|String)')
_NOWHERE: Final = [
    f"-D{scheme}.{part}" for scheme in ("http", "https") for part in ("proxyHost=127.0.0.1", "proxyPort=9")
]


class Issue(NamedTuple):
    """What it says of a resource: `at` is a FHIRPath, such as `Task.note[0].time`."""

    severity: str
    at: str
    says: str

    @property
    def is_error(self) -> bool:
        return self.severity in ("error", "fatal")


def what_is_missing() -> str | None:
    """Why it cannot be run here; None if it can."""
    if shutil.which("java") is None:
        return "Java is absent"
    if not (_TOOLS / "lib").is_dir():
        return "HL7's validator is not in .tools: run make tools"
    return None if _SHARED.is_dir() else "../shared is absent"


def validate(resources: Mapping[str, Json], folder: Path) -> dict[str, list[Issue]]:
    """All that it says, by the names given; `folder` is an empty one to work in."""
    inputs = folder / "in"
    inputs.mkdir(parents=True)
    for name, body in resources.items():
        (inputs / f"{name}.json").write_text(json.dumps(body), encoding="utf-8")
    run = subprocess.run(
        _command(sorted(inputs.iterdir()), folder), capture_output=True, text=True, timeout=600, check=False
    )
    report = folder / "out.json"
    if not report.exists() or "Unable to generate snapshot" in run.stdout:
        raise RuntimeError(f"HL7's validator did not do its work:\n{run.stdout[-4000:]}\n{run.stderr[-2000:]}")
    outcomes = [entry["resource"] for entry in json.loads(report.read_bytes())["entry"]]
    return {_name_in(outcome): _issues_in(outcome) for outcome in outcomes}


def _command(files: list[Path], folder: Path) -> list[str]:
    guides = [
        "fhir.r4.ukcore.staging#2025.6.20",
        str(_package(folder)),
        str(Path(__file__).parent / "terminology"),
    ]
    guides.append(str(_ihe_in(folder / "ihe")))
    return [
        *("java", *_NOWHERE, f"-Duser.home={_home()}", "-cp", f"{_TOOLS / 'lib'}/*"),
        "org.hl7.fhir.validation.ValidatorCli",
        *map(str, files),
        *("-version", "4.0.1", "-tx", "n/a", "-txCache", str(folder / "tx"), "-output", str(folder / "out.json")),
        *(argument for guide in guides for argument in ("-ig", guide)),
        *("-questionnaire", "check", "-disable-default-resource-fetcher"),
    ]


def _package(folder: Path) -> Path:
    """What we publish, as those who integrate get it: `joinedup guide`."""
    package = folder / "guide.tgz"
    package.write_bytes(read_guide(_ROOT / "fhir_profiles", _ROOT / "tests" / "samples", PLACEHOLDER).packed())
    return package


def _ihe_in(folder: Path) -> Path:
    folder.mkdir()
    for name in _IHE:
        text = (_SHARED / "ihe-odh" / name).read_text(encoding="utf-8")
        (folder / name).write_text(_OF_A_COMPONENT.sub(r"\1.value[x]", text), encoding="utf-8")
    return folder


def _home() -> Path:
    """A home folder whose package cache holds what the validator asks for."""
    home = _TOOLS / "home"
    with FileLock(_TOOLS / "home.lock"):
        if not (home / ".ready").exists():
            shutil.rmtree(home, ignore_errors=True)
            _fill(home / ".fhir" / "packages")
            (home / ".ready").touch()
    return home


def _fill(cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / "packages.ini").write_text("[cache]\nversion = 3\n")
    for name, file in _PACKAGES.items():
        with tarfile.open(_SHARED / "fhir-packages" / file) as package:
            package.extractall(cache / name, filter="data")
        for unwanted in [file for glob in _IN_THE_WAY for file in (cache / name / "package").glob(glob)]:
            unwanted.unlink()
    for name in _EMPTY_PACKAGES:
        (cache / name / "package").mkdir(parents=True)
        (cache / name / "package" / "package.json").write_text(json.dumps(_manifest(*name.split("#"))))


def _manifest(name: str, version: str) -> Json:
    canonical = f"http://example.org/{name}"
    return {"name": name, "version": version, "fhirVersions": ["4.0.1"], "type": "fhir.ig", "canonical": canonical}


def _name_in(outcome: Json) -> str:
    source = next(one["valueString"] for one in outcome["extension"] if one["url"].endswith("operationoutcome-file"))
    return Path(source).stem


def _issues_in(outcome: Json) -> list[Issue]:
    issues = [
        Issue(one["severity"], one.get("expression", ["?"])[0], one["details"]["text"]) for one in outcome["issue"]
    ]
    return [one for one in issues if one.says != "All OK"]
