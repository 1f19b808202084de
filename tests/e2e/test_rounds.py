"""A wlijo's round through the graph alone: planned, walked, followed, and told to who asked."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any, cast

import aiohttp
import pytest

from services.contracts.places import WIB
from tests.e2e.caller import Caller
from tests.e2e.installation import Installation
from tests.worlds.waiting import until

SET = """mutation($id: ID!, $day: Weekday!, $stops: [RouteStopInput!]!) { setRoute(merchantId: $id, weekday: $day, stops: $stops) {
  problems { code field } merchant { route { weekday stops { id label arrivesAt } } } } }"""
START = "mutation($id: ID!, $at: PointInput!) { startRound(merchantId: $id, point: $at) { problems { code } merchant { round { id } } } }"
REPORT = """mutation($id: ID!, $at: PointInput!) { reportRoundPosition(merchantId: $id, point: $at) { problems { code }
  merchant { round { position { lat lng } } } } }"""
END = "mutation($id: ID!) { endRound(merchantId: $id) { problems { code } merchant { name } } }"
TELL = """mutation($id: ID!, $at: PointInput!) { tellMeWhenPassing(merchantId: $id, point: $at) { problems { code }
  wish { point { lat lng } } } }"""
PASSING = """query($at: PointInput!, $day: Date) { wlijoPassing(point: $at, day: $day) { at live stop { label }
  merchant { id name } goods { name } } }"""
FOLLOW = "subscription($id: ID!) { roundChanged(merchantId: $id) { round { position { lat lng } } } }"
MERCHANT = "query($id: ID!) { merchant(id: $id) { round { position { lat lng } } } }"
NOTICES = "{ viewer { notices { edges { node { kind about text } } } } }"
DOOR, AWAY = {"lat": -8.0861, "lng": 113.1707}, {"lat": -8.0961, "lng": 113.1807}  # in Padang, where nobody else goes
PHONE = "+6281234580021"


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=90)) as opened:
        yield opened


async def _signed_in(platform: Installation, session: aiohttp.ClientSession) -> Caller:
    guest = Caller(platform.url, None, session)
    await guest.data("mutation($p: String!) { requestSignInCode(phone: $p) { problems { code } } }", p=PHONE)
    rows = await platform.fetch("people", "SELECT text FROM messages WHERE phone = $1 ORDER BY id DESC LIMIT 1", PHONE)
    code = re.search(r"\b\d{6}\b", rows[0]["text"])
    assert code
    signed = await guest.data(
        "mutation($p: String!, $c: String!) { signIn(phone: $p, code: $c) { problems { code } tokens { accessToken } } }",
        p=PHONE,
        c=code[0],
    )
    return Caller(platform.url, signed["tokens"]["accessToken"], session)


async def test_a_wlijos_morning(platform: Installation, session: aiohttp.ClientSession) -> None:
    sri, guest = (
        Caller(platform.url, platform.seeded_token("merchant", "bu-sri"), session),
        Caller(platform.url, None, session),
    )
    siti = await _signed_in(platform, session)
    (shop,) = [each for each in await sri.data("{ myMerchants { id kind } }") if each["kind"] == "WLIJO"]
    of = {"id": shop["id"]}
    tomorrow = (datetime.now(WIB) + timedelta(days=1)).date()
    day = tomorrow.strftime("%A").upper()
    stops = [
        {"label": "Balai desa", "point": DOOR, "arrivesAt": "06:15"},
        {"label": "Musala", "point": AWAY, "arrivesAt": "06:40", "orders": 5, "orderUntilS": 28_800},
    ]
    planned = await sri.done(SET, **of, day=day, stops=stops)
    assert [each["label"] for route in planned["route"] if route["weekday"] == day for each in route["stops"]] == [
        "Balai desa",
        "Musala",
    ]

    (passing,) = await guest.data(PASSING, at=DOOR, day=tomorrow.isoformat())
    assert (passing["merchant"]["id"], passing["stop"], passing["live"]) == (shop["id"], {"label": "Balai desa"}, False)
    assert passing["at"] == f"{tomorrow - timedelta(days=1)}T23:15:00.000Z"
    assert passing["goods"]

    wish = await siti.done(TELL, **of, at=DOOR)
    assert wish["point"] == {"lat": -8.086, "lng": 113.171}

    following = cast("AsyncGenerator[dict[str, Any], None]", guest.follow(FOLLOW, **of))
    async with aclosing(following) as followed:
        assert (await anext(followed))["round"] is None
        await sri.done(START, **of, at=AWAY)
        assert (await anext(followed))["round"]["position"] == {"lat": -8.096, "lng": 113.181}

        async def at_the_door() -> Any:
            said = await sri.data(REPORT, **of, at=DOOR)
            assert {each["code"] for each in said["problems"]} <= {"RATE_LIMITED"}
            return said["problems"] == [] and said["merchant"]["round"]["position"] == {"lat": -8.086, "lng": 113.171}

        await until(at_the_door)  # a place within a second of another counts for nothing
        assert (await anext(followed))["round"]["position"] == {"lat": -8.086, "lng": 113.171}
        (live,) = await guest.data(PASSING, at=DOOR)
        assert (live["merchant"]["id"], live["live"]) == (shop["id"], True)
        await sri.done(END, **of)
        assert (await anext(followed))["round"] is None
    assert (await guest.data(MERCHANT, **of))["round"] is None
    (kept,) = await platform.fetch("catalog", "SELECT count(*) FROM wlijo_position")
    assert kept["count"] == 0

    async def notices() -> Any:
        edges = (await siti.data(NOTICES))["notices"]["edges"]
        return [each["node"] for each in edges if each["node"]["kind"] == "WLIJO_NEAR"]

    (told,) = await until(notices)
    assert told["about"] == shop["id"]
    assert passing["merchant"]["name"] in told["text"]
    # Nothing that was told on the way has a place in it.

    async def archived() -> Any:
        found = await platform.fetch(
            "catalog", "SELECT payload FROM outbox_archive WHERE topic IN ('catalog.rounds', 'catalog.wishes')"
        )
        return found if len(found) >= 3 else None

    rows = await until(archived)
    assert not any(word in bytes(row["payload"]) for row in rows for word in (b"lat", b"8.08", b"8.09"))
