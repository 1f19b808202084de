"""Keys that sign access tokens: one or several, each tried before the process serves."""

from __future__ import annotations

import json

import orjson
import pytest
from joserfc.jwk import ECKey, OKPKey

from services.contracts.people import PersonId, StaffRole
from services.kit.http.identity import Unauthenticated
from services.kit.process.settings import SettingsError, load
from services.kit.secret import Secret
from services.people.domain.ids import SessionId
from services.people.settings import CodeSettings, PeopleApi
from services.people.tokens import Signer, signing_keys
from tests.worlds.people import own_verifier

_ENVIRONMENT = {
    "PORT": "0",
    "DATABASE_URL": "postgresql://people@127.0.0.1/people",
    "JWT_ISSUER": "http://127.0.0.1:4010",
    "JWKS_URL": "http://127.0.0.1:4010/jwks",
    "PEOPLE_ISSUER": "http://127.0.0.1:4000/",
    "SIGN_IN_CODE_KEY": "a key",
}


def _key(kid: str) -> OKPKey:
    return OKPKey.generate_key("Ed25519", {"kid": kid, "use": "sig", "alg": "EdDSA"})


def _jwks(*keys: OKPKey) -> str:
    return json.dumps({"keys": [key.as_dict(private=True) for key in keys]})


def _signer(text: str) -> Signer:
    return load(PeopleApi, {**_ENVIRONMENT, "TOKEN_SIGNING_KEYS": text}).signer()


async def test_the_first_signs_and_all_are_published_without_their_secrets() -> None:
    old, new = _key("old"), _key("new")
    before = _signer(json.dumps(old.as_dict(private=True)))
    after = _signer(_jwks(new, old))
    assert [key["kid"] for key in after.jwks()["keys"]] == ["new", "old"]
    assert b'"d"' not in orjson.dumps(after.jwks())
    person, session_id = PersonId.new(), SessionId.new()
    verifier = own_verifier(after)
    for signer in (before, after):
        identity = await verifier.verify(signer.access(person, session_id, [StaffRole.OPS]))
        assert identity.subject == str(person)
        assert identity.claims["iss"] == "http://127.0.0.1:4000"
        assert identity.has("ops")
    with pytest.raises(Unauthenticated):
        await own_verifier(before).verify(after.access(person, session_id, []))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "halo",
        "[]",
        "{}",
        '{"keys": []}',
        '{"keys": 5}',
        '{"keys": [5]}',
        json.dumps(_key("public").as_dict(private=False)),
        json.dumps({**_key("x").as_dict(private=True), "kid": ""}),
        json.dumps(ECKey.generate_key("P-256", {"kid": "x"}).as_dict(private=True)),
        json.dumps({"kty": "OKP", "crv": "Ed25519", "x": "!", "d": "!", "kid": "x"}),
        _jwks(_key("twin"), _key("twin")),
    ],
)
def test_what_is_no_signing_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        signing_keys(text)
    with pytest.raises(SettingsError, match="TOKEN_SIGNING_KEYS"):
        _signer(text)


@pytest.mark.parametrize("said", ["", " ", "62;65", "abc", "0", "-62", "62,", "99999", "٦٢"])
def test_country_codes_are_numbers_by_comma(said: str) -> None:
    with pytest.raises(ValueError, match="PHONE_COUNTRY_CODES"):
        CodeSettings(sign_in_code_key=Secret("x"), phone_country_codes=said).phones()


def test_several_countries_are_served() -> None:
    settings = load(CodeSettings, {"SIGN_IN_CODE_KEY": "x", "PHONE_COUNTRY_CODES": "62, +65"})
    assert settings.phones().country_codes == {62, 65}
