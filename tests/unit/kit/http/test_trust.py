"""Issuers as settings name them: a list, or the one of before; what cannot be is refused by name."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.settings import load as load_gateway
from infra.kafka import tls
from services.kit.http.trust import Trust, Trusted
from services.kit.process.settings import ApiSettings, SettingsError, load

ENV = {"PORT": "1", "DATABASE_URL": "postgresql://x"}
PEOPLE = {"issuer": "https://people.test"}
KEYCLOAK = {
    "issuer": "https://sso.test/realms/lumajang",
    "audience": "account",
    "subjects": "keycloak",
    "roles_claim": "realm_access.roles",
    "roles": {"pasar-operator": "ops"},
}


def both(environment: dict[str, str]) -> list[Trusted]:
    """As a service and the gateway read it."""
    return [load(ApiSettings, {**ENV, **environment}).issuers, load_gateway(environment).issuers]


def listing(*issuers: Any) -> dict[str, str]:
    return {"JWT_ISSUERS": json.dumps(issuers)}


def test_service_and_gateway_read_a_list_of_issuers() -> None:
    people = Trust(issuer="https://people.test", audience="wlijo")
    keycloak = Trust(
        issuer="https://sso.test/realms/lumajang",
        audience="account",
        subjects="keycloak",
        roles_claim="realm_access.roles",
        roles={"pasar-operator": "ops"},
    )
    assert both(listing(PEOPLE, KEYCLOAK)) == [Trusted(issuers=(people, keycloak))] * 2


def test_the_list_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "issuers.json").write_text(json.dumps([PEOPLE]))
    assert both({"JWT_ISSUERS_FILE": str(tmp_path / "issuers.json")}) == both(listing(PEOPLE))


def test_settings_of_the_release_before_name_one_issuer_as_they_did() -> None:
    before = {"JWT_ISSUER": "legacy", "JWKS_URL": "https://issuer.test/jwks", "JWT_AUDIENCE": "market"}
    legacy = Trust(issuer="legacy", jwks_url="https://issuer.test/jwks", audience="market")
    assert both(before) == [Trusted(issuers=(legacy,))] * 2
    beside = both({**before, **listing(KEYCLOAK)})[0].issuers
    assert [each.issuer for each in beside] == ["legacy", KEYCLOAK["issuer"]]
    assert load_gateway({"JWKS_URL": "https://issuer.test/jwks"}).issuers.issuers[0].issuer == ""
    assert load_gateway({}).issuers.issuers == ()


@pytest.mark.parametrize("environment", [{}, {"JWKS_URL": "https://x/jwks"}])
def test_a_service_must_be_told_whose_tokens_count(environment: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="JWT_ISSUER is missing, or HOME_ISSUER or JWT_ISSUERS in its place"):
        load(ApiSettings, {**ENV, **environment})


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({"JWT_ISSUERS": "people"}, "JWT_ISSUERS is malformed"),
        ({"JWT_ISSUERS": "{}"}, "JWT_ISSUERS is malformed"),
        (listing({}), "JWT_ISSUERS is malformed"),
        (listing({"issuer": ""}), "JWT_ISSUERS is malformed"),
        (listing({**PEOPLE, "role_claim": "x"}), "JWT_ISSUERS is malformed"),
        (listing({**PEOPLE, "roles_claim": []}), "JWT_ISSUERS is malformed"),
        (listing({**PEOPLE, "roles": ["ops"]}), "JWT_ISSUERS is malformed"),
        (listing({**PEOPLE, "audience": ""}), "JWT_ISSUERS is malformed"),
        (listing(PEOPLE, {**PEOPLE, "subjects": "x"}), "JWT_ISSUERS names https://people.test twice"),
        (listing(PEOPLE, {"issuer": "https://other.test"}), 'all but one need "subjects"'),
        ({"JWT_ISSUER": "https://home.test", **listing(PEOPLE)}, 'all but one need "subjects"'),
        ({"JWKS_URL": "https://home.test/jwks", **listing({**PEOPLE, "subjects": "p"})}, "JWT_ISSUER is missing"),
        (listing({**PEOPLE, "subjects": "Key:Cloak"}), "is no word of small letters"),
        (listing({"issuer": "people"}), "JWT_ISSUER is no address"),
        (listing({"issuer": "ftp://people.test"}), "JWT_ISSUER is no address"),
        (listing({"issuer": "https://["}), "JWT_ISSUER is no address"),
        (listing({"issuer": "https://people.test?realm=1"}), "nothing can be discovered below it"),
        (listing({"issuer": "http://people.test"}), "JWT_ISSUER is plain http"),
        (listing({**PEOPLE, "jwks_url": "http://people.test/jwks"}), "JWKS_URL is plain http"),
        ({"JWT_ISSUER": "http://people.test"}, "JWT_ISSUER is plain http"),
        ({**listing(PEOPLE), "JWT_CA": "no certificate"}, "JWT_CA is not a PEM certificate"),
    ],
)
def test_what_cannot_be_is_refused_by_name(environment: dict[str, str], complaint: str) -> None:
    for read in (lambda: load(ApiSettings, {**ENV, **environment}), lambda: load_gateway(environment)):
        with pytest.raises(SettingsError) as refused:
            read()
        assert complaint in str(refused.value)


def test_the_installations_own_issuer_counts_unless_the_list_says_otherwise_of_it() -> None:
    keys = {"HOME_ISSUER": "https://people.test/", "HOME_JWKS_URL": "file:///run/secrets/people.jwks.json"}
    own = Trust(
        issuer="https://people.test",
        jwks_url="file:///run/secrets/people.jwks.json",
        audience="wlijo",
        subjects="",
        roles_claim="roles",
    )
    assert both(keys) == [Trusted(issuers=(own,))] * 2
    beside = both({**keys, "JWT_ISSUER": "https://sso.test"})[0].issuers
    assert [each.issuer for each in beside] == ["https://people.test", "https://sso.test"]
    listed = both({**keys, **listing({**PEOPLE, "subjects": "p"})})[0].issuers
    assert [each.subjects for each in listed] == ["p"]
    assert load_gateway({**keys, "HOME_ISSUER": ""}).issuers.issuers == ()


@pytest.mark.parametrize("url", ["file://keys.json", "file:/run/keys.json", "file://host/keys.json", "file://"])
def test_a_file_of_keys_is_named_from_the_root(url: str) -> None:
    with pytest.raises(SettingsError, match="JWKS_URL is no address"):
        load_gateway(listing({**PEOPLE, "jwks_url": url}))


def test_plain_http_is_taken_in_local_mode_and_from_this_machine() -> None:
    assert both({"WLIJO_MODE": "local", **listing({"issuer": "http://people:4011"})})[0].plain_http
    assert not both(listing({"issuer": "http://127.0.0.1:4011"}))[0].plain_http


def test_a_private_authority_is_trusted_beside_the_systems(tmp_path: Path) -> None:
    tls.ensure(tmp_path, "issuer.test")
    (trusted, _) = both({**listing(PEOPLE), "JWT_CA_FILE": str(tmp_path / tls.CA)})
    assert (context := trusted.tls()) is not None
    assert "Wlijo partners CA" in str(context.get_ca_certs())
    assert both(listing(PEOPLE))[0].tls() is None


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({}, ("roles",)),
        ({"subjects": ""}, ()),
        ({"subjects": "keycloak"}, ()),
        ({"subjects": "keycloak", "roles": {"a": "ops"}}, ("roles",)),
        ({"roles_claim": "realm_access.roles"}, ("realm_access", "roles")),
        ({"roles_claim": "https://wlijo.example/roles"}, ("https://wlijo.example/roles",)),
        ({"roles_claim": ["resource_access", "wlijo.api", "roles"]}, ("resource_access", "wlijo.api", "roles")),
    ],
)
def test_roles_are_where_they_are_said_to_be_and_nowhere_by_accident(said: dict[str, Any], path: tuple[str]) -> None:
    assert Trust(issuer="https://x", **said).roles_path == path
