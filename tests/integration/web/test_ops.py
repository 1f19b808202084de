"""Operators see which orders want a person and one order's whole life, act from there, and see how companies are reached."""

from __future__ import annotations

from typing import Any

import aiohttp

from tests.integration.web.test_pages import HOSTILE, get, post, signed_in
from tests.integration.web.test_zones import listed
from tests.worlds.fake_gateway import FakeGateway, Site, refusal

AT = "2026-03-01T01:00:00Z"
CODE = "LMJ-260301-0001"
MARKED: dict[str, Any] = {
    "mark": "STOCK_COMMITTED in AWAIT_STOCK", "orderCode": CODE, "placedAt": AT,
    "order": {"status": "CONFIRMED", "total": 69_500, "test": False,
              "sellerOrders": [{"merchant": {"id": "mer_1", "name": HOSTILE}}, {"merchant": None}]},
}  # fmt: skip
TIMER = {"kind": "order.delivery_deadline", "dueAt": AT, "isOverdue": True, "attempts": 2, "error": HOSTILE}
TOLD = {"type": "ordering.order_placed.v1", "count": 1, "toldAt": AT, "sentAt": None}
TRIP: dict[str, Any] = {
    "id": "dlv_1", "status": "ASSIGNED", "fee": 12_000, "cashToCollect": 81_500, "partner": {"id": "ptn_1", "name": HOSTILE},
    "life": {
        "steps": [{"at": AT, "status": "ASSIGNED", "cause": "ACCEPTED"}],
        "offers": [{"partnerName": HOSTILE, "state": "DECLINED", "offeredAt": AT, "closedAt": AT}],
        "replies": [{"partnerName": "Ojek Semeru", "type": "partner.accept.v1", "code": "OFFER_EXPIRED", "at": AT}],
        "deeds": [{"outcome": None, "failure": "BREAKDOWN", "cash": None, "fromPartnerName": "Ojek Semeru", "toPartnerName": None,
                   "withGoods": False, "reason": HOSTILE, "at": AT, "byMe": True}],
        "timers": [TIMER], "told": [TOLD],
    },
}  # fmt: skip
ORDER: dict[str, Any] = {
    "id": "ord_1", "orderCode": CODE, "status": "CONFIRMED", "test": False, "placedAt": AT, "total": 69_500,
    "payment": {"status": "PENDING", "method": "COD", "amount": 69_500, "cashCollected": None},
    "cancellation": {"reason": "DELIVERY_FAILED", "borneBy": "PARTNER"},
    "sellerOrders": [{"status": "READY", "rejectReason": HOSTILE, "goodsTotal": 57_500, "merchant": {"id": "mer_1", "name": HOSTILE}}],
    "entries": [{"at": AT, "status": "PLACED", "what": "PLACED", "actor": "BUYER", "reason": HOSTILE}],
    "life": {
        "state": "AWAIT_DELIVERY", "mark": MARKED["mark"],
        "settled": [{"mark": "CASH_SHORT", "because": HOSTILE, "at": AT, "byMe": True}], "timers": [TIMER],
        "transfers": [
            {"kind": "GOODS", "debit": "partner:ptn_1:cash", "credit": "merchant:mer_2:payable", "amount": 57_500, "at": AT},
        ], "told": [TOLD],
    },
    "delivery": TRIP,
}  # fmt: skip
COMPANIES = {"edges": [{"node": {"id": "ptn_1", "name": "Ojek Semeru", "status": "ACTIVE"}}]}
RIDERS = {
    "id": "ptn_1",
    "name": "Ojek Semeru",
    "riders": {"edges": [{"node": {"id": "rid_1", "name": HOSTILE, "onShift": False}}]},
}
COMPANY: dict[str, Any] = {
    "id": "ptn_1", "name": HOSTILE, "status": "ACTIVE", "statusReason": HOSTILE, "isConnected": False, "unansweredOffers": 3, "heardAt": AT,
    "offers": [{"expiresAt": AT}],
    "webhook": {"url": "https://ojek.example/masuk", "status": "ACTIVE", "pausedBy": None, "failingSince": AT, "restsUntil": AT,
                "deliveredAt": None, "waiting": 7, "waitingSince": AT},
}  # fmt: skip
WHERE = f"/petugas/pesanan/{CODE}"


