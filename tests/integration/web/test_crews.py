"""Pages of riders, dispatchers and officers beside a gateway that says no, and in a place without a signal."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from services.web.session import Session
from tests.e2e import browser as chromium
from tests.integration.web.test_pages import HOSTILE, get, post, signed_in
from tests.worlds.fake_gateway import FakeGateway, Site, error, refusal

OFFER = {
    "id": "off_1", "deliveryId": "dlv_1", "expiresAt": "2026-11-29T14:05:30Z", "test": False, "distanceM": 1200, "fee": 8000,
    "riderShare": 6400, "cashToCollect": 17000, "weightLimitGram": 5000, "parcels": 1, "waitLimitS": 900,
    "places": [{"kecamatanName": "Lumajang", "merchantName": HOSTILE}, {"kecamatanName": "Sukodono", "merchantName": None}],
}  # fmt: skip
DOOR = {
    "orderCode": "LMJ-261129-0001", "recipient": HOSTILE, "phone": "+6281234500001", "line": "Jalan Uji 7", "note": HOSTILE,
    "point": {"lat": -8.13, "lng": 113.22}, "pickups": [{"merchantName": "Bu Sri", "point": {"lat": -8.14, "lng": 113.23}}],
}  # fmt: skip


def trip(status: str = "ASSIGNED", **more: Any) -> dict[str, Any]:
    return {
        "id": "dlv_1", "status": status, "test": False, "fee": 8000, "cashToCollect": 17000, "rider": {"name": "Agus", "isMe": True},
        "partner": {"id": "ptn_1", "name": "Ojek"}, "door": DOOR, "pickups": [],
        "acceptedProofs": [], "proofs": [], **more,
    }  # fmt: skip


def a_company(**more: Any) -> dict[str, Any]:
    rider = {
        "id": "rid_1",
        "name": HOSTILE,
        "plate": "N 1",
        "onShift": True,
        "ended": False,
        "cashLimit": None,
        "jobs": [],
    }
    return {
        "id": "ptn_1", "name": HOSTILE, "status": "ACTIVE", "statusReason": None, "isConnected": True, "offers": [OFFER],
        "jobs": {"edges": []}, "riders": {"edges": [{"node": rider}]}, **more,
    }  # fmt: skip


@pytest.fixture
def who() -> Session:
    return signed_in()


async def test_what_people_wrote_is_shown_as_text(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    rider = {"id": "rid_1", "name": HOSTILE, "plate": HOSTILE, "onShift": True, "ended": False, "jobs": [], "stops": []}
    gateway.roots = {
        "myRider": rider | {"partner": {"id": "ptn_1", "name": HOSTILE, "offers": [OFFER]}},
        "delivery": trip(),
        "partner": a_company(),
    }
    for path in ("/antar", "/antar/dlv_1", "/jasa-antar/ptn_1"):
        page = await get(web, session, path, who)
        assert page.status == 200, page.text
        assert HOSTILE[:40] in page.text
        assert "<script>" not in page.html
        assert "49" not in page.text.replace("LMJ-261129", "")


async def test_a_dispatcher_sees_riders_and_trips_on_the_map(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    company = a_company()
    at = {"lat": -8.131, "lng": 113.221}
    company["riders"]["edges"][0]["node"]["position"] = {"at": "2026-11-29T14:05:30Z", "point": at}
    place = {"kecamatanName": "Sukodono", "merchantName": None, "point": at}
    company["jobs"]["edges"] = [{"node": trip() | {"places": [place]}}]
    gateway.roots = {"partner": company}
    page = await get(web, session, "/jasa-antar/ptn_1", who)
    assert page.html.count('class="dot rider"') == page.html.count('class="dot door"') == 1
    assert "terlihat pada 21.05 WIB" in page.text
    assert page.html.count("<script") == 2  # a name is no script in a map either


@pytest.mark.parametrize(
    ("path", "roots"),
    [
        ("/jasa-antar/ptn_1", {"partner": a_company(isConnected=None)}),
        ("/petugas", {}),
    ],
)
async def test_a_page_of_others_says_whose_it_is_not(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session, path: str, roots: dict[str, Any]
) -> None:
    gateway.roots, gateway.errors = roots, [] if roots else [error("FORBIDDEN")]
    page = await get(web, session, path, who)
    assert (page.status, "Bukan untuk Anda" in page.text) == (403, True)


async def test_nobody_sees_a_crews_page_unless_signed_in(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    for path in (
        "/antar",
        "/antar/dlv_1",
        "/jasa-antar",
        "/jasa-antar/ptn_1/orang",
        "/petugas",
        "/gabung",
        "/daftar-toko",
    ):
        page = await get(web, session, path)
        assert (page.status, page.headers["location"].startswith("/masuk?")) == (303, True), path
    assert gateway.asked == []


async def test_a_wrong_pin_stays_at_its_field_and_changes_nothing(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    gateway.roots = {"delivery": trip("AT_DROPOFF"), "handOver": {"problems": [refusal("WRONG_PIN")], "delivery": None}}
    sent = {"do": "hand-over", "pin": "12 34", "cash": "17.000", "key": "k" * 33}
    page = await post(web, session, "/antar/dlv_1", who, **sent)
    assert (page.status, "Kode salah" in page.text) == (422, True)
    assert gateway.asked[0]["variables"] == {"delivery": "dlv_1", "pin": "1234", "cash": 17000, "key": "k" * 33}
    page = await post(web, session, "/antar/dlv_1", who, **(sent | {"cash": "banyak"}))
    assert (page.status, "Tulis uang yang diterima" in page.text) == (422, True)
    assert len([each for each in gateway.asked if "handOver" in each["query"]]) == 1


async def test_an_offer_without_a_rider_is_not_sent(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    gateway.roots = {"partner": a_company()}
    page = await post(
        web, session, "/jasa-antar/ptn_1", who, do="accept", offer="off_1", delivery="dlv_1", key="k" * 33, rider=""
    )
    assert (page.status, "Pilih pengantarnya dulu." in page.text) == (422, True)
    assert not any("acceptOffer" in each["query"] for each in gateway.asked)


@pytest.mark.skipif(chromium.found() is None, reason="there is no Chromium")
async def test_a_report_in_a_dead_spot_waits_in_the_phone_and_is_sent_once_with_its_key(
    web: Site, gateway: FakeGateway, who: Session
) -> None:
    told = {"status": "ASSIGNED"}

    def report(**_: Any) -> dict[str, Any]:
        told["status"] = "PICKED_UP"
        return {"problems": [], "delivery": None}

    gateway.roots = {"delivery": lambda **_: trip(told["status"]), "reportTrip": report}
    program = chromium.found()
    assert program
    name, _, value = web.cookie(who)["cookie"].partition("=")
    async with chromium.browsing(program) as tab:
        await tab.say("Network.setCookie", name=name, value=value, url=web.url, httpOnly=True)
        await tab.go(f"{web.url}/antar/dlv_1")
        await tab.until("document.readyState === 'complete' && document.querySelector('form[data-later]')")
        await _signal(tab, there=False)
        await tab.click("button[value='report:PICKED_UP']")
        assert await tab.until("!document.getElementById('tunggu').hidden")
        assert not any("reportTrip" in each["query"] for each in gateway.asked)
        (kept,) = await tab.value("JSON.parse(localStorage.getItem('wlijo-later'))")
        await _signal(tab, there=True)
        await tab.until("document.body.innerText.includes('Antar ke pembeli')")
        assert await tab.value("localStorage.getItem('wlijo-later')") == "[]"
    reports = [each["variables"] for each in gateway.asked if "reportTrip" in each["query"]]
    assert reports == [{"delivery": "dlv_1", "status": "PICKED_UP", "key": dict(kept["body"])["key"], "stop": None}]


async def _signal(tab: chromium.Tab, *, there: bool) -> None:
    await tab.say(
        "Network.emulateNetworkConditions", offline=not there, latency=0, downloadThroughput=-1, uploadThroughput=-1
    )


async def test_an_owner_ends_the_company_for_good_and_must_be_sure(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots = {"partner": a_company(), "leaveAsPartner": {"problems": []}}
    who = signed_in()
    path = "/jasa-antar/ptn_1"
    page = await post(web, session, path, who, do="leave", reason="tutup")
    assert (page.status, "centang bahwa Anda yakin" in page.text) == (422, True)
    assert not any("reason" in each["variables"] for each in gateway.asked)
    assert (await post(web, session, path, who, do="leave", reason="tutup", sure="1")).status == 303
    assert gateway.asked[-1]["variables"] == {"id": "ptn_1", "reason": "tutup"}
    gateway.roots["partner"] = a_company(status="LEFT")
    page = await get(web, session, path, who)
    assert "sudah berakhir" in page.text
    assert "Berhenti selamanya…" not in page.text
