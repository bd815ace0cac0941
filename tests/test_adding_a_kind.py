"""Adding a kind of note: this test names each file that a kind still lacks. mypy names the cases (`assert_never`)."""

from pathlib import Path

from service.forms.note import KINDS
from tests.source import TOP


def test_every_kind_has_all_that_a_kind_needs() -> None:
    assert KINDS
    assert not {kind: lacking for kind in KINDS if (lacking := _lacking(kind))}


def test_a_kind_that_has_nothing_yet_is_told_everything_it_needs() -> None:
    assert _lacking("work_trial") == [
        "service/forms/work_trial.py",
        "service/mapping/work_trial.py",
        "fhir_profiles/StructureDefinition-work-trial.json",
        "fhir_profiles/Questionnaire-work-trial.json",
        "tests/samples/work_trial/<name>.note.json",
    ]


def _lacking(kind: str) -> list[str]:
    published = (f"fhir_profiles/{of}-{kind.replace('_', '-')}.json" for of in ("StructureDefinition", "Questionnaire"))
    files = [f"service/forms/{kind}.py", f"service/mapping/{kind}.py", *published]
    return [file for file in files if not (TOP / file).is_file()] + _samples_lacking(kind)


def _samples_lacking(kind: str) -> list[str]:
    folder = TOP / "tests" / "samples" / kind
    notes = {_sample(path) for path in folder.glob("*.note.json")}
    resources = {_sample(path) for path in folder.glob("*.resources.json")}
    halves = [f"tests/samples/{kind}/{name}.resources.json" for name in sorted(notes - resources)]
    halves += [f"tests/samples/{kind}/{name}.note.json" for name in sorted(resources - notes)]
    return halves if notes else [f"tests/samples/{kind}/<name>.note.json", *halves]


def _sample(path: Path) -> str:
    return path.name.partition(".")[0]
