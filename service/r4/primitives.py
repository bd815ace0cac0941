"""The JSON Schema of each primitive type of R4, and the sentence for a value that does not fit.

https://hl7.org/fhir/R4/datatypes.html. Three differences, on purpose: dates must exist in the calendar; text may
hold any white space that Unicode has; text must not hold control characters or be nothing but white space.
"""

from typing import Final

from service.r4.resource import Json

_CONTROLS: Final = r"\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F\uFFFE\uFFFF"
_TEXT: Final = rf"^[\t\n\r ]*[^\t\n\r {_CONTROLS}][^{_CONTROLS}]*$"
_YEAR: Final = r"(?:[0-9](?:[0-9](?:[0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)"
_LEAP_DAY: Final = r"(?:[0-9][0-9](?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)-02-29"
_DAY: Final = (
    rf"(?:{_LEAP_DAY}|{_YEAR}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    r"|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31))"
)
_CLOCK: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_ZONE: Final = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_IN_PART: Final = rf"{_YEAR}(?:-(?:0[1-9]|1[0-2]))?"

_SIX: Final = r"[0-9A-Za-z+/]\s*"
_URI: Final = r"^[^\s\x00-\x1F]+$"
_URI_SENTENCE: Final = "A URI is not empty and holds no white space."
_TEXT_SENTENCE: Final = "Text is not empty and holds no control characters."

_LONGEST_TEXT: Final = 1_048_576
_LARGEST_INTEGER: Final = 2_147_483_647
_INTEGERS: Final = {"integer": -_LARGEST_INTEGER - 1, "unsignedInt": 0, "positiveInt": 1}
_TEXTS: Final = frozenset({"string", "markdown", "xhtml"})

_PATTERNS: Final[dict[str, str]] = {
    "base64Binary": rf"^\s*(?:{_SIX * 4})*(?:{_SIX * 4}|{_SIX * 3}=\s*|{_SIX * 2}=\s*=\s*)$",
    "canonical": _URI,
    "code": rf"^[^\s{_CONTROLS}]+(?: [^\s{_CONTROLS}]+)*$",
    "date": rf"^(?:{_IN_PART}|{_DAY})$",
    "dateTime": rf"^(?:{_IN_PART}|{_DAY}(?:T{_CLOCK}{_ZONE})?)$",
    "id": r"^[A-Za-z0-9.\-]{1,64}$",
    "instant": rf"^{_DAY}T{_CLOCK}{_ZONE}$",
    "markdown": _TEXT,
    "oid": r"^urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+$",
    "string": _TEXT,
    "time": rf"^{_CLOCK}$",
    "uri": _URI,
    "url": _URI,
    "uuid": r"^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    "xhtml": _TEXT,
}
SENTENCES: Final[dict[str, str]] = {
    "base64Binary": "This is not base64.",
    "canonical": _URI_SENTENCE,
    "code": "A code is not empty and holds no white space but single spaces between its words.",
    "date": "This is not a date of the calendar: YYYY, YYYY-MM or YYYY-MM-DD.",
    "dateTime": "This is not a date of the calendar, or its time has no seconds or no time zone.",
    "id": "An id has 1 to 64 letters, digits, '-' and '.'.",
    "instant": "An instant is a date of the calendar with a time to the second and a time zone.",
    "markdown": _TEXT_SENTENCE,
    "oid": "This is not an OID in the form urn:oid:1.2.3.",
    "string": _TEXT_SENTENCE,
    "time": "A time is hh:mm:ss.",
    "uri": _URI_SENTENCE,
    "url": _URI_SENTENCE,
    "uuid": "This is not a UUID in the form urn:uuid:….",
    "xhtml": _TEXT_SENTENCE,
}
SENTENCE_OF_PATTERN: Final[dict[str, str]] = {_PATTERNS[name]: sentence for name, sentence in SENTENCES.items()}


def primitive_schema(name: str) -> Json:
    """The schema of one value of a primitive type."""
    if name == "boolean":
        return {"type": "boolean"}
    if name == "decimal":
        return {"type": "number"}
    if name in _INTEGERS:
        return {"type": "integer", "minimum": _INTEGERS[name], "maximum": _LARGEST_INTEGER}
    schema: Json = {"type": "string", "pattern": _PATTERNS[name]}
    return {**schema, "maxLength": _LONGEST_TEXT} if name in _TEXTS else schema


def is_integer(name: str) -> bool:
    """JSON Schema takes 3.0 for an integer, FHIR does not: the plan looks at these once more."""
    return name in _INTEGERS
