"""Benefits advice → that it was given, the benefits received then, and what was said, to read."""

import pytest

from tests.mapped import codes_in, mapped, only, text_of, types_of

BEFORE_A_JOB = "benefits_advice/before_a_job"
BY_THE_SPECIALIST = "benefits_advice/by_the_specialist"


def test_it_is_counted_and_read_with_the_benefits_where_they_are_named() -> None:
    assert types_of(mapped(BEFORE_A_JOB)) == ["Procedure", "Observation", "DocumentReference", "Provenance"]
    assert types_of(mapped(BY_THE_SPECIALIST)) == ["Procedure", "DocumentReference", "Provenance"]


def test_who_gave_it_is_named_and_who_wrote_it_down_is_the_specialist() -> None:
    given = only(mapped(BEFORE_A_JOB), "Procedure")
    assert given["performer"] == [{"actor": {"display": "Jan Kowalski, Citizens Advice"}}]
    assert given["recorder"]["identifier"]["value"] == "pnair"
    by_herself = only(mapped(BY_THE_SPECIALIST), "Procedure")
    assert by_herself["performer"] == [{"actor": by_herself["recorder"]}]


def test_each_change_has_its_code() -> None:
    given = only(mapped(BEFORE_A_JOB), "Procedure")
    assert codes_in(given["reasonCode"]) == ["starting-work", "more-hours"]
    assert codes_in([given["code"]]) == ["benefits-advice"]


def test_the_benefits_stand_in_the_persons_words_and_belong_to_the_advice() -> None:
    status = only(mapped(BEFORE_A_JOB), "Observation")
    assert status["valueString"] == "Universal Credit, with LCWRA; Personal Independence Payment"
    assert status["partOf"] == [{"reference": f"Procedure/{only(mapped(BEFORE_A_JOB), 'Procedure')['id']}"}]
    assert codes_in([status["code"]]) == ["224192004"]


@pytest.mark.parametrize(
    ("pounds", "said"),
    [
        (96, "Outcome:  £96 a week better off"),
        (-1_200, "Outcome:  £1,200 a week worse off"),
        (0, "Outcome:  neither better nor worse off"),
    ],
)
def test_the_figure_is_said_in_words(pounds: int, said: str) -> None:
    assert said in text_of(only(mapped(BEFORE_A_JOB, better_off_a_week=pounds), "DocumentReference"))


def test_the_document_says_all_of_it() -> None:
    text = text_of(only(mapped(BEFORE_A_JOB), "DocumentReference"))
    assert "By:       a benefits adviser, Jan Kowalski, Citizens Advice" in text
    assert "About:    Starting work, working more hours" in text
    assert "BENEFITS RECEIVED\n- Universal Credit, with LCWRA\n- Personal Independence Payment" in text
    assert "ADVICE\nAt 16 hours she keeps PIP" in text
    assert "WHAT THE PERSON DECIDED\nShe wants to start" in text
    plain = text_of(only(mapped(BY_THE_SPECIALIST), "DocumentReference"))
    assert "By:       the employment specialist\n" in plain
    assert "Outcome" not in plain
