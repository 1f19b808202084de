"""A market where something goes on, set by clicking: orders that wait, ride and are done; a kasbon, a file, hostile names."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.screens.people import PAGES, become

PHONE = ViewportSize(width=360, height=740)
DESK = ViewportSize(width=1280, height=800)
SHOP = "/jualan/lapak-pak-har"
SLOW_MS = 60_000
"""What hears of something over services has so long, on a machine that does much else."""
HOSTILE = '<img src=x onerror="window.ran=1">'
LONG = "Keripikpisang" * 4
_NOTE = "</textarea><script>window.ran=1</script>{{ 7*7 }} " + "panjang" * 15


@dataclass(slots=True)
class Scene:
    url: str
    cookies: dict[str, Any] = field(default_factory=dict)
    """By who."""
    values: dict[str, str] = field(default_factory=dict)

    def paths(self, who: str) -> Sequence[str]:
        return [each.format_map(self.values) for each in PAGES[who]]

    @asynccontextmanager
    async def window(
        self, browser: Browser, who: str, language: str = "id", **given: Any
    ) -> AsyncIterator[BrowserContext]:
        context = await browser.new_context(reduced_motion="reduce", **{"viewport": PHONE, **given})
        context.set_default_timeout(SLOW_MS)
        known = [each for each in self.cookies.get(who, ()) if each["name"] != "lang"]
        await context.add_cookies([*known, {"name": "lang", "value": language, "url": self.url}])
        try:
            yield context
        finally:
            await context.close()


async def put(buyer: Page, url: str) -> None:
    await buyer.goto(f"{url}/toko/lapak-pak-har")
    await buyer.get_by_role("link", name="Daging ayam").click()
    await buyer.get_by_role("button", name="Masukkan keranjang").click()
    await buyer.wait_for_url("**/keranjang*")


async def lives_at(buyer: Page, url: str, recipient: str, note: str) -> None:
    await buyer.goto(f"{url}/alamat")
    await buyer.get_by_label("Nama penerima").fill(recipient)
    await buyer.get_by_label("Nomor telepon penerima").fill("081234581099")
    await buyer.get_by_label("Desa atau kelurahan").select_option("35.08.04.2008")
    await buyer.get_by_label("Jalan dan nomor").fill("Jalan Uji 7")
    await buyer.get_by_label("Patokan").fill(note)
    await buyer.get_by_role("button", name="Simpan alamat").click()


async def ordered(buyer: Page, url: str) -> str:
    """The order's code."""
    await put(buyer, url)
    await buyer.goto(f"{url}/pesan")
    await buyer.get_by_role("button", name="Pesan sekarang").click()
    await expect(buyer.locator("h1")).to_have_text(re.compile(r"LMJ-\d{6}-\d{4,}"))
    return (await buyer.locator("h1").inner_text()).strip()


async def begin(seller: Page, rider: Page, other: Page, url: str) -> None:
    """The shop is open, the rider on shift, and the other company takes nothing today."""
    await seller.goto(f"{url}{SHOP}/jam")
    await seller.get_by_label("Buka 24 jam").check()
    await seller.get_by_role("button", name="Simpan jam buka").click()
    await expect(seller.get_by_text("Sudah disimpan.")).to_be_visible()
    await rider.goto(f"{url}/antar")
    if await rider.get_by_role("button", name="Mulai mengantar").count():
        await rider.get_by_role("button", name="Mulai mengantar").click()
    await expect(rider.get_by_text("Sedang mengantar", exact=True)).to_be_visible()
    await other.goto(f"{url}/jasa-antar")
    await other.get_by_role("link", name="Ojek Minak Koncar").click()
    if await other.get_by_text("Berhenti sementara…").count():
        await other.get_by_text("Berhenti sementara…").click()
        await other.locator("details[open]").get_by_label("Alasan").fill("libur")
        await other.get_by_role("button", name="Berhenti menerima tugas").click()
    await expect(other.get_by_text("Mulai lagi…")).to_be_visible()


async def press(page: Page, words: str, *, code: str = "") -> None:
    """The button that says so, of this order when there are several; once it is there."""
    place = page.locator("article", has_text=code) if code else page
    button = place.get_by_role("button", name=words, exact=True).first
    await expect(button).to_be_visible(timeout=SLOW_MS)
    await button.click()
    await page.wait_for_load_state("load")


async def given_to_agus(dispatcher: Page) -> None:
    offer = dispatcher.get_by_role("article", name="Tawaran").first
    await expect(offer).to_be_visible(timeout=SLOW_MS)
    option = await offer.locator("option", has_text="Agus").first.get_attribute("value")
    await offer.get_by_label("Pengantar").select_option(option or "")
    await offer.get_by_role("button", name="Terima").click()
    await expect(dispatcher.get_by_text("Tugas diterima.")).to_be_visible(timeout=SLOW_MS)


async def _href(page: Page, url: str, path: str, selector: str) -> str:
    await page.goto(url + path)
    found = await page.locator(selector).first.get_attribute("href", timeout=SLOW_MS)
    assert found
    return found


