"""docs/security and docs/safety are held against the repository: every test, setting and file that a line points at
is there, nothing is left unassessed, and a risk is what the matrix makes of its two words."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from service.settings import Settings
from tests.source import TOP

PAPERS: Final = sorted((TOP / "docs/security").glob("*.md")) + sorted((TOP / "docs/safety").glob("*.md"))
WORKED_ON: Final = {"asvs.md", "api-top-10.md", "data-flow.md", "retention.md", "README.md", "hazard-log.md"}
_TEST: Final = re.compile(r"`(tests/test_\w+\.py)::(test_\w+)`")
_SETTING: Final = re.compile(r"\bJOINEDUP_[A-Z_]*[A-Z]\b")
_FILE: Final = re.compile(
    r"`((?:docs|service|tests|migrations|fhir_profiles|bench)/[\w./-]+|[\w.-]+\.(?:toml|lock|yaml))`"
)
_LINK: Final = re.compile(r"\]\((?!https?:|#)([^)#]+)")
STATUSES: Final = {"met", "not applicable", "not met"}

# The level of each requirement of ASVS 5.0.0 in its order, as its CSV says at commit 5cf9b03.
LEVELS: Final = """
    V1.1=22 V1.2=1111122223 V1.3=112222222223 V1.4=222 V1.5=123 V2.1=122 V2.2=112 V2.3=12223 V2.4=23
    V3.1=3 V3.2=113 V3.3=12223 V3.4=11222233 V3.5=11122333 V3.6=3 V3.7=22333 V4.1=12233 V4.2=23333 V4.3=22 V4.4=1222
    V5.1=2 V5.2=112333 V5.3=113 V5.4=222 V6.1=122 V6.2=111111112222 V6.3=11223333 V6.4=112233 V6.5=22222333 V6.6=2223
    V6.7=33 V6.8=2222 V7.1=222 V7.2=1111 V7.3=22 V7.4=11222 V7.5=223 V7.6=22 V8.1=1233 V8.2=1123 V8.3=133 V8.4=23
    V9.1=111 V9.2=1222 V10.1=22 V10.2=223 V10.3=22223 V10.4=1111122222233333 V10.5=22222 V10.6=22 V10.7=222
    V11.1=2233 V11.2=22233 V11.3=11233 V11.4=1222 V11.5=23 V11.6=23 V11.7=33 V12.1=12233 V12.2=11 V12.3=22223
    V13.1=2333 V13.2=222223 V13.3=2233 V13.4=1222233 V14.1=22 V14.2=12223333 V14.3=122 V15.1=12233 V15.2=12233
    V15.3=1222222 V15.4=3333 V16.1=2 V16.2=22222 V16.3=2222 V16.4=222 V16.5=2223 V17.1=23 V17.2=22223333 V17.3=22
"""

# The matrix that docs/safety/hazard-log.md shows: rows by likelihood, columns by severity.
SEVERITIES: Final = ("Minor", "Significant", "Considerable", "Major", "Catastrophic")
MATRIX: Final = {"Very High": "34455", "High": "23345", "Medium": "22334", "Low": "12234", "Very Low": "11223"}
_RISK: Final = re.compile(r"(\w+) × ([\w ]+) = ([1-5])")


def _paper(name: str) -> str:
    (found,) = [
        paper for paper in PAPERS if paper.name == name and (name != "README.md" or paper.parent.name == "security")
    ]
    return found.read_text()


def _rows(text: str, columns: int, first: str) -> Iterator[list[str]]:
    """The cells of each line of a table whose first cell begins with these letters and a number."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and re.match(rf"{first}\d", cells[0]):
            assert len(cells) == columns, line
            yield cells


@cache
def _tests_of(file: Path) -> frozenset[str]:
    tree = ast.parse(file.read_text())
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(function.name for function in functions)


def test_the_papers_are_there() -> None:
    assert {paper.name for paper in PAPERS} >= WORKED_ON


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_test_that_is_named_is_there(paper: Path) -> None:
    named = set(_TEST.findall(paper.read_text()))
    missing = [f"{file}::{test}" for file, test in named if not _has(TOP / file, test)]
    assert sorted(missing) == []


