"""The development issuer: tokens of seeded people, in local mode alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from infra.local import issuer, people
from services.contracts.people import PersonId

KEY = ECKey.generate_key("P-256", {"kid": "issuer-1"})


@pytest.fixture
def local() -> issuer.Issuer:
    return issuer.Issuer("http://127.0.0.1:4010", "wlijo", KEY, people.everyone())


def _claims(local: issuer.Issuer, token: str) -> dict[str, object]:
    keys = KeySet.import_key_set({"keys": [KEY.as_dict(private=False)]})
    return dict(jwt.decode(token, keys, algorithms=["ES256"]).claims)


def test_a_buyers_token_names_her_and_nothing_more(local: issuer.Issuer) -> None:
    answer = local.token({"role": "buyer", "as": "siti", "ttl": "60s"})
    claims = _claims(local, answer["access_token"])

    assert (answer["expires_in"], answer["subject"]) == (60, str(PersonId.seeded("siti")))
    assert set(claims) == {"iss", "aud", "sub", "roles", "iat", "exp"}
    assert (claims["iss"], claims["aud"], claims["roles"]) == ("http://127.0.0.1:4010", "wlijo", ["buyer"])
    assert claims["sub"] == answer["subject"]


def test_a_partners_token_bears_its_company(local: issuer.Issuer) -> None:
    answer = local.token({"role": "partner", "as": "ojek-semeru"})

    assert _claims(local, answer["access_token"])["partner_id"] == people.partner_id("ojek-semeru")


def test_a_riders_token_bears_no_company(local: issuer.Issuer) -> None:
    assert "partner_id" not in _claims(local, local.token({"role": "rider"})["access_token"])


def test_without_a_name_it_is_the_first_of_that_role(local: issuer.Issuer) -> None:
    assert local.token({"role": "buyer"})["subject"] == str(PersonId.seeded("siti"))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"role": "king"}, "is none of buyer, merchant"),
        ({}, "is none of buyer, merchant"),
        ({"role": "buyer", "as": "agus"}, "there is no buyer named 'agus'; there are siti, budi"),
        ({"role": "buyer", "ttl": "soon"}, "is no time"),
        ({"role": "buyer", "ttl": "0s"}, "is no time"),
        ({"role": "buyer", "ttl": "31d"}, "is no time"),
    ],
)
def test_a_wrong_request_is_told_what_there_is(local: issuer.Issuer, asked: dict[str, str], told: str) -> None:
    with pytest.raises(issuer.Refused, match=told):
        local.token(asked)


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("60s", 60), ("15m", 900), ("8h", 28800), (None, 43200)])
def test_times_are_read_with_their_unit(text: str | None, seconds: int) -> None:
    assert issuer.ttl_s(text) == seconds


@pytest.mark.parametrize("mode", ["test", "sandbox", "production", ""])
def test_outside_local_mode_it_does_not_start(mode: str, tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    key.write_text(json.dumps(KEY.as_dict(private=True)))

    with pytest.raises(SystemExit, match="WLIJO_MODE=local only"):
        issuer.from_environment({"WLIJO_MODE": mode, "ISSUER_KEY_FILE": str(key), "JWT_ISSUER": "http://127.0.0.1:1"})
