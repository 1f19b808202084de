"""Signing in by phone: a code is sent, proves the number once, and begins a session."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.people.domain.code import MOST_TRIES
from services.people.domain.session import MOST_SESSIONS
from tests.worlds.people import REFRESH, REQUEST, SIGN_IN, SIGN_OUT, VIEWER, House, house
from tests.worlds.servers import Postgres, TestDatabase

_SAID_TWICE = "+6281234500001"


def _wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def test_a_number_that_nobody_has_becomes_a_person(home: House) -> None:
    phone = "+6281234500101"
    first = await home.signed_in(phone, "Redmi")
    assert first["isNew"] is True
    assert first["person"]["phone"] == phone
    assert first["session"]["device"] == "Redmi"
    assert first["session"]["isCurrent"] is True
    again = await home.signed_in(phone)
    assert again["isNew"] is False
    assert again["person"]["id"] == first["person"]["id"]
    assert again["session"]["id"] != first["session"]["id"]
    seen = await home.data(VIEWER, again["tokens"]["accessToken"])
    assert seen["person"] == {"id": first["person"]["id"], "name": None, "phone": phone, "language": "ID"}
    assert [each["isCurrent"] for each in seen["sessions"]] == [True, False]
    assert seen["staffRoles"] == []


@pytest.mark.parametrize(
    "written",
    ["0812-3450-0202", "081234500202", "6281234500202", "+62 812 3450 0202", "(0812) 3450.0202", "٠٨١٢٣٤٥٠٠٢٠٢"],
)
async def test_a_number_in_every_spelling_is_one(home: House, written: str) -> None:
    await home.done(REQUEST, phone=written)
    assert await home.value("SELECT count(*) FROM messages WHERE phone = '+6281234500202'") >= 1


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "INVALID_PHONE"),
        ("12", "INVALID_PHONE"),
        ("halo", "INVALID_PHONE"),
        ("0812-FLOWERS", "INVALID_PHONE"),
        ("081234500001 ext. 5", "INVALID_PHONE"),
        ("0334-881234", "INVALID_PHONE"),  # a landline
        ("0809-1234567", "INVALID_PHONE"),  # a premium number
        ("+62" + "8" * 10_000, "INVALID_PHONE"),
        ("+999 12345678", "INVALID_PHONE"),
        ("+65 8123 4567", "PHONE_NOT_SERVED"),
        ("+44 7400 123456", "PHONE_NOT_SERVED"),
    ],
)
async def test_what_is_no_mobile_number_of_here_gets_no_code(home: House, written: str, code: str) -> None:
    before = await home.value("SELECT count(*) FROM messages")
    refused = await home.refused(REQUEST, phone=written)
    assert refused == {"code": code, "field": "phone"}
    assert await home.refused(SIGN_IN, phone=written, code="123456") == {"code": code, "field": "phone"}
    assert await home.value("SELECT count(*) FROM messages") == before


async def test_the_answer_is_the_same_whether_or_not_the_number_is_known(home: House) -> None:
    known, unknown = "+6281234500301", "+6281234500302"
    await home.signed_in(known)
    said = [await home.data(REQUEST, phone=phone) for phone in (known, unknown)]
    assert [set(each) for each in said] == [{"problems", "expiresAt"}] * 2
    assert [each["problems"] for each in said] == [[], []]
    refused = [await home.refused(SIGN_IN, phone=phone, code="000000") for phone in (known, unknown, "+6281234500303")]
    assert refused == [{"code": "CODE_INVALID", "field": "code"}] * 3


@pytest.mark.parametrize("guess", ["", " ", "12345", "1234567", "abcdef", "12345६", "1" * 10_000, "0x1234", "\x00"])
async def test_what_cannot_be_a_code_is_none(home: House, guess: str) -> None:
    await home.asked("+6281234500401")
    assert await home.refused(SIGN_IN, phone="+6281234500401", code=guess) == {"code": "CODE_INVALID", "field": "code"}


async def test_a_code_is_used_once(home: House) -> None:
    phone = "+6281234500501"
    code = await home.asked(phone)
    answered = await home.data(SIGN_IN, phone=phone, code=f"{code[:3]} {code[3:]}")
    assert answered["problems"] == []
    assert await home.refused(SIGN_IN, phone=phone, code=code) == {"code": "CODE_INVALID", "field": "code"}


async def test_who_has_signed_in_needs_none_of_the_other_codes(home: House) -> None:
    phone = "+6281234500502"
    first, second = await home.asked(phone), await home.asked(phone)
    assert (await home.data(SIGN_IN, phone=phone, code=first))["problems"] == []
    if first != second:
        assert (await home.refused(SIGN_IN, phone=phone, code=second))["code"] == "CODE_INVALID"


async def test_of_many_who_show_one_code_at_once_one_signs_in(home: House) -> None:
    phone = "+6281234500601"
    code = await home.asked(phone)
    answers = await asyncio.gather(
        *(home.data(SIGN_IN, phone=phone, code=code, address=f"10.1.0.{n}") for n in range(12))
    )
    assert sum(each["problems"] == [] for each in answers) == 1
    assert {each["problems"][0]["code"] for each in answers if each["problems"]} == {"CODE_INVALID"}
    assert await home.value("SELECT count(*) FROM phone WHERE number = $1", phone) == 1


async def test_guesses_in_parallel_have_five_tries_together(home: House) -> None:
    phone = "+6281234500602"
    code = await home.asked(phone)
    await asyncio.gather(
        *(home.data(SIGN_IN, phone=phone, code=_wrong(code), address=f"10.1.1.{n}") for n in range(12))
    )
    assert await home.value("SELECT tries FROM sign_in_code WHERE phone = $1", phone) == MOST_TRIES
    assert (await home.refused(SIGN_IN, phone=phone, code=code))["code"] == "CODE_INVALID"


async def test_a_code_is_good_for_five_minutes(home: House) -> None:
    phone = "+6281234500701"
    code = await home.asked(phone)
    await home.move_clock(301)
    assert (await home.refused(SIGN_IN, phone=phone, code=code))["code"] == "CODE_INVALID"


async def test_a_code_is_in_no_table_but_the_message(home: House) -> None:
    phone = "+6281234500801"
    code = await home.asked(phone)
    kept = await home.value("SELECT c::text FROM sign_in_code c WHERE phone = $1", phone)
    assert code not in kept.replace(phone, "").split(",")
    text = await home.value("SELECT text FROM messages WHERE phone = $1", phone)
    assert text == f"Kode Wlijo Anda: {code}. Berlaku 5 menit. Jangan beri tahu siapa pun."


async def test_a_person_has_as_many_sessions_as_may_be(home: House) -> None:
    phone = "+6281234500901"
    first = await home.signed_in(phone)
    for _ in range(MOST_SESSIONS):
        last = await home.signed_in(phone)
    assert len((await home.data(VIEWER, last["tokens"]["accessToken"]))["sessions"]) == MOST_SESSIONS
    gone = await home.refused(REFRESH, shown=first["tokens"]["refreshToken"])
    assert gone == {"code": "SESSION_ENDED"}


async def test_sign_out_ends_the_session(home: House) -> None:
    tokens = (await home.signed_in("+6281234501001"))["tokens"]
    assert await home.done(SIGN_OUT, tokens["accessToken"]) is True
    assert await home.done(SIGN_OUT, tokens["accessToken"]) is True
    assert await home.refused(REFRESH, shown=tokens["refreshToken"]) == {"code": "SESSION_ENDED"}
    ended = "mutation { endOtherSessions { problems { code } sessions { id } } }"
    assert (await home.data(ended, tokens["accessToken"]))["problems"] == [{"code": "SESSION_ENDED"}]


async def test_who_comes_of_another_issuer_has_nothing_here_whatever_the_subject(home: House) -> None:
    mine = (await home.signed_in("+6281234501101"))["person"]["id"]
    foreign = home.others.token(sub=mine)
    seen = await home.data(VIEWER, foreign, app=home.as_others)
    assert seen == {"person": None, "staffRoles": [], "sessions": [], "consents": []}
    assert await home.code(SIGN_OUT, foreign, app=home.as_others) == "FORBIDDEN"
    assert await home.code(VIEWER) == "UNAUTHENTICATED"


class TestLimits:
    @pytest.fixture
    def made(self, postgres: Postgres) -> TestDatabase:
        return postgres.database("people")

    async def test_of_a_number(self, made: TestDatabase) -> None:
        async with house(made, codes_per_number_hour=2) as home:
            for address in ("10.0.0.1", "10.0.0.2"):
                await home.done(REQUEST, phone=_SAID_TWICE, address=address)
            refused = await home.data(REQUEST, phone="0812 3450 0001", address="10.0.0.3")
            (problem,) = refused["problems"]
            assert (problem["code"], problem["retryable"]) == ("RATE_LIMITED", True)
            assert 0 < problem["retryAfterMs"] <= 3_600_000
            assert await home.value("SELECT count(*) FROM messages") == 2
            await home.done(REQUEST, phone="+6281234500002", address="10.0.0.3")
            await home.move_clock(3_601)
            await home.done(REQUEST, phone=_SAID_TWICE)

    async def test_of_a_number_from_a_thousand_addresses_at_once(self, made: TestDatabase) -> None:
        async with house(made, codes_per_number_day=3) as home:
            asked = [home.data(REQUEST, phone=_SAID_TWICE, address=f"10.0.1.{n}") for n in range(20)]
            answers = await asyncio.gather(*asked)
            assert sum(each["problems"] == [] for each in answers) == 3
            assert await home.value("SELECT count(*) FROM messages") == 3

    async def test_of_an_address(self, made: TestDatabase) -> None:
        async with house(made, codes_per_address_hour=3) as home:
            from_one = ("2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::")
            for n, address in enumerate(from_one):
                await home.done(REQUEST, phone=f"+628123450010{n}", address=address)
            refused = await home.refused(REQUEST, phone="+6281234500109", address="2001:db8::3")
            assert refused == {"code": "RATE_LIMITED", "retryable": True}
            await home.done(REQUEST, phone="+6281234500109", address="2001:db8:0:1::3")
            kept = await home.value("SELECT string_agg(key, ' ') FROM allowance WHERE kind = 'address/hour'")
            assert "2001" not in kept

    async def test_in_all_and_of_a_day(self, made: TestDatabase) -> None:
        async with house(made, codes_per_minute=4, messages_per_day=6) as home:

            async def asked(n: int) -> Any:
                return await home.data(REQUEST, phone=f"+62812345011{n:02}", address=f"10.0.2.{n}")

            answers = await asyncio.gather(*(asked(n) for n in range(10)))
            assert sum(each["problems"] == [] for each in answers) == 4
            assert {each["problems"][0]["code"] for each in answers if each["problems"]} == {"TRY_LATER"}
            await home.move_clock(61)
            answers = [await asked(n) for n in range(20, 25)]
            assert [each["problems"] == [] for each in answers] == [True, True, False, False, False]
            assert await home.value("SELECT count(*) FROM messages") == 6
            await home.move_clock(86_401)
            assert (await asked(30))["problems"] == []

    async def test_of_guesses_from_an_address(self, made: TestDatabase) -> None:
        async with house(made, guesses_per_address_hour=3) as home:
            phones = [f"+628123450120{n}" for n in range(5)]
            codes = [await home.asked(phone) for phone in phones]
            for phone, code in zip(phones[:3], codes[:3], strict=True):
                guessed = await home.refused(SIGN_IN, phone=phone, code=_wrong(code), address="10.0.3.1")
                assert guessed["code"] == "CODE_INVALID"
            refused = await home.refused(SIGN_IN, phone=phones[3], code=codes[3], address="10.0.3.1")
            assert refused["code"] == "RATE_LIMITED"
            # What one address has wasted is nobody else's loss, and who guesses right wastes nothing.
            for phone, code in zip(phones, codes, strict=True):
                assert (await home.data(SIGN_IN, phone=phone, code=code, address="10.0.3.2"))["problems"] == []
