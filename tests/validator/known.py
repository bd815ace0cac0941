"""The warnings and notes of HL7's validator that stand, each with why, as `known.toml` lists them.

Each holds on the types that it names and, below them, in the places that it names (`*` is any), and nowhere else.
"""

import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from tests.validator.hl7 import Issue
from tests.validator.places import plain

_FILE: Final = Path(__file__).with_name("known.toml")


@dataclass(frozen=True)
class Known:
    """`says` is a regular expression for the whole sentence."""

    says: str
    on: tuple[str, ...]
    at: tuple[str, ...]
    why: str

    def takes(self, issue: Issue) -> tuple[str, str] | None:
        """The type, and which of the places that are listed; None if this is another warning."""
        if re.fullmatch(self.says, issue.says) is None:
            return None
        type_name, _, place = plain(issue.at).partition(".")
        pattern = next((one for one in self.at if fnmatchcase(place, one)), None)
        return (type_name, pattern) if type_name in self.on and pattern is not None else None


def known_warnings() -> list[Known]:
    told = tomllib.loads(_FILE.read_text(encoding="utf-8"))["known"]
    return [Known(one["says"], tuple(one["on"]), tuple(one["at"]), one["why"]) for one in told]
