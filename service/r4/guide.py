"""The implementation guide as one FHIR package, which others' validators and servers load: profiles, lists, examples.

Called by `joinedup guide`. https://confluence.hl7.org/display/FHIR/NPM+Package+Specification
"""

import gzip
import io
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from service.r4.profiles import PLACEHOLDER
from service.r4.resource import Json

_CONFIGURATION: Final = "sushi-config.yaml"
_FHIR_VERSION: Final = "4.0.1"
_INDEXED: Final = ("resourceType", "id", "url", "version", "kind", "type")


@dataclass(frozen=True, slots=True)
class Guide:
    """What is in it: file name within the package → resource."""

    definitions: Mapping[str, Json]
    examples: Mapping[str, Json]
    manifest: Json

    def packed(self) -> bytes:
        """As a .tgz: the same guide makes the same bytes."""
        itself = self.itself()
        files = {"package/package.json": self.manifest}
        files |= dict(_in_folder("package", {**self.definitions, _name(itself): itself}))
        files |= dict(_in_folder("package/example", self.examples))
        tar = io.BytesIO()
        with tarfile.open(fileobj=tar, mode="w") as archive:
            for name, body in files.items():
                content = orjson.dumps(body, option=orjson.OPT_INDENT_2)
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
        return gzip.compress(tar.getvalue(), mtime=0)

    def itself(self) -> Json:
        """The resource that lists all others. https://hl7.org/fhir/R4/implementationguide.html"""
        name, base = self.manifest["name"], self.manifest["canonical"]
        listed = [_listed(body) for body in self.definitions.values()]
        listed += [_listed(body) | {"exampleCanonical": body["meta"]["profile"][0]} for body in self.examples.values()]
        return {
            "resourceType": "ImplementationGuide",
            "id": name,
            "url": f"{base}/ImplementationGuide/{name}",
            "version": self.manifest["version"],
            "name": "JoinedUp",
            "title": self.manifest["title"],
            "status": "active",
            "publisher": self.manifest["author"],
            "packageId": name,
            "license": self.manifest["license"],
            "fhirVersion": [_FHIR_VERSION],
            "definition": {"resource": listed},
        }


def read_guide(folder: Path, samples: Path, fhir_base: str) -> Guide:
    """`folder` is `fhir_profiles/`; `fhir_base` takes the place of the base URL its files are written with."""
    said = _configured((folder / _CONFIGURATION).read_text(encoding="utf-8"))
    manifest: Json = {
        "name": said["id"],
        "version": said["version"],
        "canonical": fhir_base,
        "title": said["title"],
        "description": said["description"],
        "type": "fhir.ig",
        "fhirVersions": [_FHIR_VERSION],
        "dependencies": {"hl7.fhir.r4.core": _FHIR_VERSION},
        "author": "Joined Up",
        "license": said["license"],
    }
    definitions: dict[str, Json] = {path.name: _read(path, fhir_base) for path in sorted(folder.glob("*.json"))}
    sent = (_read(path, fhir_base) for path in sorted(samples.glob("*/*.resources.json")))
    examples = {_name(body): body for bodies in sent for body in bodies}
    return Guide(definitions, examples, manifest)


def _configured(text: str) -> dict[str, str]:
    """The lines `key: value` of the configuration; what is indented is not asked for."""
    pairs = (line.partition(": ") for line in text.splitlines() if not line.startswith((" ", "#")))
    return {key: value for key, _, value in pairs if value}


def _read(path: Path, fhir_base: str) -> Any:
    """A resource, or the several that a sample became."""
    return orjson.loads(path.read_text(encoding="utf-8").replace(PLACEHOLDER, fhir_base))


def _name(body: Json) -> str:
    return f"{body['resourceType']}-{body['id']}.json"


def _in_folder(folder: str, bodies: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    """The files, and the index that a reader of packages looks at first."""
    yield f"{folder}/.index.json", {"index-version": 1, "files": [_indexed(*entry) for entry in bodies.items()]}
    yield from ((f"{folder}/{name}", body) for name, body in bodies.items())


def _indexed(name: str, body: Json) -> Json:
    return {"filename": name, **{key: body[key] for key in _INDEXED if isinstance(body.get(key), str)}}


def _listed(body: Json) -> Json:
    told = {"name": body["title"]} if "title" in body else {}
    return {"reference": {"reference": f"{body['resourceType']}/{body['id']}"}, **told}
