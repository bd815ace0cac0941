"""What an EHR's CapabilityStatement allows, per resource type, and which strategy follows from it.

Pure: `negotiation.py` fetches the statement for the worker, `ehr check` shows the table with its reasons.
https://hl7.org/fhir/R4/capabilitystatement.html
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from service.r4.resource import Json

Strategy: TypeAlias = Literal["A transaction", "B one by one", "C document only", "none"]
Chosen: TypeAlias = Mapping[str, Strategy]
"""By resource type, and by `*` for the rest: what the settings say instead of the statement."""

BY_LETTER: Mapping[str, Strategy] = {
    "A": "A transaction",
    "B": "B one by one",
    "C": "C document only",
    "none": "none",
}

Contradiction: TypeAlias = tuple[str, str]
"""A resource type and an interaction (`transaction`, `create`, `update`) that the EHR refused, whatever it states."""

OUR_TYPES = (
    "ServiceRequest",
    "CareTeam",
    "EpisodeOfCare",
    "Encounter",
    "DocumentReference",
    "Procedure",
    "RelatedPerson",
    "QuestionnaireResponse",
    "Observation",
    "Goal",
    "CommunicationRequest",
    "Task",
    "CarePlan",
    "Consent",
    "Provenance",
)
_DOCUMENT = "DocumentReference"
_WITHOUT_IDENTIFIER = frozenset({"Provenance"})
_FHIR_VERSION = "4.0"


@dataclass(frozen=True, slots=True)
class Allowed:
    """One row: what the EHR says of a type. `if_match` is what keeps a clinician's change from being overwritten.

    `reason` is a sentence: why this strategy and not one before it.
    """

    resource_type: str
    create: bool
    update: bool
    conditional_update: bool
    search_by_identifier: bool
    if_match: bool
    strategy: Strategy
    reason: str

    @property
    def can_be_looked_up(self) -> bool:
        """Whether what was written, and its answer lost, can be found again."""
        return self.search_by_identifier or self.conditional_update


@dataclass(frozen=True, slots=True)
class Capability:
    """The whole answer: `faults` are sentences about what would keep a delivery from succeeding."""

    software: str | None
    fhir_version: str | None
    transaction: bool
    rows: tuple[Allowed, ...]
    faults: tuple[str, ...]
    _by_type: dict[str, Allowed] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Each resource of each note is looked up here."""
        self._by_type.update((row.resource_type, row) for row in self.rows)

    def of(self, resource_type: str) -> Allowed:
        """The row of one of our types."""
        return self._by_type[resource_type]


def capability_of(
    statement: Json, chosen: Chosen | None = None, contradicted: Set[Contradiction] = frozenset()
) -> Capability:
    """What follows from the CapabilityStatement, from the settings, and from what the EHR refused since."""
    server = _server(statement)
    types = {one["type"]: one for one in _dicts(server.get("resource")) if isinstance(one.get("type"), str)}
    transaction = "transaction" in _interactions(server)
    takes = _Takes(types, transaction, chosen or {}, contradicted)
    rows = tuple(_allowed(name, takes) for name in OUR_TYPES)
    version = statement.get("fhirVersion")
    return Capability(
        software=_software(statement),
        fhir_version=version if isinstance(version, str) else None,
        transaction=transaction,
        rows=rows,
        faults=tuple(_faults(version, types, rows)),
    )


@dataclass(frozen=True, slots=True)
class _Takes:
    """What the server said as a whole, and what stands beside it."""

    types: Mapping[str, Json]
    transaction: bool
    chosen: Chosen
    contradicted: Set[Contradiction]

    def interaction(self, resource_type: str, code: str) -> bool:
        """Stated, and not refused since."""
        stated = code in _interactions(self.types.get(resource_type, {}))
        return stated and (resource_type, code) not in self.contradicted


def _allowed(name: str, takes: _Takes) -> Allowed:
    told = takes.types.get(name, {})
    create, update = takes.interaction(name, "create"), takes.interaction(name, "update")
    conditional = update and told.get("conditionalUpdate") is True
    searched = takes.interaction(name, "search-type") and _searches_by(told, _found_by(name))
    strategy, reason = _strategy(name, create, update, conditional, searched, takes)
    return Allowed(
        resource_type=name,
        create=create,
        update=update,
        conditional_update=conditional,
        search_by_identifier=searched,
        if_match=told.get("versioning") == "versioned-update",
        strategy=strategy,
        reason=reason,
    )


def _found_by(name: str) -> str:
    """R4 has no identifier for a Provenance: it is found by what it is about."""
    return "target" if name in _WITHOUT_IDENTIFIER else "identifier"


def _strategy(
    name: str, create: bool, update: bool, conditional: bool, searched: bool, takes: _Takes
) -> tuple[Strategy, str]:
    if chosen := takes.chosen.get(name) or takes.chosen.get("*"):
        return chosen, "Chosen in JOINEDUP_EHR_STRATEGIES."
    if name in _WITHOUT_IDENTIFIER:
        # It is written once and never changed.
        conditional = update = create
    if takes.transaction and conditional and (name, "transaction") not in takes.contradicted:
        return "A transaction", "It takes transactions with conditional updates."
    no_transaction = "no conditional update" if takes.transaction else "no transactions"
    if create and update and (searched or name in _WITHOUT_IDENTIFIER):
        return "B one by one", f"It takes {no_transaction}, but create and update, and finds what it has."
    missing = _in_words(create=create, update=update, searched=searched)
    if name == _DOCUMENT and create:
        return "C document only", f"It offers {missing}: each version is filed as a document of its own."
    if name in _WITHOUT_IDENTIFIER:
        return "none", f"It offers {missing}: the document says who wrote it."
    if takes.interaction(_DOCUMENT, "create"):
        return "C document only", f"It offers {missing}: what it says stands in the document."
    return "none", f"It offers {missing}, and takes no documents."


def _in_words(*, create: bool, update: bool, searched: bool) -> str:
    offered = {"create": create, "update": update, "search by identifier": searched}
    return "no " + ", no ".join(name for name, offers in offered.items() if not offers)


def _faults(version: object, types: Mapping[str, Json], rows: tuple[Allowed, ...]) -> Iterator[str]:
    if not (isinstance(version, str) and version.startswith(_FHIR_VERSION)):
        yield "The EHR does not say that it speaks FHIR R4 (4.0.1)."
    patient = types.get("Patient", {})
    if not ("search-type" in _interactions(patient) and _searches_by(patient, "identifier")):
        yield "The EHR does not offer a search for patients by identifier: no patient can be matched."
    for row in rows:
        if row.strategy == "none" and row.resource_type not in _WITHOUT_IDENTIFIER:
            yield f"{row.resource_type} cannot be sent in any way: notes that have one will need a person."


def _server(statement: Json) -> Json:
    return next((rest for rest in _dicts(statement.get("rest")) if rest.get("mode", "server") == "server"), {})


def _interactions(told: Json) -> set[object]:
    return {one.get("code") for one in _dicts(told.get("interaction"))}


def _searches_by(told: Json, parameter: str) -> bool:
    return any(one.get("name") == parameter for one in _dicts(told.get("searchParam")))


def _software(statement: Json) -> str | None:
    software = statement.get("software")
    if not isinstance(software, dict):
        return None
    return " ".join(str(software[part]) for part in ("name", "version") if software.get(part)) or None


def _dicts(values: object) -> list[Json]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
