"""A stranger buys and sees it arrive, by pages alone and without JavaScript; a seller works through the same order."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from infra.local import keys
from services.web.cookie import Sealing
from services.web.words import Language
from tests.e2e.installation import Installation
from tests.worlds import plain_browser
from tests.worlds.plain_browser import Page, PlainBrowser
from tests.worlds.waiting import until


@pytest.fixture
async def browser(platform: Installation) -> AsyncIterator[PlainBrowser]:
    async with plain_browser.session() as session:
        yield PlainBrowser(platform.url, session)


async def _code(platform: Installation, phone: str) -> str:
    rows = await platform.fetch("people", "SELECT text FROM messages WHERE phone = $1 ORDER BY id DESC LIMIT 1", phone)
    found = re.search(r"\b\d{6}\b", rows[0]["text"])
    assert found
    return found[0]


async def _sign_in(platform: Installation, browser: PlainBrowser, phone: str) -> Page:
    await browser.press("Kirim kode", phone=phone)
    return await browser.press("Masuk", code=await _code(platform, "+62" + phone[1:]))


async def _put(browser: PlainBrowser, good: str, quantity: str) -> Page:
    await browser.go(good)
    return await browser.press("Masukkan keranjang", quantity=quantity)


async def _to_checkout(platform: Installation, browser: PlainBrowser, phone: str) -> Page:
    """From a guest's cart to the page that one orders on."""
    await browser.follow("Lanjut memesan")
    assert browser.page.path == "/masuk"
    page = await _sign_in(platform, browser, phone)
    assert page.path == "/alamat", page.text
    return await browser.press(
        "Simpan alamat",
        recipient="Bu <b>Rini</b>",
        phone=phone,
        desa="35.08.10.1004",
        line="Jalan Uji 7",
        note="Pagar hijau",
    )


async def test_a_stranger_buys_without_javascript_and_sees_it_arrive(
    platform: Installation, browser: PlainBrowser
) -> None:
    page = await browser.go("/")
    assert (page.status, page.lang) == (200, "id")
    page = await browser.press("Cari", q="bayam")
    assert "Bayam" in page.text
    await _put(browser, "/toko/wlijo-bu-sri/bayam", "3")
    page = await _put(browser, "/toko/mall-umkm/klengkeng-kateki", "1.5")
    assert "1,5 kg" in page.text
    assert "Rp52.500" in page.text
    page = await _to_checkout(platform, browser, "081234581001")
    assert page.path == "/pesan", page.text
    assert "Bu <b>Rini</b>" in page.text
    assert "untuk pengantar" in page.text
    total = re.search(r"Pesan sekarang, (Rp[\d.]+)", page.text)
    assert total
    placing = page.form("Pesan sekarang")
    page = await browser.send(placing, "Pesan sekarang")
    assert re.fullmatch(r"/pesanan/LMJ-\d{6}-\d{4,}", page.path), page.text
    assert total[1] in page.text
    order = page.path
    # Sent twice, by a double tap or the back button, it is the same order.
    again = await browser.send(placing, "Pesan sekarang")
    assert again.path == order

    async def arrived() -> bool:
        return "Selesai" in (await browser.go(order)).text

    await until(arrived)
    assert "Sudah dibayar tunai." in browser.page.text
    assert "Batalkan pesanan" not in browser.page.text
    page = await browser.follow("Pesanan saya")
    assert order.rpartition("/")[2] in page.text
    assert "Keranjang" in page.text
    page = await browser.press("Keluar")
    assert "Anda sudah keluar." in page.text
    assert (await browser.go(order)).path == "/masuk"


async def _read(stream: aiohttp.ClientResponse, wanted: bytes) -> bytes:
    """What came until this was in it."""
    seen = b""
    while wanted not in seen:
        assert not stream.content.at_eof(), seen
        seen += await stream.content.readany()
    return seen