async def set_scene(browser: Browser, url: str) -> Scene:
    scene = Scene(url)
    windows: dict[str, BrowserContext] = {}
    pages: dict[str, Page] = {}
    for who in (*PAGES, "bu-tini"):
        windows[who] = await browser.new_context(viewport=DESK, reduced_motion="reduce")
        windows[who].set_default_timeout(SLOW_MS)
        pages[who] = await windows[who].new_page()
        if who:
            await become(pages[who], url, who)
    expect.set_options(timeout=SLOW_MS)
    buyer, seller, rider, dispatcher = (pages[each] for each in ("budi", "pak-har", "agus", "mbak-yuli"))
    await begin(seller, rider, pages["bu-tini"], url)
    company = await _href(dispatcher, url, "/jasa-antar", "main a[href^='/jasa-antar/p']:has-text('Semeru')")
    await _hostile_goods(pages["ratna"], scene)
    await put(buyer, url)
    await lives_at(buyer, url, f"Bu {HOSTILE}", _NOTE)
    done = await _carried(scene, pages, company, await ordered(buyer, url))
    riding = await _carried(scene, pages, company, await ordered(buyer, url), to_the_end=False)
    # Who is new here has two open orders at most.
    packed = await ordered(pages["siti"], url)
    await seller.goto(url + SHOP)
    await press(seller, "Terima", code=packed)
    part = await _href(seller, url, SHOP, f"article:has-text('{packed}') a[href*='/kemas/']")
    waiting = await ordered(buyer, url)
    await put(buyer, url)
    await _asks_for_a_kasbon(buyer, url)
    # Read off the pages that lead there.
    kasbon = await _href(buyer, url, "/kasbon", "main a[href^='/kasbon/']")
    variant = await _href(pages["ratna"], url, "/jualan/mall-umkm/stok", "main a[href*='/stok/']")
    await pages["ratna"].goto(f"{url}/jualan/mall-umkm/barang")
    known = pages["ratna"].locator("form[action$='/foto-barang'] input[name=id]").first
    product = await known.get_attribute("value") or ""
    scene.values |= {
        "company": company, "ptn": company.rpartition("/")[2], "done": done, "riding": riding, "waiting": waiting, "product": product,
        **{name: href.rpartition("/")[2] for name, href in {
            "part": part, "kasbon": kasbon, "variant": variant,
        }.items()},
    }  # fmt: skip
    await _asks_for_a_code(pages[""], url)
    for who, context in windows.items():
        scene.cookies[who] = await context.cookies()
        await context.close()
    return scene


async def _carried(scene: Scene, pages: dict[str, Page], company: str, code: str, *, to_the_end: bool = True) -> str:
    url = scene.url
    buyer, seller, rider, dispatcher = (pages[each] for each in ("budi", "pak-har", "agus", "mbak-yuli"))
    await seller.goto(url + SHOP)
    await press(seller, "Terima", code=code)
    await press(seller, "Sudah siap diambil", code=code)
    await dispatcher.goto(url + company)
    await given_to_agus(dispatcher)
    await rider.goto(f"{url}/antar")
    await rider.locator("main a.big").first.click()
    await expect(rider.locator("h1")).to_contain_text(code)
    scene.values["trip"] = rider.url.rpartition("/")[2]
    await press(rider, "Saya di tempat penjual")
    if not to_the_end:
        await buyer.goto(f"{url}/pesanan/{code}")
        await press(buyer, "Buat tautan lacak untuk dibagikan")
        link = await buyer.locator("main a[href^='/lacak/']").first.get_attribute("href")
        scene.values["token"] = (link or "").rpartition("/")[2]
        return code
    await press(rider, "Barang sudah saya bawa")
    await press(rider, "Saya di depan pintu")
    # The form is there before the page that the button leads to, which comes without what was typed.
    await expect(rider.locator("h1")).to_contain_text("Di depan pintu")
    await buyer.goto(f"{url}/pesanan/{code}")
    await rider.get_by_label("PIN dari pembeli").fill(await buyer.locator(".pin").first.inner_text())
    await press(rider, "Barang sudah diserahkan")
    await expect(rider.locator("h1")).to_contain_text("Sudah diserahkan")
    await expect(buyer.locator("main")).to_contain_text("Selesai")
    return code


async def _hostile_goods(seller: Page, scene: Scene) -> None:
    """Goods by a name that would like to run and has no place to break; and a file that tells of them."""
    await seller.goto(f"{scene.url}/jualan/mall-umkm/barang-baru")
    await seller.get_by_label("Nama barang").fill(HOSTILE + LONG[:20])
    await seller.get_by_label("Jenis barang").select_option(index=1)
    await seller.get_by_label("Dijual per").select_option(index=1)
    await seller.get_by_label("Harga per satuan").fill("12.500")
    await seller.get_by_label("Berat satu satuan").fill("500")
    await seller.locator("main form").first.get_by_role("button").last.click()
    await seller.wait_for_url("**/barang*")
    scene.values["hostile"] = await _href(seller, scene.url, "/toko/mall-umkm", "main .goods a:has-text('onerror')")
    await seller.goto(f"{scene.url}/jualan/mall-umkm/berkas")
    await seller.locator("input[type=file]").set_input_files(
        {"name": "harga.csv", "mimeType": "text/csv", "buffer": f"nama,harga\n{HOSTILE},mahal\n".encode()}
    )
    await seller.get_by_role("button", name="Periksa berkas").click()
    await seller.wait_for_url("**/berkas/*")
    scene.values["file"] = seller.url.partition("?")[0].rpartition("/")[2]


async def _asks_for_a_kasbon(buyer: Page, url: str) -> None:
    await buyer.goto(f"{url}/toko/lapak-pak-har")
    asking = buyer.get_by_text("Minta kasbon: ambil dulu")
    if await asking.count():
        await asking.click()
        await buyer.get_by_label("Penjual mengenal Anda sebagai").fill(HOSTILE)
        await buyer.get_by_role("button", name="Minta kasbon").click()
        await expect(buyer.get_by_text("Kasbon saya di sini")).to_be_visible()


async def _asks_for_a_code(guest: Page, url: str) -> None:
    await guest.goto(f"{url}/masuk")
    await guest.get_by_label("Nomor telepon").fill("0812 3458 1088")
    await guest.get_by_role("button", name="Kirim kode").click()
    await guest.wait_for_url("**/masuk/kode*")
