"""Pages that say how work is shared out."""

from __future__ import annotations

import aiohttp

from tests.integration.web.test_pages import HOSTILE, PAGE_INFO, get, signed_in
from tests.worlds.fake_gateway import FakeGateway, Site, error

DAY = {
    "day": "2026-11-29", "offered": 7, "accepted": 3, "declined": 2, "expired": 1, "delivered": 3, "fees": 24000, "riderShares": 19200,
}  # fmt: skip


async def test_a_company_sees_its_own_days(web: Site, gateway: FakeGateway, session: aiohttp.ClientSession) -> None:
    gateway.roots = {"partner": {"id": "ptn_1", "name": HOSTILE, "isConnected": True, "days": [DAY]}}
    page = await get(web, session, "/jasa-antar/ptn_1/bagian", signed_in())
    assert (page.status, "Rp24.000" in page.text, "<script>alert" in page.html) == (200, True, False)
    gateway.roots = {"partner": {"id": "ptn_1", "name": "Ojek", "isConnected": None, "days": []}}
    assert (await get(web, session, "/jasa-antar/ptn_1/bagian", signed_in())).status == 403


async def test_an_officer_sees_all_and_how_good_estimates_were(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    accuracy = {"stage": "PICKED_UP", "trips": 40, "medianS": 20, "offByS": 290, "withinFiveMinutes": 33}
    gateway.roots = {
        "partners": {
            "edges": [{"node": {"id": "ptn_1", "name": HOSTILE, "days": [DAY]}}],
            "pageInfo": PAGE_INFO | {"hasNextPage": True, "endCursor": "x y"},
        },
        "estimateAccuracy": [accuracy],
    }
    page = await get(web, session, "/petugas/antar", signed_in())
    assert page.status == 200
    assert "40 perjalanan, 33 tiba dalam lima menit" in page.text
    assert "sesudah=x%20y" in page.html
    gateway.errors = [error("FORBIDDEN")]
    gateway.roots = {"partners": None, "estimateAccuracy": None}
    assert (await get(web, session, "/petugas/antar", signed_in())).status == 403
