"""The cart's page: one request, a guest's or a buyer's; what stands against it in words, and what is said to sellers."""

from __future__ import annotations

from typing import Any

import aiohttp

from services.web.session import GuestLine, Session
from tests.integration.web.test_handing_over import a_slot
from tests.integration.web.test_pages import UNIT, get, good, post, seller, signed_in
from tests.worlds.fake_gateway import FakeGateway, Site, error, refusal
from tests.worlds.plain_browser import PlainBrowser

TOKEN = "t" * 32


def a_line(**more: Any) -> dict[str, Any]:
    return {
        "id": "cln_1", "name": "Bayam", "quantity": 3, "quantityText": "3 ikat", "priceText": "Rp3.000 / ikat", "priceSeen": None,
        "total": 9000, "estimated": False, "capTotal": None, "note": None, "whenShort": "ASK", "unit": UNIT,
        "variant": {"id": "var_1"}, "merchant": seller(), "problems": [], **more,
    }  # fmt: skip


def a_cart(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": "crt_1", "version": 4, "goodsTotal": 9000, "massGram": 750, "expiredAt": None, "problems": [], "handovers": [],
        "sellers": [{"merchant": {"id": "mer_1", **seller()}, "note": None}], "lines": list(lines), **more,
    }  # fmt: skip


def a_checkout(**more: Any) -> dict[str, Any]:
    quote = {
        "slot": "NOW", "token": "a.quote", "fee": 8000, "distanceM": 1800, "durationS": 600, "riderShare": 6400,
        "tariffVersion": "GOODS-I-v1", "legalBasis": "KP 1001/2022", "distanceSource": "ESTIMATE",
        "lines": [{"part": "MINIMUM", "amount": 8000, "off": 0, "count": None, "each": None, "name": None}],
        "expiresAt": "2030-01-01T00:00:00Z",
    }  # fmt: skip
    quotes = {"problems": [], "quotes": [quote]}
    return {"contact": {"id": "con_1", "label": "Rumah"}, "problems": [], "deliveryQuotes": quotes, **more}


def kept(web: Site, page: Any) -> Session:
    found = web.shared.sealing.open(page.headers["set-cookie"].split("=", 1)[1].split(";")[0])
    assert found is not None
    return found


