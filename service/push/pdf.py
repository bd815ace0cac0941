"""A plan as a PDF: the text of its document, set so that it can be printed and filed.

Called by `send_document.py`, in a thread of its own.
"""

from base64 import b64decode, b64encode

from service.r4.resource import Json
from service.typeset import set_as_pdf

_PLAN = ("http://loinc.org", "84306-0")
_PDF = "application/pdf"


def is_plan(document: Json) -> bool:
    """Whether a DocumentReference is a plan: the steps of a work goal, or a support plan."""
    return any((one.get("system"), one.get("code")) == _PLAN for one in document["type"]["coding"])


def pdf_of(document: Json) -> Json:
    """The `content` that says in a PDF what the first content says in plain text."""
    attachment = document["content"][0]["attachment"]
    pdf = set_as_pdf(attachment["title"], b64decode(attachment["data"]).decode())
    return {"attachment": {**attachment, "contentType": _PDF, "data": b64encode(pdf).decode()}}
