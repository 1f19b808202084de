"""Goods as files and a load from the list: through the gateway by a program, and by a seller's pages without JavaScript."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.e2e.caller import Caller, new_key
from tests.e2e.installation import Installation
from tests.worlds import plain_browser
from tests.worlds.plain_browser import PlainBrowser
from tests.worlds.waiting import until

IMPORT = """query($id: ID!) { import(id: $id) { status created refused report(first: 5) { edges { node { row outcome } } } } }"""
SAVE = """mutation($code: String!, $input: TemplateGoodInput!) { saveTemplateGood(code: $code, input: $input) { problems { code } } }"""
MINE = """{ merchantBySlug(slug: "lapak-pak-har") { id } }"""


@pytest.fixture
async def browser(platform: Installation) -> AsyncIterator[PlainBrowser]:
    async with plain_browser.session() as session:
        opened = PlainBrowser(platform.url, session)
        await opened.become("pak-har")
        yield opened


async def test_a_program_sends_a_file_in_parts_and_fetches_it_again(platform: Installation) -> None:
    async with aiohttp.ClientSession() as session:
        seller = Caller(platform.url, platform.seeded_token("merchant", "pak-har"), session)
        headers = {"authorization": f"Bearer {seller.token}", "idempotency-key": new_key()}
        merchant = (await seller.data(MINE))["id"]
        content = "kode;produk;kategori;satuan;harga\r\n" + "".join(
            f"UJI-{n};Uji berkas {n % 40};sayur;kg;{1_000 + n}\r\n" for n in range(200)
        )
        whole = content.encode()
        query = f"merchant={merchant}&kind=goods&parts=2"
        url = f"{platform.url}/bulk/v1/imports"
        async with session.post(f"{url}?{query}", data=whole[:3_000], headers=headers) as answer:
            assert answer.status == 201, await answer.text()
            id_ = (await answer.json())["import"]
        async with session.put(f"{url}/{id_}/parts/2", data=whole[3_000:], headers=headers) as answer:
            assert answer.status == 200, await answer.text()
        found: dict[str, Any] = {}

        async def done() -> bool:
            found.update(await seller.data(IMPORT, id=id_))
            return bool(found["status"] == "DONE")

        await until(done)
        assert (found["created"], found["refused"]) == (200, 0)
        async with session.get(f"{platform.url}/bulk/v1/merchants/{merchant}/prices.csv", headers=headers) as answer:
            assert answer.headers["content-type"] == "text/csv; charset=utf-8"
            text = (await answer.read()).decode("utf-8-sig")
        assert sum(line.startswith("UJI-") for line in text.splitlines()) == 200
        async with session.get(f"{platform.url}/bulk/v1/merchants/{merchant}/prices.csv") as answer:
            assert (answer.status, (await answer.json())["code"]) == (401, "UNAUTHENTICATED")


async def test_a_seller_tries_a_file_looks_and_does_it(platform: Installation, browser: PlainBrowser) -> None:
    root = "/jualan/lapak-pak-har/berkas"
    await browser.go(root)
    page = await browser.press("Periksa berkas", files={"file": b""}, kind="GOODS")
    assert (page.status, "Pilih berkasnya dulu." in page.text) == (422, True)
    content = (
        "Kode;Produk;Kategori;Satuan;Harga;Status\r\nHAL-1;Keripik halaman;sayur;kg;12.500;dijual\r\nHAL-2;;;kg;x;\r\n"
    )
    page = await browser.press("Periksa berkas", files={"file": content.encode("cp1252")}, kind="GOODS")

    async def tried() -> bool:
        return "Sudah diperiksa." in (await browser.go(browser.page.path)).text

    await until(tried)
    page = browser.page
    assert "Baru: 1" in page.text
    assert "Baris 3 · HAL-2" in page.text
    page = await browser.press("Kerjakan sekarang")

    async def worked() -> bool:
        return "Selesai." in (await browser.go(browser.page.path)).text

    await until(worked)
    async with browser.session.get(f"{platform.url}{root}/unduh/barang.csv") as answer:
        text = (await answer.read()).decode("utf-8-sig")
    assert "HAL-1;Keripik halaman;sayur;" in text
    async with browser.session.get(f"{platform.url}{root}/unduh/lain.csv") as answer:
        assert answer.status == 404
    page = await browser.go(root)
    assert page.link("Barang dan harga · ")
    await browser.press("Periksa berkas", files={"file": b"PK\x03\x04 lembar kerja"}, kind="PRICES")

    async def refused() -> bool:
        return "bukan CSV" in (await browser.go(browser.page.path)).text

    await until(refused)


async def test_a_seller_fills_her_shop_from_the_list(platform: Installation, browser: PlainBrowser) -> None:
    async with aiohttp.ClientSession() as session:
        ops = Caller(platform.url, platform.seeded_token("ops", "ops"), session)
        for code, name in (("uji-tempe", "Tempe uji"), ("uji-tahu", "Tahu uji"), ("uji-oncom", "Oncom uji")):
            given = {"name": name, "category": "sayur", "unit": "kg", "label": "per kg"}
            assert (await ops.data(SAVE, code=code, input=given))["problems"] == []
    page = await browser.go("/jualan/lapak-pak-har/daftar?q=uji")
    form = page.form("Jual yang terisi")
    assert {"price-uji-tempe", "price-uji-tahu", "price-uji-oncom"} <= form.values.keys()
    dear: Any = {"price-uji-tempe": "mahal"}
    page = await browser.send(form, "Jual yang terisi", **dear)
    assert (page.status, "Tulis harganya dengan angka" in page.text) == (422, True)
    page = await browser.press("Jual yang terisi")
    assert (page.status, "Isi harga barang" in page.text) == (422, True)
    prices: Any = {"price-uji-tempe": "9.500", "amount-uji-tempe": "1,5", "price-uji-tahu": "7000"}
    page = await browser.send(browser.page.form("Jual yang terisi"), "Jual yang terisi", **prices)
    assert page.status == 200, page.text
    assert "Tempe uji Dijual" in page.text
    assert "Tahu uji Dijual" in page.text
    assert "Oncom uji Dijual" not in page.text
