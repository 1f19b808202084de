"""A buyer collects by pages alone, without JavaScript, and the seller hands over by the code that the buyer's page shows."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from tests.e2e.installation import Installation
from tests.e2e.test_web import _put, _to_checkout
from tests.worlds import plain_browser
from tests.worlds.plain_browser import PlainBrowser
from tests.worlds.waiting import until

SHOP = "/jualan/lapak-pak-har"


@pytest.fixture
async def browser(platform: Installation) -> AsyncIterator[PlainBrowser]:
    async with plain_browser.session() as session:
        yield PlainBrowser(platform.url, session)


async def _open(seller: PlainBrowser) -> None:
    """Open now, with goods, whatever the clock says."""
    await seller.become("pak-har")
    await seller.go(f"{SHOP}/jam")
    await seller.press("Simpan jam buka", always="yes")
    await seller.go(f"{SHOP}/barang")
    form = next(each for each in seller.page.forms if each.has("Simpan") and "stock" in each.values)
    await seller.send(form, "Simpan", stock="40")


async def test_a_buyer_collects_what_a_seller_hands_over_by_the_code(
    platform: Installation, browser: PlainBrowser
) -> None:
    async with plain_browser.session() as session:
        seller = PlainBrowser(platform.url, session)
        await _open(seller)
        await browser.go("/toko/lapak-pak-har")
        good = next(href for href in browser.page.links.values() if href.startswith("/toko/lapak-pak-har/"))
        await browser.go(good)
        quantity = next(each for each in browser.page.forms if each.has("Masukkan keranjang")).values["quantity"]
        await _put(browser, good, quantity)
        page = await _to_checkout(platform, browser, "081234581007")
        choosing = page.form("Pakai waktu ini")
        when = [word for word in choosing.choices["waktu"] if word.startswith("PICKUP")][-1]
        page = await browser.send(choosing, "Pakai waktu ini", waktu=when)
        assert "Bayar tunai ke penjual saat barang diambil." in page.text
        page = await browser.press("Pesan sekarang")
        order = page.path

        async def heard() -> bool:
            return any(each.has("Terima") for each in (await seller.go(SHOP)).forms)

        await until(heard)
        await seller.press("Terima")

        async def agreed() -> bool:
            return "Tunjukkan kode ini" in (await browser.go(order)).text

        await until(agreed)
        code = re.search(r'<p class="pin">(\d{6})</p>', browser.page.html)
        assert code
        await seller.go(SHOP)
        wrong = await seller.press("Serahkan barang", code="999999")
        assert wrong.status == 422
        assert "Kode salah" in wrong.text, wrong.text
        done = await seller.press("Serahkan barang", code=code[1])
        assert "Barang sudah diserahkan" in done.text
    page = await browser.go(order)
    assert "Selesai" in page.text
    assert "Sudah dibayar tunai." in page.text
    assert code[1] not in page.text
