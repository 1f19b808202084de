"""Packing by plain forms: what a seller says of each line, and what a buyer answers and sees."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from tests.integration.web.test_pages import get, order, post, seller, signed_in
from tests.worlds.fake_gateway import FakeGateway, Site, refusal

PATH = "/jualan/bu-sri/kemas/sor_1"
UNIT = {"label": "ekor", "kind": "COUNT", "basePerUnit": 1, "step": 1, "min": 1}
KILO = {"label": "kg", "kind": "MASS", "basePerUnit": 1000, "step": 250, "min": 250}


def a_line(**more: Any) -> dict[str, Any]:
    return {
        "id": "oln_1", "name": "Ayam kampung", "quantityText": "1 ekor", "priceText": "Rp36.000 / ekor", "total": 36000, "estimated": True,
        "capTotal": 39600, "state": "OPEN", "packedText": None, "packedGram": None, "finalTotal": 36000, "unit": UNIT, "note": None,
        "whenShort": "ASK", **more,
    }  # fmt: skip


def a_question(**more: Any) -> dict[str, Any]:
    return {
        "id": "qst_1", "lineId": "oln_1", "lineName": "Ayam kampung", "kind": "OVERWEIGHT", "state": "OPEN",
        "answerBy": "2026-11-29T05:05:00.000Z", "total": 46800, "totalIfNotAccepted": 39600, "ifNotAccepted": "AT_CAP",
        "gramText": "1,3 kg", "quantityText": None, "replacement": None, **more,
    }  # fmt: skip


def a_part(*lines: dict[str, Any], questions: Any = (), **more: Any) -> dict[str, Any]:
    return {
        "__typename": "SellerOrder", "id": "sor_1", "orderCode": "LMJ-261129-0001", "status": "ACCEPTED", "readyAt": None,
        "goodsTotal": 36000, "lines": list(lines) or [a_line()], "questions": list(questions), **more,
    }  # fmt: skip


@pytest.fixture(autouse=True)
def shown(gateway: FakeGateway) -> None:
    variant = {"id": "var_2", "label": "per kg", "priceText": "Rp12.000 / kg", "available": 9, "unit": KILO}
    good = {"name": "Kangkung", "status": "PUBLISHED", "variants": [variant]}
    page = {"hasNextPage": False, "endCursor": None}
    gateway.roots["merchantBySlug"] = {
        **seller(), "id": "mer_1", "products": {"edges": [{"node": good}], "pageInfo": page},
    }  # fmt: skip
    gateway.roots["node"] = a_part()
    for each in ("weighLine", "packLine", "replaceLine", "markSellerOrderReady", "answerQuestion"):
        gateway.roots[each] = {"problems": []}


async def test_a_chicken_is_weighed_on_a_number_pad(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    who = signed_in()
    page = await get(web, session, PATH, who)
    assert "1 ekor Ayam kampung" in page.text
    assert "kira-kira, paling banyak Rp39.600" in page.text
    assert 'type="number" inputmode="numeric"' in page.html
    form = page.form("Timbang")
    done = await post(web, session, form.action, who, line="oln_1", gram="1080", do="weigh")
    assert done.headers["location"] == PATH
    assert gateway.asked[-1]["variables"] == {"line": "oln_1", "gram": 1080}


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ({"do": "none"}, {"line": "oln_1", "quantity": 0}),
        ({"do": "pack", "quantity": "1"}, {"line": "oln_1", "quantity": 1}),
        (
            {"do": "replace", "variant": "var_2", "quantity": "0,5"},
            {"line": "oln_1", "variant": "var_2", "quantity": 500},
        ),
    ],
)
async def test_what_is_short_or_not_there_is_said_by_a_button(
    typed: dict[str, str], asked: dict[str, Any], web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    done = await post(web, session, PATH, signed_in(), line="oln_1", **typed)
    assert done.status == 303
    assert gateway.asked[-1]["variables"] == asked


@pytest.mark.parametrize(
    "typed",
    [
        {"do": "weigh", "gram": "1,2"}, {"do": "weigh", "gram": "99999999"}, {"do": "weigh", "gram": "٣"},
        {"do": "pack", "quantity": "banyak"}, {"do": "replace", "variant": "var_9", "quantity": "1"},
        {"do": "replace", "variant": "var_2", "quantity": ""},
    ],
)  # fmt: skip
async def test_what_is_no_number_or_no_goods_of_the_shop_is_said_at_its_line(
    typed: dict[str, str], web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    page = await post(web, session, PATH, signed_in(), line="oln_1", **typed)
    assert page.status == 422
    assert "Isi dengan angka." in page.text or "Pilih gantinya." in page.text
    assert not any("mutation" in each["query"] for each in gateway.asked)


async def test_a_refusal_stands_at_its_line_and_ready_waits_for_the_answer(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    who = signed_in()
    gateway.roots["packLine"] = {"problems": [refusal("LAST_LINE", lineId="oln_1")]}
    page = await post(web, session, PATH, who, line="oln_1", do="none")
    assert "Ini barang terakhir pesanan ini." in page.text
    gateway.roots["markSellerOrderReady"] = {"problems": [refusal("QUESTION_OPEN", until="2026-11-29T05:05:00Z")]}
    page = await post(web, session, PATH, who, do="ready")
    assert (page.status, "Pembeli masih ditanya" in page.text) == (422, True)
    gateway.roots["markSellerOrderReady"] = {"problems": []}
    assert (await post(web, session, PATH, who, do="ready")).headers["location"] == "/jualan/bu-sri"


async def test_a_line_that_is_asked_about_says_so_and_one_that_is_gone_has_no_buttons(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gone = a_line(id="oln_2", name="Bayam", state="DROPPED", finalTotal=0, estimated=False, capTotal=None)
    gateway.roots["node"] = a_part(a_line(), gone, questions=[a_question()])
    page = await get(web, session, PATH, signed_in())
    assert "boleh menjawab sampai 12.05 WIB" in page.text
    assert "Tanpa jawaban, dibayar Rp39.600." in page.text
    assert page.html.count('name="do" value="none"') == 1
    gateway.roots["node"] = a_part(status="READY")
    page = await get(web, session, PATH, signed_in())
    assert "Pesanan ini tidak sedang dikemas." in page.text
    assert 'name="do"' not in page.html


async def test_what_is_no_part_of_the_shops_is_not_there(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    for node in (None, {"__typename": "Variant", "id": "var_1"}):
        gateway.roots["node"] = node
        assert (await get(web, session, PATH, signed_in())).status == 404
    assert (await get(web, session, PATH)).status == 303


async def test_a_buyer_answers_and_sees_what_changed(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    who = signed_in()
    weighed = a_line(state="PACKED", packedText="1 ekor, 1,056 kg", finalTotal=38016)
    part = {
        "id": "sor_1", "status": "ACCEPTED", "acceptBy": None, "readyAt": None, "rejectReason": None, "goodsTotal": 38016,
        "merchant": seller(), "lines": [weighed, a_line(id="oln_2", name="Bayam", state="DROPPED", finalTotal=0)],
    }  # fmt: skip
    gateway.roots["orderByCode"] = {**order(1, "CONFIRMED"), "sellerOrders": [part], "questions": [a_question()]}
    page = await get(web, session, "/pesanan/LMJ-261129-0001", who)
    for text in (
        "Dikemas: 1 ekor, 1,056 kg",
        "Rp38.016",
        "Tidak ada",
        "Beratnya 1,3 kg, lebih dari perkiraan. Mau semuanya, Rp46.800?",
    ):
        assert text in page.text
    form = page.form("Ya, boleh")
    done = await post(web, session, form.action, who, question="qst_1", answer="yes")
    assert done.headers["location"] == "/pesanan/LMJ-261129-0001"
    assert gateway.asked[-1]["variables"] == {"id": "qst_1", "accept": True}
    gateway.roots["answerQuestion"] = {"problems": [refusal("WRONG_STATE", status="LAPSED")]}
    late = await post(web, session, form.action, who, question="qst_1", answer="no")
    assert (late.status, "Keadaannya sudah berubah" in late.text) == (422, True)


async def test_the_question_comes_with_the_order_that_turns_by_itself(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    other = {"name": "Bebek", "quantityText": "1 ekor", "priceText": "Rp50.000 / ekor", "capTotal": 55000}
    asked = a_question(kind="REPLACEMENT", ifNotAccepted="DROPPED", gramText=None, total=50000, replacement=other)
    short = a_question(id="qst_2", kind="SHORT", ifNotAccepted="DROPPED", gramText=None)
    gateway.events = [{"orderChanged": {**order(1, "CONFIRMED"), "questions": [asked, short]}}]
    async with session.get(
        f"{web.url}/pesanan/LMJ-261129-0001/langsung?id=ord_1", headers=web.cookie(signed_in())
    ) as answer:
        said = (await answer.read()).decode()
    for text in (
        "Mau diganti dengan ini?",
        "Bebek",
        "paling banyak Rp55.000",
        "Lanjut tanpa ini?",
        "Tidak, ganti yang serupa",
    ):
        assert text in said
