"""A wlijo's morning through the gateway: loaded, sold out, over at midnight, loaded again in one tap; and a hub's counter, by pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from services.contracts.catalog import MerchantId, VariantId
from tests.e2e.caller import PLACE, SET, Buyer, Caller, new_key
from tests.e2e.installation import Installation
from tests.worlds import plain_browser
from tests.worlds.plain_browser import Form, Page, PlainBrowser
from tests.worlds.stalls import AS_YESTERDAY, LOAD, MODE, SELL, items
from tests.worlds.waiting import until

WIB = ZoneInfo("Asia/Jakarta")
SRI = str(MerchantId.seeded("wlijo-bu-sri"))
KANGKUNG, SAWI = VariantId.seeded("wlijo-bu-sri/kangkung/ikat"), VariantId.seeded("wlijo-bu-sri/sawi/ikat")
AVAILABLE = "query($id: ID!) { node(id: $id) { ... on Variant { available } } }"
FOUND = """query($text: String!) { searchProducts(text: $text, narrowed: {inStock: true}, first: 20) {
  edges { node { variants { id } } } } }"""
MOVED = "query($id: ID!) { node(id: $id) { ... on Variant { stockMovements(first: 20) { edges { node { cause change } } } } } }"


@pytest.fixture
async def sri(platform: Installation) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        seller = Caller(platform.url, platform.seeded_token("merchant", "bu-sri"), session)
        yield seller
        await platform.move_clock(timedelta())
        for variant in (KANGKUNG, SAWI):  # for those who buy of it after us
            await seller.done(MODE, id=str(variant), mode="UNTRACKED")
            await seller.done(MODE, id=str(variant), mode="TRACKED", available=500)


async def _morning(platform: Installation, days: int) -> None:
    now = datetime.now(UTC).astimezone(WIB)
    await platform.move_clock((now + timedelta(days=days)).replace(hour=5, minute=30, second=0) - now)


async def test_a_wlijos_morning(platform: Installation, sri: Caller, buyer: Buyer) -> None:
    async def available() -> int:
        return int((await buyer.data(AVAILABLE, id=str(KANGKUNG)))["available"])

    async def found() -> bool:
        edges = (await buyer.data(FOUND, text="kangkung"))["edges"]
        return any(each["id"] == str(KANGKUNG) for edge in edges for each in edge["node"]["variants"])

    await _morning(platform, 1)
    await sri.done(LOAD, id=SRI, items=items((KANGKUNG, 3)), key=new_key())
    assert await available() == 3
    wanted = await buyer.order_input((str(KANGKUNG), 2))
    await buyer.done(PLACE, input=wanted, key=new_key())

    async def is_held() -> bool:
        return await available() == 1

    await until(is_held)
    assert (await sri.refused(SELL, items=items((KANGKUNG, 2)), key=new_key()))["code"] == "OUT_OF_STOCK"
    await sri.done(SELL, items=items((KANGKUNG, 1)), key=new_key())
    assert await available() == 0
    assert not await found()

    async def is_refused() -> bool:
        """Once ordering has heard that nothing is left."""
        await buyer.done(SET, variant=str(KANGKUNG), quantity=1)
        answer = await buyer.ask("{ me { cart { lines { problems { code } } } } }")
        assert answer.data is not None
        lines = answer.data["me"]["cart"]["lines"]
        return bool(lines) and all(any(each["code"] == "OUT_OF_STOCK" for each in line["problems"]) for line in lines)

    await until(is_refused)

    await _morning(platform, 2)
    assert await available() == 0
    await sri.done(AS_YESTERDAY, id=SRI, key=new_key())
    assert await available() == 3
    assert await found()
    await sri.done(AS_YESTERDAY, id=SRI, key=new_key())
    assert await available() == 3

    async def is_for_sale() -> bool:
        return not await is_refused()

    await until(is_for_sale)

    await _morning(platform, 3)  # nobody has loaded: what is left of yesterday is told to be gone
    assert await available() == 0

    async def is_gone() -> bool:
        return not await found()

    await until(is_gone)
    edges = (await sri.data(MOVED, id=str(KANGKUNG)))["stockMovements"]["edges"]
    moved = [(each["node"]["cause"], each["node"]["change"]) for each in edges]
    assert moved.count(("LOADED", 3)) == 1  # the first was a load in place of what lay there
    assert moved.index(("RESET", -3)) < moved.index(("LOADED", 3)) < moved.index(("SOLD", -1))


def _form(page: Page, button: str, **values: str) -> Form:
    return next(
        each
        for each in page.forms
        if each.has(button) and all(each.values.get(name) == value for name, value in values.items())
    )


async def _as(platform: Installation, session: Any, name: str) -> PlainBrowser:
    browser = PlainBrowser(platform.url, session)
    await browser.become(name)
    return browser


async def test_a_load_a_shelf_and_a_counter_by_pages(platform: Installation, sri: Caller) -> None:
    stock, shelf, good = "/jualan/wlijo-bu-sri/stok", "/jualan/mall-umkm/rak", str(SAWI)
    await sri.done(MODE, id=good, mode="UNTRACKED")
    await sri.done(MODE, id=good, mode="TRACKED", available=10)
    async with plain_browser.session() as one, plain_browser.session() as other:
        seller, hub = await _as(platform, one, "bu-sri"), await _as(platform, other, "ratna")
        await hub.go(shelf)
        page = await hub.press("Tawarkan", slug="https://wlijo.id/toko/tidak-ada")
        assert (page.status, "Penjual itu tidak ada" in page.text) == (422, True)
        page = await hub.press("Tawarkan", slug="https://wlijo.id/toko/wlijo-bu-sri")
        assert "Belum dijawab" in page.text

        page = await seller.go(stock)
        assert "Menawarkan raknya" in page.text
        page = await seller.press("Terima")
        place = _form(page, "Bawa ke sana", id=good).choices["place"][-1]  # shelves stand behind places of her own
        page = await seller.send(_form(page, "Bawa ke sana", id=good), "Bawa ke sana", amount="4", place=place)
        assert "Sudah disimpan." in page.text, page.text
        page = await seller.send(_form(page, "Terjual", id=good), "Terjual", amount="7")
        assert (page.status, "tinggal 6 ikat" in page.text) == (422, True), page.text
        page = await seller.send(_form(page, "Terjual", id=good), "Terjual", amount="banyak")
        assert page.status == 422
        page = await seller.send(_form(page, "Rusak", id=good), "Rusak", amount="1", note="layu")
        assert page.status == 200, page.text

        page = await hub.go(shelf)
        assert "Sawi" in page.text
        assert "Wlijo Bu Sri" in page.text
        page = await hub.send(_form(page, "Terjual", id=good), "Terjual", amount="1")
        assert "Sudah disimpan." in page.text
        page = await hub.send(_form(page, "Hasil hitung", id=good), "Hasil hitung", amount="5")
        assert (page.status, "0 ikat sampai 3 ikat" in page.text) == (422, True), page.text
        page = await hub.send(_form(page, "Hasil hitung", id=good), "Hasil hitung", amount="2", note="satu hilang")
        assert page.status == 200, page.text
        assert (await hub.go(stock)).status == 403  # somebody else's

        page = await seller.go(f"{stock}/{good}")
        for text in ("Dihitung", "satu hilang", "oleh Mall UMKM", "Rusak atau hilang", "layu", "Dipindah"):
            assert text in page.text
        page = await seller.go(stock)
        page = await seller.press("Berhenti menitipkan")
        assert "Sudah disimpan." in page.text

        page = await seller.send(_form(page, "Muatan hari ini", id=good), "Muatan hari ini", amount="8")
        assert "dimuat hari ini 8 ikat" in page.text
        page = await seller.press("Muat seperti kemarin")
        page = await seller.send(
            next(each for each in page.forms if each.has("Simpan") and "name" in each.values), "Simpan", name="Jumat"
        )
        assert "Muat: Jumat" in page.text
        page = await seller.press("Muat: Jumat")
        assert "Sudah disimpan." in page.text
        named = _form(page, "Muat: Jumat").values["id"]
        page = await seller.send(_form(page, "Hapus", id=named), "Hapus")
        assert "Muat: Jumat" not in page.text
