"""What the two CapabilityStatements in `fhir_profiles/` say is what the service does, and what it makes of an EHR."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute

from service.push.capability import OUR_TYPES, capability_of
from service.r4.resource import Json
from service.record_api import audit_events
from service.record_api.routes import PREFIX, router
from tests.commands import Run
from tests.published import of_type, published
from tests.samples_on_disk import NAMES
from tests.sandbox_server import SandboxServer

LOOKED_UP = {"Patient", "Practitioner", "PractitionerRole"}
NUMBER, BORN = "9990001014", "1968-03-14"
BOTH = ["joined-up", "receiving-ehr"]


def _statement(name: str) -> Json:
    return published()[f"{NAMES.fhir_base}/CapabilityStatement/{name}"]


def _types(statement: Json) -> dict[str, Json]:
    return {one["type"]: one for one in statement["rest"][0]["resource"]}


def _strategies(statement: Json) -> set[tuple[str, str]]:
    return {(row.resource_type, row.strategy) for row in capability_of(statement).rows}


def test_an_ehr_that_offers_all_that_is_asked_is_sent_transactions() -> None:
    wanted = _statement("receiving-ehr")
    assert capability_of(wanted).faults == ()
    assert _strategies(wanted) == {(name, "A transaction") for name in OUR_TYPES}
    assert [row.resource_type for row in capability_of(wanted).rows if not row.if_match] == ["Provenance"]


def test_an_ehr_that_offers_no_transactions_is_sent_one_by_one() -> None:
    wanted = copy.deepcopy(_statement("receiving-ehr"))
    del wanted["rest"][0]["interaction"]
    assert _strategies(wanted) == {(name, "B one by one") for name in OUR_TYPES}


def test_an_ehr_that_offers_only_what_it_shall_is_sent_documents() -> None:
    least = _only_what_shall_be(_statement("receiving-ehr"))
    assert capability_of(least).faults == ()
    documents = {(name, "C document only") for name in OUR_TYPES if name != "Provenance"}
    assert _strategies(least) == documents | {("Provenance", "none")}


@pytest.mark.parametrize("type_name", ["Patient", "DocumentReference"])
def test_an_ehr_that_lacks_what_it_shall_offer_cannot_be_sent_to(type_name: str) -> None:
    least = _only_what_shall_be(_statement("receiving-ehr"))
    _types(least)[type_name]["interaction"] = []
    assert capability_of(least).faults


@pytest.mark.parametrize("name", BOTH)
def test_a_statement_names_every_type_with_the_profiles_that_are_sent(name: str) -> None:
    types = _types(_statement(name))
    assert set(types) == {*OUR_TYPES, *LOOKED_UP}
    profiles: dict[str, set[str]] = {}
    for one in of_type("StructureDefinition"):
        if one["kind"] == "resource" and one["type"] != "Composition":  # that goes in messages
            profiles.setdefault(one["type"], set()).add(one["url"])
    assert {name: set(one["supportedProfile"]) for name, one in types.items() if name in OUR_TYPES} == profiles


@pytest.mark.usefixtures("bare")
async def test_the_service_does_exactly_the_interactions_that_it_states(
    run: Run, sandbox: SandboxServer, bare: pytest.MonkeyPatch
) -> None:
    """The probe does with each type all that deliveries do, and takes it away."""
    stated = {name: set(_codes(one)) for name, one in _types(_statement("joined-up")).items() if name in OUR_TYPES}
    bare.setenv("JOINEDUP_EHR_URL", sandbox.url)
    sandbox.add_patient(NUMBER, BORN)
    sandbox.offer(transaction=False, conditional=False)
    sandbox.forget_requests()
    said = await run("ehr", "check", "--probe", "--nhs-number", NUMBER, "--birth-date", BORN, "--json")
    assert said.status == 0
    seen: dict[str, set[str]] = {name: set() for name in stated}
    for request in sandbox.requests():
        name, interaction = _interaction(request)
        if name in seen:
            seen[name].add(interaction)
    assert seen == stated


def test_the_service_serves_exactly_the_interactions_that_it_states() -> None:
    (served,) = [rest for rest in _statement("joined-up")["rest"] if rest["mode"] == "server"]
    stated = {(one["type"], code) for one in served["resource"] for code in _codes(one)}
    both = (router, audit_events.router)
    routes = [route for one in both for route in one.routes if isinstance(route, APIRoute)]
    assert {_served(route) for route in routes} == stated
    asked = {
        (_served(route)[0], field.alias)
        for route in routes
        for field in route.dependant.query_params
        if field.alias not in OF_EVERY_SEARCH
    }
    assert {(one["type"], by["name"]) for one in served["resource"] for by in one.get("searchParam", [])} == asked


# How long a page is, and which: no search parameters of a type.
OF_EVERY_SEARCH = {"_count", "_page"}


def _served(route: APIRoute) -> tuple[str, str]:
    """Type and interaction of a route below `/fhir`."""
    name, _, more = route.path.removeprefix(PREFIX).partition("/")
    (method,) = route.methods or {""}
    return name, {"POST": "create", "GET": "read" if more else "search-type"}[method]


def _interaction(request: dict[str, Any]) -> tuple[str, str]:
    """Type and interaction; the sandbox writes a search down as `Goal?identifier=…`."""
    name, is_search, _ = request["path"].strip("/").partition("?")
    name, _, more = name.partition("/")
    by_method = {"POST": "create", "PUT": "update", "DELETE": "delete", "GET": "read"}
    return name, "search-type" if is_search or more == "_search" else by_method[request["method"]]


def _codes(one: Json) -> Iterator[str]:
    yield from (interaction["code"] for interaction in one["interaction"])


def _only_what_shall_be(statement: Json) -> Json:
    """What is marked SHALL, and nothing that cannot be marked."""
    least = copy.deepcopy(statement)
    rest = least["rest"][0]
    del rest["interaction"]
    for one in rest["resource"]:
        one.pop("conditionalUpdate", None)
        one.pop("versioning", None)
        for part in ("interaction", "searchParam"):
            one[part] = [entry for entry in one[part] if entry["extension"][0]["valueCode"] == "SHALL"]
    return least
