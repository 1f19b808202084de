"""Pages by which a trip is followed: for who was handed its link, and what a rider's phone tells."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from services.web.session import Session
from tests.e2e import browser as chromium
from tests.integration.web.test_crews import trip
from tests.integration.web.test_pages import HOSTILE, get, post, signed_in
from tests.worlds.fake_gateway import FakeGateway, Site, refusal

TRACKED = {
    "status": "PICKED_UP", "partnerName": HOSTILE, "riderName": HOSTILE, "plate": "N 1 A",
    "position": {"at": "2026-11-29T14:05:30Z", "point": {"lat": -8.13, "lng": 113.22}},
    "estimate": {"at": "2026-11-29T14:15:30Z", "marginS": 300},
    "history": [{"at": "2026-11-29T14:00:00Z", "status": "PICKED_UP"}, {"at": "2026-11-29T14:00:01Z", "status": "RETURNING"}],
}  # fmt: skip
HERE = {"lat": "-8.13", "lng": "113.22", "at": "2026-11-29T14:05:30.123Z"}


@pytest.fixture
def who() -> Session:
    return signed_in()


async def test_who_has_the_link_sees_a_page_that_renews_itself_and_keeps_its_address_to_itself(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots = {"trackedDelivery": TRACKED}
    page = await get(web, session, "/lacak/abc")
    assert page.status == 200, page.text
    assert (page.status, page.headers["referrer-policy"], page.headers["refresh"]) == (200, "no-referrer", "20")
    assert "21.15" in page.text
    assert "N 1 A" in page.text
    assert "noindex" in page.html
    assert "<script>alert" not in page.html
    assert gateway.asked[0]["variables"] == {"token": "abc"}
    assert "authorization" not in gateway.asked[0]["headers"]


async def test_a_link_that_is_over_says_so_and_asks_no_more(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots = {"trackedDelivery": None}
    page = await get(web, session, f"/lacak/{'x' * 300}")
    assert (page.status, "sudah tidak berlaku" in page.text, "refresh" in page.headers) == (404, True, False)


@pytest.mark.parametrize(
    ("sent", "problems", "status"),
    [
        ({}, [], 204),
        ({}, ["WRONG_STATE"], 409),
        ({}, ["NOT_FOUND"], 409),
        ({}, ["RATE_LIMITED"], 422),
        ({"lat": "0"}, None, 422),
        ({"lat": "nan"}, None, 422),
        ({"at": "yesterday"}, None, 422),
        ({"at": "2026-11-29T14:05:30"}, None, 422),
    ],
)
async def test_a_phone_is_told_what_became_of_its_place(
    web: Site,
    gateway: FakeGateway,
    session: aiohttp.ClientSession,
    who: Session,
    sent: dict[str, str],
    problems: list[str] | None,
    status: int,
) -> None:
    gateway.roots = {"reportPosition": {"problems": [refusal(code) for code in problems or ()]}}
    page = await post(web, session, "/antar/posisi", who, **(HERE | sent))
    assert page.status == status
    assert len(gateway.asked) == (0 if problems is None else 1)


async def test_a_place_told_by_another_site_is_refused(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    page = await post(web, session, "/antar/posisi", who, csrf="another", **HERE)
    assert (page.status, gateway.asked) == (403, [])


@pytest.mark.parametrize(("do", "root"), [("share", "shareDelivery"), ("stop", "stopSharingDelivery")])
async def test_a_buyer_makes_a_link_and_ends_it(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session, do: str, root: str
) -> None:
    gateway.roots = {root: {"problems": []}}
    page = await post(web, session, "/pesanan/LMJ-1/lacak", who, do=do, delivery="dlv_1")
    assert (page.status, page.headers["location"]) == (303, "/pesanan/LMJ-1")
    assert [each["variables"] for each in gateway.asked if root in each["query"]] == [{"id": "dlv_1"}]


@pytest.mark.skipif(chromium.found() is None, reason="there is no Chromium")
async def test_the_riders_page_tells_where_the_phone_is(web: Site, gateway: FakeGateway, who: Session) -> None:
    gateway.roots = {"delivery": trip("PICKED_UP"), "reportPosition": {"problems": []}}
    program = chromium.found()
    assert program
    name, _, value = web.cookie(who)["cookie"].partition("=")
    async with chromium.browsing(program) as tab:
        await tab.say("Network.setCookie", name=name, value=value, url=web.url, httpOnly=True)
        await tab.say("Browser.grantPermissions", origin=web.url, permissions=["geolocation"])
        await tab.say("Emulation.setGeolocationOverride", latitude=-8.13, longitude=113.22, accuracy=5)
        await tab.go(f"{web.url}/antar/dlv_1")
        await tab.until("document.body.innerText.includes('Pembeli melihat Anda mendekat')")
    told: list[dict[str, Any]] = [each["variables"] for each in gateway.asked if "reportPosition" in each["query"]]
    assert told[0]["point"] == {"lat": -8.13, "lng": 113.22}
