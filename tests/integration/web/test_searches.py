"""Officers see searches that find nobody, and what they do about one is sent with its reason."""

from __future__ import annotations

from typing import Any

import aiohttp

from tests.integration.web.test_pages import HOSTILE, get, post, signed_in
from tests.integration.web.test_zones import listed
from tests.worlds.fake_gateway import FakeGateway, Site, refusal

SEARCH: dict[str, Any] = {
    "deliveryId": "dlv_1", "orderId": "ord_1", "status": "OFFERED", "test": False, "requestedAt": "2026-03-01T01:00:00Z",
    "wantsPersonSince": "2026-03-01T01:05:00Z", "seekUntil": "2026-03-01T01:10:00Z", "cashToCollect": 65000, "distanceM": 4300,
    "merchantName": HOSTILE, "fromKecamatan": "Lumajang", "toKecamatan": "Sukodono",
    "asked": [
        {"state": "DECLINED", "offeredAt": "2026-03-01T01:00:00Z", "takenToday": 3, "askedOf": 4, "awayM": 900, "addedM": None,
         "byHand": False, "partner": {"name": "Ojek Semeru"}},
    ],
    "decisions": [{"action": "EXTEND", "minutes": 10, "reason": "hujan", "at": "2026-03-01T01:06:00Z", "partner": None}],
}  # fmt: skip


def there(gateway: FakeGateway) -> None:
    gateway.roots["searchesWantingAPerson"] = listed(SEARCH)
    gateway.roots["riderSearch"] = None
    gateway.roots["partners"] = {
        "edges": [
            {"node": {"id": "ptn_1", "name": "Ojek Semeru", "status": "ACTIVE"}},
            {"node": {"id": "ptn_2", "name": "Ojek Libur", "status": "PAUSED"}},
        ]
    }


async def test_who_was_asked_is_shown_with_why(web: Site, gateway: FakeGateway, session: aiohttp.ClientSession) -> None:
    there(gateway)
    page = await get(web, session, "/petugas/pencarian", signed_in())
    for text in (
        "Lumajang → Sukodono",
        "menolak",
        "3 tugas hari itu, dipilih dari 4 jasa antar",
        "Diperpanjang petugas",
        "hujan",
        "Rp65.000",
    ):
        assert text in page.text
    assert "<script>alert" not in page.html
    assert "Ojek Libur" not in page.text
    page = await get(web, session, "/petugas/pencarian?antaran=dlv_2", signed_in())
    assert "Tidak ada antaran dengan nomor ini." in page.text


async def test_what_is_done_is_sent_with_its_reason_and_what_is_missing_is_said(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    there(gateway)
    for name in ("offerToPartner", "extendSearch", "cancelSearch"):
        gateway.roots[name] = {"problems": []}
    who, given = signed_in(), {"id": "dlv_1", "why": "ditelepon", "company": "ptn_1", "minutes": "15"}
    for do, sent in (
        ("offer", {"id": "dlv_1", "reason": "ditelepon", "partner": "ptn_1"}),
        ("extend", {"id": "dlv_1", "reason": "ditelepon", "minutes": 15}),
        ("cancel", {"id": "dlv_1", "reason": "ditelepon"}),
    ):
        assert (await post(web, session, "/petugas/pencarian", who, do=do, **given)).status == 303
        assert gateway.asked[-1]["variables"] == sent
    for do, wrong, said in (
        ("offer", {"company": ""}, "Pilih jasa antarnya."),
        ("extend", {"minutes": "90"}, "Tulis 1 sampai 60 menit."),
        ("cancel", {"why": ""}, "Tulis alasannya."),
    ):
        page = await post(web, session, "/petugas/pencarian", who, do=do, **{**given, **wrong})
        assert (page.status, said in page.text) == (422, True)
    gateway.roots["extendSearch"] = {"problems": [refusal("WRONG_STATE", status="CANCELLED")]}
    assert (await post(web, session, "/petugas/pencarian", who, do="extend", **given)).status == 422