async def test_orders_that_want_a_person_are_named_and_filtered_in_one_request(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots |= {"ordersWantingAPerson": listed(MARKED), "partners": COMPANIES}
    page = await get(web, session, "/petugas/pesanan?menit=30&jasa=ptn_1&sebab=CASH_SHORT&penjual=mer_1", signed_in())
    assert page.status == 200
    for text in (CODE, "STOCK_COMMITTED in AWAIT_STOCK", "Rp69.500"):
        assert text in page.text
    assert "<script>alert" not in page.html
    (asked,) = gateway.asked
    wanted = {"after": None, "mark": "CASH_SHORT", "minutes": 30, "merchant": "mer_1", "partner": "ptn_1"}
    assert asked["variables"] == wanted
    found = await get(web, session, f"/petugas/pesanan?kode={CODE.lower()}", signed_in())
    assert (found.status, found.headers["location"]) == (303, WHERE)


async def test_the_whole_life_of_an_order_is_a_page(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots |= {"orderByCode": ORDER, "partners": COMPANIES, "partner": RIDERS}
    page = await get(web, session, f"{WHERE}?jasa=ptn_1", signed_in())
    assert page.status == 200
    for text in ("AWAIT_DELIVERY", "Antaran ditunggu selesai", "gagal 2 kali", "belum terkirim", "ditanggung jasa antar", "Rp81.500",
                 "hak penjual mer_2 → tunai di jasa antar", "tawaran lewat waktu", "Tunai kurang",
                 "Kendaraan rusak", "dicari yang lain", "tidak bertugas"):  # fmt: skip
        assert text in page.text
    assert "<script>alert" not in page.html
    assert len(gateway.asked) == 1


async def test_without_delivery_the_rest_is_there_and_says_so(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots |= {"orderByCode": {**ORDER, "delivery": None}, "partners": None}
    page = await get(web, session, WHERE, signed_in())
    assert (page.status, "Belum ada antaran." in page.text) == (200, True)
    assert "Akhiri antaran" not in page.text


async def test_of_an_order_whose_inside_is_shut_there_is_no_page(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots |= {"orderByCode": {**ORDER, "life": None}, "partners": COMPANIES}
    assert (await get(web, session, WHERE, signed_in())).status == 404


async def test_what_is_done_is_sent_and_what_is_missing_is_said(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots |= {"orderByCode": ORDER, "partners": COMPANIES}
    gateway.roots |= {key: {"problems": []} for key in ("settleOrderMark", "endDelivery", "reassignDelivery")}
    who = signed_in()
    mark = {"do": "mark", "id": "ord_1", "mark": "CASH_SHORT", "because": "dihitung lagi"}
    end = {"do": "end", "trip": "dlv_1", "outcome": "DELIVERED", "cash": "80.000", "why": "PIN terkunci", "failure": ""}
    give = {"do": "reassign", "trip": "dlv_1", "new_failure": "BREAKDOWN", "new_why": "ban bocor", "rider": "rid_1"}
    off = {"do": "call_off", "id": "ord_1", "for": "MERCHANT", "off_why": "pasar kebakaran"}
    gateway.roots["callOffOrder"] = {"problems": []}
    for form, sent in (
        (off, {"id": "ord_1", "for": "MERCHANT", "reason": "pasar kebakaran"}),
        (mark, {"id": "ord_1", "mark": "CASH_SHORT", "because": "dihitung lagi"}),
        (end, {"id": "dlv_1", "outcome": "DELIVERED", "reason": "PIN terkunci", "failure": None, "cash": 80_000}),
        (give, {"id": "dlv_1", "failure": "BREAKDOWN", "reason": "ban bocor", "rider": "rid_1"}),
    ):
        assert (await post(web, session, WHERE, who, **form)).status == 303
        assert gateway.asked[-1]["variables"] == sent
    for form, said in (
        ({**off, "for": "REGENT"}, "Pilih untuk siapa."),
        ({**mark, "because": ""}, "Tulis apa yang ditemukan dan dilakukan."),
        ({**end, "outcome": "EATEN"}, "Pilih apa yang terjadi dengan barangnya."),
        ({**end, "cash": "banyak"}, "Tulis jumlah tunainya dengan angka."),
        ({**give, "new_failure": ""}, "Pilih sebabnya."),
        ({**give, "new_why": ""}, "Tulis alasannya."),
    ):
        page = await post(web, session, WHERE, who, **form)
        assert (page.status, said in page.text) == (422, True)
    gateway.roots["endDelivery"] = {"problems": [refusal("WRONG_STATE", status="DELIVERED")]}
    page = await post(web, session, WHERE, who, **end)
    assert page.status == 422
    assert "PIN terkunci" in page.html


async def test_how_companies_are_reached_is_seen_and_one_is_paused(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots["partners"] = listed(COMPANY)
    who = signed_in()
    page = await get(web, session, "/petugas/saluran", who)
    assert page.status == 200
    for text in (
        "3 tawaran berturut-turut tidak dijawab",
        "istirahat setelah gagal",
        "Menunggu dikirim: 7.",
        "Topik Kafka: tidak dipasang.",
    ):
        assert text in page.text
    assert "<script>alert" not in page.html
    assert len(gateway.asked) == 1
    gateway.roots |= {key: {"problems": []} for key in ("setPartnerStatus", "pausePartnerWebhook")}
    assert (await post(web, session, "/petugas/saluran", who, do="pause", id="ptn_1", why="banjir")).status == 303
    assert gateway.asked[-1]["variables"] == {"id": "ptn_1", "status": "PAUSED", "reason": "banjir"}
    assert (await post(web, session, "/petugas/saluran", who, do="pause_webhook", id="ptn_1")).status == 303
    assert gateway.asked[-1]["variables"] == {"company": "ptn_1"}
    page = await post(web, session, "/petugas/saluran", who, do="pause", id="ptn_1")
    assert (page.status, "Tulis alasannya." in page.text) == (422, True)
    gateway.roots["partners"] = listed({**COMPANY, "unansweredOffers": None})
    assert (await get(web, session, "/petugas/saluran", who)).status == 403
