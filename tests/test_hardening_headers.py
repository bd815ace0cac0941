"""Every answer has strict headers, whoever made it and however it ended."""

import httpx
import pytest

from service.hardening.headers import StrictHeaders
from service.watch.window import watch_app
from tests.door import JSON
from tests.not_started import not_started
from tests.phone import contact

STRICT = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def strict(answer: httpx.Response) -> dict[str, str]:
    return {name: ", ".join(answer.headers.get_list(name)) for name in STRICT}


async def test_answers_of_every_manner_are_strict(phone: httpx.AsyncClient) -> None:
    answers = [
        await phone.post("/notes", json=contact()),
        await phone.post("/notes", content=b"{", headers=JSON),
        await phone.get("/notes"),
        await phone.get("/nowhere"),
        await phone.get("/fhir/Questionnaire/nowhere"),
        await phone.get("/healthz"),
        await phone.get("/metrics"),
        await phone.get("/openapi.json"),
        await phone.request("TRACE", "/notes"),
    ]
    assert {answer.status_code for answer in answers} >= {200, 201, 400, 404, 405}
    for answer in answers:
        assert strict(answer) == STRICT
        assert "strict-transport-security" not in answer.headers


async def test_a_page_keeps_what_it_says_itself_and_says_it_once(operator: httpx.AsyncClient) -> None:
    for path in ("/desk", "/desk/deliveries/00000000-0000-0000-0000-000000000000"):
        headers = strict(await operator.get(path))
        assert "style-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["content-security-policy"].count("default-src") == 1
        assert (headers["referrer-policy"], headers["cache-control"]) == ("same-origin", "no-store")
        assert headers["x-frame-options"] == "DENY"


async def test_only_what_is_the_same_for_everybody_may_be_kept(phone: httpx.AsyncClient) -> None:
    assert (await phone.get("/.well-known/jwks.json")).headers["cache-control"] == "public, max-age=300"


async def test_an_answer_that_says_the_fault_is_ours_is_strict_too() -> None:
    app = not_started()  # not started: nothing is open
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 500
    assert strict(answer) == STRICT


async def test_a_workers_window_is_strict() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(watch_app()), base_url="http://worker") as client:
        answer = await client.get("/healthz")
    assert strict(answer) == STRICT


@pytest.mark.parametrize(
    ("public_url", "by_https"), [("https://work.trust.example", True), ("http://127.0.0.1:8000", False)]
)
async def test_who_is_reached_by_https_says_so_for_a_year(public_url: str, by_https: bool) -> None:
    app = not_started(public_url=public_url)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=public_url) as client:
        said = (await client.get("/healthz")).headers.get("strict-transport-security")
    assert said == ("max-age=31536000; includeSubDomains" if by_https else None)


async def test_what_is_no_request_goes_through_untouched() -> None:
    seen: list[str] = []

    async def app(scope: object, receive: object, send: object) -> None:
        seen.append(type(send).__name__)

    async def nothing(*_: object) -> None: ...

    await StrictHeaders(app, https=True)({"type": "lifespan"}, nothing, nothing)  # type: ignore[arg-type]
    assert seen == ["function"]
