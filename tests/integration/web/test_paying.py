"""Paying by QRIS on the pages: offered where it is, shown as a picture that turns by itself, and without JavaScript."""

from __future__ import annotations

from typing import Any

import aiohttp

from infra.local.qris.bank import code
from services.web.qr import drawn
from tests.integration.web.test_pages import get, order, signed_in
from tests.worlds.fake_gateway import FakeGateway, Site

CONTENT = code(17_000, "000000000001")


def waiting(**changed: Any) -> dict[str, Any]:
    qris = {
        "state": "SHOWN", "content": CONTENT, "expiresAt": "2026-11-29T05:15:00.000Z", "payBy": "2026-11-29T05:15:00.000Z", **changed,
    }  # fmt: skip
    found = order(3, "PLACED")
    found["payment"] |= {"status": "PENDING", "method": "QRIS", "qris": qris}
    return found


def test_the_picture_is_svg_without_styles_or_scripts() -> None:
    svg = str(drawn(CONTENT))
    assert svg.startswith("<svg")
    assert "style=" not in svg
    assert "<script" not in svg


async def test_the_code_is_a_picture_on_the_orders_page(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots = {"orderByCode": waiting()}
    page = await get(web, session, "/pesanan/LMJ-261129-0001", signed_in())
    assert page.status == 200
    assert "<svg" in page.html
    assert 'http-equiv="refresh"' in page.html
    gateway.roots = {"orderByCode": waiting(state="MAKING", content=None, expiresAt=None)}
    page = await get(web, session, "/pesanan/LMJ-261129-0001", signed_in())
    assert "Kode sedang dibuat" in page.text
    assert 'class="qr"' not in page.html


async def test_the_page_turns_by_itself_when_it_is_paid(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    paid = order(4, "CONFIRMED")
    paid["payment"] |= {
        "status": "PAID",
        "method": "QRIS",
        "qris": {"state": "PAID", "content": None, "expiresAt": None, "payBy": None},
    }
    ended = order(5, "CANCELLED")
    ended["cancellation"] = {"reason": "PAYMENT_TIMEOUT", "borneBy": "NOBODY"}
    ended["payment"] |= {"status": "REFUNDED", "method": "QRIS", "refunds": [{"amount": 17000, "status": "DONE"}]}
    gateway.events = [{"orderChanged": waiting()}, {"orderChanged": paid}, {"orderChanged": ended}]
    url = f"{web.url}/pesanan/LMJ-261129-0001/langsung?id=ord_1"
    async with session.get(url, headers=web.cookie(signed_in())) as answer:
        said = (await answer.read()).decode()
    first, second, third = said.split("event: part")[1:4]
    assert "<svg" in first
    assert "<svg" not in second
    assert "Rp17.000 sudah dikembalikan" in third