def _has(file: Path, test: str) -> bool:
    return file.is_file() and test in _tests_of(file)


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_setting_that_is_named_is_one(paper: Path) -> None:
    settings = {f"JOINEDUP_{name.upper()}" for name in Settings.model_fields}
    assert set(_SETTING.findall(paper.read_text())) - settings == set()


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_file_that_is_named_or_linked_is_there(paper: Path) -> None:
    text = paper.read_text()
    missing = [name for name in _FILE.findall(text) if not (TOP / name).exists()]
    missing += [link for link in _LINK.findall(text) if not (paper.parent / link).exists()]
    assert missing == []


def _required() -> dict[str, str]:
    """Each requirement of levels 1 and 2, with its level."""
    found: dict[str, str] = {}
    for section, levels in (said.split("=") for said in LEVELS.split()):
        found |= {f"{section}.{number}": level for number, level in enumerate(levels, 1) if level != "3"}
    return found


def _ids(cell: str) -> list[str]:
    """`V6.2.1 to V6.2.8` are eight."""
    first, _, last = cell.partition(" to ")
    section, _, begin = first.rpartition(".")
    end = last.rpartition(".")[2] or begin
    assert not last or last.startswith(f"{section}."), cell
    return [f"{section}.{number}" for number in range(int(begin), int(end) + 1)]


def test_every_requirement_of_levels_1_and_2_stands_in_the_asvs_table_once_with_its_level() -> None:
    told = [(id_, row[1]) for row in _rows(_paper("asvs.md"), 5, "V") for id_ in _ids(row[0])]
    assert sorted(told) == sorted(_required().items())
    assert (len(told), sum(level == "1" for _, level in told)) == (253, 70)


def test_each_status_is_one_of_three_and_says_what_it_owes() -> None:
    for id_, _, short, status, said in _rows(_paper("asvs.md"), 5, "V"):
        assert status in STATUSES, id_
        assert short, id_
        assert said, id_
        if status == "met":
            assert _points_at_something(said), id_
        if status == "not met":
            assert re.search(r"(Trust|Us): \w", said), f"{id_} has no plan"


def _points_at_something(said: str) -> bool:
    return any(pattern.search(said) for pattern in (_TEST, _SETTING, _FILE)) or "`make " in said


def test_each_of_the_ten_risks_of_apis_has_what_we_do_and_what_holds_it() -> None:
    rows = list(_rows(_paper("api-top-10.md"), 4, "API"))
    assert [row[0].split(":")[0] for row in rows] == [f"API{number}" for number in range(1, 11)]
    assert [row[0] for row in rows if not row[1] or not _TEST.search(row[2]) or not row[3]] == []


def test_each_hazard_has_its_number_its_evidence_and_who_acts() -> None:
    rows = list(_rows(_paper("hazard-log.md"), 9, "H"))
    assert [row[0] for row in rows] == [f"H{number:02}" for number in range(1, len(rows) + 1)]
    assert [row[0] for row in rows if not all(row)] == []
    assert [row[0] for row in rows if not _TEST.search(row[6]) and not _SETTING.search(row[6])] == []
    assert [row[0] for row in rows if not re.match(r"(Manufacturer|Trust|Both): ", row[8])] == []


def test_each_risk_is_what_the_matrix_makes_of_its_words_and_no_control_makes_it_worse() -> None:
    for row in _rows(_paper("hazard-log.md"), 9, "H"):
        before, after = _rating(row[4]), _rating(row[7])
        assert after <= before, row[0]


def _rating(cell: str) -> int:
    said = _RISK.match(cell)
    assert said, cell
    severity, likelihood, rating = said.groups()
    assert MATRIX[likelihood][SEVERITIES.index(severity)] == rating, cell
    return int(rating)


def test_the_matrix_of_the_log_is_the_one_that_is_reckoned_with() -> None:
    log = _paper("hazard-log.md")
    for likelihood, ratings in MATRIX.items():
        assert f"| {likelihood} | {' | '.join(ratings)} |" in log
