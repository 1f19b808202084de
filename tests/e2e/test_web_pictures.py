"""Every page in a real browser, in two sizes and two languages: nothing complained of, nothing wider than the screen, every field with a
name. Its pictures are in .wlijo/pictures, to be looked at. Skipped where there is no Chromium."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from infra.local.state import ROOT
from tests.e2e import browser as chromium
from tests.e2e.installation import Installation
from tests.e2e.test_web import _put, _to_checkout
from tests.worlds import plain_browser
from tests.worlds.plain_browser import PlainBrowser

pytestmark = pytest.mark.skipif(chromium.found() is None, reason="there is no Chromium")
_PICTURES = ROOT / ".wlijo" / "pictures"
_SIZES = {"phone": (360, 740), "desk": (1200, 800)}
_UNNAMED = """[...document.querySelectorAll("input:not([type=hidden]),select,textarea,button,a[href]")].filter((each) =>
  !each.hidden && !(each.labels && each.labels.length) && !each.getAttribute("aria-label") && !each.textContent.trim()).length"""
_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
async def plain(platform: Installation) -> AsyncIterator[PlainBrowser]:
    async with plain_browser.session() as session:
        yield PlainBrowser(platform.url, session)


async def _look(tab: chromium.Tab, url: str, name: str) -> None:
    await tab.go("about:blank")
    await tab.until("location.href === 'about:blank'")
    await tab.go(url)
    await tab.until("document.readyState === 'complete' && location.href !== 'about:blank'")
    said = await tab.say("Page.captureScreenshot", captureBeyondViewport=True)
    _PICTURES.mkdir(parents=True, exist_ok=True)
    await asyncio.to_thread(Path(_PICTURES / f"{name}.png").write_bytes, base64.b64decode(said["data"]))
    assert await tab.value(_WIDE) <= 0, f"{name} is wider than the screen"
    assert await tab.value(_UNNAMED) == 0, f"{name} has what nobody can call by a name"
    assert await tab.value("document.querySelectorAll('h1').length") == 1, name


async def _all(tab: chromium.Tab, platform: Installation, pages: dict[str, str], cookie: str) -> None:
    for language in ("id", "en"):
        for key, value in (("wlijo", cookie), ("lang", language)):
            await tab.say("Network.setCookie", name=key, value=value, url=platform.url, httpOnly=True)
        for size, (width, height) in _SIZES.items():
            await tab.size(width, height, mobile=size == "phone")
            for name, path in pages.items():
                await _look(tab, platform.url + path, f"{name}-{size}-{language}")
    assert tab.complaints == []


async def test_every_page_is_fit_to_be_looked_at(platform: Installation, plain: PlainBrowser) -> None:
    program = chromium.found()
    assert program
    await plain.go("/")
    async with chromium.browsing(program) as tab:
        guest = {
            "home": "/", "search": "/?q=bayam", "nothing": "/?q=durianmontong", "product": "/toko/mall-umkm/klengkeng-kateki",
            "merchant": "/toko/wlijo-bu-sri", "place": "/tempat", "sign-in": "/masuk", "try-as": "/masuk-sebagai",
        }  # fmt: skip
        await _all(tab, platform, guest, plain.cookie("wlijo"))
        await _put(plain, "/toko/mall-umkm/klengkeng-kateki", "1.5")
        await _put(plain, "/toko/wlijo-bu-sri/bayam", "3")
        await _all(tab, platform, {"guest-cart": "/keranjang"}, plain.cookie("wlijo"))
        await _to_checkout(platform, plain, "081234582001")
        checkout = plain.page
        await _all(
            tab, platform, {"checkout": "/pesan", "cart": "/keranjang", "contact": "/alamat"}, plain.cookie("wlijo")
        )
        placed = await plain.send(checkout.form("Pesan sekarang"), "Pesan sekarang")
        await tab.size(*_SIZES["phone"], mobile=True)
        await tab.say("Network.setCookie", name="lang", value="id", url=platform.url, httpOnly=True)
        await tab.go(platform.url + placed.path)
        # The page turns by itself: nobody reloads it.
        assert await tab.until(
            "performance.getEntriesByType('navigation').length === 1 && document.body.innerText.includes('Selesai')"
        )
        mine = {"order": placed.path, "orders": "/pesanan", "notices": "/pemberitahuan", "me": "/saya"}
        await _all(tab, platform, mine, plain.cookie("wlijo"))


async def test_a_sellers_pages_are_too(platform: Installation, plain: PlainBrowser) -> None:
    program = chromium.found()
    assert program
    await plain.go("/masuk-sebagai")
    await plain.press("ratna")
    async with chromium.browsing(program) as tab:
        root = "/jualan/mall-umkm"
        pages = {
            "shops": "/jualan",
            "shop-today": root,
            "shop-goods": f"{root}/barang",
            "shop-hours": f"{root}/jam",
            "shop-new-good": f"{root}/barang-baru",
            "shop-people": f"{root}/orang",
        }
        pages |= {"shop-stock": f"{root}/stok", "shop-shelf": f"{root}/rak"}
        await _all(tab, platform, pages, plain.cookie("wlijo"))


async def test_pages_of_who_brings_and_of_who_looks_after_it_are_too(
    platform: Installation, plain: PlainBrowser
) -> None:
    program = chromium.found()
    assert program
    async with chromium.browsing(program) as tab:
        await plain.go("/masuk-sebagai")
        await plain.press("mbak-yuli")
        company = plain.page.link("Semeru")
        pages = {
            "companies": "/jasa-antar",
            "company": company,
            "company-people": f"{company}/orang",
            "company-apply": "/jasa-antar/daftar",
        }
        await _all(tab, platform, pages | {"join": "/gabung", "shop-apply": "/daftar-toko"}, plain.cookie("wlijo"))
        await plain.go("/masuk-sebagai")
        await plain.press("agus")
        await _all(tab, platform, {"rider": "/antar"}, plain.cookie("wlijo"))
        await plain.go("/masuk-sebagai")
        await plain.press("pemkab")
        await _all(tab, platform, {"officer": "/petugas"}, plain.cookie("wlijo"))


async def test_a_page_that_is_not_there_says_what_to_do(platform: Installation, plain: PlainBrowser) -> None:
    page = await plain.go("/toko/tidak/ada")
    assert page.status == 404
    assert re.search("mulai dari depan", page.text)
