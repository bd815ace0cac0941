"""Adding a kind of note: this test names each file that a kind still lacks. mypy names the cases (`assert_never`)."""

import json
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
        "tests/samples/work_trial/<name>.note.json",
    ]


def _lacking(kind: str) -> list[str]:
    files = [f"service/forms/{kind}.py", f"service/mapping/{kind}.py", _profile(kind), *_questionnaires(kind)]
    return [file for file in files if not (TOP / file).is_file()] + _samples_lacking(kind)


def _profile(kind: str) -> str:
    return f"fhir_profiles/StructureDefinition-{kind.replace('_', '-')}.json"


def _samples_lacking(kind: str) -> list[str]:
    folder = TOP / "tests" / "samples" / kind
    notes = {_sample(path) for path in folder.glob("*.note.json")}
    resources = {_sample(path) for path in folder.glob("*.resources.json")}
    halves = [f"tests/samples/{kind}/{name}.resources.json" for name in sorted(notes - resources)]
    halves += [f"tests/samples/{kind}/{name}.note.json" for name in sorted(resources - notes)]
    return halves if notes else [f"tests/samples/{kind}/<name>.note.json", *halves]


def _sample(path: Path) -> str:
    return path.name.partition(".")[0]


def _questionnaires(kind: str) -> set[str]:
    """Those that the sample's answers say they answer."""
    bodies = [
        body
        for path in (TOP / "tests" / "samples" / kind).glob("*.resources.json")
        for body in json.loads(path.read_text())
    ]
    answered = {body["questionnaire"] for body in bodies if body["resourceType"] == "QuestionnaireResponse"}
    return {
        f"fhir_profiles/Questionnaire-{canonical.rpartition('/')[2].partition('|')[0]}.json" for canonical in answered
    }
