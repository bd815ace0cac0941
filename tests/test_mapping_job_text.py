"""A job as a clinician reads it: an offer, the days that are counted, what changed, how it ended."""

from typing import Any

from tests.mapped import mapped, only, text_of
from tests.samples_on_disk import sample

OFFERED = "job/offered"
STARTED = "job/started"
CHANGED = "job/changed"
ENDED = "job/ended"
NOT_TAKEN_UP = "job/not_taken_up"
VOLUNTARY = "job/voluntary"
SELF_EMPLOYED = "job/self_employed"


def read(name: str, **fields: Any) -> str:
    return text_of(only(mapped(name, **fields), "DocumentReference"))


def test_an_offer_reads_as_an_offer() -> None:
    text = read(OFFERED)
    assert text.startswith("Job\n\nJob:      Landscaping assistant\nEmployer: Green & Daughter Landscapes\n")
    assert "Stands:   offered on 21 September 2026; the first day is to be 5 October 2026\n" in text
    assert "Hours:    16 a week\nWorks as: employee; temporary\nSource:   Contact with the employer\n" in text
    assert "Not counted: not all three criteria of IPS are known.\n- Open to anyone: yes\n" in text
    assert "- Not set aside for people with an illness or a disability: not known\n" in text
    assert "WHAT THE PERSON WANTS OF A JOB\n- Work: met\n- Place and travel: partly met\n" in text
    assert "DAYS THAT COUNT" not in text
    assert "HOW IT ENDED" not in text
    bare = read(OFFERED, offered_on=None, starts_on=None, hours_per_week=None, competitive=None)
    assert "Stands:   offered\nWorks as" in bare
    assert "COMPETITIVE" not in bare


def test_what_was_not_taken_up_says_why() -> None:
    text = read(NOT_TAKEN_UP)
    assert "Stands:   offered on 22 September 2026; not taken up\n" in text
    assert "WHY IT WAS NOT TAKEN UP\nNights make him ill, and he said so himself." in text
    assert "Stands:   not taken up\n" in read(NOT_TAKEN_UP, offered_on=None)


def test_the_days_that_are_counted_stand_in_the_document_as_what_they_are() -> None:
    assert (
        "DAYS THAT COUNT\n"
        "- First day: on 14 September 2026 (as the person and the specialist say)\n"
        "- First 4 paid hours: certain by 20 September 2026, if the job lasts "
        "(IPS Grow: a job start is 4 hours of paid work done)\n"
        "- 13 weeks: completed on 13 December 2026, if the job lasts (IPS Grow: sustained is beyond 13 weeks)\n"
        "- 26 weeks: completed on 14 March 2027, if the job lasts (ours: twice the 13 weeks of IPS Grow)\n"
    ) in read(STARTED)


def test_a_day_that_had_come_by_the_time_of_writing_is_certain_and_one_after_the_end_is_none() -> None:
    written = sample(STARTED).form.written_at
    assert "13 weeks: completed on 13 December 2026 (" in read(STARTED, written_at=written.replace(month=12, day=13))
    assert "December 2026, if the job lasts" in read(STARTED, written_at=written.replace(month=12, day=12))
    text = read(ENDED)
    assert "First 4 paid hours: certain by 9 August 2026 (" in text
    assert "- 13 weeks: none, the job ended before\n" in text
    assert "First 4 paid hours: none, voluntary work is unpaid\n" in read(VOLUNTARY)


def test_the_changes_are_told_one_by_one_and_the_head_says_how_it_is_now() -> None:
    text = read(CHANGED)
    assert "Job:      Breakfast cook\n" in text
    assert "Hours:    20 a week\nWorks as: employee; permanent\n" in text
    assert (
        "WHAT CHANGED\n"
        "- From 6 July 2026: 12 hours a week. She asked for a third and a fourth morning.\n"
        "- From 7 September 2026: permanent\n"
        "- From 16 November 2026: Breakfast cook, 20 hours a week. The cook left, and they asked her first.\n"
    ) in text
    assert "What changed".upper() not in read(STARTED)


def test_competitive_or_not_is_said_with_the_criteria() -> None:
    assert "COMPETITIVE EMPLOYMENT\nYes, by all three criteria of IPS.\n- Open to anyone: yes\n" in read(STARTED)
    assert "COMPETITIVE EMPLOYMENT\nNo.\n" in read(ENDED)
    assert "- At least the minimum wage and the going rate: no\n" in read(ENDED)
    assert "COMPETITIVE EMPLOYMENT\nNo: voluntary work is never counted.\n" in read(VOLUNTARY)
    assert "Works as: volunteer, unpaid\n" in read(VOLUNTARY)
    assert "COMPETITIVE EMPLOYMENT\nNot counted: not all three criteria of IPS are known.\n\nDAYS" in read(
        SELF_EMPLOYED
    )


def test_the_end_says_why_and_what_came_after() -> None:
    text = read(ENDED)
    assert "Stands:   offered on 20 July 2026; started on 3 August 2026; ended on 9 October 2026\n" in text
    assert "HOW IT ENDED\nDismissed\nLate four times in a fortnight" in text
    assert "\nWork afterwards: Unemployed and actively seeking work\n" in text
    assert "\nWork afterwards: Employed; 1 to 4 hours\n" in read(SELF_EMPLOYED)
    assert "HOW IT ENDED\nDismissed\n\nNOTE\n" in read(ENDED, why_ended=None, status_after=None)
