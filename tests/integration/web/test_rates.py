"""The page on which a company says what it rides for."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from services.web.pages.rates import per_mille_of
from tests.integration.web.test_pages import HOSTILE, get, post, signed_in
from tests.worlds.fake_gateway import FakeGateway, Site, refusal

PATH = "/jasa-antar/ptn_1/tarif"
RATE = {"version": "RATE-7", "validFrom": "2026-02-02", "perMille": 925}
RATES: dict[str, Any] = {
    "lowest": 870,
    "highest": 1_000,
    "tariffVersion": "GOODS-I-v2",
    "holds": RATE,
    "entered": [{**RATE, "version": "RATE-9", "validFrom": "2026-02-09", "perMille": 1_000}, RATE],
}


def _company(rates: Any) -> dict[str, Any]:
    return {"partner": {"id": "ptn_1", "name": HOSTILE, "isConnected": True, "rates": rates}}


async def test_it_shows_what_holds_and_how_low_one_may_go(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots = _company(RATES)
    page = await get(web, session, PATH, signed_in())
    assert (page.status, "<script>alert" in page.html) == (200, False)
    for text in ("Sekarang 92,5 % dari aturan", "Dari 87 % sampai 100 %", "GOODS-I-v2", "RATE-9", "sejak 9 Feb 2026"):
        assert text in page.text
    gateway.roots = _company({**RATES, "holds": None, "entered": [], "lowest": None, "tariffVersion": None})
    page = await get(web, session, PATH, signed_in())
    for text in ("Sekarang menurut aturan", "Belum ada aturan untuk besok.", "Belum ada."):
        assert text in page.text
    gateway.roots = _company(None)
    assert (await get(web, session, PATH, signed_in())).status == 403


async def test_it_enters_what_is_typed_and_keeps_it_where_it_is_wrong(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots = {**_company(RATES), "enterCompanyRate": {"problems": []}}
    typed = {"percent": "92,5", "from": "2030-01-01", "key": "k" * 32}
    assert (await post(web, session, PATH, signed_in(), **typed)).status == 303
    said = gateway.asked[-1]["variables"]
    assert (said["id"], said["key"]) == ("ptn_1", "k" * 32)
    assert said["input"] == {"validFrom": "2030-01-01", "perMille": 925}
    limits = {"minimum": 870, "limit": 1_000, "unit": "PER_MILLE"}
    gateway.roots["enterCompanyRate"] = {"problems": [refusal("RATE_INVALID", field="input.perMille", **limits)]}
    page = await post(web, session, PATH, signed_in(), **typed)
    assert (page.status, "dari 87 % sampai 100 % dari aturan" in page.text) == (422, True)
    assert 'value="92,5"' in page.html
    gateway.roots["enterCompanyRate"] = {"problems": [refusal("RATE_INVALID", field="input.validFrom")]}
    page = await post(web, session, PATH, signed_in(), **typed)
    assert (page.status, "Tarif ini tidak bisa. Mulai besok" in page.text) == (422, True)
    page = await post(web, session, PATH, signed_in(), **{**typed, "percent": "murah", "from": ""})
    assert (page.status, "Tulis persennya" in page.text, "Isi ini." in page.text) == (422, True, True)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("92,5", 925),
        ("92.5 %", 925),
        (" 100% ", 1_000),
        ("0", 0),
        ("92,55", None),
        ("", None),
        ("-1", None),
        ("٩٢", None),
    ],
)
def test_a_percentage_has_one_place_at_most(text: str, found: int | None) -> None:
    assert per_mille_of(text) == found
