"""Plain text set as a PDF, so that it can be printed and filed.

Takes some milliseconds of processor time: callers go to a thread of its own.
"""

import typst

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


def set_as_pdf(title: str, text: str) -> bytes:
    """The same text gives the same bytes."""
    return typst.compile(_TEMPLATE, format="pdf", sys_inputs={"title": title, "text": text})
