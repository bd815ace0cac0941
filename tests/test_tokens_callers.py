"""What a good token says becomes a caller, in the words that the trust's settings map."""

from typing import Any

import pytest

from service.caller import ROLES, Caller
from service.errors import NotSignedIn
from service.settings.access import PersonRole
from tests.issuer import LocalIssuer
from tests.sign_in import Json, letting_in, why_refused


async def _caller(issuer: LocalIssuer, claims: Json, **setting: Any) -> Caller:
    async with letting_in(issuer.setting(**setting)) as issuers:
        return await issuers.caller_of(issuer.token(**claims))


async def test_a_good_token_names_its_caller(issuer: LocalIssuer) -> None:
    said = {"roles": ["specialist"], "teams": ["north", "south"], "practitioner": "es-1", "sub": "u-1"}
    assert await _caller(issuer, said) == Caller(
        subject="u-1",
        name="Ann Example",
        roles=frozenset({"specialist"}),
        issuer=issuer.url,
        practitioner_id="es-1",
        teams=("north", "south"),
    )


@pytest.mark.parametrize(
    ("claims", "setting"),
    [
        ({"roles": ["clinician"]}, {}),
        ({"roles": "clinician"}, {}),
        ({"roles": ["clinician", "offline_access"]}, {}),
        ({"realm_access": {"roles": ["clinician"]}}, {"roles_claim": "realm_access.roles"}),
        (
            {"resource_access": {"joined-up": {"roles": ["clinician"]}}},
            {"roles_claim": "resource_access.joined-up.roles"},
        ),
        ({"https://trust.example/roles": ["clinician"]}, {"roles_claim": "https://trust.example/roles"}),
        ({"jobs": [{"code": "clinician"}, {"code": "S8000"}, {}]}, {"roles_claim": "jobs.code"}),
        ({"roles": ["Mental Health Nurse"]}, {"roles": {"Mental Health Nurse": "clinician"}}),
        ({"roles": ["nurse", "doctor"]}, {"roles": {"nurse": "clinician", "doctor": "clinician"}}),
    ],
    ids=str,
)
async def test_roles_are_found_where_the_trust_puts_them(issuer: LocalIssuer, claims: Json, setting: Json) -> None:
    assert (await _caller(issuer, claims, **setting)).roles == {"clinician"}


@pytest.mark.parametrize(
    ("claims", "setting"),
    [
        ({"roles": None}, {}),
        ({"roles": []}, {}),
        ({"roles": ["Clinician", "clinician "]}, {}),
        ({"roles": ["system"]}, {}),
        ({"roles": ["clinician"]}, {"roles": None}),
        ({"realm_access": None}, {"roles_claim": "realm_access.roles"}),
        ({"realm_access": {}}, {"roles_claim": "realm_access.roles"}),
        ({"realm_access": {"roles": None}}, {"roles_claim": "realm_access.roles"}),
    ],
    ids=str,
)
async def test_who_has_no_role_of_ours_is_signed_in_and_may_do_nothing(
    issuer: LocalIssuer, claims: Json, setting: Json
) -> None:
    assert (await _caller(issuer, claims, **setting)).roles == frozenset()


async def test_a_path_that_leads_through_a_word_lets_nobody_in(issuer: LocalIssuer) -> None:
    async with letting_in(issuer.setting(roles_claim="realm_access.roles")) as issuers:
        assert await why_refused(issuers, issuer.token(realm_access="clinician")) == "claims"


@pytest.mark.parametrize(
    ("words", "setting", "teams"),
    [
        (["b", "a", "b"], {}, ("b", "a")),
        ("a", {}, ("a",)),
        (["Team North", "Team X"], {"teams": {"Team North": "north"}}, ("north",)),
        (["a"], {"teams": {}}, ()),
        (["a"], {"teams_claim": None}, ()),
        (None, {}, ()),
    ],
)
async def test_teams_are_named_as_the_trust_names_them_or_mapped(
    issuer: LocalIssuer, words: Any, setting: Json, teams: tuple[str, ...]
) -> None:
    assert (await _caller(issuer, {"teams": words}, **setting)).teams == teams


