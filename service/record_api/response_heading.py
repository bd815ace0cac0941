"""What a response says of itself in its own elements: its id, its client, its author, and when it was written.

Client and specialist are asked for as items, for not every renderer can say them otherwise; where both are there
they have to be the same.
"""

from collections.abc import Mapping, Set
from typing import Any, Final

from service.errors import FieldFault
from service.mapping.names import Names
from service.push.find_patient import NHS_NUMBER
from service.r4.resource import Json
from service.record_api.places import ROOT
from service.record_api.response import COMPLETED

_KEPT: Final = {"identifier", "questionnaire", "status", "subject", "authored", "author", "item"}
# About the resource, not about the client. What is in a generated text is in the answers.
_NOT_CONTENT: Final = {"resourceType", "id", "meta", "language", "text"}
_REFERENCE: Final = {"id", "reference", "type", "identifier", "display"}
_IDENTIFIER: Final = {"id", "use", "system", "value"}
WITHOUT_TIME: Final = "Send a date and time here, as 2026-11-22T09:30:00+00:00."


def has_a_time(moment: str) -> bool:
    """FHIR's dateTime may be a year or a day alone. The form refuses that too, but knows no place in the response."""
    return "T" in moment


class HeadingReader:
    """Adds to the answers what the elements say, and to the faults what is wrong with them."""

    def __init__(self, names: Names, faults: list[FieldFault]) -> None:
        self._names = names
        self._faults = faults

    def read(self, body: Json, values: Json) -> None:
        """Whatever is neither kept nor about the resource alone is a fault."""
        self._is_finished(body)
        self._nothing_but(body, _KEPT | _NOT_CONTENT, ROOT)
        if body.get("text", {}).get("status", "generated") not in ("generated", "empty"):
            self._fault(f"{ROOT}.text", "This text says more than the answers, and it would be lost. Leave it out.")
        if "authored" in body:
            values["written_at"] = body["authored"]
            if not has_a_time(body["authored"]):
                self._fault(f"{ROOT}.authored", WITHOUT_TIME)
        note_id = self._identified(body, "identifier", self._names.identifiers("note"))
        if note_id is not None:
            values["id"] = note_id
        for element, system in (("subject", NHS_NUMBER), ("author", self._names.identifiers("specialist"))):
            self._named(body, element, system, values)

    def _is_finished(self, body: Json) -> None:
        if body["status"] != COMPLETED:
            sentence = (
                "Only a new note that is completed is taken here. Finish it first; a note that was sent is amended by "
                "PUT /notes/{id}, and retracted by POST /notes/{id}/retraction."
            )
            self._fault(f"{ROOT}.status", sentence)

    def _named(self, body: Json, element: str, system: str, values: Json) -> None:
        """A reference by identifier; what else it says of them is the sender's own."""
        said = body.get(element, {})
        self._nothing_but(said, _REFERENCE, f"{ROOT}.{element}")
        value = self._identified(said, "identifier", system, f"{ROOT}.{element}")
        if element == "subject":
            self._agree(values, "client", "nhs_number", value, f"{ROOT}.subject.identifier")
            return
        self._agree(values, "specialist", "id", value, f"{ROOT}.author.identifier")
        self._agree(values, "specialist", "name", said.get("display"), f"{ROOT}.author.display")

    def _identified(self, around: Mapping[str, Any], element: str, system: str, where: str = ROOT) -> str | None:
        said = around.get(element)
        if said is None:
            return None
        self._nothing_but(said, _IDENTIFIER, f"{where}.{element}")
        if said.get("system") != system or "value" not in said:
            self._fault(f"{where}.{element}", f"Give this with a value, and with the system {system}.")
            return None
        return str(said["value"])

    def _agree(self, values: Json, group: str, field: str, value: str | None, where: str) -> None:
        if value is not None and values.setdefault(group, {}).setdefault(field, value) != value:
            self._fault(where, f"The item {group}.{field} says something else. Put right whichever of them is wrong.")

    def _nothing_but(self, said: Mapping[str, Any], known: Set[str], where: str) -> None:
        for name in sorted(said.keys() - known):
            self._fault(
                f"{where}.{name.lstrip('_')}", "A note has no room for this, and it would be lost. Leave it out."
            )

    def _fault(self, where: str, sentence: str) -> None:
        self._faults.append(FieldFault(where, sentence))
