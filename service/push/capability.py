"""What an EHR's CapabilityStatement allows, per resource type, and which strategy follows from it.

Pure: `ehr check` fetches the statement and prints the table. Only strategy A is built yet.
https://hl7.org/fhir/R4/capabilitystatement.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from service.r4.resource import Json

Strategy: TypeAlias = Literal["A transaction", "B one by one", "C document only", "none"]

OUR_TYPES = (
    "Encounter",
    "DocumentReference",
    "Procedure",
    "RelatedPerson",
    "QuestionnaireResponse",
    "Observation",
    "Goal",
    "Task",
    "CarePlan",
    "Provenance",
)
_WITHOUT_IDENTIFIER = frozenset({"Provenance"})
_FHIR_VERSION = "4.0"


@dataclass(frozen=True, slots=True)
class Allowed:
    """One row: what the EHR says of a type. `if_match` is what keeps a clinician's change from being overwritten."""

    resource_type: str
    create: bool
    update: bool
    conditional_update: bool
    search_by_identifier: bool
    if_match: bool
    strategy: Strategy


@dataclass(frozen=True, slots=True)
class Capability:
    """The whole answer: `faults` are sentences about what would keep a delivery from succeeding."""

    software: str | None
    fhir_version: str | None
    transaction: bool
    rows: tuple[Allowed, ...]
    faults: tuple[str, ...]


def capability_of(statement: Json) -> Capability:
    """What follows from the CapabilityStatement."""
    server = _server(statement)
    types = {one["type"]: one for one in _dicts(server.get("resource")) if isinstance(one.get("type"), str)}
    transaction = "transaction" in _interactions(server)
    document_only = _codes(types, "DocumentReference", "create")
    rows = tuple(_allowed(name, types.get(name, {}), transaction, document_only) for name in OUR_TYPES)
    version = statement.get("fhirVersion")
    return Capability(
        software=_software(statement),
        fhir_version=version if isinstance(version, str) else None,
        transaction=transaction,
        rows=rows,
        faults=tuple(_faults(version, transaction, types, rows)),
    )


def _allowed(name: str, told: Json, transaction: bool, document_only: bool) -> Allowed:
    interactions = _interactions(told)
    create, update = "create" in interactions, "update" in interactions
    conditional = told.get("conditionalUpdate") is True
    searched = "search-type" in interactions and _searches_by(told, "identifier")
    return Allowed(
        resource_type=name,
        create=create,
        update=update,
        conditional_update=conditional,
        search_by_identifier=searched,
        if_match=told.get("versioning") == "versioned-update",
        strategy=_strategy(name, create, update and conditional, searched, transaction, document_only),
    )


def _strategy(
    name: str, create: bool, conditional: bool, searched: bool, transaction: bool, document_only: bool
) -> Strategy:
    if name in _WITHOUT_IDENTIFIER:
        conditional = searched = create
    if transaction and conditional:
        return "A transaction"
    if create and searched:
        return "B one by one"
    return "C document only" if document_only else "none"


def _faults(version: object, transaction: bool, types: dict[str, Json], rows: tuple[Allowed, ...]) -> Iterator[str]:
    if not (isinstance(version, str) and version.startswith(_FHIR_VERSION)):
        yield "The EHR does not say that it speaks FHIR R4 (4.0.1)."
    if not transaction:
        yield "The EHR offers no transactions: this version delivers by transaction only, so nothing will be delivered."
    if not (_codes(types, "Patient", "search-type") and _searches_by(types["Patient"], "identifier")):
        yield "The EHR does not offer a search for patients by identifier: no patient can be matched."
    for row in rows:
        if transaction and row.strategy != "A transaction":
            yield f"{row.resource_type} cannot be sent in a transaction: notes that have one will be refused."


def _server(statement: Json) -> Json:
    return next((rest for rest in _dicts(statement.get("rest")) if rest.get("mode", "server") == "server"), {})


def _interactions(told: Json) -> set[object]:
    return {one.get("code") for one in _dicts(told.get("interaction"))}


def _codes(types: dict[str, Json], name: str, code: str) -> bool:
    return code in _interactions(types.get(name, {}))


def _searches_by(told: Json, parameter: str) -> bool:
    return any(one.get("name") == parameter for one in _dicts(told.get("searchParam")))


def _software(statement: Json) -> str | None:
    software = statement.get("software")
    if not isinstance(software, dict):
        return None
    return " ".join(str(software[part]) for part in ("name", "version") if software.get(part)) or None


def _dicts(values: object) -> list[Json]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
