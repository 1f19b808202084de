"""A kasbon by pages alone, without JavaScript: asked for, given, bought on, collected, paid in parts, and read by both."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from tests.e2e.installation import Installation
from tests.e2e.test_web import _put, _to_checkout
from tests.e2e.test_web_collecting import SHOP, _open
from tests.worlds import plain_browser
from tests.worlds.plain_browser import PlainBrowser
from tests.worlds.waiting import until

STALL = "/toko/lapak-pak-har"


@pytest.fixture
async def browser(platform: Installation) -> AsyncIterator[PlainBrowser]:
    async with plain_browser.session() as session:
        yield PlainBrowser(platform.url, session)


async def test_a_kasbon_is_asked_for_bought_on_and_paid_by_pages(platform: Installation, browser: PlainBrowser) -> None:
    async with plain_browser.session() as session:
        seller = PlainBrowser(platform.url, session)
        await _open(seller)
        await browser.go(STALL)
        good = next(href for href in browser.page.links.values() if href.startswith(f"{STALL}/"))
        await browser.go(good)
        quantity = next(each for each in browser.page.forms if each.has("Masukkan keranjang")).values["quantity"]
        await _put(browser, good, quantity)
        page = await _to_checkout(platform, browser, "081234581019")
        assert "Kasbon" not in page.text

        await browser.go(STALL)
        wrong = await browser.press("Minta kasbon", called="")
        assert (wrong.status, "Tulis nama yang dikenal penjual." in wrong.text) == (422, True)
        await browser.press("Minta kasbon", called="Bu Tini gang tiga")
        kasbon = (await browser.go(STALL)).link("Kasbon saya di sini")

        await seller.go(f"{SHOP}/kasbon")
        assert "Bu Tini gang tiga" in seller.page.text
        await seller.go(kasbon)
        wrong = await seller.press("Ya, beri kasbon", amount="banyak")
        assert (wrong.status, "Tulis jumlah uang" in wrong.text) == (422, True)
        await seller.press("Ya, beri kasbon", amount="900.000")

        page = await browser.go("/pesan")
        choosing = page.form("Pakai waktu ini")
        when = [word for word in choosing.choices["waktu"] if word.startswith("PICKUP")][-1]
        page = await browser.send(choosing, "Pakai waktu ini", waktu=when)
        assert "Masih bisa dipakai Rp900.000" in page.text
        page = await browser.press("Pesan sekarang", method="KASBON")
        order = page.path
        assert "Barangnya dicatat di kasbon Anda." in page.text

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
        assert "tidak ada uang yang diterima" in seller.page.text
        await seller.press("Serahkan barang", code=code[1])

        page = await seller.go(kasbon)
        owed = int(re.sub(r"\D", "", page.form("Uang sudah saya terima").choices["sum"][0]))
        page = await seller.press("Uang sudah saya terima", sum="", amount="1.000")
        assert "Dibayar" in page.text
        page = await seller.press("Uang sudah saya terima", sum="", amount=f"{owed}")
        assert page.status == 422  # more than is left
        page = await seller.press("Uang sudah saya terima", sum=f"{owed - 1_000}")
        assert "Uang sudah saya terima" not in page.text
        page = await seller.go(f"{SHOP}/kasbon")
        assert "Bu Tini gang tiga" not in page.text  # owes nothing
        assert "Bu Tini gang tiga" in (await seller.go(f"{SHOP}/kasbon?semua=ya")).text

        page = await browser.go(kasbon)
        assert "Belanja" in page.text
        await browser.press("Beri tahu", why="Saya sudah bayar hari Rabu")
        assert "Saya sudah bayar hari Rabu" in (await seller.go(kasbon)).text
        page = await seller.press("Cabut pembayaran ini", why="Salah ketik")
        assert "Pembayaran dicabut" in page.text
        page = await seller.press("Ikhlaskan", amount="500", why="Tidak apa-apa")
        assert "Diikhlaskan penjual" in page.text
        await browser.go("/kasbon")
        assert "Terbuka" in browser.page.text
        await browser.go(kasbon)
        page = await browser.press("Tutup kasbon")
        assert "Ditutup" in page.text
    async with plain_browser.session() as session:
        stranger = PlainBrowser(platform.url, session)
        await stranger.become("siti")
        assert (await stranger.go(kasbon)).status == 404