async def test_a_caller_is_named_by_the_claims_of_the_settings(issuer: LocalIssuer) -> None:
    said = {"oid": "o-1", "uid": "55", "given_name": "Bea"}
    setting = {"subject_claim": "oid", "practitioner_claim": "uid", "name_claim": "given_name"}
    caller = await _caller(issuer, said, **setting)
    assert (caller.subject, caller.practitioner_id, caller.name) == ("o-1", "55", "Bea")
    assert (await _caller(issuer, said, practitioner_claim=None)).practitioner_id is None


async def test_without_the_claim_that_names_the_subject_nobody_is_let_in(issuer: LocalIssuer) -> None:
    with pytest.raises(NotSignedIn):
        await _caller(issuer, {}, subject_claim="oid")
    with pytest.raises(NotSignedIn):
        await _caller(issuer, {"oid": "o-1", "sub": None}, subject_claim="oid")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (None, "subject-1"),
        ("", "subject-1"),
        ("Ann\n  Example", "Ann Example"),
        ("Ann\u202e\u200b Example\x07", "Ann Example"),
        ("n" * 300, "n" * 255),
        ("Åsa Ó Briain", "Åsa Ó Briain"),
    ],
)
async def test_a_name_is_shown_on_one_line(issuer: LocalIssuer, name: str | None, shown: str) -> None:
    assert (await _caller(issuer, {"name": name})).name == shown


@pytest.mark.parametrize(
    "scope",
    ["openid system/Patient.rs system/Goal.cru?category=x", ["system/Patient.rs", "system/Goal.cru?category=x"]],
)
async def test_a_token_with_scopes_of_a_system_is_a_system(issuer: LocalIssuer, scope: Any) -> None:
    caller = await _caller(issuer, {"scope": scope, "roles": ["default-roles-trust"]})
    assert caller.roles == {"system"}
    assert caller.scopes == {"system/Patient.rs", "system/Goal.cru?category=x"}


async def test_scopes_make_a_system_only_of_an_issuer_that_may_make_systems(issuer: LocalIssuer) -> None:
    caller = await _caller(issuer, {"scope": "system/*.cruds"}, systems=False)
    assert (caller.roles, caller.scopes) == (frozenset(), frozenset())


@pytest.mark.parametrize("scope", ["openid profile", "user/Patient.rs patient/Goal.r", "System/Patient.rs", ""])
async def test_other_scopes_make_no_system(issuer: LocalIssuer, scope: str) -> None:
    caller = await _caller(issuer, {"scope": scope, "roles": ["clinician"]})
    assert caller.roles == {"clinician"}
    assert caller.scopes == frozenset()


async def test_nobody_is_both_a_person_and_a_system(issuer: LocalIssuer) -> None:
    async with letting_in(issuer.setting()) as issuers:
        assert await why_refused(issuers, issuer.token(roles=["clinician"], scope="system/Patient.rs")) == "claims"


async def test_scopes_are_found_where_the_trust_puts_them(issuer: LocalIssuer) -> None:
    caller = await _caller(issuer, {"permissions": ["system/Patient.rs"]}, scope_claim="permissions")
    assert caller.scopes == {"system/Patient.rs"}


async def test_the_audience_is_our_public_url_unless_the_entry_names_another(issuer: LocalIssuer) -> None:
    here = "https://joinedup.trust.example"
    async with letting_in(issuer.setting(audience=None), public_url=here) as issuers:
        assert (await issuers.caller_of(issuer.token(aud=["account", here]))).subject == "subject-1"
        assert await why_refused(issuers, issuer.token()) == "audience"


def test_the_roles_of_the_settings_are_those_of_callers_without_the_system() -> None:
    assert {*PersonRole.__args__, "system"} == set(ROLES)  # type: ignore[attr-defined]
