"""Somebody signs in by phone through the gateway, and is a buyer from then on; a library does the same by OAuth 2."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import aiohttp
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.e2e.caller import Caller
from tests.e2e.installation import Installation
from tests.worlds.waiting import until

_REQUEST = "mutation($phone: String!) { requestSignInCode(phone: $phone) { problems { code } expiresAt } }"
_SIGN_IN = """mutation($phone: String!, $code: String!) { signIn(phone: $phone, code: $code) {
  problems { code } isNew person { id } tokens { accessToken refreshToken } } }"""
_EXPORTS = "{ viewer { exports { status waitsFor path } notices { edges { node { kind } } } } }"
_FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=90)) as opened:
        yield opened


async def _code(platform: Installation, phone: str) -> str:
    rows = await platform.fetch("people", "SELECT text FROM messages WHERE phone = $1 ORDER BY id DESC LIMIT 1", phone)
    found = re.search(r"\b\d{6}\b", rows[0]["text"])
    assert found
    return found[0]


async def test_who_signs_in_by_phone_is_a_buyer(platform: Installation, session: aiohttp.ClientSession) -> None:
    phone = "+6281234580001"
    anonymous = Caller(platform.url, None, session)
    await anonymous.data(_REQUEST, phone="0812-3458-0001")
    signed = await anonymous.data(_SIGN_IN, phone=phone, code=await _code(platform, phone))
    assert (signed["problems"], signed["isNew"]) == ([], True)
    person = Caller(platform.url, signed["tokens"]["accessToken"], session)
    viewer = await person.data("{ viewer { person { id phone } staffRoles } }")
    assert viewer == {"person": {"id": signed["person"]["id"], "phone": phone}, "staffRoles": []}
    # Every service believes the token, and knows the person by its subject.
    assert (await person.data("{ me { contacts { phone } } }"))["contacts"] == []
    assert await person.data("{ myMerchants { name } }") == []
    assert (await person.data("{ partners(first: 1) { edges { cursor } } }")) is not None
    (row,) = await platform.fetch("ordering", "SELECT count(*) FROM buyer WHERE subject = $1", signed["person"]["id"])
    assert row["count"] == 1


async def test_a_library_finds_the_issuer_and_refreshes(platform: Installation, session: aiohttp.ClientSession) -> None:
    phone = "+6281234580002"
    await Caller(platform.url, None, session).data(_REQUEST, phone=phone)
    async with session.get(f"{platform.url}/.well-known/openid-configuration") as answer:
        found = await answer.json()
    assert found["issuer"] == platform.url
    form = {"grant_type": found["grant_types_supported"][1], "phone": phone, "code": await _code(platform, phone)}
    async with session.post(found["token_endpoint"], data=urlencode(form), headers=_FORM) as answer:
        first = await answer.json()
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    async with session.post(found["token_endpoint"], data=urlencode(form), headers=_FORM) as answer:
        second = await answer.json()
    async with session.post(found["token_endpoint"], data=urlencode(form), headers=_FORM) as answer:
        assert (answer.status, (await answer.json())["error"]) == (400, "invalid_grant")
    async with session.get(found["jwks_uri"]) as answer:
        keys = KeySet.import_key_set(await answer.json())
    assert jwt.decode(second["access_token"], keys, ["Ed25519"]).claims["iss"] == platform.url


async def test_a_copy_of_all_that_is_kept_comes_from_every_service(
    platform: Installation, session: aiohttp.ClientSession
) -> None:
    phone = "+6281234580003"
    await Caller(platform.url, None, session).data(_REQUEST, phone=phone)
    signed = await Caller(platform.url, None, session).data(_SIGN_IN, phone=phone, code=await _code(platform, phone))
    token = signed["tokens"]["accessToken"]
    person = Caller(platform.url, token, session)
    assert (await person.data("{ me { contacts { phone } } }"))["contacts"] == []  # a buyer from now on
    await person.data("mutation { requestExportCode { problems { code } } }")
    asked = await person.data(
        "mutation($code: String!) { requestExport(code: $code) { problems { code } export { status waitsFor } } }",
        code=await _code(platform, phone),
    )
    assert asked == {
        "problems": [],
        "export": {"status": "WAITING", "waitsFor": ["catalog", "delivery", "insight", "ordering"]},
    }

    async def ready() -> str | None:
        (made,) = (await person.data(_EXPORTS))["exports"]
        path: str | None = made["path"]
        return path

    path = await until(ready)
    async with session.get(f"{platform.url}{path}", headers={"authorization": f"Bearer {token}"}) as answer:
        assert answer.status == 200
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert answer.headers["cache-control"] == "no-store"
        document = await answer.json()
    sections = {
        each["service"]: {table["name"]: table["rows"] for table in each["tables"]} for each in document["sections"]
    }
    assert sections.keys() == {"people", "catalog", "ordering", "delivery", "insight"}
    assert sections["people"]["phone"][0]["number"] == phone
    assert sections["ordering"]["buyer"][0]["subject"] == signed["person"]["id"]
    assert [each["node"]["kind"] for each in (await person.data(_EXPORTS))["notices"]["edges"]] == ["EXPORT_READY"]
    async with session.get(f"{platform.url}{path}") as answer:
        assert answer.status == 401
