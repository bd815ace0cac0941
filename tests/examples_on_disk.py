"""`fhir_profiles/examples.md`: what each kind of note becomes, and a worked example of each, made from the samples.

After a sample has changed or a kind was added: `python -m tests.examples_on_disk && git diff fhir_profiles/examples.md`
"""

import base64
from collections.abc import Iterator, Sequence
from typing import Any

from service.forms.note import KINDS
from service.r4.resource import Json
from tests.published import FOLDER
from tests.samples_on_disk import NAMES, Sample, all_samples

PAGE = FOLDER / "examples.md"
_HEAD = """\
# What each kind of note becomes, by example

Made from `tests/samples/` by `python -m tests.examples_on_disk`; a test holds that it is exact.
The samples are the examples of this guide: a note as a phone posts it, and the resources that it becomes, whole.
Every version of a note also has its Provenance, which is left out below.

| kind of note | in every sample | in some of them |
|---|---|---|
"""
_SHORT = {
    "http://snomed.info/sct": "SNOMED CT",
    "http://loinc.org": "LOINC",
    "http://unitsofmeasure.org": "UCUM",
}
_NOT_TOLD = ("meta", "identifier", "text", "contained", "requester", "custodian", "author", "agent", "performer")
_LEFT_OUT = "Provenance"
_STATES = ("status", "lifecycleStatus", "docStatus", "intent")


def page() -> str:
    """All of it, as it has to stand on disk."""
    samples = {kind: [one for one in all_samples() if one.name.startswith(f"{kind}/")] for kind in KINDS}
    rows = "".join(_row(kind, of_kind) for kind, of_kind in samples.items())
    return _HEAD + rows + "".join(_example(kind, of_kind) for kind, of_kind in samples.items())


def _row(kind: str, samples: Sequence[Sample]) -> str:
    sent = [{_named(body) for body in one.agreed if body["resourceType"] != _LEFT_OUT} for one in samples]
    everywhere = set.intersection(*sent)
    order = dict.fromkeys(_named(body) for one in samples for body in one.agreed)
    always = [name for name in order if name in everywhere]
    sometimes = [name for name in order if name in set.union(*sent) - everywhere]
    return f"| [`{kind}`](#{kind}) | {', '.join(always)} | {', '.join(sometimes)} |\n"


def _named(body: Json) -> str:
    return f"{body['resourceType']} `{_profile(body)}`"


def _profile(body: Json) -> str:
    """Ours, by its id: it stands first."""
    return str(body["meta"]["profile"][0]).removeprefix(NAMES.profile(""))


def _example(kind: str, samples: Sequence[Sample]) -> str:
    """The sample with the most sorts of resources, and of those the shortest."""
    one = min(samples, key=lambda one: (-len({_named(body) for body in one.agreed}), -_coded(one), one.name))
    place = f"../tests/samples/{one.name}"
    shown = {_named(body): body for body in reversed(one.agreed) if body["resourceType"] != _LEFT_OUT}
    lines = [f"\n## {kind}\n", f"[The note]({place}.note.json), [its resources]({place}.resources.json).\n"]
    lines += ["| resource | what it says in codes |", "|---|---|"]
    lines += [f"| {name} | {'; '.join(_said(body))} |" for name, body in reversed(shown.items())]
    return "\n".join([*lines, "", "```text", _text(one.agreed), "```", ""])


def _coded(one: Sample) -> int:
    """How many different things it says in codes."""
    return len({said for body in one.agreed for said in _said(body)})


def _said(body: Json) -> Iterator[str]:
    yield from (f"`{state}` {body[state]}" for state in _STATES if state in body)
    for key, value in body.items():
        if key not in _NOT_TOLD:
            yield from dict.fromkeys(_codings(key, value))


def _codings(path: str, value: Any) -> Iterator[str]:
    """Every coded value inside, with where it stands."""
    if isinstance(value, list):
        for one in value:
            yield from _codings(path, one)
    elif isinstance(value, dict) and {"system", "code"} <= value.keys():
        amount = f"{value['value']} " if "value" in value else ""
        yield f"`{path}` {amount}{_system(value['system'])} {value['code']} {value.get('display', '')}".rstrip()
    elif isinstance(value, dict):
        path = f"{path}:{_system(value['url'])}" if "url" in value and "extension" in path else path
        for key, one in value.items():
            yield from _codings(path if key == "coding" or key.startswith("value") else f"{path}.{key}", one)


def _system(url: str) -> str:
    return _SHORT.get(url, url.rpartition("/")[2])


def _text(bodies: Sequence[Json]) -> str:
    (document,) = [body for body in bodies if body["resourceType"] == "DocumentReference"]
    return base64.b64decode(document["content"][0]["attachment"]["data"]).decode()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
