"""A seller says by pages alone when goods were harvested, how much one order may have, and how they are weighed; a buyer reads it."""

from __future__ import annotations

from datetime import datetime

from services.contracts.places import WIB
from tests.e2e.installation import Installation
from tests.worlds import plain_browser
from tests.worlds.plain_browser import PlainBrowser
from tests.worlds.waiting import until

GOODS = "/jualan/lapak-pak-har/barang"


async def test_what_a_seller_says_of_goods_a_buyer_reads(platform: Installation) -> None:
    async with plain_browser.session() as session, plain_browser.session() as other:
        seller, buyer = PlainBrowser(platform.url, session), PlainBrowser(platform.url, other)
        await seller.become("pak-har")
        page = await seller.go(GOODS)
        one = next(href for href in page.links.values() if href.startswith(f"{GOODS}/") and not href.endswith("/baru"))
        shown = f"/toko/lapak-pak-har/{one.rpartition('/')[2]}"
        page = await seller.go(one)
        assert page.status == 200, page.text
        today = datetime.now(WIB).date()
        form = next(each for each in page.forms if "on" in each.values)
        page = await seller.send(form, "Simpan", on=today.isoformat())
        assert "Sudah disimpan." in page.text
        form = next(each for each in page.forms if "on" in each.values)
        page = await seller.send(form, "Simpan", on="1999-01-01")
        assert (page.status, "Waktu itu sudah lewat atau terlalu jauh." in page.text) == (422, True)
        form = next(each for each in page.forms if "gram" in each.values and "key" in each.values)
        page = await seller.send(
            form, "Simpan", label="per ikat besar", unit="ikat", price="36.000", gram="1250", overrun="10", stock="9"
        )
        assert "Kira-kira Rp45.000, paling banyak Rp49.500" in page.text
        form = next(each for each in page.forms if "overrun" in each.values and "key" not in each.values)
        page = await seller.send(form, "Simpan", max="3")
        assert "Sudah disimpan." in page.text
        assert "→ 3" in page.text

        page = await buyer.go(shown)
        for said in ("Panen", "Ditimbang saat dikemas: Rp36.000 / kg", "paling banyak 3 ikat per pesanan"):
            assert said in page.text

        async def told() -> bool:
            form = next(
                each
                for each in (await buyer.go(shown)).forms
                if each.values.get("label") == "ikat" and "quantity" in each.values
            )
            return (await buyer.send(form, "Masukkan keranjang", quantity="2")).status == 200

        await until(told)
        page = await seller.go(one)
        form = next(each for each in page.forms if each.has("Simpan dan jangan jual lagi"))
        page = await seller.send(form, "Simpan dan jangan jual lagi")
        assert "Disimpan: tidak dijual" in page.text
        assert (await buyer.go(shown)).status == 404
        page = await seller.press("Keluarkan dari simpanan")
        assert "Disimpan: tidak dijual" not in page.text
        # For sale again, as the tests after this one know it.
        await seller.go(GOODS)
        await seller.press("Jual")
        assert (await buyer.go(shown)).status == 200
