"""docs/security/sign-in.md is held against the program: its settings are valid, and make of its claims a caller."""

import re
import time
from typing import Any

import orjson
import pytest

from service.auth.claims import caller_of, checked
from service.settings.access import IssuerSettings
from tests.source import TOP

PAGE = (TOP / "docs/security/sign-in.md").read_text()
_BLOCK = re.compile(r"```json\n(.*?)```", re.DOTALL)


def _section(heading: str) -> list[Any]:
    """The JSON of one section: a setting, and claims."""
    section = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return [orjson.loads(block) for block in _BLOCK.findall(section)]


@pytest.mark.parametrize(
    ("provider", "subject", "name"),
    [
        ("Keycloak", "6f0c…", "Ann Example"),
        ("Entra ID", "7b7b…", "Ann Example"),
        ("NHS CIS2", "555000000001", "EXAMPLE Ann"),
    ],
)
def test_the_example_of_each_provider_makes_a_specialist_of_its_claims(provider: str, subject: str, name: str) -> None:
    said, claims = _section(provider)
    issuer = IssuerSettings.model_validate(said)
    now = time.time()
    checked({**claims, "iat": now, "exp": now + 300}, issuer, str(issuer.audience), now)
    caller = caller_of(claims, issuer)
    assert (caller.subject, caller.name, caller.teams) == (subject, name, ("north",))
    assert caller.roles == {"specialist"}
    assert caller.practitioner_id == ("555000000001" if provider == "NHS CIS2" else "es-1")


def test_an_application_role_of_entra_makes_a_system() -> None:
    said, claims = _section("Entra ID")
    caller = caller_of({**claims, "roles": ["system/Patient.rs"]}, IssuerSettings.model_validate(said))
    assert caller.roles == {"system"}
    assert caller.scopes == {"system/Patient.rs"}


def test_the_page_names_every_field_of_an_entry() -> None:
    assert [field for field in IssuerSettings.model_fields if f"`{field}`" not in PAGE] == []


def test_the_page_names_every_word_that_the_audit_may_have() -> None:
    source = "".join(
        path.read_text() for path in sorted((TOP / "service/auth").glob("*.py")) if "own_" not in path.name
    )
    words = {
        "none",
        "garbage",
        "header",
        "kind",
        "algorithm",
        "issuer",
        "audience",
        "expired",
        "not_yet",
        "unknown_key",
    }
    words |= {"signature", "claims", "revoked"}
    assert [word for word in sorted(words) if f'"{word}"' not in source] == []
    assert [word for word in sorted(words) if f"`{word}`" not in PAGE] == []
