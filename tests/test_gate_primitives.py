"""Each primitive type of R4, value by value; dates against Python's own calendar."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.r4.moments import is_after
from service.r4.primitives import SENTENCES
from tests.published import our_gate

# An extension may have a value of nearly every type, so that one resource asks about them all.
TAKEN: dict[str, list[Any]] = {
    "valueBase64Binary": ["YQ==", "YWI=", "YWJj", "YWJj\nZGVm", " YQ = = "],
    "valueBoolean": [True, False],
    "valueCanonical": ["http://a.example/b|1.0", "urn:x"],
    "valueCode": ["final", "in progress", "é"],
    "valueDate": ["2024", "2024-02", "2024-02-29", "0001-01-01", "2000-02-29"],
    "valueDateTime": ["2024", "2024-06-30", "2024-06-30T23:59:60Z", "2024-06-30T00:00:00.123456789+14:00"],
    "valueDecimal": [0, -1, 1.50, 1e-7, 10**20],
    "valueId": ["a", "A-1.b", "x" * 64],
    "valueInstant": ["2024-06-30T12:00:00Z", "2024-06-30T12:00:00.5-03:30"],
    "valueInteger": [0, -2_147_483_648, 2_147_483_647],
    "valueMarkdown": ["# One\n\ntwo", "\ta"],
    "valueOid": ["urn:oid:1.2.3", "urn:oid:2.16.840.1.0"],
    "valuePositiveInt": [1, 2_147_483_647],
    "valueString": ["a", " a ", "a\u00a0b", "\u2003a", "a\u2028b", "naïve 😀", "x" * 1_048_576],
    "valueTime": ["00:00:00", "23:59:59.999"],
    "valueUnsignedInt": [0, 5],
    "valueUri": ["http://a.example/ü", "x"],
    "valueUrl": ["mailto:a@b.example"],
    "valueUuid": ["urn:uuid:c757873d-ec9a-4326-a141-556f43239520"],
}
REFUSED: dict[str, list[Any]] = {
    "valueBase64Binary": ["", "YQ=", "Y", "Y===", "YQ==YQ==", "é"],
    "valueBoolean": ["true", 1, None],
    "valueCanonical": ["", "a b"],
    "valueCode": ["", " a", "a ", "a  b", "a\nb", "a\tb"],
    "valueDate": [
        "",
        "24",
        "2024-13",
        "2024-00",
        "2023-02-29",
        "1900-02-29",
        "2024-04-31",
        "2024-6-1",
        "0000",
        "2024-06-30Z",
    ],
    "valueDateTime": [
        "2024-06-30T12:00:00",
        "2024-06-30T12:00Z",
        "2024-06-31T12:00:00Z",
        "2024-06-30T24:00:00Z",
        "2024-06-30t12:00:00z",
        "2024-06-30T12:00:00+15:00",
        "2024-06T12:00:00Z",
        "2024-06-30 12:00:00Z",
        "2024-06-30T12:00:00Z\n",
    ],
    "valueDecimal": ["1", float("nan"), float("inf"), True],
    "valueId": ["", "a_b", "a b", "x" * 65, "é", "a\n"],
    "valueInstant": ["2024", "2024-06-30", "2024-06-30T12:00:00", "2023-02-29T12:00:00Z"],
    "valueInteger": [1.0, 1.5, "1", True, 2_147_483_648, -2_147_483_649],
    "valueMarkdown": ["", " \n "],
    "valueOid": ["1.2.3", "urn:oid:3.1", "urn:oid:1", "urn:oid:1.02"],
    "valuePositiveInt": [0, -1, 1.0],
    "valueString": ["", " ", "\r\n\t", "a\x00", "a\x1b[0m", "a\x7f", "a\x85b", "a\uffff", 5, "x" * 1_048_577],
    "valueTime": ["24:00:00", "12:00", "12:60:00", "1:00:00"],
    "valueUnsignedInt": [-1],
    "valueUri": ["", "a b", "a\u00a0b"],
    "valueUrl": [" "],
    "valueUuid": ["c757873d-ec9a-4326-a141-556f43239520", "urn:uuid:C757873D-EC9A-4326-A141-556F43239520"],
}


def faults_of(name: str, value: Any) -> list[str]:
    extension = {"url": "http://example.org/any", name: value}
    return [fault.sentence for fault in our_gate().faults({"resourceType": "Patient", "extension": [extension]})]


@pytest.mark.parametrize("name", TAKEN)
def test_a_value_in_form_is_taken(name: str) -> None:
    assert [value for value in TAKEN[name] if faults_of(name, value)] == []


@pytest.mark.parametrize("name", REFUSED)
def test_a_value_out_of_form_is_refused_with_one_sentence(name: str) -> None:
    assert [value for value in REFUSED[name] if len(faults_of(name, value)) != 1] == []


def test_every_form_that_is_a_pattern_has_a_sentence_of_its_own_type() -> None:
    assert SENTENCES["date"] in faults_of("valueDate", "2023-02-29")
    assert SENTENCES["id"] in faults_of("valueId", "a_b")
    assert SENTENCES["base64Binary"] in faults_of("valueBase64Binary", "*")


@given(st.dates())
@example(date(1, 1, 1))
@example(date(9999, 12, 31))
def test_every_day_of_the_calendar_is_taken(day: date) -> None:
    assert not faults_of("valueDate", day.isoformat())


@given(st.integers(1, 9999), st.integers(1, 12), st.integers(29, 31))
def test_no_day_outside_the_calendar_is_taken(year: int, month: int, day: int) -> None:
    text = f"{year:04}-{month:02}-{day:02}"
    assert bool(faults_of("valueDate", text)) == (not _is_day(text))
    assert bool(faults_of("valueDateTime", f"{text}T12:00:00Z")) == (not _is_day(text))


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30))])))
def test_every_moment_is_taken(moment: datetime) -> None:
    assert not faults_of("valueDateTime", moment.isoformat())
    assert not faults_of("valueInstant", moment.isoformat())


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2025", "2024"),
        ("2024-07", "2024-06"),
        ("2024-07", "2023"),
        ("2024-06-30T10:00:00Z", "2024-06-30T10:59:59+01:00"),
        ("2024-06-30T10:00:00.2Z", "2024-06-30T10:00:00.123Z"),
        ("2024-06-30T10:00:00.00000000002+00:00", "2024-06-30T10:00:00.00000000001-00:00"),
        ("2024-07-01", "2024-06-30T23:00:00Z"),
        ("2024-12-31T23:59:60Z", "2024-12-31T23:59:58Z"),
        ("0001-01-01T00:00:00-14:00", "0001-01-01T00:00:00+14:00"),
        ("9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59+14:00"),
    ],
)
def test_what_is_later_for_certain_is_after(first: str, second: str) -> None:
    assert is_after(first, second)
    assert not is_after(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2024-06", "2024"),
        ("2024-06-30", "2024-06"),
        ("2024-06-30T10:00:00Z", "2024-06-30"),
        ("2024-06-30T10:00:00Z", "2024-06-30T11:00:00+01:00"),
        ("2024-06-30T10:00:00.10Z", "2024-06-30T10:00:00.1-00:00"),
    ],
)
def test_what_may_be_the_same_time_is_not_after(first: str, second: str) -> None:
    assert not is_after(first, second)
    assert not is_after(second, first)
