"""The same market by its pages: whoever is not of ops has a browser, without JavaScript, and nothing else."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TypeVar

from infra.local.robots.platform import code_in
from infra.local.state import ROOT
from tests.e2e.installation import Installation
from tests.slow.story.phones import Phones
from tests.slow.story.story import BUYER, OFFICER, OWNER, RIDER, SELLER, STAFF
from tests.worlds import plain_browser
from tests.worlds.plain_browser import Page, PlainBrowser

VILLAGE = "35.08.10.1004"
_MOMENT_S = 0.2

T = TypeVar("T")


@dataclass(slots=True)
class ByPages:
    installation: Installation
    phones: Phones
    say: Callable[[str], None]
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def run(self) -> None:
        """Raises AssertionError with the page that was another."""
        self._ops(f"grant --phone {OFFICER} --role officer")
        self._ops("usual")
        self._ops(f"prices {ROOT / 'infra/local/seed/delivery.json'}")
        async with self._open:
            officer = await self._enters(OFFICER, "/petugas")
            seller = await self._a_shop(officer)
            rider, owner = await self._a_company(officer)
            buyer, order = await self._an_order()
            await self._sold(seller)
            await self._brought(rider, buyer, order)
            await self._seen(owner, seller, order)
            await self._told(buyer, order)

    async def _enters(self, phone: str, path: str) -> PlainBrowser:
        """To a page that wants to know who it is, by the code that comes to the phone."""
        browser = await self._browser()
        await browser.go(path)
        page = await self._sign_in(browser, phone)
        assert page.path == path.partition("?")[0], page.text
        return browser

    async def _browser(self) -> PlainBrowser:
        url = self.installation.url
        return PlainBrowser(url, await self._open.enter_async_context(plain_browser.session(url)))

    async def _sign_in(self, browser: PlainBrowser, phone: str) -> Page:
        before = len(self.phones.texts[phone])
        page = await browser.press("Kirim kode", phone=phone)
        assert page.path == "/masuk/kode", page.text

        async def come() -> str:
            return [code for text in self.phones.texts[phone][before:] if (code := code_in(text))][-1]

        return await browser.press("Masuk", code=await self._soon(come))

    async def _a_shop(self, officer: PlainBrowser) -> PlainBrowser:
        owner = await self._enters(SELLER, "/daftar-toko")
        page = await owner.press(
            "Kirim pendaftaran",
            name="Warung Bu Sri", kind="FIXED_STALL", desa=VILLAGE, contact="Sri Wahyuni", phone=SELLER, sales="90.000.000",
        )  # fmt: skip
        assert (page.path, "Menunggu diperiksa" in page.text) == ("/jualan", True), page.text
        await self._shows(officer, "/petugas", "Warung Bu Sri")
        page = await officer.press("Sudah benar")
        assert "Toko sudah dinyatakan benar" in page.text, page.text
        await owner.go("/jualan")
        await owner.follow("Warung Bu Sri")
        shop = owner.page.path
        await owner.go(f"{shop}/barang-baru")
        page = await owner.press(
            "Simpan dan jual",
            name="Bayam segar", category="sayur", unit="ikat", gram="250", stock="20", price="tiga ribu",
        )  # fmt: skip
        assert page.status == 422, page.text
        page = await owner.press("Simpan dan jual", price="3.000")
        assert "Barang sudah dijual." in page.text, page.text
        await owner.go(f"{shop}/jam")
        await owner.press("Simpan jam buka", always="yes")
        await self._shows(owner, shop, "Buka toko saya")  # the other services hear whose shop it is
        page = await owner.press("Buka toko saya")
        assert "Toko sudah buka" in page.text, page.text
        await owner.go(f"{shop}/orang")
        await owner.press("Undang pembantu")
        helper = await self._enters(STAFF, "/gabung")
        page = await helper.press("Bergabung", of="shop", code=_shown(owner.page), name="Tun")
        assert "Anda sudah bergabung." in page.text, page.text
        await self._shows(helper, shop, "Belum ada pesanan baru")
        self.say("by pages          Warung Bu Sri sells bayam; Tun helps there")
        return helper

    async def _a_company(self, officer: PlainBrowser) -> tuple[PlainBrowser, PlainBrowser]:
        owner = await self._enters(OWNER, "/jasa-antar/daftar")
        page = await owner.press(
            "Kirim pendaftaran", name="Ojek Semeru", kecamatan="35.08.10", contact="Karyo", phone=OWNER
        )
        assert "Menunggu diperiksa" in page.text, page.text
        company = owner.page.link("Ojek Semeru")
        await self._shows(officer, "/petugas", "Ojek Semeru")
        await officer.press("Sudah benar, mulai percobaan")
        page = await officer.press("Boleh mengantar sungguhan")
        assert "mulai mendapat tugas" in page.text, page.text
        self._ops(f"topics --partner {company.rpartition('/')[2]}")
        await owner.go(f"{company}/orang")
        await owner.press("Simpan pengantar", number="7", name="Agus", plate="N 4512 YAB", limit="300.000")
        page = await owner.press("Buat kode masuk")
        rider = await self._enters(RIDER, "/gabung?of=rider")
        page = await rider.press("Bergabung", of="rider", code=_shown(owner.page), name="Agus")
        assert "Anda sudah bergabung." in page.text, page.text
        await rider.press("Mulai mengantar")

        async def connected() -> None:
            assert "Belum tersambung" not in (await owner.go(company)).text

        await self._soon(connected)
        self.say("by pages          Ojek Semeru brings; Agus is on shift")
        return rider, owner

    async def _an_order(self) -> tuple[PlainBrowser, str]:
        browser = await self._browser()
        await self._shows(browser, "/?q=bayam", "Bayam segar")
        await browser.follow("Bayam segar")
        good = browser.page.path

        async def put() -> None:
            await browser.go(good)
            page = await browser.press("Masukkan keranjang", quantity="3")
            assert "Bayam segar" in page.text, page.text
            await browser.go("/keranjang")

        await self._soon(put)
        await browser.follow("Lanjut memesan")
        page = await self._sign_in(browser, BUYER)
        if page.path == "/keranjang":
            await self._again(browser)
        page = await browser.press(
            "Simpan alamat", recipient="Siti", phone=BUYER, desa=VILLAGE, line="Jalan Uji 7", note="Pagar biru"
        )

        async def quoted() -> None:
            await browser.go("/pesan")
            browser.page.form("Pesan sekarang")

        await self._soon(quoted)
        page = await browser.press("Pesan sekarang")
        assert re.fullmatch(r"/pesanan/LMJ-\d{6}-\d{4,}", page.path), page.text
        self.say(f"by pages          {page.path.rpartition('/')[2]} was placed")
        return browser, page.path

    async def _again(self, browser: PlainBrowser) -> None:
        """What was just published may be unknown to ordering when a guest's cart is taken along."""

        async def on() -> None:
            await browser.go("/alamat")
            browser.page.form("Simpan alamat")

        await self._soon(on)

    async def _sold(self, seller: PlainBrowser) -> None:
        shop = seller.page.path
        await self._shows(seller, shop, "LMJ-")
        await seller.press("Terima")
        page = await seller.press("Sudah siap diambil")
        assert "Pengantar tahu" in page.text, page.text

    async def _brought(self, rider: PlainBrowser, buyer: PlainBrowser, order: str) -> None:
        async def offered() -> Page:
            page = await rider.go("/antar")
            page.form("Ambil tugas ini")
            return page

        await self._soon(offered)
        page = await rider.press("Ambil tugas ini")
        assert "Tugas ini milik Anda." in page.text, page.text
        trip = page.path
        await self._shows(rider, trip, "Jalan Uji 7")
        assert "Pagar biru" in rider.page.text
        assert "Warung Bu Sri" in rider.page.text
        for words in ("Saya di tempat penjual", "Barang sudah saya bawa", "Saya di depan pintu"):
            page = await rider.press(words)
            assert "Sudah dilaporkan." in page.text, page.text
        page = await rider.press("Barang sudah diserahkan", pin="999")
        assert "Kode salah" in page.text, page.text
        await self._shows(buyer, order, "Sebutkan angka ini")
        page = await rider.press("Barang sudah diserahkan", pin=_pin(buyer.page))
        assert "Sudah diserahkan" in page.text, page.text
        await self._shows(buyer, order, "Selesai")

    async def _seen(self, owner: PlainBrowser, seller: PlainBrowser, order: str) -> None:
        page = await owner.go(owner.page.path)
        assert "Tidak ada tugas yang berjalan." in page.text, page.text
        code = order.rpartition("/")[2]
        await self._shows(seller, seller.page.path, "Sudah lewat")
        assert code in seller.page.text
        self.say(f"by pages          {code} was brought and paid")

    async def _told(self, buyer: PlainBrowser, order: str) -> None:
        """News that leads to its page, and a copy of what is kept, with a code of its own."""
        await self._shows(buyer, "/pemberitahuan", order.rpartition("/")[2])
        assert order in buyer.page.links.values(), buyer.page.links
        await buyer.go("/saya")
        before = len(self.phones.texts[BUYER])
        await buyer.press("Minta salinan")

        async def come() -> str:
            return [code for text in self.phones.texts[BUYER][before:] if (code := code_in(text))][-1]

        await buyer.press("Buat salinan", code=await self._soon(come))

        async def made() -> str:
            await buyer.go("/saya")
            return buyer.page.link("Unduh")

        page = await buyer.go(await self._soon(made))
        assert page.headers["content-disposition"].startswith("attachment"), page.headers
        assert "Jalan Uji 7" in page.html
        self.say("by pages          Siti reads her news, and a copy of what is kept")

    async def _shows(self, browser: PlainBrowser, path: str, words: str) -> None:
        async def look() -> None:
            page = await browser.go(path)
            assert words in page.text, page.text

        await self._soon(look)

    def _ops(self, words: str) -> None:
        """What ops type on the machine."""
        done = self.installation.verb("ops", DO=words)
        assert done.returncode == 0, done.stdout + done.stderr

    async def _soon(self, look: Callable[[], Awaitable[T]], within_s: float = 30.0) -> T:
        """What `look` comes to, once what it needs has been heard of where it is needed."""
        until = time.monotonic() + within_s
        while True:
            try:
                return await look()
            except (AssertionError, IndexError):
                if time.monotonic() > until:
                    raise
            await asyncio.sleep(_MOMENT_S)


def _shown(page: Page) -> str:
    found = re.search(r'<p class="pin">([^<]+)</p>', page.html)
    assert found, page.text
    return found[1].strip()


def _pin(page: Page) -> str:
    found = re.search(r'class="pin"[^>]*>\s*(\d+)', page.html)
    assert found, page.html
    return found[1]
