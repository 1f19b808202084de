"""Sessions: their tokens, each used once; how their owner sees and ends them; and the same by OAuth 2."""

from __future__ import annotations

import asyncio

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from services.people.oauth import PHONE_CODE
from tests.worlds.asgi import request
from tests.worlds.people import FORM, PEOPLE, REFRESH, REQUEST, SIGN_OUT, VIEWER, House

_END = "mutation($id: ID!) { endSession(id: $id) { problems { code } sessions { id } } }"
_END_OTHERS = "mutation { endOtherSessions { problems { code } sessions { id isCurrent } } }"


async def test_a_refresh_token_gets_the_next_and_is_used_once(home: House) -> None:
    tokens = (await home.signed_in("+6281234510001"))["tokens"]
    second = await home.done(REFRESH, shown=tokens["refreshToken"])
    third = await home.done(REFRESH, shown=second["refreshToken"])
    assert len({tokens["refreshToken"], second["refreshToken"], third["refreshToken"]}) == 3
    assert (await home.data(VIEWER, third["accessToken"]))["person"] is not None
    # Whoever has a copy of an old one ends it for both.
    assert await home.refused(REFRESH, shown=tokens["refreshToken"]) == {"code": "SESSION_ENDED"}
    assert await home.refused(REFRESH, shown=third["refreshToken"]) == {"code": "SESSION_ENDED"}
    assert await home.value("SELECT ended_because FROM session ORDER BY id DESC LIMIT 1") == "TOKEN_REUSED"


async def test_of_two_phones_that_show_one_token_at_once_neither_goes_on(home: House) -> None:
    tokens = (await home.signed_in("+6281234510002"))["tokens"]
    answers = await asyncio.gather(
        *(home.data(REFRESH, shown=tokens["refreshToken"], address=f"10.1.2.{n}") for n in range(6))
    )
    won = [each["tokens"] for each in answers if each["problems"] == []]
    assert len(won) == 1
    assert await home.refused(REFRESH, shown=won[0]["refreshToken"]) == {"code": "SESSION_ENDED"}


async def test_a_session_that_is_not_used_ends(home: House) -> None:
    tokens = (await home.signed_in("+6281234510003"))["tokens"]
    await home.move_clock(29 * 86_400)
    tokens = await home.done(REFRESH, shown=tokens["refreshToken"])
    await home.move_clock(29 * 86_400)
    tokens = await home.done(REFRESH, shown=tokens["refreshToken"])
    await home.move_clock(31 * 86_400)
    assert await home.refused(REFRESH, shown=tokens["refreshToken"]) == {"code": "SESSION_ENDED"}


@pytest.mark.parametrize("shown", ["", "wrt_", "x" * 5_000, "wrt_" + "é" * 43, "wrt_" + "A" * 43, "wrt_" + "\x00" * 43])
async def test_what_is_no_refresh_token_gets_nothing(home: House, shown: str) -> None:
    assert await home.refused(REFRESH, shown=shown) == {"code": "SESSION_ENDED"}
    answer = await home.form("/oauth2/token", grant_type="refresh_token", refresh_token=shown)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_grant" if shown else "invalid_request")


