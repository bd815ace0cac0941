"""One line of the table: what was measured, the limit measured beside it, and what it has to reach."""

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Result:
    """`ratio` is what is compared with `reach`: value to limit, unless `ratio_of` says otherwise."""

    what: str
    value: float
    unit: str
    limit: float | None = None
    limit_is: str = ""
    ratio: float | None = None
    ratio_of: str = "value / limit"
    reach: float | None = None
    side: Literal["at least", "at most", "under"] = "at most"
    remark: str = ""

    @property
    def reached(self) -> bool | None:
        """None where nothing has to be reached: the line explains another."""
        compared = self.value if self.ratio is None else self.ratio
        if self.reach is None:
            return None
        return compared >= self.reach if self.side == "at least" else compared <= self.reach

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"reached": self.reached}


def told(number: float | None, unit: str = "") -> str:
    """Three figures: the fourth is noise."""
    if number is None:
        return ""
    digits = 0 if abs(number) >= 100 else 1 if abs(number) >= 10 else 2 if abs(number) >= 1 else 3
    return f"{number:,.{digits}f} {unit}".strip()
