"""What `fhir_profiles/` tells whoever integrates: the worked examples are the samples, and all of it is one package."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from service.r4.guide import read_guide
from service.r4.profiles import PLACEHOLDER
from service.r4.resource import Json
from tests.commands import Run
from tests.examples_on_disk import PAGE, page
from tests.published import FOLDER, of_type, published
from tests.samples_on_disk import FOLDER as SAMPLES
from tests.samples_on_disk import all_samples

BASE = "https://fhir.example-trust.nhs.uk/ips"


def test_the_worked_examples_are_what_the_samples_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "Run python -m tests.examples_on_disk."


def _opened(package: bytes) -> dict[str, Json]:
    with tarfile.open(fileobj=io.BytesIO(package), mode="r:gz") as archive:
        read = {member.name: archive.extractfile(member) for member in archive}
        return {name: json.loads(file.read()) for name, file in read.items() if file}


@pytest.fixture(scope="module")
def files() -> dict[str, Json]:
    return _opened(read_guide(FOLDER, SAMPLES, PLACEHOLDER).packed())


def test_the_package_holds_everything_that_is_published(files: dict[str, Json]) -> None:
    inside = {body["url"]: body for name, body in files.items() if name.startswith("package/") and "url" in body}
    assert {url: inside[url] for url in published()} == dict(published())
    assert set(inside) - set(published()) == {f"{PLACEHOLDER}/ImplementationGuide/joinedup.ips.r4"}


def test_the_examples_of_the_package_are_the_resources_of_the_samples(files: dict[str, Json]) -> None:
    sent = {f"package/example/{body['resourceType']}-{body['id']}.json": body for body in _sent()}
    assert len(sent) == len(_sent())
    assert {name: body for name, body in files.items() if name in sent} == sent


def _sent() -> list[Json]:
    return [body for one in all_samples() for body in one.agreed]


def test_the_manifest_says_what_the_package_is(files: dict[str, Json]) -> None:
    manifest = files["package/package.json"]
    assert (manifest["name"], manifest["type"], manifest["fhirVersions"]) == ("joinedup.ips.r4", "fhir.ig", ["4.0.1"])
    assert (manifest["canonical"], manifest["dependencies"]) == (PLACEHOLDER, {"hl7.fhir.r4.core": "4.0.1"})
    assert manifest["version"] in {one["version"] for one in of_type("StructureDefinition")}


def test_each_index_names_the_files_beside_it(files: dict[str, Json]) -> None:
    for folder in ("package", "package/example"):
        beside = {name for name in files if name.rpartition("/")[0] == folder and not name.endswith("package.json")}
        listed = files[f"{folder}/.index.json"]["files"]
        assert {f"{folder}/{one['filename']}" for one in listed} == beside - {f"{folder}/.index.json"}
        for one in listed:
            body = files[f"{folder}/{one['filename']}"]
            assert (one["resourceType"], one.get("url")) == (body["resourceType"], body.get("url"))


def test_the_guide_lists_each_definition_and_each_example_with_its_profile(files: dict[str, Json]) -> None:
    listed = files["package/ImplementationGuide-joinedup.ips.r4.json"]["definition"]["resource"]
    assert len(listed) == len(published()) + len(_sent())
    claimed = {f"{body['resourceType']}/{body['id']}": body["meta"]["profile"][0] for body in _sent()}
    shown = {one["reference"]["reference"]: one.get("exampleCanonical") for one in listed}
    assert {key: shown[key] for key in claimed} == claimed
    assert set(claimed.values()) <= set(published())


def test_the_same_guide_makes_the_same_bytes() -> None:
    assert read_guide(FOLDER, SAMPLES, BASE).packed() == read_guide(FOLDER, SAMPLES, BASE).packed()


async def test_the_command_writes_it_with_the_trusts_base(run: Run, bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare.setenv("JOINEDUP_FHIR_BASE", BASE)
    said = await run("guide", str(tmp_path / "guide.tgz"))
    files = _opened((tmp_path / "guide.tgz").read_bytes())
    assert PLACEHOLDER not in json.dumps(files)
    assert files["package/ValueSet-task-type.json"]["url"] == f"{BASE}/ValueSet/task-type"
    assert (said.status, said.err) == (0, "")
    made = f"{len(published())} definitions and {len(_sent())} examples, with the base {BASE}."
    assert said.out.split() == f"{tmp_path}/guide.tgz is joinedup.ips.r4 1.0.0: {made}".split()


async def test_a_file_that_cannot_be_written_is_told(run: Run, tmp_path: Path) -> None:
    said = await run("guide", str(tmp_path / "nowhere" / "guide.tgz"))
    assert said.status == 2
    assert "Name a file in a folder that is there." in said.err
