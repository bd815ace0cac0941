"""The Questionnaires in somebody else's hands: lforms draws them in a real browser, and what it makes is a note.

`make tools` fetches lforms; the browser is Debian's Chromium. Nothing is asked of the internet.
"""

import threading
from collections.abc import AsyncIterator, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, async_playwright

from service.db import Sessions
from service.forms.contact import Contact
from service.forms.note import KINDS, Form
from service.r4.resource import Json
from service.record_api.read_response import read_response
from service.record_api.response import response_of
from tests.outbox import rows
from tests.published import our_gate
from tests.responses import DOOR, FHIR, POST
from tests.samples_on_disk import NAMES, all_samples

TOP = Path(__file__).parent.parent
CHROMIUM = Path("/usr/bin/chromium")
LFORMS = TOP / ".tools" / "lforms"
DRAW = "questionnaire => LForms.Util.addFormToPage(questionnaire, 'form', {fhirVersion: 'R4'})"
FILL_IN = """([questionnaire, response]) => {
    const form = LForms.Util.convertFHIRQuestionnaireToLForms(questionnaire, 'R4');
    return LForms.Util.addFormToPage(LForms.Util.mergeFHIRDataIntoLForms(response, form, 'R4'), 'form', {});
}"""
TAKE = "() => LForms.Util.getFormFHIRData('QuestionnaireResponse', 'R4')"
WRONG = "() => LForms.Util.checkValidity()"

pytestmark = [
    pytest.mark.skipif(not (LFORMS / "lforms").is_dir(), reason="lforms is not in .tools: run make tools"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is absent: apt install chromium"),
]


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the library names it
        """Nothing."""


class _Served(_Silent):
    def translate_path(self, path: str) -> str:
        page = TOP / "tests" / "lforms" / "page.html"
        return str(page) if path == "/page.html" else super().translate_path(path)


@pytest.fixture
def website() -> Iterator[str]:
    """lforms and a page for it, on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Served, directory=str(LFORMS)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
async def page(website: str) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page(timezone_id="Europe/London", locale="en-GB")
        page.set_default_timeout(60_000)
        await page.goto(f"{website}/page.html", wait_until="commit")
        await page.wait_for_function("() => window.LForms && LForms.FHIR")
        yield page
        await browser.close()


async def test_a_contact_that_was_typed_in_is_a_note(page: Page, phone: httpx.AsyncClient, sessions: Sessions) -> None:
    questionnaire = (await phone.get("/fhir/Questionnaire/contact")).json()
    await page.evaluate(DRAW, questionnaire)
    await _type(page, "client.nhs_number", "9990000018")
    await _type(page, "client.birth_date", "02/03/1990")
    await _type(page, "specialist.id", "es-1")
    await _type(page, "specialist.name", "Sam Okafor")
    await _type(page, "happened_at", "11/20/2026 10:00:00")
    await _choose(page, "with_whom", "Client")
    await page.locator("[id='client_took_part/1|true']").click()
    assert await page.locator("[id^='place/']").count() == 0
    await _choose(page, "mechanism", "Face to face")
    await _choose(page, "attendance", "Attended on time")
    await _choose(page, "place", "Other publicly accessible area or building")
    await _type(page, "minutes", "45")
    await _choose(page, "topics", "Job search")
    await _type(page, "note", "Two adverts looked at together.")
    assert await page.evaluate(WRONG) is None
    response = await page.evaluate(TAKE)
    first = await phone.post(POST, json=response, headers=FHIR)
    again = await phone.post(POST, json=response, headers=FHIR)
    assert (first.status_code, again.status_code) == (201, 200), first.text
    assert first.json() == again.json()
    form = read_response(response, DOOR)
    assert isinstance(form, Contact)
    assert (form.happened_at.isoformat(), form.place) == ("2026-11-20T10:00:00+00:00", "other_public_building")
    assert (form.topics, form.minutes, form.took_place) == (("job_search",), 45, True)
    assert await rows(sessions, "SELECT kind, form ->> 'note' FROM notes") == [
        ("contact", "Two adverts looked at together.")
    ]


async def _type(page: Page, link_id: str, text: str) -> None:
    begins = f"[id^='{link_id}/']"
    field = page.locator(f"input{begins}, textarea{begins}, {begins} input").first
    await field.focus()
    await field.press_sequentially(text)
    await field.press("Tab")


async def _choose(page: Page, link_id: str, answer: str) -> None:
    """By typing what it is called, as one does; of an answer that repeats, what was chosen stands before the field."""
    field = page.locator(f"input[id^='{link_id}/']").first
    await field.focus()
    await field.press_sequentially(answer)
    await page.locator("#completionOptions li").filter(has_text=answer).first.wait_for()
    await field.press("Tab")
    await page.wait_for_function(
        "([field, answer]) => field.value === answer || field.parentElement.textContent.includes(answer)",
        arg=[await field.element_handle(), answer],
    )


async def test_what_every_kind_can_say_lforms_can_show_and_hand_on(page: Page, phone: httpx.AsyncClient) -> None:
    """Each sample, drawn as filled in: what lforms then makes of it is the same note, and is taken."""
    tried = set()
    for sample in all_samples():
        form, questionnaire = sample.form, (await phone.get(f"/fhir/Questionnaire/{_id_of(sample.form)}")).json()
        asked = response_of(form, NAMES)
        await page.evaluate(FILL_IN, [questionnaire, asked])
        await page.wait_for_selector("[id^='client.nhs_number/']")
        made = await page.evaluate(TAKE)
        assert our_gate().faults(made) == (), sample.name
        # What a renderer cannot know: the host's id of the note, and when it was written.
        whole = made | {"identifier": asked["identifier"], "authored": asked["authored"]}
        assert _said(read_response(whole, DOOR)) == _said(form), sample.name
        answer = await phone.post(POST, json=made, headers=FHIR)
        assert answer.status_code == 201, (sample.name, answer.text)
        tried.add(form.kind)
    assert tried == set(KINDS)


def _id_of(form: Form) -> str:
    return form.kind.replace("_", "-")


def _said(form: Form) -> Json:
    """All it says: moments as moments, for lforms writes them in UTC."""
    return form.model_dump()
