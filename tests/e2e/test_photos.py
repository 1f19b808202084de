"""Photos through the whole installation: those that are seeded, and one from a seller's phone to a buyer's page without JavaScript."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator

import aiohttp
import pytest
from PIL import Image

from services.contracts.catalog import MediaId, MerchantId, ProductId
from tests.e2e.caller import Caller
from tests.e2e.installation import Installation
from tests.worlds import plain_browser
from tests.worlds.pictures import SVG, from_a_phone, photo
from tests.worlds.plain_browser import PlainBrowser
from tests.worlds.waiting import until

SRI, SAWI = MerchantId.seeded("wlijo-bu-sri"), ProductId.seeded("wlijo-bu-sri/sawi")
SEEDED = ProductId.seeded("wlijo-bu-sri/bayam")
PHOTOS = "query($id: ID!) { product(id: $id) { photos { id alt color sizes { url width height } } } }"
ASK = """mutation($merchant: ID!) { requestPhotoUpload(merchantId: $merchant, purpose: PRODUCT) {
  problems { code } upload { photoId url } } }"""
ADD = """mutation($product: ID!, $photo: ID!) { addProductPhoto(productId: $product, photoId: $photo, alt: "Sawi hijau") {
  problems { code } product { photos { id } } } }"""
REMOVE = """mutation($product: ID!, $photo: ID!) { removeProductPhoto(productId: $product, photoId: $photo) {
  problems { code } product { photos { id } } } }"""


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as made:
        yield made


@pytest.fixture
async def browser(platform: Installation) -> AsyncIterator[PlainBrowser]:
    async with plain_browser.session() as made:
        yield PlainBrowser(platform.url, made)


async def test_seeded_goods_have_photos_that_anybody_may_keep_for_good(
    platform: Installation, session: aiohttp.ClientSession
) -> None:
    guest = Caller(platform.url, None, session)
    (one,) = (await guest.data(PHOTOS, id=str(SEEDED)))["photos"]
    assert [each["width"] for each in one["sizes"]] == [240, 640, 1280]
    for each in one["sizes"]:
        async with session.get(platform.url + each["url"]) as answer:
            assert (answer.status, answer.headers["content-type"]) == (200, "image/webp")
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert Image.open(io.BytesIO(await answer.read())).size == (each["width"], each["height"])
            etag = answer.headers["etag"]
        async with session.get(platform.url + each["url"], headers={"if-none-match": etag}) as again:
            assert again.status == 304
        async with session.head(platform.url + each["url"]) as head:
            assert (head.status, int(head.headers["content-length"]) > 500) == (200, True)


async def test_an_app_sends_a_large_photo_and_a_bad_one_is_told_apart(
    platform: Installation, session: aiohttp.ClientSession
) -> None:
    sri = Caller(platform.url, platform.seeded_token("merchant", "bu-sri"), session)
    upload = (await sri.data(ASK, merchant=str(SRI)))["upload"]
    url = platform.url + upload["url"]
    noise = await asyncio.to_thread(_large)
    assert len(noise) > 2 * 1024 * 1024
    for content, status, code in (
        (SVG, 422, "NOT_A_PHOTO"),
        (noise[: len(noise) // 2], 422, "DAMAGED"),
        (b"x" * (14 * 1024 * 1024), 413, "TOO_LARGE"),
        (b"x" * (13 * 1024 * 1024 - 10), 413, "TOO_LARGE"),
    ):
        async with session.put(url, data=content, headers={"content-type": "image/jpeg"}) as answer:
            assert (answer.status, (await answer.json(content_type=None))["code"]) == (status, code)
    async with session.put(url, data=noise, headers={"content-type": "image/jpeg"}) as answer:
        assert (answer.status, (await answer.json())["id"]) == (201, upload["photoId"])
    shown = await sri.data(ADD, product=str(SAWI), photo=upload["photoId"])
    assert upload["photoId"] in [each["id"] for each in shown["product"]["photos"]]
    gone = await sri.data(REMOVE, product=str(SAWI), photo=upload["photoId"])
    assert upload["photoId"] not in [each["id"] for each in gone["product"]["photos"]]


def _large() -> bytes:
    grain = Image.effect_noise((3_000, 2_250), 40)
    to = io.BytesIO()
    Image.merge("RGB", (grain, grain.transpose(Image.Transpose.ROTATE_180), grain)).save(to, "JPEG", quality=92)
    return to.getvalue()


async def test_a_sellers_photo_is_on_the_page_without_javascript(platform: Installation, browser: PlainBrowser) -> None:
    await browser.become("bu-sri")
    page = await browser.go("/jualan/wlijo-bu-sri/barang")
    form = next(each for each in page.forms if each.values.get("id") == str(SAWI) and each.has("Tambah foto"))
    page = await browser.send(form, "Tambah foto")
    page = await browser.upload("Kirim foto", photo=SVG)
    assert (page.status, "Itu bukan foto" in page.text) == (422, True)
    await browser.press("Ambil foto")
    page = await browser.upload("Kirim foto", photo=from_a_phone())
    assert (page.status, page.path) == (200, "/jualan/wlijo-bu-sri/foto-barang"), page.text
    page = await browser.press("Pakai foto ini", alt="Sawi segar pagi ini")
    assert (page.path, "Fotonya sudah dipasang" in page.text) == ("/jualan/wlijo-bu-sri/barang", True)
    page = await browser.go("/toko/wlijo-bu-sri/sawi-hijau")
    found = re.search(
        r'<img class="photo" src="([^"]+)"[^>]*width="(\d+)" height="(\d+)" alt="Sawi segar pagi ini"', page.html
    )
    assert found, page.html
    assert int(found[2]) < int(found[3])  # it was held upright
    async with browser.session.get(platform.url + found[1]) as answer:
        assert answer.status == 200
        assert b"SECRET" not in await answer.read()
    page = await browser.go("/jualan/wlijo-bu-sri/barang")
    form = next(each for each in page.forms if each.has("Copot") and each.values.get("id") == str(SAWI))
    await browser.send(form, "Copot")
    page = await browser.go("/toko/wlijo-bu-sri/sawi-hijau")
    assert "Sawi segar pagi ini" not in page.html


async def test_what_nobody_uses_goes_with_its_files(platform: Installation, session: aiohttp.ClientSession) -> None:
    sri = Caller(platform.url, platform.seeded_token("merchant", "bu-sri"), session)
    upload = (await sri.data(ASK, merchant=str(SRI)))["upload"]
    async with session.put(platform.url + upload["url"], data=photo(300, 200)) as answer:
        (small, _) = (await answer.json())["sizes"]
    id_ = upload["photoId"]
    uuid = MediaId.parse(id_).uuid
    await platform.fetch("catalog", "UPDATE media SET goes_at = wlijo_now() WHERE id = $1", uuid)
    await platform.fetch("catalog", "UPDATE timer SET due_at = wlijo_now() WHERE subject = $1", uuid)

    async def is_gone() -> bool:
        async with session.get(platform.url + small["url"]) as answer:
            return answer.status == 404

    await until(is_gone)
