"""What all resources of one note version share: whose they are, who wrote them, and how each gets its id.

The kinds (`contact.py`, `vocational_profile.py`, `work_goal.py`) and `provenance.py` build on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from service.forms.note import NoteVersion
from service.mapping.names import ODS, UK_CORE, Names
from service.r4.resource import Json, Resource

_NOT_IN_UK_CORE = frozenset({"CommunicationRequest", "Goal"})
_IDENTIFIER_IS_ONE = frozenset({"QuestionnaireResponse"})
_WITHOUT_IDENTIFIER = frozenset({"Provenance"})


@dataclass(frozen=True, slots=True)
class Frame:
    """`patient`, `specialist` and `trust` are references, used in every resource of the note version."""

    note: NoteVersion
    names: Names
    patient: Json
    specialist: Json
    trust: Json | None

    @property
    def clinician(self) -> Json | None:
        """Who of the clinical team wrote this version, in the record: by name alone.

        A reference of the EHR's could be wrong elsewhere, and the Task that it stands in keeps it.
        """
        return {"display": self.note.written_by} if self.note.written_by else None

    def id_of(self, role: str) -> str:
        """The same note and role have the same id in every version, and no other note ever has it."""
        return role_id(self.note.form.id, role)

    def opened(self, resource_type: str, role: str, profile: str, *more_profiles: str) -> Json:
        """The top of a resource: type, id, profiles (ours first, then UK Core's), identifier."""
        resource_id = self.id_of(role)
        profiles = [self.names.profile(profile), *more_profiles]
        if resource_type not in _NOT_IN_UK_CORE:
            profiles.insert(1, UK_CORE + resource_type)
        body: Json = {"resourceType": resource_type, "id": resource_id, "meta": {"profile": profiles}}
        if resource_type not in _WITHOUT_IDENTIFIER:
            identifier = {"system": self.names.identifiers("resource"), "value": resource_id}
            body["identifier"] = identifier if resource_type in _IDENTIFIER_IS_ONE else [identifier]
        return body


def frame_of(note: NoteVersion, names: Names) -> Frame:
    author = note.form.specialist
    specialist = {
        "type": "Practitioner",
        "identifier": {"system": names.identifiers("specialist"), "value": author.id},
        "display": author.name,
    }
    trust = {"type": "Organization", "identifier": {"system": ODS, "value": names.ods_code}}
    return Frame(
        note=note,
        names=names,
        patient={"reference": f"Patient/{note.client_id}"},
        specialist=specialist,
        trust=trust if names.ods_code else None,
    )


def role_id(note_id: UUID, role: str) -> str:
    """`role` is a resource's place in its note: `encounter`, `task/<step id>`, …"""
    return str(uuid5(note_id, role))


def finished(body: Json) -> Resource:
    """A body that has all its elements, as a resource."""
    return Resource(body["resourceType"], body["id"], body)


def as_it_was(resource: Resource, earlier: Sequence[Resource], *, but_for: str) -> Resource:
    """The one of the version before, where only this element, the time of its writing, differs.

    So what was recorded once keeps its time, and nothing is written over what somebody did with it in the EHR.
    """
    for before in earlier:
        if before.key == resource.key and before.body | {but_for: ""} == resource.body | {but_for: ""}:
            return before
    return resource


def reference_to(resource: Resource) -> Json:
    return {"reference": resource.key}
