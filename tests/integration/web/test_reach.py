"""The page on which a company says when, where and for how many jobs it is asked."""

from __future__ import annotations

from typing import Any

import aiohttp

from tests.integration.web.test_pages import HOSTILE, get, post, signed_in
from tests.worlds.fake_gateway import FakeGateway, Site, refusal

PATH = "/jasa-antar/ptn_1/jangkauan"
REACH: dict[str, Any] = {
    "hours": [{"weekday": 7, "opensAt": "22:00", "closesAt": "04:00"}],
    "kecamatanCodes": ["35.08.10"],
    "boundary": [{"lat": -8.1, "lng": 113.2}, {"lat": -8.2, "lng": 113.2}, {"lat": -8.2, "lng": 113.3}],
    "jobsAtOnce": 5,
    "hasNow": 2,
    "isOpen": False,
}


def _company(reach: Any) -> dict[str, Any]:
    return {"partner": {"id": "ptn_1", "name": HOSTILE, "isConnected": True, "reach": reach}}


async def test_it_shows_what_stands(web: Site, gateway: FakeGateway, session: aiohttp.ClientSession) -> None:
    gateway.roots = _company(REACH)
    page = await get(web, session, PATH, signed_in())
    assert (page.status, "<script>alert" in page.html) == (200, False)
    assert 'name="SUNDAY-1-opens" value="22:00"' in page.html
    assert 'name="place-35.08.10" value="yes" checked' in page.html
    assert "[113.2, -8.1]" in page.html.replace("&#34;", '"')
    assert "Tugas dan tawaran sekarang: 2" in page.text
    gateway.roots = _company(None)
    assert (await get(web, session, PATH, signed_in())).status == 403


async def test_it_sends_all_of_it_and_shows_what_is_wrong_at_its_field(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots = {**_company(REACH), "setPartnerReach": {"problems": []}}
    typed = {
        "MONDAY-1-opens": "06.00",
        "MONDAY-1-closes": "22.30",
        "place-35.08.01": "yes",
        "at_once": "3",
        "key": "k" * 32,
    }
    page = await post(web, session, PATH, signed_in(), **typed)
    assert page.status == 303
    said = gateway.asked[-1]["variables"]
    assert said["input"] == {"hours": [{"weekday": 1, "opensAt": "06:00", "closesAt": "22:30"}],
                             "kecamatanCodes": ["35.08.01"], "geojson": None, "jobsAtOnce": 3}  # fmt: skip
    gateway.roots["setPartnerReach"] = {"problems": [refusal("REACH_INVALID", field="input.geojson")]}
    page = await post(web, session, PATH, signed_in(), **typed, geojson="{}")
    assert (page.status, "tidak bisa dipakai" in page.text) == (422, True)
    page = await post(web, session, PATH, signed_in(), **{**typed, "at_once": "banyak", "MONDAY-1-opens": "pagi"})
    assert (page.status, "Tulis angka bulat" in page.text) == (422, True)