async def test_tokens_stand_in_no_table(home: House) -> None:
    tokens = (await home.signed_in("+6281234510004"))["tokens"]
    for table in ("refresh_token", "session", "outbox"):
        kept = await home.value(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t")
        assert tokens["refreshToken"] not in kept
        assert tokens["accessToken"] not in kept


async def test_ones_sessions_are_seen_and_ended_by_oneself_alone(home: House) -> None:
    phone = "+6281234510005"
    old, new = (await home.signed_in(phone, "Redmi")), (await home.signed_in(phone, "Firefox"))
    stranger = await home.signed_in("+6281234510006")
    token = new["tokens"]["accessToken"]
    seen = (await home.data(VIEWER, token))["sessions"]
    assert [(each["device"], each["isCurrent"]) for each in seen] == [("Firefox", True), ("Redmi", False)]
    refused = await home.data(_END, stranger["tokens"]["accessToken"], id=old["session"]["id"])
    assert refused == {"problems": [{"code": "NOT_FOUND"}], "sessions": None}
    ended = await home.data(_END, token, id=old["session"]["id"])
    assert ended == {"problems": [], "sessions": [{"id": new["session"]["id"]}]}
    assert await home.data(_END, token, id=old["session"]["id"]) == ended
    assert await home.code(_END, token, id=new["person"]["id"]) == "BAD_USER_INPUT"
    assert await home.refused(REFRESH, shown=old["tokens"]["refreshToken"]) == {"code": "SESSION_ENDED"}


async def test_all_others_are_ended_at_once(home: House) -> None:
    phone = "+6281234510007"
    olds = [await home.signed_in(phone) for _ in range(3)]
    last = await home.signed_in(phone)
    left = await home.data(_END_OTHERS, last["tokens"]["accessToken"])
    assert left == {"problems": [], "sessions": [{"id": last["session"]["id"], "isCurrent": True}]}
    for each in olds:
        assert await home.refused(REFRESH, shown=each["tokens"]["refreshToken"]) == {"code": "SESSION_ENDED"}


async def test_the_issuer_is_found_and_its_tokens_verified_by_what_it_publishes(home: House) -> None:
    found = (await request(home.app, "GET", "/.well-known/openid-configuration")).json()
    assert found["issuer"] == PEOPLE
    assert found["token_endpoint"] == f"{PEOPLE}/oauth2/token"
    assert found["grant_types_supported"] == ["refresh_token", PHONE_CODE, "client_credentials"]
    keys = await request(home.app, "GET", found["jwks_uri"].removeprefix(PEOPLE))
    assert b'"d"' not in keys.body
    signed = await home.signed_in("+6281234510008")
    token = jwt.decode(signed["tokens"]["accessToken"], KeySet.import_key_set(keys.json()), ["Ed25519"])
    assert token.claims["iss"] == PEOPLE
    assert token.claims["aud"] == "wlijo"
    assert token.claims["sub"] == signed["person"]["id"]
    assert token.claims["sid"] == signed["session"]["id"]
    assert token.claims["roles"] == ["buyer", "merchant"]
    assert token.claims["exp"] - token.claims["iat"] == signed["tokens"]["expiresIn"] == 900


async def test_a_library_signs_in_refreshes_and_revokes(home: House) -> None:
    phone = "+6281234510009"
    code = await home.asked(phone)
    signed = await home.form("/oauth2/token", grant_type=PHONE_CODE, phone="0812-3451-0009", code=code, device="CLI")
    assert (signed.status, signed.headers["cache-control"]) == (200, "no-store")
    first = signed.json()
    assert (first["token_type"], first["expires_in"]) == ("Bearer", 900)
    seen = await home.data(VIEWER, first["access_token"])
    assert (seen["person"]["phone"], seen["sessions"][0]["device"]) == (phone, "CLI")
    refreshed = await home.form("/oauth2/token", grant_type="refresh_token", refresh_token=first["refresh_token"])
    second = refreshed.json()
    assert (await home.form("/oauth2/revoke", token=second["refresh_token"])).status == 200
    assert (await home.form("/oauth2/revoke", token="nothing")).status == 200
    gone = await home.form("/oauth2/token", grant_type="refresh_token", refresh_token=second["refresh_token"])
    assert (gone.status, gone.json()["error"]) == (400, "invalid_grant")
    again = await home.form("/oauth2/token", grant_type=PHONE_CODE, phone=phone, code=code)
    assert (again.status, again.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": PHONE_CODE, "phone": "081234510010"}, "invalid_request"),
        ({"grant_type": PHONE_CODE, "phone": "12", "code": "123456"}, "invalid_request"),
        ({"grant_type": PHONE_CODE, "phone": "081234510010", "code": "12"}, "invalid_grant"),
        ({"grant_type": PHONE_CODE, "phone": "081234510010", "code": "123456"}, "invalid_grant"),
        ({"grant_type": PHONE_CODE, "phone": "081234510010", "code": "123456", "device": "x" * 500}, "invalid_request"),
    ],
)
async def test_a_library_is_told_what_is_wrong(home: House, fields: dict[str, str], error: str) -> None:
    answer = await home.form("/oauth2/token", **fields)
    assert (answer.status, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"grant_type=refresh_token&grant_type=refresh_token", FORM, 400),
        (b"\xff\xfe", FORM, 400),
        (b"token=%ff", FORM, 400),
        (b"a=1&" * 50, FORM, 400),
        (b"a" * 10_000, FORM, 413),
        (orjson.dumps({"grant_type": "refresh_token"}), {"content-type": "application/json"}, 400),
    ],
)
async def test_what_is_no_form_is_refused(home: House, body: bytes, headers: dict[str, str], status: int) -> None:
    answer = await request(home.app, "POST", "/oauth2/token", headers=headers, body=body)
    assert (answer.status, answer.json()["error"]) == (status, "invalid_request")


async def test_an_access_token_changes_nothing_once_its_session_has_ended(home: House) -> None:
    signed = await home.signed_in("+6281234510011")
    token = signed["tokens"]["accessToken"]
    await home.done(SIGN_OUT, token)
    change = 'mutation { requestNumberChange(phone: "081234510012") { problems { code } } }'
    name = 'mutation { updatePerson(name: "Siti") { problems { code } } }'
    for document in (change, name, _END_OTHERS.replace("sessions { id isCurrent }", "")):
        assert await home.data(document, token) == {"problems": [{"code": "SESSION_ENDED"}]}
    await home.done(REQUEST, phone="081234510012")
