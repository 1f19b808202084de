"""An officer's pages of the regency's numbers: what ends and what is late, and what is left of a programme's budget."""

from __future__ import annotations

from typing import Any

import aiohttp

from tests.integration.web.test_pages import get, signed_in
from tests.worlds.fake_gateway import FakeGateway, Site


def listed(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"edges": [{"node": each} for each in nodes]}


async def test_what_ends_and_what_is_late(web: Site, gateway: FakeGateway, session: aiohttp.ClientSession) -> None:
    counted = {
        "month": "2026-11",
        "opened": 9,
        "inTime": 4,
        "late": 2,
        "withdrawn": 1,
        "waiting": 2,
        "overdue": 1,
        "unanswered": 3,
    }
    gateway.roots["licencesEnding"] = listed(
        {"kind": "BPOM_MD", "place": "35.08.10", "within14Days": 7, "within60Days": 12},
        {"kind": "PIRT", "place": None, "within14Days": 0, "within60Days": 1},
    )
    gateway.roots["complaintRecords"] = listed(
        {**counted, "isClaim": True, "kind": "SHORT"},
        {**counted, "isClaim": False, "kind": "PAYMENT", "overdue": 0},
        {**counted, "isClaim": True, "kind": "OF_TOMORROW"},
    )
    page = await get(web, session, "/petugas/angka/tenggat", signed_in())
    for text in ("Izin edar BPOM (MD) Lumajang 7 12", "P-IRT, pangan olahan rumahan – 0 1",
                 "Klaim: Kurang jumlah atau timbangannya 9 4 2 1 2 1 lewat tenggat 3",
                 "Pengaduan: Uang 9 4 2 1 2 –", "OF_TOMORROW"):  # fmt: skip
        assert text in page.text


async def test_one_part_that_is_away_leaves_the_other(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots["licencesEnding"] = None
    gateway.roots["complaintRecords"] = listed()
    page = await get(web, session, "/petugas/angka/tenggat", signed_in())
    assert "Belum ada apa-apa." in page.text


async def test_what_is_left_of_the_regencys_budgets_alone(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    made = {"nameId": "Pasar murah", "borneBy": "REGENCY", "programme": "pasar-murah", "budget": 5_000_000, "status": "RUNNING",
            "used": 31, "spent": 1_250_000}  # fmt: skip
    gateway.roots["companyRecords"] = listed()
    gateway.roots["programmeUses"] = listed({"programme": "pasar-murah", "orders": 30, "borne": 1_200_000})
    gateway.roots["programmes"] = listed(
        made,
        {**made, "nameId": "Ongkir hemat", "programme": "ongkir", "budget": None},
        {**made, "nameId": "Wlijo sendiri", "borneBy": "PLATFORM", "programme": None},
    )
    page = await get(web, session, "/petugas/angka/antar", signed_in())
    assert "Pasar murah pasar-murah Rp5.000.000 Rp1.250.000 31 pesanan Rp3.750.000" in page.text
    assert "Ongkir hemat ongkir – Rp1.250.000 31 pesanan –" in page.text
    assert "Wlijo sendiri" not in page.text
