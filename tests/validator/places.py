"""Where HL7's validator says something is, in plain words."""

import re

_ENTRY = re.compile(r"Bundle\.entry\[\d+\]\.resource/\*(\w+)/[^*]*\*/")
_DETAIL = re.compile(r"\[\d+\]|\[x\]|\.ofType\(\w+\)|:[a-zA-Z-]+\b")


def plain(text: str) -> str:
    """`Bundle.entry[2].resource/*Task/…*/.note[0].time` as `Task.note.time`; without slices, or types of a choice."""
    return _DETAIL.sub("", _ENTRY.sub(r"\1", text))
