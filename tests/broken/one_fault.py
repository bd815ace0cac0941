"""One fault put into a valid resource: what the catalogues in this folder are written with."""

import copy
import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from service.r4.resource import Json
from tests.samples_on_disk import sample

LEFT_OUT: Final = object()


@dataclass(frozen=True, slots=True)
class OneFault:
    """`sentence` names the fault; `also_hl7` says whether HL7's own validator, without terminology, sees it too."""

    sentence: str
    valid: Json
    path: str
    value: Any
    expected: str
    code: str
    also_hl7: bool = True

    @property
    def broken(self) -> Json:
        """A copy of the valid resource with the value put at the path, or with what is there left out."""
        body = copy.deepcopy(self.valid)
        *above, last = self.path.split(".")
        place: Any = body
        for step in above:
            place = place[int(step)] if step.isdigit() else place[step]
        key: Any = int(last) if last.isdigit() else last
        if self.value is LEFT_OUT:
            del place[key]
        else:
            place[key] = self.value
        return body

    @property
    def file_name(self) -> str:
        return re.sub(r"\W+", "_", self.sentence).strip("_").lower()


@cache
def _resources(name: str) -> tuple[Json, ...]:
    return tuple(sample(name).agreed)


def one_of(name: str, resource_type: str) -> Json:
    """The first resource of a type among those that a sample note becomes."""
    return next(body for body in _resources(name) if body["resourceType"] == resource_type)


def without_profile(body: Json) -> Json:
    """The same held to R4 alone."""
    return {key: value for key, value in body.items() if key != "meta"}
