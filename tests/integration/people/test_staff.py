"""Staff: the first by hand, the others by ops; each grant written down. What a person says of themselves, and agrees to."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from services.people import by_hand
from services.people.domain.person import LONGEST_NAME
from tests.worlds.people import GRANT, PEOPLE, REFRESH, SIGN_IN, VIEWER, WITHDRAW, House, house
from tests.worlds.servers import Postgres, TestDatabase

_UPDATE = """mutation($name: String, $language: Language) { updatePerson(name: $name, language: $language) {
    problems { code field limit unit } person { name language } } }"""
_GIVE = """mutation($text: String!, $version: Int!) { giveConsent(document: $text, version: $version) {
    problems { code } consents { document version withdrawnAt } } }"""
_WITHDRAW = """mutation($text: String!) { withdrawConsent(document: $text) {
    problems { code } consents { document version withdrawnAt } } }"""


@pytest.fixture
def empty(postgres: Postgres) -> TestDatabase:
    """An installation where nobody has signed in."""
    return postgres.database("people")


@pytest.fixture
def by_hands_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://not-read")
    monkeypatch.setenv("SIGN_IN_CODE_KEY", "of-the-tests")


async def _by_hand(home: House, phone: str, role: str = "ops") -> dict[str, Any]:
    said: list[Any] = []
    assert await by_hand.grant(home.db, ["--phone", phone, "--role", role], said.append) == 0
    (one,) = said
    found: dict[str, Any] = orjson.loads(orjson.dumps(one))
    return found


@pytest.mark.usefixtures("by_hands_settings")
async def test_the_first_of_a_new_installation_comes_in_by_hand(empty: TestDatabase) -> None:
    async with house(empty) as home:
        said = await _by_hand(home, "0812-3453-0001")
        assert (said["role"], said["granted"]) == ("ops", True)
        signed = await home.data(SIGN_IN, phone="+6281234530001", code=said["code"])
        assert (signed["person"]["id"], signed["isNew"]) == (said["person"], False)
        assert (await home.data(VIEWER, signed["tokens"]["accessToken"]))["staffRoles"] == ["OPS"]
        assert "ops" in (await home.verifier.verify(signed["tokens"]["accessToken"])).roles
        # Printed once.
        again = await _by_hand(home, "+62 812 3453 0001")
        assert again == {"person": said["person"], "role": "ops", "granted": False}
        assert await home.value("SELECT count(*) FROM audit WHERE action = 'ROLE_GRANTED'") == 1
        assert await home.value("SELECT count(*) FROM messages") == 0
        assert await home.value("SELECT count(*) FROM audit a WHERE a::text LIKE '%34530001%'") == 0


@pytest.mark.usefixtures("by_hands_settings")
async def test_by_hand_no_role_is_given_to_what_is_no_number(home: House) -> None:
    said: list[Any] = []
    assert await by_hand.grant(home.db, ["--phone", "12", "--role", "ops"], said.append) == 1
    assert "refused" in said[0]
    with pytest.raises(SystemExit):
        await by_hand.grant(home.db, ["--phone", "081234530002", "--role", "king"], said.append)


@pytest.mark.usefixtures("by_hands_settings")
async def test_ops_let_others_in_and_out(empty: TestDatabase) -> None:
    async with house(empty) as home:
        said = await _by_hand(home, "0812-3453-0101")
        ops = (await home.data(SIGN_IN, phone="+6281234530101", code=said["code"]))["tokens"]["accessToken"]
        officer = await home.signed_in("+6281234530102")
        token = officer["tokens"]["accessToken"]
        assert await home.code(GRANT, token, phone="081234530102", role="OPS") == "FORBIDDEN"
        assert await home.code(GRANT, phone="081234530102", role="OPS") == "UNAUTHENTICATED"
        granted = await home.done(GRANT, ops, phone="081234530102", role="OFFICER")
        assert granted == officer["person"]["id"] == await home.done(GRANT, ops, phone="081234530102", role="OFFICER")
        # The next token says it.
        tokens = await home.done(REFRESH, shown=officer["tokens"]["refreshToken"])
        assert "officer" in (await home.verifier.verify(tokens["accessToken"])).roles
        await home.done(WITHDRAW, ops, person=granted, role="OFFICER")
        assert await home.refused(REFRESH, shown=tokens["refreshToken"]) == {"code": "SESSION_ENDED"}
        tokens = (await home.signed_in("+6281234530102"))["tokens"]
        assert "officer" not in (await home.verifier.verify(tokens["accessToken"])).roles
        nobody = "per_01ep341r00fd7bct50xvevp6ve"
        assert await home.refused(WITHDRAW, ops, person=nobody, role="OFFICER") == {"code": "NOT_FOUND"}
        assert await home.refused(WITHDRAW, ops, person=said["person"], role="OPS") == {"code": "LAST_OF_ITS_KIND"}
        told = await home.value("SELECT string_agg(action, ' ' ORDER BY id) FROM audit")
        assert told == "ROLE_GRANTED ROLE_GRANTED ROLE_WITHDRAWN"


@pytest.mark.usefixtures("by_hands_settings")
async def test_who_is_ops_no_longer_grants_nothing_with_an_old_token(empty: TestDatabase) -> None:
    async with house(empty) as home:
        first, second = await _by_hand(home, "081234530201"), await _by_hand(home, "081234530202")
        tokens = [
            (await home.data(SIGN_IN, phone=phone, code=said["code"]))["tokens"]["accessToken"]
            for phone, said in (("+6281234530201", first), ("+6281234530202", second))
        ]
        # Each of the other at once: one of them stays.
        answers = await asyncio.gather(
            home.ask(WITHDRAW, tokens[0], person=second["person"], role="OPS"),
            home.ask(WITHDRAW, tokens[1], person=first["person"], role="OPS"),
        )
        assert await home.value("SELECT count(*) FROM staff_role WHERE role = 'OPS'") == 1, answers
        for token in tokens:
            seen = (await home.data(VIEWER, token))["staffRoles"]
            if not seen:
                assert await home.refused(GRANT, token, phone="081234530203", role="OPS") == {"code": "SESSION_ENDED"}


async def test_ops_of_another_issuer_grant_too(home: House) -> None:
    token = home.others.token(sub="keycloak|ops", roles=["ops"])
    granted = await home.done(GRANT, token, phone="081234530301", role="OFFICER", app=home.as_others)
    assert (
        await home.value("SELECT actor FROM audit WHERE person_id IS NOT NULL ORDER BY id DESC LIMIT 1")
        == "keycloak|ops"
    )
    assert granted.startswith("per_")


async def test_a_person_says_how_they_are_called(home: House) -> None:
    token = (await home.signed_in("+6281234530401"))["tokens"]["accessToken"]
    said = await home.data(_UPDATE, token, name="  Siti 👩🏽‍🌾  Aminah ", language="EN")
    assert said == {"problems": [], "person": {"name": "Siti 👩🏽‍🌾 Aminah", "language": "EN"}}
    kept = {"name": "Siti 👩🏽‍🌾 Aminah", "language": "EN"}
    assert (await home.data(_UPDATE, token))["person"] == kept
    problem = {"code": "INVALID_TEXT", "field": "name", "limit": LONGEST_NAME, "unit": "CHARACTER"}
    for bad in ("", "x" * 10_000, "\u202eitiS", "a\x00b", "👩" * 81):
        assert await home.data(_UPDATE, token, name=bad) == {"problems": [problem], "person": None}
    assert (await home.data(VIEWER, token))["person"]["name"] == kept["name"]
    await home.done(_UPDATE.replace("problems { code field limit unit }", "problems { code }"), token, name="سيتي")


async def test_consents_are_to_a_version_and_can_be_taken_back(home: House) -> None:
    token = (await home.signed_in("+6281234530501"))["tokens"]["accessToken"]
    assert (await home.data(_WITHDRAW, token, text="terms"))["problems"] == [{"code": "NOT_FOUND"}]
    await home.data(_GIVE, token, text="terms", version=1)
    given = await home.data(_GIVE, token, text="terms", version=2)
    assert [(each["version"], each["withdrawnAt"]) for each in given["consents"]] == [(2, None), (1, None)]
    assert await home.data(_GIVE, token, text="terms", version=2) == given
    taken = await home.data(_WITHDRAW, token, text="terms")
    assert all(each["withdrawnAt"] for each in taken["consents"])
    anew = await home.data(_GIVE, token, text="terms", version=2)
    assert [bool(each["withdrawnAt"]) for each in anew["consents"]] == [False, True]
    assert (await home.data(_GIVE, token, text="Terms of use!", version=1))["problems"] == [{"code": "INVALID_TEXT"}]
    for version in (0, -1, 2_000_000):
        assert await home.code(_GIVE, token, text="terms", version=version) == "BAD_USER_INPUT"


async def test_what_is_told_of_a_person_names_nobody(home: House) -> None:
    signed = await home.signed_in("+6281234530601")
    await home.data(_UPDATE, signed["tokens"]["accessToken"], name="Bu Sri Rahayu", language="EN")
    told = await home.value(
        "SELECT string_agg(convert_from(payload, 'UTF8'), ' ') FROM outbox WHERE key = $1", signed["person"]["id"]
    )
    assert '"language":"EN"' in told
    assert "Rahayu" not in told
    assert "3453" not in told
    assert PEOPLE not in told
