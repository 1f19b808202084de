"""Five people at once, each in a window of their own, carry one order from search to statement by clicking alone: the buyer without
scripts, and watched in a window with them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from functools import partial

import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Error, Page, expect

from tests.screens.people import become
from tests.screens.scene import SHOP, SLOW_MS, begin, given_to_agus, lives_at, put


@pytest_asyncio.fixture(loop_scope="session")
async def windows(browser: Browser) -> AsyncIterator[dict[str, BrowserContext]]:
    """The buyer's is without JavaScript; "scripts" is that of a buyer with it."""
    opened = {}
    for who in ("buyer", "scripts", "seller", "rider", "dispatcher", "officer"):
        opened[who] = await browser.new_context(
            java_script_enabled=who != "buyer",
            viewport={"width": 390, "height": 800},
            reduced_motion="reduce",
        )
        opened[who].set_default_timeout(SLOW_MS)
    yield opened
    for each in opened.values():
        await each.close()


def _heard(complaints: list[str], who: str, error: Error) -> None:
    complaints.append(f"{who}: {error}")


async def _seen(text: str, buyer: Page, watching: Page) -> None:
    """By itself where there are scripts; who has none reloads, again and again."""
    await expect(watching.locator("main")).to_contain_text(text)
    for _ in range(60):
        if text in await buyer.locator("main").inner_text():
            return
        await buyer.wait_for_timeout(500)
        await buyer.reload()
    raise AssertionError(f"never there: {text}\n{await buyer.locator('main').inner_text()}")


async def _orders(buyer: Page, url: str, who: str) -> str:
    """Finds, puts into the cart as a guest, signs in, says where, and places: by forms alone, where there are no scripts. The code."""
    await buyer.goto(url)
    await buyer.get_by_label("Cari barang").fill("daging ayam")
    await buyer.get_by_role("button", name="Cari").click()
    await buyer.goto(f"{url}/toko/lapak-pak-har")
    await buyer.get_by_role("link", name="Daging ayam").click()
    await buyer.get_by_role("button", name="Masukkan keranjang").click()
    await become(buyer, url, who)
    await buyer.goto(f"{url}/pesanan")
    before = await buyer.locator("main a", has_text="LMJ-").count()
    await lives_at(buyer, url, "Bu <b>Rini</b>", "Pagar {{ 7*7 }}")
    if not buyer.url.partition("?")[0].endswith("/pesan"):
        await put(buyer, url)
        await buyer.goto(f"{url}/pesan")
    if await buyer.get_by_text("Alamat lain").count():
        await buyer.get_by_text("Alamat lain").click()
        other = buyer.locator("details[open] a", has_text="Rini").or_(
            buyer.locator("details[open] button", has_text="Rini")
        )
        if await other.count():
            await other.first.click()
    await buyer.get_by_role("button", name="Pesan sekarang").click()
    await expect(buyer.locator("h1")).to_have_text(re.compile(r"LMJ-\d{6}-\d{4,}"))
    code = (await buyer.locator("h1").inner_text()).strip()
    order_url = buyer.url
    # Back, and once more: the same order, not a second one.
    await buyer.go_back()
    if await buyer.get_by_role("button", name="Pesan sekarang").count():
        await buyer.get_by_role("button", name="Pesan sekarang").click()
    await buyer.goto(f"{url}/pesanan")
    await expect(buyer.locator("main a", has_text="LMJ-")).to_have_count(before + 1)
    await buyer.goto(order_url)
    return code


async def _leaves(buyer: Page) -> None:
    """The order that is open in it."""
    await buyer.locator("summary", has_text="Batalkan pesanan").click()
    leaving = buyer.locator("details[open]", has=buyer.locator("summary", has_text="Batalkan pesanan"))
    await leaving.get_by_role("checkbox").check()
    await leaving.get_by_role("button", name="Batalkan pesanan").click()
    await expect(buyer.locator("main")).to_contain_text("Batal")
    await expect(buyer.locator("summary", has_text="Batalkan pesanan")).to_have_count(0)


