"""A voucher before ordering, a shop's own promotions and the programmes, all by plain forms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from services.contracts.places import WIB
from services.web.session import now_s
from tests.integration.web.test_handing_over import the_cart
from tests.integration.web.test_pages import get, order, post, signed_in
from tests.worlds.fake_gateway import FakeGateway, Site, refusal

PROMO = {
    "id": "prm_1", "nameId": "Berkah Jumat", "kind": "PERCENT", "value": 10, "cap": 5000, "minimum": 20000, "borneBy": "MERCHANT",
    "programme": None, "code": "BERKAH", "startsAt": "2026-11-29T00:00:00Z", "endsAt": "2026-12-29T00:00:00Z", "budget": None,
    "uses": 50, "status": "DRAFT", "used": 3, "spent": 9000,
}  # fmt: skip
PAGE = {"hasNextPage": False, "endCursor": None}


def listed(*promos: dict[str, Any]) -> dict[str, Any]:
    return {"pageInfo": PAGE, "edges": [{"node": each} for each in promos]}


def a_discount(name: str, amount: int | None, **more: Any) -> dict[str, Any]:
    return {
        "name": lambda _, language: name, "amount": amount, "borneBy": "REGENCY", "offDelivery": False, "byVoucher": False, **more,
    }  # fmt: skip


def with_promotions(**promotions: Any) -> dict[str, Any]:
    me = the_cart()
    me["cart"]["promotions"] = {
        "goodsDiscount": 0, "deliveryDiscountAtMost": 0, "discounts": [], "voucher": None, **promotions,
    }  # fmt: skip
    return me


async def test_what_is_taken_off_is_shown_and_the_total_that_is_asked_for(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots["me"] = with_promotions(
        goodsDiscount=900,
        deliveryDiscountAtMost=None,
        discounts=[a_discount("Pasar murah", 900), a_discount("Gratis ongkir", None, offDelivery=True, byVoucher=True)],
        voucher={"code": "ONGKIR", "problems": []},
    )
    gateway.roots["placeOrder"] = {"problems": [], "order": {"orderCode": "LMJ-261129-0001"}}
    who = signed_in()
    page = await get(web, session, "/pesan", who)
    for text in ("Pasar murah", "dari Pemkab Lumajang", "−Rp900", "−Rp8.000", "ONGKIR"):
        assert text in page.text
    form = page.form("Pesan sekarang, Rp8.100")
    await post(web, session, "/pesan", who, **{name: text for name, text in form.values.items() if name != "csrf"})
    assert gateway.asked[-1]["variables"]["input"]["total"] == 8_100


async def test_a_voucher_is_put_in_and_taken_out_without_script(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots["me"] = with_promotions()
    gateway.roots["applyVoucher"] = {"problems": []}
    who = signed_in()
    form = (await get(web, session, "/pesan", who)).form("Pakai voucher")
    given = {name: text for name, text in form.values.items() if name != "csrf"} | {"code": "hemat 10"}
    gone = await post(web, session, "/pesan/voucher", who, **given)
    assert (gone.status, gone.headers["location"]) == (303, "/pesan?alamat=con_1&waktu=now")
    assert gateway.asked[-1]["variables"] == {"code": "hemat 10"}
    gateway.roots["me"] = with_promotions(voucher={"code": "HEMAT10", "problems": []})
    gateway.roots["removeVoucher"] = {"problems": []}
    (await get(web, session, "/pesan", who)).form("Lepas voucher")
    gone = await post(web, session, "/pesan/voucher", who, do="out")
    assert gone.headers["location"] == "/pesan"


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        ({"code": "VOUCHER_UNKNOWN"}, "Tidak ada voucher dengan kode itu."),
        ({"code": "VOUCHER_BELOW_MINIMUM", "minimum": 20000, "unit": "RUPIAH"}, "belanja paling sedikit Rp20.000"),
        ({"code": "VOUCHER_USED_UP"}, "sudah habis"),
    ],
)
async def test_a_code_that_does_not_apply_is_refused_in_words_at_its_field(
    problem: dict[str, Any], said: str, web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots["me"] = with_promotions(voucher={"code": "LAMA22", "problems": [refusal(**problem)]})
    gateway.roots["applyVoucher"] = {"problems": [refusal(**problem)]}
    who = signed_in()
    assert said in (await get(web, session, "/pesan", who)).text
    gateway.roots["me"] = with_promotions()
    page = await post(web, session, "/pesan/voucher", who, code="salah", contact="con_1", when="now")
    assert page.status == 422
    assert said in page.text


async def test_when_promotions_are_away_the_page_is_there_without_them(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots["me"] = the_cart()
    page = await get(web, session, "/pesan", signed_in())
    page.form("Pesan sekarang, Rp17.000")
    assert "Pakai voucher" not in page.text


async def test_an_order_says_what_was_taken_off(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots["orderByCode"] = order(1, "PLACED") | {"discounts": [a_discount("Pasar murah", 900)], "total": 16_100}
    page = await get(web, session, "/pesanan/LMJ-261129-0001", signed_in())
    assert "Pasar murah" in page.text
    assert "−Rp900" in page.text
    assert "Rp16.100" in page.text


@pytest.fixture
def a_shop(gateway: FakeGateway) -> None:
    gateway.roots["merchantBySlug"] = {
        "id": "mer_1", "name": "Bu Sri", "slug": "bu-sri", "kind": "WLIJO", "promotions": listed(PROMO),
    }  # fmt: skip
    gateway.roots["categories"] = [{"code": "sayur", "name": "Sayur"}]


@pytest.mark.usefixtures("a_shop")
async def test_a_seller_makes_a_promotion_and_starts_it(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    who = signed_in()
    page = await get(web, session, "/jualan/bu-sri/promo", who)
    for text in (
        "Berkah Jumat",
        "10% dari harga barang",
        "BERKAH",
        "belum mulai",
        "Dipakai 3 pesanan dari 50, Rp9.000",
    ):
        assert text in page.text
    form = page.form("Simpan promo")
    gateway.roots["createPromotion"] = {"problems": []}
    today = datetime.fromtimestamp(now_s(), UTC).astimezone(WIB).date()
    typed = {
        "name_id": "Akhir bulan", "kind": "AMOUNT", "value": "5.000", "minimum": "25000", "code": "akhir25", "from": f"{today}",
        "to": f"{today + timedelta(days=6)}", "uses": "20", "category": "sayur", "first": "yes",
    }  # fmt: skip
    given = {name: text for name, text in form.values.items() if name != "csrf"} | typed
    gone = await post(web, session, "/jualan/bu-sri/promo", who, **given, do="create")
    assert gone.status == 303, gone.text
    asked = gateway.asked[-1]["variables"]["input"]
    assert asked["merchantId"] == "mer_1"
    assert (asked["kind"], asked["value"], asked["minimum"], asked["uses"]) == ("AMOUNT", 5_000, 25_000, 20)
    assert (asked["nameEn"], asked["categories"], asked["firstOrderOnly"]) == ("Akhir bulan", ["sayur"], True)
    # The last day counts.
    begins, ends = (datetime.fromisoformat(asked[name]).astimezone(WIB) for name in ("startsAt", "endsAt"))
    assert (begins.date(), ends.date()) == (today, today + timedelta(days=7))
    gateway.roots["startPromotion"] = {"problems": []}
    gone = await post(web, session, "/jualan/bu-sri/promo", who, do="start_promotion", promo="prm_1", id="mer_1")
    assert gone.status == 303
    assert gateway.asked[-1]["variables"] == {"id": "prm_1"}


@pytest.mark.usefixtures("a_shop")
async def test_what_a_seller_typed_wrong_stays_and_is_said_at_its_field(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    who = signed_in()
    page = await post(web, session, "/jualan/bu-sri/promo", who, do="create", id="mer_1", name_id="Murah", value="x")
    assert page.status == 422
    for text in ("Tulis dengan angka", "Pilih tanggal mulai"):
        assert text in page.text
    assert page.form("Simpan promo").values["name_id"] == "Murah"
    gateway.roots["createPromotion"] = {"problems": [refusal("VOUCHER_CODE_TAKEN", field="input.code")]}
    typed = {"name_id": "Murah", "value": "10", "from": "2026-12-01", "to": "2026-12-02", "code": "BERKAH"}
    page = await post(web, session, "/jualan/bu-sri/promo", who, do="create", id="mer_1", **typed)
    assert page.status == 422
    assert "sudah dipakai promo lain" in page.text


async def test_an_officer_makes_a_programme_of_the_regency(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots["programmes"] = listed(
        PROMO | {"borneBy": "REGENCY", "programme": "pasar-murah", "budget": 1_000_000}
    )
    gateway.roots["categories"] = []
    gateway.roots["createPromotion"] = {"problems": []}
    who = signed_in()
    page = await get(web, session, "/petugas/promo", who)
    assert "pasar-murah" in page.text
    form = page.form("Simpan promo")
    typed = {
        "name_id": "Gratis ongkir Klakah", "kind": "FREE_DELIVERY", "budget": "5000000", "from": "2026-12-01", "to": "2026-12-31",
        "kecamatan": "35.08.01", "programme": "Ongkir-Klakah",
    }  # fmt: skip
    given = {name: text for name, text in form.values.items() if name != "csrf"} | typed
    gone = await post(web, session, "/petugas/promo", who, **given, do="create")
    assert gone.status == 303, gone.text
    asked = gateway.asked[-1]["variables"]["input"]
    assert (asked["merchantId"], asked["programme"], asked["value"]) == (None, "ongkir-klakah", 0)
    assert (asked["kecamatanCodes"], asked["budget"]) == (["35.08.01"], 5_000_000)
