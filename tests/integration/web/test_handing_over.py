"""Choosing how and when, by plain forms; the code and the place on the order's page; tomorrow's orders and the code at the counter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from services.contracts.places import WIB
from services.web.session import now_s
from tests.integration.web.test_pages import get, order, post, seller, signed_in
from tests.worlds.fake_gateway import FakeGateway, Site, refusal

CONTACT = {
    "id": "con_1", "label": "Rumah", "recipient": "Siti", "phone": "+6281234567811", "line": "Jalan Mawar 1",
    "kecamatanCode": "35.08.10", "note": None,
}  # fmt: skip


def tomorrow() -> datetime:
    """Half past six; asked anew by each test, since a run of all may begin before midnight and end after it."""
    day = datetime.fromtimestamp(now_s(), UTC).astimezone(WIB) + timedelta(days=1)
    return day.replace(hour=6, minute=30, second=0, microsecond=0)


def a_slot(way: str, **more: Any) -> dict[str, Any]:
    return {
        "way": way, "slotFrom": tomorrow().isoformat(), "slotTo": (tomorrow() + timedelta(hours=1)).isoformat(), "capacityLeft": 3,
        "unavailable": None, "stopId": "stp_1" if way == "ROUTE_STOP" else None,
        "place": {"PICKUP": "Warung Bu Sri", "ROUTE_STOP": "Balai desa"}.get(way), **more,
    }  # fmt: skip


def the_cart(*slots: dict[str, Any], problems: Any = (), quotes: Any = None, far: Any = ()) -> dict[str, Any]:
    quote = {
        "slot": "NOW", "token": "a.quote", "fee": 8000, "distanceM": 1800, "durationS": 600, "riderShare": 6400,
        "tariffVersion": "GOODS-I-v1", "legalBasis": "KP 1001/2022", "distanceSource": "ESTIMATE",
        "lines": [{"part": "MINIMUM", "amount": 8000, "off": 0, "count": None, "each": None, "name": None}],
        "expiresAt": "2030-01-01T00:00:00Z",
    }  # fmt: skip
    line = {
        "id": "cln_1", "name": "Bayam", "quantityText": "3 ikat", "total": 9000, "estimated": False, "merchant": seller(),
        "priceText": "Rp3.000 / ikat", "whenShort": "ASK",
        "problems": list(problems),
    }  # fmt: skip
    return {
        "contacts": [CONTACT],
        "cart": {
            "id": "crt_1", "version": 4, "goodsTotal": 9000, "massGram": 750, "handovers": list(slots), "lines": [line], "problems": [],
            "checkout": {
                "contact": {"id": "con_1", "label": "Rumah"}, "problems": list(far),
                "deliveryQuotes": quotes or {"problems": [], "quotes": [quote]},
            },
        },
    }  # fmt: skip


@pytest.fixture(autouse=True)
def shown(gateway: FakeGateway) -> None:
    gateway.roots["me"] = the_cart(a_slot("DELIVERY"), a_slot("PICKUP"), a_slot("ROUTE_STOP"))
    gateway.roots["placeOrder"] = {"problems": [], "order": {"orderCode": "LMJ-261129-0001"}}


async def test_who_says_nothing_is_brought_it_now(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    who = signed_in()
    page = await get(web, session, "/pesan", who)
    form = page.form("Pesan sekarang, Rp17.000")
    assert form.values["when"] == "now"
    gone = await post(
        web, session, "/pesan", who, **{name: text for name, text in form.values.items() if name != "csrf"}
    )
    assert gone.headers["location"] == "/pesanan/LMJ-261129-0001"
    asked = gateway.asked[-1]["variables"]["input"]
    assert (asked["handover"], asked["quote"], asked["total"]) == (None, "a.quote", 17_000)


@pytest.mark.parametrize(
    ("way", "total", "quote"), [("DELIVERY", 17_000, "a.quote"), ("PICKUP", 9_000, None), ("ROUTE_STOP", 9_000, None)]
)
async def test_a_time_is_chosen_by_a_plain_form_and_what_is_collected_costs_no_delivery(
    way: str, total: int, quote: str | None, web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    who = signed_in()
    page = await get(web, session, "/pesan", who)
    choosing = page.form("Pakai waktu ini")
    (word,) = [each for each in choosing.choices["waktu"] if each.startswith(way)]
    page = await get(web, session, f"/pesan?waktu={word.replace('+', '%2B')}&alamat=con_1", who)
    assert f"besok 06.30 - {(tomorrow() + timedelta(hours=1)):%H.%M} WIB" in page.text
    form = page.form("Pesan sekarang")
    assert form.values["total"] == str(total)
    await post(web, session, "/pesan", who, **{name: text for name, text in form.values.items() if name != "csrf"})
    asked = gateway.asked[-1]["variables"]["input"]
    assert (asked["handover"]["way"], asked["quote"], asked["total"]) == (way, quote, total)
    assert datetime.fromisoformat(asked["handover"]["slotFrom"]) == tomorrow()
    assert asked["handover"]["stopId"] == ("stp_1" if way == "ROUTE_STOP" else None)


async def test_who_is_shut_now_can_be_ordered_from_for_tomorrow(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots["me"] = the_cart(
        a_slot("PICKUP"),
        problems=[refusal("MERCHANT_CLOSED")],
        quotes={"problems": [refusal("OUT_OF_AREA")], "quotes": None},
    )
    who = signed_in()
    page = await get(web, session, "/pesan", who)
    assert "Penjual sedang tutup. Pilih waktu lain" in page.text
    word = page.form("Pakai waktu ini").choices["waktu"][-1]
    page = await get(web, session, f"/pesan?waktu={word.replace('+', '%2B')}", who)
    assert page.form("Pesan sekarang, Rp9.000").values["total"] == "9000"
    assert "Keluarkan barangnya" not in page.text


async def test_where_a_seller_brings_nothing_it_can_be_collected(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots["me"] = the_cart(a_slot("PICKUP"), far=[refusal("OUT_OF_SERVING_AREA", lineId="cln_1")])
    who = signed_in()
    page = await get(web, session, "/pesan", who)
    assert "Penjual ini tidak mengantar ke tempat itu." in page.text
    assert "Pesan sekarang" not in page.text
    word = page.form("Pakai waktu ini").choices["waktu"][-1]
    page = await get(web, session, f"/pesan?waktu={word.replace('+', '%2B')}", who)
    assert page.form("Pesan sekarang, Rp9.000").values["total"] == "9000"
    assert "tidak mengantar" not in page.text


async def test_a_time_that_is_full_meanwhile_is_said_and_what_is_no_time_goes_back(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    who = signed_in()
    gateway.roots["placeOrder"] = {"problems": [refusal("SLOT_FULL", field="input.handover.slotFrom")], "order": None}
    given = {"cart": "crt_1", "version": "4", "contact": "con_1", "quote": "", "total": "9000", "key": "k" * 32}
    page = await post(web, session, "/pesan", who, when=f"PICKUP~{tomorrow().isoformat()}~", **given)
    assert page.status == 422
    assert "Waktu itu baru saja penuh. Pilih waktu lain." in page.text
    for word in ("PICKUP~nonsense~", "LATER~2026-01-01T00:00:00Z~", "PICKUP~2026-01-01T00:00:00~", "x" * 500):
        page = await post(web, session, "/pesan", who, when=word, **given)
        assert (page.status, page.headers["location"]) == (303, "/pesan")
    page = await get(web, session, "/pesan?waktu=PICKUP~2020-01-01T00:00:00Z~", who)
    assert "Waktu itu sudah tidak bisa dipilih." in page.text
    assert page.form("Pesan sekarang, Rp17.000").values["when"] == "now"


async def test_the_page_of_a_collected_order_has_place_time_and_code_and_turns_with_it(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    collected = {
        **order(1, "CONFIRMED"), "deliveryFee": 0, "counterCode": "402913",
        "handover": {"way": "PICKUP", "slotFrom": tomorrow().isoformat(), "slotTo": (tomorrow() + timedelta(hours=1)).isoformat(),
                     "place": "Warung Bu Sri"},
    }  # fmt: skip
    gateway.roots["orderByCode"] = collected
    page = await get(web, session, "/pesanan/LMJ-261129-0001", signed_in())
    for text in ("402913", "Warung Bu Sri", "besok 06.30 - 07.30 WIB", "Bayar tunai ke penjual saat barang diambil."):
        assert text in page.text
    gateway.events = [
        {"orderChanged": collected},
        {"orderChanged": collected | {"version": 2, "status": "COMPLETED", "counterCode": None}},
    ]
    async with session.get(
        f"{web.url}/pesanan/LMJ-261129-0001/langsung?id=ord_1", headers=web.cookie(signed_in())
    ) as answer:
        first, second, *_ = (await answer.read()).decode().split("event: part")[1:]
    assert "402913" in first
    assert "402913" not in second


async def test_a_seller_sees_tomorrows_orders_apart_and_hands_over_by_the_code(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    node: dict[str, Any] = {
        "id": "sor_1", "orderCode": "LMJ-261129-0001", "status": "ACCEPTED", "placedAt": "2026-11-29T05:00:00.000Z", "acceptBy": None,
        "readyAt": tomorrow().isoformat(), "rejectReason": None, "goodsTotal": 9000, "dropoffKecamatanCode": "35.08.10",
        "handover": {"way": "ROUTE_STOP", "slotFrom": tomorrow().isoformat(), "slotTo": (tomorrow() + timedelta(minutes=30)).isoformat(),
                     "place": "Balai desa"},
        "lines": [], "pickup": None, "onKasbon": False,
    }  # fmt: skip
    gateway.roots["merchantBySlug"] = {
        **seller(), "id": "mer_1", "status": "ACTIVE", "autoAccept": True, "orders": {"edges": [{"node": node}], "pageInfo": None},
    }  # fmt: skip
    who = signed_in()
    page = await get(web, session, "/jualan/bu-sri", who)
    assert "Untuk besok dan seterusnya (1)" in page.text
    assert "Diambil besok 06.30 - 07.00 WIB · Balai desa" in page.text
    form = page.form("Serahkan barang")
    gateway.roots["handOverSellerOrder"] = {"problems": [refusal("WRONG_PIN", field="code")], "sellerOrder": None}
    wrong = await post(web, session, form.action, who, order="sor_1", do="hand_over", code="111111")
    assert wrong.status == 422
    assert "Kode salah" in wrong.text
    gateway.roots["handOverSellerOrder"] = {"problems": [], "sellerOrder": None}
    done = await post(web, session, form.action, who, order="sor_1", do="hand_over", code="402913")
    assert done.status == 303
    assert gateway.asked[-1]["variables"] == {"id": "sor_1", "code": "402913"}


async def test_what_to_do_when_a_seller_cannot_is_asked_and_said(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    who = signed_in()
    found = the_cart()
    other = {**found["cart"]["lines"][0], "id": "cln_2", "merchant": {**seller(), "name": "Pak Min"}}
    found["cart"]["lines"].append(other)
    gateway.roots["me"] = found
    page = await get(web, session, "/pesan", who)
    assert "Kalau ada penjual yang tidak bisa" in page.text
    given = {name: text for name, text in page.form("Pesan sekarang").values.items() if name != "csrf"}
    await post(web, session, "/pesan", who, **{**given, "if_refused": "GO_ON"})
    assert gateway.asked[-1]["variables"]["input"]["ifRefused"] == "GO_ON"


async def test_an_order_that_waits_for_its_buyer_is_continued_and_one_seller_left_out(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    def part(name: str, status: str, **more: Any) -> dict[str, Any]:
        return {
            "id": f"sor_{name}", "status": status, "acceptBy": None, "readyAt": None, "rejectReason": None, "leftAt": None,
            "goodsTotal": 9000, "merchant": seller(), "lines": [], **more,
        }  # fmt: skip

    gone = part("one", "REJECTED", leftAt="2026-11-29T05:01:00.000Z", rejectReason="habis", goodsTotal=0)
    asked = {
        **order(3, "PLACED"), "answerBy": "2026-11-29T05:06:00.000Z", "placedTotal": 26000,
        "sellerOrders": [gone, part("two", "ACCEPTED"), part("three", "ACCEPTED")],
    }  # fmt: skip
    gateway.roots["orderByCode"] = asked
    gateway.roots["continueOrder"] = {"problems": []}
    gateway.roots["cancelSellerOrder"] = {"problems": []}
    who, path = signed_in(), "/pesanan/LMJ-261129-0001"
    page = await get(web, session, path, who)
    for text in ("Ada penjual yang tidak bisa", "sebelum 12.06", "tidak jadi", "Saat dipesan Rp26.000.", "habis"):
        assert text in page.text
    form = page.form("Lanjutkan dengan sisanya, Rp17.000")
    assert (await post(web, session, form.action, who, id=form.values["id"])).status == 303
    assert gateway.asked[-1]["variables"] == {"id": "ord_1"}
    form = page.form("Tidak jadi dari penjual ini")
    assert (await post(web, session, form.action, who, part=form.values["part"])).status == 303
    assert gateway.asked[-1]["variables"] == {"id": "sor_two", "reason": None}
    gateway.roots["continueOrder"] = {"problems": [refusal("WRONG_STATE", status="CANCELLED")]}
    assert (await post(web, session, form.action, who, id="ord_1")).status == 422
