"""Photos on pages: in the size that a screen needs, without anything moving; and a seller's way from the camera to the product's page."""

from __future__ import annotations

import re
from typing import Any

import aiohttp

from tests.integration.web.test_pages import HOSTILE, PAGE_INFO, UNIT, get, good, near, post, seller, signed_in
from tests.worlds.fake_gateway import FakeGateway, Site, refusal

MINE = {"kind": "WLIJO", "id": "mer_1", "name": "Bu Sri", "slug": "bu-sri"}
STOCK = {"onHand": 5, "reserved": 0, "onCounter": 0}


def photo(alt: str = "Bayam seikat", id: str = "med_1", sizes: tuple[int, ...] = (240, 640, 1280)) -> dict[str, Any]:
    found = [{"url": f"/media/{id}-{width}.webp", "width": width, "height": width * 3 // 4} for width in sizes]
    return {"id": id, "alt": alt, "color": "#336633", "sizes": found}


def goods(**more: Any) -> dict[str, Any]:
    made = good(status="PUBLISHED", **more)
    made["variants"][0] |= {"stock": STOCK, "unit": UNIT}
    return MINE | {"products": {"edges": [{"node": made}], "pageInfo": PAGE_INFO}}


def images(html: str) -> list[dict[str, str]]:
    found = [dict(re.findall(r'([\w-]+)="([^"]*)"', each)) for each in re.findall(r"<img[^>]*>", html)]
    return [each for each in found if each.get("class") == "photo"]


async def test_lists_and_pages_show_them_so_that_nothing_moves(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots = {
        "productsNear": near(good(photo=photo()), good("Tanpa")),
        "categories": [],
        "productBySlug": good(photos=[photo(), photo(HOSTILE, "med_2", (200,))]),
        "merchantBySlug": seller(
            id="mer_1", servesPoint=True, round=None, alwaysOpen=True, hours=[], route=[], photo=photo("Bu Sri"),
            products={"edges": [{"node": good(photo=photo())}], "pageInfo": PAGE_INFO},
        ),
    }  # fmt: skip
    for path, count in (("/", 1), ("/toko/bu-sri/bayam", 2), ("/toko/bu-sri", 2)):
        page = await get(web, session, path)
        assert page.status == 200, page.text
        shown = images(page.html)
        assert len(shown) == count
        for each in shown:
            assert int(each["width"]) > 0 < int(each["height"])
            assert each["alt"]
            assert each["sizes"]
        assert shown[0]["srcset"].split(", ")[-1] == "/media/med_1-1280.webp 1280w"
        assert "<script>alert" not in page.html
        assert "img-src 'self'" in page.headers["content-security-policy"]
    listed = images((await get(web, session, "/")).html)
    assert [each.get("loading") for each in listed] == ["lazy"]
    first, second = images((await get(web, session, "/toko/bu-sri/bayam")).html)
    assert (first.get("loading"), second["loading"], second["src"]) == (None, "lazy", "/media/med_2-200.webp")


async def test_a_seller_asks_for_an_address_and_gets_a_form_for_the_camera(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    asked: list[dict[str, Any]] = []

    def ask(**given: Any) -> dict[str, Any]:
        asked.append(given)
        return {
            "problems": [],
            "upload": {"photoId": "med_1", "url": "/media/upload/abc", "expiresAt": "2026-01-01T00:00:00Z"},
        }

    gateway.roots = {
        "merchantBySlug": MINE | {"waitingPhotos": []},
        "product": {"id": "prd_1", "name": "Bayam", "merchant": seller()},
        "requestPhotoUpload": ask,
    }
    who = signed_in()
    page = await post(web, session, "/jualan/bu-sri/foto-barang", who, id="prd_1", do="ask")
    assert page.status == 200, page.text
    assert asked == [
        {"merchantId": "mer_1", "purpose": "PRODUCT", "returnTo": "/jualan/bu-sri/foto-barang?barang=prd_1"}
    ]
    (form,) = [each for each in page.forms if each.has("Kirim foto")]
    assert (form.action, form.method) == ("/media/upload/abc", "post")
    assert 'enctype="multipart/form-data"' in page.html
    assert re.search(r'<input[^>]*type="file"[^>]*capture="environment"', page.html)
    refused = refusal("TOO_MANY_UPLOADS", limit=20, unit="PHOTO")
    gateway.roots["requestPhotoUpload"] = {"problems": [refused], "upload": None}
    page = await post(web, session, "/jualan/bu-sri/foto-barang", who, id="prd_1", do="ask")
    assert (page.status, "paling banyak 20" in page.text) == (422, True)


async def test_whoever_comes_back_with_a_photo_says_what_it_shows(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    added: list[dict[str, Any]] = []

    def add(**given: Any) -> dict[str, Any]:
        added.append(given)
        return {"problems": [] if given["alt"] else [refusal("INVALID_TEXT", field="alt", minimum=1, limit=120)]}

    gateway.roots = {
        "merchantBySlug": MINE | {"waitingPhotos": [photo("")]},
        "product": {"id": "prd_1", "name": "Bayam", "merchant": seller()},
        "addProductPhoto": add,
    }
    who = signed_in()
    page = await get(web, session, "/jualan/bu-sri/foto-barang?barang=prd_1&photo=med_1", who)
    assert page.status == 200
    assert [each["src"] for each in images(page.html)] == ["/media/med_1-640.webp"]
    assert page.form("Pakai foto ini").values["alt"] == "Bayam"
    assert added == []
    for alt, status in (("", 422), ("Bayam seikat", 303)):
        page = await post(web, session, "/jualan/bu-sri/foto-barang", who, id="prd_1", photo="med_1", do="use", alt=alt)
        assert page.status == status, page.text
    assert added[-1] == {"productId": "prd_1", "photoId": "med_1", "alt": "Bayam seikat"}
    assert page.headers["location"] == "/jualan/bu-sri/barang"


async def test_whoever_comes_back_with_trouble_is_told_which(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots = {
        "merchantBySlug": MINE | {"waitingPhotos": []},
        "product": {"id": "prd_1", "name": "Bayam", "merchant": seller()},
    }
    for query, words in (
        ("trouble=NOT_A_PHOTO", "Itu bukan foto"),
        ("trouble=%3Cscript%3E", "belum terkirim"),
        ("photo=med_9", "belum terkirim"),
    ):
        page = await get(web, session, f"/jualan/bu-sri/foto-barang?barang=prd_1&{query}", signed_in())
        assert (page.status, words in page.text) == (422, True), query
        assert page.form("Ambil foto").method == "post"
        assert "<script>" not in page.html
    other = {"id": "prd_1", "name": "Bayam", "merchant": seller("Lain", slug="lain")}
    gateway.roots["product"] = other
    assert (await get(web, session, "/jualan/bu-sri/foto-barang?barang=prd_1", signed_in())).status == 404
    assert (await get(web, session, "/jualan/bu-sri/foto-barang?barang=prd_1")).status == 303


async def test_a_seller_takes_one_out(web: Site, gateway: FakeGateway, session: aiohttp.ClientSession) -> None:
    gone: list[dict[str, Any]] = []

    def remove(**given: Any) -> dict[str, Any]:
        gone.append(given)
        return {"problems": []}

    gateway.roots = {"merchantBySlug": goods(photos=[photo()]), "removeProductPhoto": remove}
    who = signed_in()
    page = await get(web, session, "/jualan/bu-sri/barang", who)
    assert page.form("Tambah foto").action == "/jualan/bu-sri/foto-barang"
    assert page.form("Copot").values["photo"] == "med_1"
    page = await post(web, session, "/jualan/bu-sri/barang", who, id="prd_1", photo="med_1", do="unphoto")
    assert (page.status, gone) == (303, [{"productId": "prd_1", "photoId": "med_1"}])
