"""Whose a number is: a person changes theirs, and one that comes back with another owner opens nothing of the former."""

from __future__ import annotations

import asyncio

from tests.worlds.people import CHANGE, REFRESH, REQUEST_CHANGE, SIGN_IN, VIEWER, House

_SILENT_S = 61 * 86_400


async def test_a_number_is_changed_by_who_proves_the_new_one(home: House) -> None:
    old, new = "+6281234520001", "+6281234520002"
    lost = await home.signed_in(old, "lost phone")
    mine = await home.signed_in(old)
    token = mine["tokens"]["accessToken"]
    await home.done(REQUEST_CHANGE, token, phone=new)
    code = await home.sent_code(new)
    # The code is for this change: nobody signs in with it.
    assert (await home.refused(SIGN_IN, phone=new, code=code))["code"] == "CODE_INVALID"
    assert await home.done(CHANGE, token, phone=new, code=code) == {"id": mine["person"]["id"], "phone": new}
    assert await home.refused(REFRESH, shown=lost["tokens"]["refreshToken"]) == {"code": "SESSION_ENDED"}
    assert (await home.done(REFRESH, shown=mine["tokens"]["refreshToken"]))["accessToken"]
    assert (await home.signed_in(new))["person"]["id"] == mine["person"]["id"]
    assert (await home.signed_in(old))["person"]["id"] != mine["person"]["id"]


async def test_a_code_of_somebody_elses_change_changes_nothing(home: House) -> None:
    new = "+6281234520102"
    mine, other = await home.signed_in("+6281234520100"), await home.signed_in("+6281234520101")
    await home.done(REQUEST_CHANGE, mine["tokens"]["accessToken"], phone=new)
    code = await home.sent_code(new)
    assert (await home.refused(CHANGE, other["tokens"]["accessToken"], phone=new, code=code))["code"] == "CODE_INVALID"
    signing_in = await home.asked(new)
    refused = await home.refused(CHANGE, mine["tokens"]["accessToken"], phone=new, code=signing_in)
    assert refused["code"] == "CODE_INVALID" or signing_in == code


async def test_a_number_of_somebody_who_is_there_stays_theirs(home: House) -> None:
    theirs = "+6281234520201"
    them, mine = await home.signed_in(theirs), await home.signed_in("+6281234520202")
    token = mine["tokens"]["accessToken"]
    await home.done(REQUEST_CHANGE, token, phone=theirs)
    refused = await home.refused(CHANGE, token, phone=theirs, code=await home.sent_code(theirs))
    assert refused == {"code": "PHONE_TAKEN", "field": "phone"}
    assert (await home.data(VIEWER, them["tokens"]["accessToken"]))["person"]["phone"] == theirs
    assert (await home.data(VIEWER, token))["person"]["phone"] == "+6281234520202"


async def test_a_number_that_comes_back_with_another_owner_is_another_persons(home: House) -> None:
    phone = "+6281234520301"
    former = await home.signed_in(phone)
    await home.move_clock(_SILENT_S)
    now = await home.signed_in(phone)
    assert now["isNew"] is True
    assert now["person"]["id"] != former["person"]["id"]
    assert await home.refused(REFRESH, shown=former["tokens"]["refreshToken"]) == {"code": "SESSION_ENDED"}
    # The former owner is there still, with all that is theirs, and without the number.
    assert (await home.data(VIEWER, former["tokens"]["accessToken"]))["person"]["phone"] is None
    written = await home.value("SELECT action FROM audit WHERE actor = 'people' ORDER BY id DESC LIMIT 1")
    assert written == "NUMBER_LOST"


async def test_who_is_heard_of_now_and_then_keeps_the_number(home: House) -> None:
    phone = "+6281234520401"
    tokens = (first := await home.signed_in(phone))["tokens"]
    for _ in range(5):
        await home.move_clock(25 * 86_400)
        tokens = await home.done(REFRESH, shown=tokens["refreshToken"])
    await home.move_clock(40 * 86_400)  # the session is over, the number is not
    assert (await home.signed_in(phone))["person"]["id"] == first["person"]["id"]


async def test_of_two_who_change_to_one_number_at_once_one_has_it(home: House) -> None:
    new = "+6281234520503"
    two = [await home.signed_in(phone) for phone in ("+6281234520501", "+6281234520502")]
    codes = []
    for each in two:
        await home.done(REQUEST_CHANGE, each["tokens"]["accessToken"], phone=new)
        codes.append(await home.sent_code(new))
    answers = await asyncio.gather(
        *(
            home.data(CHANGE, each["tokens"]["accessToken"], phone=new, code=code)
            for each, code in zip(two, codes, strict=True)
        )
    )
    assert sorted(len(each["problems"]) for each in answers) == [0, 1]
    (problem,) = (each["problems"][0]["code"] for each in answers if each["problems"])
    assert problem == "PHONE_TAKEN"
    assert await home.value("SELECT count(*) FROM phone WHERE number = $1", new) == 1


async def test_two_who_register_one_number_at_once_are_one_person(home: House) -> None:
    phone = "+6281234520601"
    codes = [await home.asked(phone) for _ in range(3)]
    answers = await asyncio.gather(
        *(home.data(SIGN_IN, phone=phone, code=code, address=f"10.1.3.{n}") for n, code in enumerate(codes))
    )
    assert sum(each["problems"] == [] for each in answers) == 1
    assert (
        await home.value("SELECT count(*) FROM person p JOIN phone n ON n.person_id = p.id WHERE number = $1", phone)
        == 1
    )