async def test_one_order_from_search_to_statement(url: str, windows: dict[str, BrowserContext]) -> None:
    pages = {who: await context.new_page() for who, context in windows.items()}
    buyer, watching, seller, rider, dispatcher, officer = pages.values()
    complaints: list[str] = []
    for who, page in pages.items():
        page.on("pageerror", partial(_heard, complaints, who))

    for page, who in ((seller, "pak-har"), (rider, "agus"), (dispatcher, "mbak-yuli"), (officer, "bu-tini")):
        await become(page, url, who)
    # By their own hands. The other company takes nothing today, so that the offer comes to this one at once.
    await begin(seller, rider, officer, url)
    await seller.goto(f"{url}{SHOP}")
    await dispatcher.goto(f"{url}/jasa-antar")
    await dispatcher.get_by_role("link", name="Ojek Semeru").click()

    # A buyer with scripts orders too, and leaves it; then looks at the other's order from a window of its own.
    code = await _orders(buyer, url, "budi")
    await _orders(watching, url, "siti")
    await _leaves(watching)
    await become(watching, url, "budi")
    await watching.goto(f"{url}/pesanan/{code}")

    # The seller's page hears of it by itself. A second tab of the same shop accepts first: the other one says what is so.
    card = seller.locator("article", has_text=code)
    await expect(card).to_be_visible()
    tab = await windows["seller"].new_page()
    await tab.goto(f"{url}{SHOP}")
    await tab.locator("article", has_text=code).get_by_role("button", name="Terima", exact=True).click()
    await expect(tab.locator("article", has_text=code).get_by_role("button", name="Sudah siap diambil")).to_be_visible()
    await tab.close()
    await card.get_by_role("button", name="Sudah siap diambil").dblclick()
    await _seen("Mencari pengantar", buyer, watching)

    # The dispatcher gives it to Agus, whose page shows it by itself.
    await given_to_agus(dispatcher)
    job = rider.locator("main a.big").first
    await expect(job).to_be_visible()
    await job.click()
    await expect(rider.locator("h1")).to_contain_text(code)
    await rider.get_by_role("button", name="Saya di tempat penjual").click()
    await expect(rider.locator("h1")).to_contain_text("Di tempat penjual")

    # In a dead spot: what was reported waits in the phone and is sent once, when there is a signal.
    await windows["rider"].set_offline(True)
    await rider.get_by_role("button", name="Barang sudah saya bawa").dblclick()
    await expect(rider.get_by_text("Tanpa sinyal")).to_be_visible()
    await windows["rider"].set_offline(False)
    await expect(rider.locator("h1")).to_contain_text("Antar ke pembeli")
    await rider.get_by_role("button", name="Saya di depan pintu").click()
    await expect(rider.locator("h1")).to_contain_text("Di depan pintu")
    await _seen("Pengantar ada di depan pintu!", buyer, watching)
    await rider.get_by_label("PIN dari pembeli").fill(await buyer.locator(".pin").first.inner_text())
    await rider.get_by_role("button", name="Barang sudah diserahkan").click()
    await expect(rider.locator("h1")).to_contain_text("Sudah diserahkan")
    await _seen("Selesai", buyer, watching)

    # The dispatcher's cash of the day has it, the officer pays, and the seller's statement says both.
    await dispatcher.get_by_role("link", name="Tunai").click()
    await expect(dispatcher.get_by_text(code)).to_be_visible()
    await become(officer, url, "pemkab")
    await officer.goto(f"{url}/petugas/pembayaran")
    await expect(officer.get_by_role("heading", name="Yang masih harus dibayar")).to_be_visible()
    # A session that ended in between leads to signing in, and back.
    await windows["seller"].clear_cookies()
    await seller.goto(f"{url}{SHOP}/laporan")
    assert "/masuk" in seller.url
    await become(seller, url, "pak-har")
    await seller.goto(f"{url}{SHOP}/laporan")
    await expect(seller.get_by_text(code).first).to_be_visible()
    assert complaints == []
