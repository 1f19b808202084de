"""Officers draw zones and enter fares by plain forms, without a script; buyers see what a fee is made of."""

from __future__ import annotations

import json
from typing import Any

import aiohttp

from services.web.pages.zones import geojson_of
from tests.integration.web.test_handing_over import the_cart
from tests.integration.web.test_pages import HOSTILE, get, post, signed_in
from tests.worlds.fake_gateway import FakeGateway, Site, refusal

PAGE = {"hasNextPage": False, "endCursor": None}
ZONE = {
    "id": "zon_1", "name": "Stasiun Klakah", "kind": "RESTRICTED", "effect": "DENY_PICKUP", "reason": "zona merah", "reasonEn": None,
    "surcharge": 0, "validFrom": "2026-03-01", "validUntil": None, "switchedOn": True, "holdsNow": True,
    "hours": [{"weekday": 1, "opensAt": "05:00", "closesAt": "10:00"}],
    "boundary": [{"lat": -7.99, "lng": 113.25}, {"lat": -7.99, "lng": 113.26}, {"lat": -8.0, "lng": 113.26}],
    "history": [{"action": "ENTER", "reason": "surat 12", "at": "2026-03-01T00:00:00Z"}],
}  # fmt: skip
RULE = {
    "version": "GOODS-I-v2", "validFrom": "2026-01-01", "validUntil": None, "minFee": 8000, "includedM": 4000, "perKm": 2200,
    "perStop": 2000,
    "includedGram": 5000, "perKg": 500, "rounding": 500, "riderSharePercent": 82,
    "partnerSharePercent": 10, "platformSharePercent": 8,
    "legalBasis": "KP 1001/2022", "binding": True, "why": "rapat", "night": {"begins": "21:00", "ends": "05:00", "amount": 3000},
    "band": {"perKmLow": 2000, "perKmHigh": 2500, "minFeeLow": 8000, "minFeeHigh": 10000},
}  # fmt: skip


def listed(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"pageInfo": PAGE, "edges": [{"node": each} for each in nodes]}


