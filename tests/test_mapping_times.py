"""Times as FHIR writes them and as people read them."""

from datetime import UTC, date, datetime, timedelta, timezone

from service.mapping.times import day_in_words, instant, partial_day_in_words, span_in_words, time_in_words, uk_day

_SUMMER = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
_WINTER = datetime(2026, 1, 5, 9, 5, tzinfo=UTC)


def test_an_instant_keeps_offset_and_fraction() -> None:
    offset = timezone(-timedelta(hours=3, minutes=30))
    assert instant(datetime(2026, 7, 1, 9, 5, 7, 120_000, tzinfo=offset)) == "2026-07-01T09:05:07.120000-03:30"


def test_people_read_uk_time_whatever_the_phone_sent() -> None:
    assert time_in_words(_SUMMER) == "2 July 2026 at 00:30"
    assert time_in_words(_WINTER) == "5 January 2026 at 09:05"
    assert uk_day(_SUMMER) == "2026-07-02"


def test_a_span_says_day_times_and_length() -> None:
    assert span_in_words(_WINTER, 45) == "Monday 5 January 2026, 09:05 to 09:50 (45 minutes)"
    assert span_in_words(_WINTER, 1) == "Monday 5 January 2026, 09:05 to 09:06 (1 minute)"
    assert span_in_words(_WINTER, None) == "Monday 5 January 2026, 09:05"


def test_a_span_over_the_change_of_clocks_is_as_long_as_it_was() -> None:
    before_change = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert span_in_words(before_change, 60) == "Sunday 29 March 2026, 00:30 to 02:30 (60 minutes)"


def test_a_day_is_written_out() -> None:
    assert day_in_words(date(1991, 12, 3)) == "3 December 1991"


def test_a_day_known_in_part_is_written_as_far_as_it_is_known() -> None:
    assert partial_day_in_words("2016") == "2016"
    assert partial_day_in_words("2016-03") == "March 2016"
    assert partial_day_in_words("2016-03-09") == "9 March 2016"