async def test_a_seller_refuses_with_a_reason_which_the_buyer_reads(
    platform: Installation, browser: PlainBrowser
) -> None:
    seller_page = "/jualan/lapak-pak-har"
    async with plain_browser.session() as session:
        seller = PlainBrowser(platform.url, session)
        page = await seller.become("pak-har")
        assert page.path == "/jualan", page.text
        # Open now, whatever the clock says: hours are set by the page too.
        page = await seller.go(f"{seller_page}/jam")
        page = await seller.press("Simpan jam buka", always="yes")
        assert "Sudah disimpan." in page.text
        page = await seller.go(f"{seller_page}/barang")
        form = next(each for each in page.forms if each.has("Simpan") and "stock" in each.values)
        page = await seller.send(form, "Simpan", stock="40")
        assert page.status == 200, page.text
        form = next(each for each in page.forms if each.has("Simpan") and "price" in each.values)
        page = await seller.send(form, "Simpan", price="12.750")
        assert "Rp12.750" in page.text
        page = await seller.send(next(each for each in page.forms if "price" in each.values), "Simpan", price="mahal")
        assert (page.status, "Tulis harganya dengan angka" in page.text) == (422, True)
        await browser.go("/toko/lapak-pak-har")
        good = next(href for href in browser.page.links.values() if href.startswith("/toko/lapak-pak-har/"))
        await browser.go(good)
        quantity = next(each for each in browser.page.forms if each.has("Masukkan keranjang")).values["quantity"]
        page = await _put(browser, good, quantity)
        page = await _to_checkout(platform, browser, "081234581002")
        live = re.search(r'data-live="([^"]+)"', (await seller.go(seller_page)).html)
        assert live
        async with seller.session.get(platform.url + live[1]) as stream:
            # The seller's page hears of it while it is open.
            await _read(stream, b"event: begun")
            page = await browser.press("Pesan sekarang")
            await _read(stream, b"event: changed")
        order = page.path

        async def heard() -> bool:
            return any(each.has("Tolak pesanan") for each in (await seller.go(seller_page)).forms)

        await until(heard)
        form = next(each for each in seller.page.forms if each.has("Tolak pesanan"))
        page = await seller.send(form, "Tolak pesanan", reason="")
        assert (page.status, "Tulis alasannya" in page.text) == (422, True)
        form = next(each for each in seller.page.forms if each.has("Tolak pesanan"))
        page = await seller.send(form, "Tolak pesanan", reason="Habis <i>sekali</i>")
        assert "Pesanan ditolak." in page.text

    async def told() -> bool:
        return "Pesanan batal." in (await browser.go(order)).text

    await until(told)
    assert "Habis <i>sekali</i>" in browser.page.text
    # Somebody else's shop is not shown to a buyer.
    assert (await browser.go(seller_page)).status in (403, 404)


async def test_english_is_complete_where_indonesian_is(platform: Installation, browser: PlainBrowser) -> None:
    await browser.go("/")
    page = await browser.press("English")
    assert page.lang == Language.EN
    assert "Search" in page.form("Search").buttons[0][2]
    assert "Keranjang" not in page.text


async def test_the_stream_of_an_order_goes_through_the_gateway(platform: Installation, browser: PlainBrowser) -> None:
    await browser.go("/")
    await _put(browser, "/toko/mall-umkm/klengkeng-kateki", "0.5")
    await _to_checkout(platform, browser, "081234581003")
    page = await browser.press("Pesan sekarang")
    live = re.search(r'data-live="([^"]+)"', page.html)
    assert live
    async with browser.session.get(platform.url + live[1]) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        seen = await _read(answer, b"event: end")
    assert b"event: part" in seen
    assert b"Selesai" in seen or b"Barang sudah diterima" in seen


async def test_a_token_that_is_over_is_refreshed_at_people_once_for_all_tabs(
    platform: Installation, browser: PlainBrowser
) -> None:
    await browser.go("/masuk?lanjut=/pesanan")
    assert (await _sign_in(platform, browser, "081234581004")).path == "/pesanan"
    sealing = Sealing([keys.ensure(platform.home).sessions.read_text()])
    session = sealing.open(browser.cookie("wlijo"))
    assert session is not None
    assert session.tokens is not None
    session.tokens.until = 0
    old = {"cookie": f"wlijo={sealing.seal(session)}"}

    async def tab(cookie: dict[str, str]) -> tuple[int, str]:
        """A tab of its own, without a jar. Its status, and the cookie that it was given."""
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as opened,
            opened.get(f"{platform.url}/pesanan", headers=cookie, allow_redirects=False) as answer,
        ):
            return answer.status, answer.cookies["wlijo"].value if "wlijo" in answer.cookies else ""

    tabs = await asyncio.gather(*(tab(old) for _ in range(4)))
    assert [status for status, _ in tabs] == [200] * 4
    assert (await tab(old))[0] == 200  # who was away for a while
    renewed = sealing.open(tabs[0][1])
    assert renewed is not None
    assert renewed.tokens is not None
    assert renewed.tokens.refresh != session.tokens.refresh
    # The session lives: a token shown twice would have ended it.
    assert (await tab({"cookie": f"wlijo={tabs[-1][1]}"}))[0] == 200
    renewed.tokens.until = 0
    assert (await tab({"cookie": f"wlijo={sealing.seal(renewed)}"}))[0] == 200
