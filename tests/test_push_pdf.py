"""The PDF of a plan says what its text says, as text and not as markup, and the same note gives the same bytes."""

import re
import zlib
from base64 import b64decode, b64encode
from typing import Any

import pytest

from service.push.pdf import is_plan, pdf_of
from tests.mapped import only
from tests.samples_on_disk import sample

Json = dict[str, Any]


def _document(text: str | None = None) -> Json:
    document = only(sample("work_goal/full").mapped(), "DocumentReference")
    if text is None:
        return document
    attachment = {**document["content"][0]["attachment"], "data": b64encode(text.encode()).decode()}
    return {**document, "content": [{"attachment": attachment}]}


def _bytes(document: Json) -> bytes:
    return b64decode(pdf_of(document)["attachment"]["data"])


def _streams(pdf: bytes) -> int:
    """How much is drawn in it: the bytes of its content, unpacked."""
    packed = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    unpacked = 0
    for one in packed:
        try:
            unpacked += len(zlib.decompress(one))
        except zlib.error:
            continue
    return unpacked


def test_it_is_the_same_for_the_same_text() -> None:
    assert _bytes(_document()) == _bytes(_document())
    assert _bytes(_document()).startswith(b"%PDF-")


def test_it_keeps_what_tells_the_document() -> None:
    text, pdf = _document()["content"][0]["attachment"], pdf_of(_document())["attachment"]
    assert {**pdf, "data": "", "contentType": ""} == {**text, "data": "", "contentType": ""}
    assert pdf["contentType"] == "application/pdf"


@pytest.mark.parametrize(
    "words", ["#panic()", "$x$ *bold* _it_ `raw`", "= Heading", "#sys.inputs", "<label> @ref \\", "[[["]
)
def test_what_looks_like_markup_is_text(words: str) -> None:
    plain = _streams(_bytes(_document("Plan\n\nNOTE\n" + "a" * len(words))))
    assert _streams(_bytes(_document(f"Plan\n\nNOTE\n{words}"))) >= plain - 400


def test_a_longer_plan_has_more_in_it() -> None:
    assert _streams(_bytes(_document("Plan\n\nSTEPS\nOne.\nTwo."))) > _streams(_bytes(_document("Plan")))


def test_a_plan_is_known_by_its_type() -> None:
    assert is_plan(_document())
    assert not is_plan(only(sample("contact/seen_face_to_face").mapped(), "DocumentReference"))
