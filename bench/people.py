"""Fictional clients by number, with NHS numbers of the synthetic range that cannot be anybody's."""

from functools import lru_cache
from hashlib import md5

from nhs_number.validate import calculate_checksum

from bench.stub_ehr import BORN

_FIRST = 999_000_000
MOST_CLIENTS = 99_999

__all__ = ["BORN", "MOST_CLIENTS", "hex_of", "hyphened", "nhs_number"]


@lru_cache(maxsize=MOST_CLIENTS)
def nhs_number(client: int) -> str:
    """The client's own; one in eleven numbers has no check digit, so the ninth digit steps on to one that has."""
    nine = _FIRST + client * 10
    while (check := calculate_checksum(str(nine)) or 0) == 10:
        nine += 1
    return f"{nine}{check}"


def hex_of(what: str, number: int) -> str:
    """An id, the same for the same words, and scattered as those of phones are: indexes are met as in life."""
    return md5(f"{what}/{number}".encode(), usedforsecurity=False).hexdigest()


def hyphened(hexadecimal: str) -> str:
    """As JSON has it."""
    digits = hexadecimal
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
