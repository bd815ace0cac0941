"""What a job pays goes into the record only where the trust says so."""

from dataclasses import replace

import pytest

from service.mapping.names import names_of
from service.mapping.to_resources import to_resources
from service.settings import Settings
from tests.mapped import changed, codes_in, only, text_of, version_of
from tests.published import our_gate
from tests.samples_on_disk import NAMES, sample
from tests.test_mapping_job import CHANGED, STARTED, components, jobs

WITH_PAY = replace(NAMES, with_pay=True)


def test_the_setting_is_off_until_the_trust_turns_it_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not names_of(Settings(_env_file=None)).with_pay
    monkeypatch.setenv("JOINEDUP_PAY_IN_RECORD", "true")
    assert names_of(Settings(_env_file=None)).with_pay


def test_what_it_pays_is_on_no_wire_unless_the_trust_says_so() -> None:
    form = sample(STARTED).form
    assert form.model_dump()["pay"] == {"pence": 1321, "per": "hour"}
    resources = to_resources(version_of(form), NAMES)
    assert not [code for code in components(jobs(resources)[0]) if code.startswith("pay")]
    assert "13.21" not in str([one.body for one in resources])
    text = text_of(only(resources, "DocumentReference"))
    assert ("13.21" in text, "before tax" in text, "\nPay:" in text) == (False, False, False)


@pytest.mark.parametrize(
    ("pence", "per", "code", "words"),
    [
        (1321, "hour", "pay-an-hour", "£13.21 an hour"),
        (40_000, "week", "pay-a-week", "£400.00 a week"),
        (150_050, "month", "pay-a-month", "£1,500.50 a month"),
        (2_400_000, "year", "pay-a-year", "£24,000.00 a year"),
    ],
)
def test_with_the_setting_on_it_is_in_the_observation_and_in_the_document(
    pence: int, per: str, code: str, words: str
) -> None:
    form = changed(sample(STARTED).form, pay={"pence": pence, "per": per})
    resources = to_resources(version_of(form), WITH_PAY)
    our_gate().check(resources)
    (body,) = jobs(resources)
    (pay,) = [one for one in body["component"] if codes_in([one["code"]]) == [code]]
    assert pay["valueQuantity"] == {
        "value": pence / 100,
        "unit": "GBP",
        "system": "urn:iso:std:iso:4217",
        "code": "GBP",
    }
    assert f"\nPay:      {words}, before tax\n" in text_of(only(resources, "DocumentReference"))


def test_with_the_setting_on_pay_that_nobody_told_is_not_there_and_pay_is_that_of_the_last_role() -> None:
    without = to_resources(version_of(changed(sample(STARTED).form, pay=None)), WITH_PAY)
    assert "pay-an-hour" not in components(jobs(without)[0])
    assert "\nPay:" not in text_of(only(without, "DocumentReference"))
    paid = changed(sample(CHANGED).form, pay={"pence": 1300, "per": "hour"})
    before, now = jobs(to_resources(version_of(paid), WITH_PAY))
    assert ("pay-an-hour" in components(before), components(now)["pay-an-hour"]) == (False, 13.0)
