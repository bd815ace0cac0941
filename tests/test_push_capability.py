"""What `ehr check` tells of an EHR: from its CapabilityStatement, per resource type, with the strategy that follows."""

from typing import Any

import pytest

from service.push.capability import OUR_TYPES, Strategy, capability_of
from service.push.ehr import Ehr
from service.push.meaning import answer_to_read
from tests.ehr_answers.notes import NOW
from tests.ehr_answers.offers import ALL, statement, type_of
from tests.sandbox_server import SandboxServer

Json = dict[str, Any]


PATIENT = type_of("Patient", "read", "search-type")


async def test_the_sandbox_takes_everything_by_transaction(sandbox: SandboxServer) -> None:
    async with Ehr(sandbox.url, 5) as ehr:
        statement = answer_to_read(await ehr.metadata(), "CapabilityStatement", NOW)
    assert isinstance(statement, dict)

    capability = capability_of(statement)

    assert [row.resource_type for row in capability.rows] == list(OUR_TYPES)
    assert {row.strategy for row in capability.rows} == {"A transaction"}
    assert (capability.fhir_version, capability.transaction, capability.faults) == ("4.0.1", True, ())
    assert all(row.if_match for row in capability.rows)


@pytest.mark.parametrize(
    ("encounter", "transaction", "document", "strategy"),
    [
        (type_of("Encounter", *ALL, conditionalUpdate=True), True, ("create",), "A transaction"),
        (type_of("Encounter", *ALL, conditionalUpdate=True), False, ("create",), "B one by one"),
        (type_of("Encounter", *ALL), True, ("create",), "B one by one"),
        (type_of("Encounter", "create", identifier=False), True, ("create",), "C document only"),
        (type_of("Encounter", "read", "search-type"), True, ("create",), "C document only"),
        (type_of("Encounter", "read", "search-type"), True, (), "none"),
        (type_of("Goal", *ALL), True, (), "none"),
    ],
)
def test_the_strategy_follows_from_what_is_allowed(
    encounter: Json, transaction: bool, document: tuple[str, ...], strategy: Strategy
) -> None:
    capability = capability_of(statement(encounter, type_of("DocumentReference", *document), transaction=transaction))

    (row,) = [row for row in capability.rows if row.resource_type == "Encounter"]
    assert row.strategy == strategy


@pytest.mark.parametrize(("transaction", "strategy"), [(True, "A transaction"), (False, "B one by one")])
def test_provenance_which_has_no_identifier_needs_to_be_created_only(transaction: bool, strategy: Strategy) -> None:
    capability = capability_of(statement(type_of("Provenance", "create", identifier=False), transaction=transaction))

    assert capability.rows[-1].resource_type == "Provenance"
    assert capability.rows[-1].strategy == strategy


def test_what_would_keep_a_delivery_from_succeeding_is_said_in_sentences() -> None:
    everything = [type_of(name, *ALL, conditionalUpdate=True) for name in OUR_TYPES]

    assert capability_of(statement(PATIENT, *everything)).faults == ()
    assert capability_of(statement(PATIENT, *everything, transaction=False)).faults == ()
    assert "no patient can be matched" in " ".join(capability_of(statement(*everything)).faults)
    unsearchable = type_of("Patient", "search-type", identifier=False)
    assert "no patient can be matched" in " ".join(capability_of(statement(unsearchable, *everything)).faults)
    assert "Goal cannot be sent in any way" in " ".join(capability_of(statement(PATIENT, everything[0])).faults)
    assert "4.0.1" in " ".join(capability_of(statement(PATIENT, *everything, fhirVersion="4.3.0")).faults)


@pytest.mark.parametrize(
    ("software", "told"),
    [
        ({"name": "HAPI", "version": "8"}, "HAPI 8"),
        ({"name": "HAPI"}, "HAPI"),
        ({}, None),
        ("HAPI", None),
        (None, None),
    ],
)
def test_the_software_is_named(software: Any, told: str | None) -> None:
    assert capability_of(statement(software=software)).software == told


@pytest.mark.parametrize("statement", [{}, {"rest": "x"}, {"rest": [{"resource": [{}, "x"], "interaction": 1}]}])
def test_a_statement_that_says_nothing_allows_nothing(statement: Json) -> None:
    capability = capability_of(statement)

    assert {row.strategy for row in capability.rows} == {"none"}
    assert (capability.fhir_version, capability.transaction) == (None, False)
    assert len(capability.faults) == 2 + len(OUR_TYPES) - 1
