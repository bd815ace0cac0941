"""Narratives: well-formed XHTML of the few elements and attributes that R4 allows, which can do no harm on a screen.

https://hl7.org/fhir/R4/narrative.html (txt-1, txt-2). Called by the plan of every Narrative.div.
"""

import re
from typing import Final
from xml.etree import ElementTree

_XHTML: Final = "{http://www.w3.org/1999/xhtml}"
_XML: Final = "{http://www.w3.org/XML/1998/namespace}"
_LONGEST: Final = 1_048_576

_ELEMENTS: Final = frozenset(
    """
    a abbr acronym address area b bdo big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4
    h5 h6 hr i img kbd li map ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ul var
    """.split()  # noqa: SIM905 - read as words
)
_ATTRIBUTES: Final = frozenset(
    """
    title style class id lang dir accesskey tabindex name href src alt width height border align valign cellpadding
    cellspacing frame rules summary span colspan rowspan headers scope abbr axis char charoff cite start type value
    compact shape coords usemap ismap longdesc rel rev hreflang charset datetime nowrap clear bgcolor
    """.split()  # noqa: SIM905 - read as words
) | {f"{_XML}lang"}
_LINKS: Final = frozenset({"href", "src", "cite", "longdesc", "usemap"})
_HARMLESS_LINK: Final = re.compile(r"(?:#|https?://|mailto:|tel:|data:image/(?:png|jpeg|gif);)|[^:]*(?:[/?#]|$)")
_FETCHING_STYLE: Final = re.compile(r"url\s*\(|expression\s*\(|@import|behavior\s*:|javascript:|\\", re.IGNORECASE)


def narrative_fault(div: str) -> str | None:
    """The first thing that is wrong, in a sentence; None if a screen may show it."""
    if len(div) > _LONGEST or "<?" in div or "<!" in div.replace("<!--", ""):
        return "txt-1: a narrative is at most 1 MiB long, declares nothing and gives no instructions."
    try:
        root = ElementTree.fromstring(div)  # noqa: S314 - without a document type there is nothing to expand
    except ElementTree.ParseError:
        return "txt-1: this is not well-formed XHTML."
    if root.tag != f"{_XHTML}div":
        return "txt-1: a narrative is one div of the XHTML namespace."
    if not _has_content(root):
        return "txt-2: a narrative has something to read in it."
    harmless = all(_is_allowed(element) for element in root.iter())
    return None if harmless else "txt-1: it holds an element, an attribute or a link that a narrative may not have."


def _has_content(root: ElementTree.Element) -> bool:
    return any(text.strip() for text in root.itertext()) or root.find(f".//{_XHTML}img") is not None


def _is_allowed(element: ElementTree.Element) -> bool:
    known = element.tag.startswith(_XHTML) and element.tag.removeprefix(_XHTML) in _ELEMENTS
    return known and all(_is_harmless(name, value) for name, value in element.items())


def _is_harmless(name: str, value: str) -> bool:
    if name not in _ATTRIBUTES:
        return False
    if name == "style":
        return not _FETCHING_STYLE.search(value)
    return name not in _LINKS or _HARMLESS_LINK.match(value.strip()) is not None