async def test_zones_are_drawn_over_the_kecamatan_and_listed(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots["zones"] = listed(
        ZONE, {**ZONE, "id": "zon_2", "name": HOSTILE, "holdsNow": False, "switchedOn": False}
    )
    page = await get(web, session, "/petugas/zona", signed_in())
    for text in ("Stasiun Klakah", "berlaku sekarang", "dimatikan", "Senin 05:00–10:00", "surat 12", "Pronojiwo"):
        assert text in page.text
    assert page.html.count('class="zone closed') == 2
    assert page.html.count('class="zone closed off"') == 1
    assert "<script>alert" not in page.html
    assert page.html.count('class="land"') == 21


async def test_a_zone_is_entered_by_corners_a_line_and_says_what_is_wrong(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots["zones"] = listed()
    gateway.roots["enterZones"] = {"problems": []}
    who = signed_in()
    form = {
        "do": "enter", "key": "0" * 32, "name": "Pasar", "kind": "RESTRICTED", "effect": "SURCHARGE_BOTH", "reason": "hari pasar",
        "why": "surat", "surcharge": "2.000", "d1": "1", "opens": "05:00", "closes": "10:00",
        "drawing": "-8.10, 113.20\n-8.10, 113.22\n-8.12, 113.22\n",
    }  # fmt: skip
    assert (await post(web, session, "/petugas/zona", who, **form)).status == 303
    given = gateway.asked[-1]["variables"]["input"]
    assert json.loads(given["geojson"])["coordinates"][0][0] == [113.20, -8.10]
    assert (given["surcharge"], given["hours"]) == (2_000, [{"weekday": 1, "opensAt": "05:00", "closesAt": "10:00"}])
    assert given["switchedOn"] is True
    before = len(gateway.asked)
    page = await post(web, session, "/petugas/zona", who, **{**form, "drawing": "sini", "opens": ""})
    assert page.status == 422
    assert "Tulis satu sudut per baris" in page.text
    assert "sini</textarea>" in page.html  # what was typed stays
    assert len(gateway.asked) == before + 1  # the page alone
    gateway.roots["enterZones"] = {"problems": [refusal("BOUNDARY_INVALID", field="input.geojson")]}
    page = await post(web, session, "/petugas/zona", who, **form)
    assert (page.status, "tidak bersilangan" in page.text) == (422, True)


async def test_a_switch_needs_a_reason(web: Site, gateway: FakeGateway, session: aiohttp.ClientSession) -> None:
    gateway.roots["zones"] = listed(ZONE)
    gateway.roots["switchZone"] = {"problems": []}
    gateway.roots["endZone"] = {"problems": [refusal("NOT_FOUND")]}
    who = signed_in()
    page = await post(web, session, "/petugas/zona", who, do="off", id="zon_1", why="")
    assert (page.status, "Tulis alasannya." in page.text) == (422, True)
    assert (await post(web, session, "/petugas/zona", who, do="off", id="zon_1", why="usai")).status == 303
    assert gateway.asked[-1]["variables"] == {"id": "zon_1", "on": False, "reason": "usai"}
    assert (await post(web, session, "/petugas/zona", who, do="end", id="zon_1", why="usai")).status == 422


def test_what_is_drawn_is_geojson_or_lines_of_corners() -> None:
    assert geojson_of('{"type": "Polygon"}') == '{"type": "Polygon"}'
    closed = json.loads(geojson_of("-8.1,113.2\n-8.1,113.3\n\n-8.2,113.3") or "")
    assert closed["coordinates"][0][0] == closed["coordinates"][0][-1]
    for text in ("", "x", "-8.1\n-8.2\n-8.3", "-8.1,113.2\n-8.1,113.3"):
        assert geojson_of(text) is None


async def test_rules_are_listed_entered_and_a_fare_is_reckoned_again(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots["tariffs"] = listed(RULE)
    gateway.roots["replayedFare"] = {
        "tariffVersion": "GOODS-I-v1", "rateVersion": "RATE-7",
        "legalBasis": "KP", "at": "2026-02-01T00:00:00Z", "distanceM": 6300, "quoted": 12_000,
        "recomputed": 12_500, "same": False, "feeNow": 12_000,
        "lines": [{"part": "MINIMUM", "amount": 12_500, "off": 0, "count": None, "each": None, "name": None}],
    }  # fmt: skip
    who = signed_in()
    page = await get(web, session, "/petugas/tarif", who)
    assert "Belum ada jasa antar yang menawar lebih murah." in page.text
    for text in ("GOODS-I-v2", "Rp2.200", "21:00–05:00", "82%", "mengikat", "rapat"):
        assert text in page.text
    assert "BEDA" not in page.text
    page = await get(web, session, "/petugas/tarif?ulang=ord_01ep341r00e0ztpk7gxwxprkfm", who)
    assert ("BEDA" in page.text, "Rp12.500" in page.text) == (True, True)
    assert "GOODS-I-v1 · RATE-7" in page.text
    rate = {"rate": {"version": "RATE-7", "validFrom": "2026-02-02", "perMille": 925}, "partner": {"name": HOSTILE}}
    more = {"hasNextPage": True, "endCursor": "c7"}
    gateway.roots["companyRates"] = {"pageInfo": more, "edges": [{"node": rate}]}
    page = await get(web, session, "/petugas/tarif?tarif=c8", who)
    assert gateway.asked[-1]["variables"]["rates"] == "c8"
    assert ("92,5 % dari aturan" in page.text, "tarif=c7" in page.html, "<script>alert" in page.html) == (
        True,
        True,
        False,
    )
    gateway.roots["enterTariff"] = {"problems": []}
    form = {
        "key": "0" * 32, "from": "2030-01-01", "min_fee": "9.000", "included_m": "4000", "per_km": "2.500", "rider": "80", "partner": "12",
        "platform": "8", "basis": "SK Dishub", "why": "rapat", "night": "2000", "night_begins": "21:00", "night_ends": "05:00",
    }  # fmt: skip
    assert (await post(web, session, "/petugas/tarif", who, **form)).status == 303
    given = gateway.asked[-1]["variables"]["input"]
    assert (given["minFee"], given["perKm"], given["night"]["amount"]) == (9_000, 2_500, 2_000)
    assert "band" not in given
    page = await post(web, session, "/petugas/tarif", who, **{**form, "per_km": "x", "km_low": "1"})
    assert page.status == 422
    gateway.roots["enterTariff"] = {"problems": [refusal("TARIFF_INVALID", field="input.validFrom")]}
    assert (await post(web, session, "/petugas/tarif", who, **form)).status == 422


async def test_a_buyer_sees_what_the_fee_is_made_of_and_why_nobody_goes_there(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots["me"] = me = the_cart()
    page = await get(web, session, "/pesan", signed_in())
    assert ("Rincian ongkir" in page.text, "Jarak adalah perkiraan." in page.text) == (True, True)
    me["cart"]["checkout"]["deliveryQuotes"] = {
        "quotes": None,
        "problems": [refusal("NOT_SERVED", reason="Lahar: awas lahar", reasonEn="Lahar: mind the lahar")],
    }
    page = await get(web, session, "/pesan", signed_in())
    assert "Lahar: awas lahar" in page.text
