"""A plan as a PDF: the text of its document, set so that it can be printed and filed.

Called by `send_document.py`, in a thread of its own, for typesetting takes some milliseconds of processor time.
"""

from base64 import b64decode, b64encode

import typst

from service.r4.resource import Json

_PLAN = ("http://loinc.org", "84306-0")
_PDF = "application/pdf"

# The text comes in as a value and is never read as markup. A first line in capitals heads its passage.
_TEMPLATE = b"""
#set document(title: sys.inputs.title, date: none)
#set page(paper: "a4", margin: 2.2cm, numbering: "1 of 1")
#set text(size: 11pt, lang: "en", region: "GB")
#set par(leading: 0.7em)
#let lines_of(lines) = lines.map(line => text(line)).join(linebreak())
#for (number, block) in sys.inputs.text.split("\\n\\n").enumerate() {
  let lines = block.split("\\n")
  if number == 0 {
    heading(level: 1, lines_of(lines))
  } else if lines.len() > 1 and lines.first() == upper(lines.first()) {
    heading(level: 2, text(lines.first()))
    par(lines_of(lines.slice(1)))
  } else {
    par(lines_of(lines))
  }
}
"""


def is_plan(document: Json) -> bool:
    """Whether a DocumentReference is a plan: the steps of a work goal, or a support plan."""
    return any((one.get("system"), one.get("code")) == _PLAN for one in document["type"]["coding"])


def pdf_of(document: Json) -> Json:
    """The `content` that says in a PDF what the first content says in plain text."""
    attachment = document["content"][0]["attachment"]
    words = {"title": attachment["title"], "text": b64decode(attachment["data"]).decode()}
    pdf = typst.compile(_TEMPLATE, format="pdf", sys_inputs=words)
    return {"attachment": {**attachment, "contentType": _PDF, "data": b64encode(pdf).decode()}}