async def test_a_buyers_page_is_one_request_with_lines_fee_and_slots(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots["me"] = {"cart": a_cart(a_line(), handovers=[a_slot("PICKUP")], checkout=a_checkout())}
    page = await get(web, session, "/keranjang", signed_in())
    assert len(gateway.asked) == 1
    for text in ("3 ikat", "Rp9.000", "Ongkir ke", "Rumah", "Rp8.000", "Bisa diambil besok 06.30", "Lanjut memesan"):
        assert text in page.text, text


async def test_a_guests_page_is_one_request_by_the_token_alone(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots["guestCart"] = lambda token: a_cart(a_line()) if token == TOKEN else None
    page = await get(web, session, "/keranjang", Session(guest=TOKEN))
    assert (len(gateway.asked), "Lanjut memesan" in page.text) == (1, True)
    assert TOKEN not in page.html
    assert kept(web, page).guest_lines == 1


async def test_a_guest_opens_a_cart_by_what_is_put_in_first_and_then_sets_its_lines(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    browser = PlainBrowser(web.url, session)
    gateway.roots = {
        "productBySlug": good(),
        "openGuestCart": {"problems": [], "token": TOKEN},
        "guestCart": lambda token: a_cart(a_line()),
        "setCartLine": {"problems": []},
    }
    await browser.go("/toko/bu-sri/bayam")
    page = await browser.press("Masukkan keranjang", quantity="3")
    assert "3 ikat" in page.text
    opened = next(each for each in gateway.asked if "openGuestCart" in each["query"])
    assert opened["variables"]["lines"] == [{"variantId": "var_1", "quantity": 3, "note": None, "whenShort": None}]
    page = await browser.press("Ubah", quantity="banyak")
    assert (page.status, "Tulis jumlahnya" in page.text) == (422, True)
    form = next(each for each in page.forms if each.has("Ubah"))
    await browser.send(form, "Ubah", quantity="5", note="yang muda", when_short="SIMILAR")
    asked = next(each for each in gateway.asked if "setCartLine" in each["query"])["variables"]
    assert asked == {"variant": "var_1", "quantity": 5, "note": "yang muda", "whenShort": "SIMILAR", "guest": TOKEN}


async def test_a_guests_cart_that_is_gone_is_opened_anew_or_said_to_be_empty(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots = {
        "guestCart": None,
        "setCartLine": {"problems": [refusal("NOT_FOUND", field="guest")]},
        "openGuestCart": {"problems": [], "token": "n" * 32},
    }
    page = await get(web, session, "/keranjang", Session(guest=TOKEN, guest_lines=2))
    assert "lama tidak disentuh" in page.text
    assert (kept(web, page).guest, kept(web, page).cart_size) == ("", 0)
    page = await post(web, session, "/keranjang", Session(guest=TOKEN), variant="var_1", quantity="1", base="1")
    assert (page.status, kept(web, page).guest) == (303, "n" * 32)
    # While ordering is away nothing is forgotten.
    gateway.errors = [error("SERVICE_UNAVAILABLE")]
    page = await get(web, session, "/keranjang", Session(guest=TOKEN))
    assert (page.status, "set-cookie" in page.headers) == (503, False)


async def test_what_the_release_before_kept_in_the_cookie_becomes_a_cart_of_the_graph(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    def opened(lines: list[dict[str, Any]]) -> dict[str, Any]:
        if len(lines) > 1:
            return {"problems": [refusal("PRODUCT_UNAVAILABLE", field="lines.0.variantId")], "token": None}
        return {"problems": [], "token": TOKEN}

    gateway.roots = {"openGuestCart": opened, "guestCart": a_cart(a_line())}
    before = Session(lines=[GuestLine("prd_0", "var_0", 1), GuestLine("prd_1", "var_1", 3)])
    page = await get(web, session, "/keranjang", before)
    assert "Bayam" in page.text
    assert gateway.asked[1]["variables"]["lines"] == [{"variantId": "var_1", "quantity": 3}]
    assert (kept(web, page).guest, kept(web, page).lines) == (TOKEN, [])


async def test_who_signs_in_takes_it_along_and_what_stays_out_is_said(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    tokens = {"accessToken": "new", "expiresIn": 600, "refreshToken": "next"}
    left = [{"name": "Kelor", "problems": [refusal("CART_TOO_LARGE", limit=50, unit="LINE")]}]
    gateway.roots = {
        "signIn": {"problems": [], "tokens": tokens},
        "takeOverGuestCart": {"problems": [], "leftOut": []},
    }
    who = Session(guest=TOKEN, guest_lines=1, phone="0812")
    page = await post(web, session, "/masuk/kode", who, code="123456", next="/pesan")
    assert page.headers["location"] == "/pesan"
    assert gateway.asked[-1]["variables"] == {"token": TOKEN}
    assert gateway.asked[-1]["headers"]["authorization"] == "Bearer new"
    assert kept(web, page).guest == ""
    gateway.roots["takeOverGuestCart"] = {"problems": [], "leftOut": left}
    page = await post(web, session, "/masuk/kode", who, code="123456", next="/pesan")
    assert page.headers["location"] == "/keranjang"
    assert "Kelor: Keranjang penuh" in kept(web, page).said
    # Ordering is away: they are signed in, and the cart's page tries it again.
    gateway.roots["takeOverGuestCart"] = None
    page = await post(web, session, "/masuk/kode", who, code="123456", next="/pesan")
    again = kept(web, page)
    assert (page.headers["location"], again.signed_in, again.guest) == ("/keranjang", True, TOKEN)
    gateway.roots |= {"takeOverGuestCart": {"problems": [], "leftOut": []}, "me": {"cart": a_cart(a_line())}}
    page = await get(web, session, "/keranjang", again)
    assert ("Bayam" in page.text, kept(web, page).guest) == (True, "")


async def test_what_has_changed_and_what_stands_against_it_is_said_with_what_to_do(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    line = a_line(
        priceSeen={"priceText": "Rp2.500 / ikat"},
        problems=[refusal("OUT_OF_STOCK", limit=2, unit="BASE_UNIT"), refusal("LICENCE_LAPSED")],
    )
    whole = [refusal("TOO_MANY_MERCHANTS", limit=8, unit="MERCHANT")]
    far = [refusal("OUT_OF_SERVING_AREA", lineId="cln_1")]
    gateway.roots["me"] = {"cart": a_cart(line, problems=whole, checkout=a_checkout(problems=far))}
    page = await get(web, session, "/keranjang", signed_in())
    for text in (
        "waktu dimasukkan Rp2.500 / ikat, sekarang Rp3.000 / ikat",
        "sisa 2 ikat",
        "izinnya habis",
        "tidak mengantar ke tempat itu",
        "paling banyak dari 8 penjual",
    ):
        assert text in page.text, text
    assert "Lanjut memesan" not in page.text
    # Who is shut, or does not bring it there, may have another time or counter.
    shut = a_line(problems=[refusal("MERCHANT_CLOSED")])
    gateway.roots["me"] = {"cart": a_cart(shut, handovers=[a_slot("PICKUP")], checkout=a_checkout(problems=far))}
    assert "Lanjut memesan" in (await get(web, session, "/keranjang", signed_in())).text


async def test_a_message_to_a_seller_is_saved_and_a_wrong_one_stands_at_its_field(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots = {
        "setSellerNote": {"problems": []},
        "me": {"cart": a_cart(a_line(note="<b>muda</b>", whenShort="DROP"), checkout=a_checkout())},
    }
    who = signed_in()
    page = await get(web, session, "/keranjang", who)
    assert "&lt;b&gt;muda&lt;/b&gt;" in page.html
    page = await post(web, session, "/keranjang", who, merchant="mer_1", note="jam 7")
    assert page.headers["location"] == "/keranjang"
    assert gateway.asked[-1]["variables"] == {"merchant": "mer_1", "note": "jam 7", "guest": None}
    gateway.roots["setSellerNote"] = {"problems": [refusal("INVALID_TEXT", field="note", limit=200, unit="CHARACTER")]}
    page = await post(web, session, "/keranjang", who, merchant="mer_1", note="x")
    assert (page.status, "paling banyak 200 huruf" in page.text) == (422, True)


async def test_an_order_is_put_into_the_cart_again(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    left = [{"name": "Kelor", "problems": [refusal("PRODUCT_UNAVAILABLE")]}]
    gateway.roots["reorder"] = {"problems": [], "leftOut": left}
    page = await post(web, session, "/pesanan/LMJ-261129-0001/lagi", signed_in(), id="ord_1")
    assert page.headers["location"] == "/keranjang"
    assert "Kelor: Barang ini tidak dijual lagi" in kept(web, page).said
    assert gateway.asked[-1]["variables"] == {"id": "ord_1"}
