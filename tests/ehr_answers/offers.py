"""What an EHR offers: its CapabilityStatement as the tests want it, and a plan that has read it already."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from service.push.capability import OUR_TYPES, Capability, Strategy, capability_of
from service.push.ehr import Ehr
from service.push.negotiation import Negotiation
from service.push.plan import PushPlan

Json = dict[str, Any]
ALL = ("read", "create", "update", "search-type")


def type_of(name: str, *interactions: str, identifier: bool = True, **more: Any) -> Json:
    """One entry of `rest.resource`; a Provenance is searched by its target."""
    told: Json = {"type": name, "interaction": [{"code": code} for code in interactions], **more}
    parameter = "target" if name == "Provenance" else "identifier"
    return {**told, "searchParam": [{"name": parameter}]} if identifier else told


def statement(*types: Json, transaction: bool = True, **more: Any) -> Json:
    """A CapabilityStatement with these types."""
    interactions = [{"code": "transaction"}] if transaction else []
    rest = [{"mode": "client"}, {"mode": "server", "interaction": interactions, "resource": list(types)}]
    return {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": rest, **more}


def everything() -> Json:
    """Transactions, and all interactions with all of our types."""
    types = (type_of(name, *ALL, conditionalUpdate=True, versioning="versioned-update") for name in OUR_TYPES)
    return statement(type_of("Patient", "read", "search-type"), *types)


class Agreed(Negotiation):
    """Has read the statement already; `unsearchable` types can be found by nothing."""

    def __init__(self, strategy: Strategy = "A transaction", unsearchable: Iterable[str] = ()) -> None:
        super().__init__({"*": strategy})
        told = everything()
        for one in told["rest"][1]["resource"]:
            if one["type"] in unsearchable:
                one.update(searchParam=[], conditionalUpdate=False)
        self.agreed = capability_of(told, {"*": strategy})

    async def capability(self, ehr: Ehr, now: datetime) -> Capability:
        """Without asking."""
        return self.agreed


def agreed(strategy: Strategy = "A transaction", unsearchable: Iterable[str] = (), **plan: Any) -> PushPlan:
    """A plan for an EHR whose offer is known."""
    return PushPlan(negotiation=Agreed(strategy, unsearchable), **plan)
