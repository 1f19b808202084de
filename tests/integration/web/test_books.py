"""Pages of money: what the graph says is shown and sent, what people wrote is text, refusals stand where they belong."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from services.contracts.places import WIB
from services.web.session import Session, now_s
from tests.integration.web.test_pages import HOSTILE, get, post, signed_in
from tests.worlds.fake_gateway import FakeGateway, Site, error, refusal

AT = "2026-11-29T03:00:00Z"


def sum_of(rupiah: int) -> dict[str, int]:
    return {"plus": max(rupiah, 0), "minus": max(-rupiah, 0)}


def sums(**given: int) -> dict[str, Any]:
    names = ("earned", "commission", "discount", "tax", "mdr", "counter", "paid", "other")
    return {name: sum_of(given.get(name, 0)) for name in names} | {"change": sum_of(sum(given.values()))}


def a_handover(**more: Any) -> dict[str, Any]:
    return {
        "id": "csh_1", "leg": "COMPANY_TO_MERCHANT", "amount": 5000, "state": "STATED", "statedByMe": False, "statedAt": AT,
        "counted": None,
        "note": HOSTILE, "partner": {"name": HOSTILE}, "rider": {"name": HOSTILE}, "merchant": {"name": HOSTILE}, **more,
    }  # fmt: skip


def edges(*nodes: Any) -> dict[str, Any]:
    return {"edges": [{"node": each} for each in nodes], "pageInfo": {"hasNextPage": False, "endCursor": None}}


def a_payout() -> dict[str, Any]:
    return {
        "id": "pyo_1", "amount": 2000, "method": "BANK", "reference": HOSTILE, "recordedAt": AT, "receivedAt": None, "reversedAt": None,
        "merchant": {"id": "mrc_1", "name": HOSTILE}, "partner": None, "rider": None,
    }  # fmt: skip


def a_shop(**more: Any) -> dict[str, Any]:
    line = {
        "at": AT, "kind": "ORDER", "orderCode": "LMJ-261129-0001", "reference": None, "balance": sum_of(4975),
        "sums": sums(earned=5000, tax=-25),
    }  # fmt: skip
    statement = {
        "opening": sum_of(0), "closing": sum_of(-4975), "lineCount": 1, "sums": sums(earned=5000, tax=-25), "lines": edges(line),
        "csv": "Tanggal;Saldo",
    }  # fmt: skip
    return {
        "id": "mrc_1", "name": HOSTILE, "slug": "bu-sri", "kind": "WLIJO", "owed": sum_of(4975), "statement": statement,
        "payouts": edges(a_payout()), "cashHandovers": edges(a_handover()), **more,
    }  # fmt: skip


def a_company() -> dict[str, Any]:
    order = {
        "at": AT, "orderCode": "LMJ-261129-0001", "due": 15000, "collected": 14000, "short": 1000, "over": 0, "rider": {"name": HOSTILE},
    }  # fmt: skip
    day = {
        "day": "2026-11-29", "orderCount": 1, "due": 15000, "collected": 14000, "short": 1000, "over": 0, "opening": sum_of(0),
        "fromRiders": 0, "handedOn": 0, "kept": sum_of(0), "closing": sum_of(14000), "withRiders": 14000, "matches": True,
        "orders": edges(order), "csv": "Jam;Kode",
    }  # fmt: skip
    rider = {"rider": {"id": "rid_1", "name": HOSTILE}, "amount": 14000, "isOverLimit": True}
    held = {"held": sum_of(14000), "withRiders": 14000, "limitPerRider": 10000, "riders": [rider]}
    return {
        "id": "ptn_1", "name": HOSTILE, "owed": sum_of(2000), "cash": held, "cashDay": day, "cashHandovers": edges(a_handover()),
    }  # fmt: skip


def a_rider() -> dict[str, Any]:
    pocket = {"carrying": 14000, "limit": 10000, "isOverLimit": True, "owed": sum_of(7000)}
    mine = a_handover(statedByMe=True)
    return {
        "id": "rid_1", "name": HOSTILE, "partner": {"id": "ptn_1", "name": HOSTILE}, "cash": pocket, "cashHandovers": edges(mine),
    }  # fmt: skip


def all_of_it() -> dict[str, Any]:
    owed = {"amount": 4975, "merchant": {"id": "mrc_1", "name": HOSTILE}, "partner": None, "rider": None}
    return {
        "merchantBySlug": a_shop(), "partner": a_company(), "myRider": a_rider(), "owed": edges(owed), "payouts": edges(a_payout()),
        "disputedCash": edges(a_handover(state="DISPUTED", counted=4000)),
    }  # fmt: skip


@pytest.fixture
def who() -> Session:
    return signed_in()


PAGES = ("/jualan/bu-sri/laporan", "/jasa-antar/ptn_1/tunai", "/antar/setor", "/petugas/pembayaran")
FILES = {
    "/jualan/bu-sri/laporan/unduh?dari=2026-01-02&sampai=2026-01-05": "Tanggal;Saldo",
    "/jasa-antar/ptn_1/tunai/unduh?hari=2026-01-02": "Jam;Kode",
}


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_shows_sums_and_what_people_wrote_as_text(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session, path: str
) -> None:
    gateway.roots = all_of_it()
    page = await get(web, session, path, who)
    assert page.status == 200, page.text
    assert HOSTILE[:40] in page.text
    assert "<script>" not in page.html
    assert "Rp" in page.text
    assert len(gateway.asked) == 1


@pytest.mark.parametrize("path", [*PAGES, *FILES])
async def test_nobody_sees_it_unless_signed_in(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, path: str
) -> None:
    page = await get(web, session, path)
    assert (page.status, page.headers["location"].startswith("/masuk?")) == (303, True)
    assert gateway.asked == []


@pytest.mark.parametrize(
    ("path", "roots"),
    [
        (f"{PAGES[0]}/cetak", {"merchantBySlug": a_shop(statement=None)}),
        (PAGES[0], {"merchantBySlug": a_shop(owed=None, statement=None, payouts=None, cashHandovers=None)}),
        (PAGES[1], {"partner": a_company() | dict.fromkeys(("owed", "cash", "cashDay", "cashHandovers"))}),
        (PAGES[3], {}),
    ],
)
async def test_a_page_of_others_says_whose_it_is_not(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session, path: str, roots: dict[str, Any]
) -> None:
    gateway.roots, gateway.errors = roots, [] if roots else [error("FORBIDDEN")]
    page = await get(web, session, path, who)
    assert (page.status, "Bukan untuk Anda" in page.text) == (403, True)


async def test_a_period_is_asked_for_as_it_was_typed_and_nonsense_is_this_month(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    gateway.roots = all_of_it()
    today = datetime.fromtimestamp(now_s(), UTC).astimezone(WIB).date()
    for query, first, last in (
        ("?dari=2026-01-02&sampai=2026-01-05", "2026-01-02", "2026-01-05"),
        ("?dari=kemarin&sampai=", f"{today.replace(day=1)}", f"{today}"),
        ("?dari=2026-01-09&sampai=2026-01-05", "2026-01-09", "2026-01-09"),
        ("?dari=2020-01-01&sampai=2026-01-05", "2025-01-05", "2026-01-05"),
    ):
        gateway.asked.clear()
        await get(web, session, PAGES[0] + query, who)
        asked = gateway.asked[0]["variables"]
        assert (asked["from"], asked["to"]) == (first, last), query


@pytest.mark.parametrize(("path", "text"), FILES.items())
async def test_a_file_is_sent_as_the_graph_wrote_it(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session, path: str, text: str
) -> None:
    gateway.roots = all_of_it()
    page = await get(web, session, path, who)
    assert (page.status, page.html) == (200, text)
    assert page.headers["content-type"] == "text/csv; charset=utf-8"
    assert page.headers["content-disposition"].startswith("attachment; filename=")


def given(rider: str | None, amount: int) -> dict[str, Any]:
    return {"input": {"partnerId": "ptn_1", "riderId": rider, "amount": amount}, "key": "k" * 33}


PAID = {"payeeId": "mrc_1", "method": "BANK", "amount": 4975, "reference": "TRF 7", "note": None}
KEY = {"key": "k" * 33}
SAID: list[tuple[str, dict[str, str], str, dict[str, Any]]] = [
    (PAGES[0], {"do": "received", "id": "pyo_1"}, "confirmPayout", {"id": "pyo_1"}),
    (PAGES[0], {"do": "confirm", "id": "csh_1"}, "confirmCashHandover", {"id": "csh_1"}),
    (PAGES[0], {"do": "dispute", "id": "csh_1", "counted": "4.000", "reason": "kurang"}, "disputeCashHandover",
     {"id": "csh_1", "counted": 4000, "reason": "kurang"}),
    (PAGES[1], {"do": "limit", "amount": "Rp300.000"}, "setCashLimit", {"id": "ptn_1", "limit": 300000}),
    (PAGES[1], {"do": "from-rider", "amount": "14.000", "rider": "rid_1"} | KEY, "stateCashHandover", given("rid_1", 14000)),
    (PAGES[1], {"do": "to-platform", "amount": "9000"} | KEY, "stateCashHandover", given(None, 9000)),
    (PAGES[2], {"do": "give", "amount": "14.000", "company": "ptn_1", "rider": "rid_1"} | KEY, "stateCashHandover", given("rid_1", 14000)),
    (PAGES[2], {"do": "withdraw", "id": "csh_1"}, "withdrawCashHandover", {"id": "csh_1"}),
    (PAGES[3], {"do": "pay", "id": "mrc_1", "amount": "4.975", "method": "BANK", "reference": "TRF 7"} | KEY, "recordPayout",
     {"input": PAID, **KEY}),
    (PAGES[3], {"do": "reverse", "id": "pyo_1", "reason": "salah"}, "reversePayout", {"id": "pyo_1", "reason": "salah"}),
    (PAGES[3], {"do": "settle", "id": "csh_1", "amount": "4000", "reason": "dihitung"}, "settleCashHandover",
     {"id": "csh_1", "amount": 4000, "reason": "dihitung"}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "form", "field", "variables"), SAID)
async def test_a_form_says_it_to_the_graph_and_a_refusal_stands_on_the_page(
    web: Site,
    gateway: FakeGateway,
    session: aiohttp.ClientSession,
    who: Session,
    path: str,
    form: dict[str, str],
    field: str,
    variables: dict[str, Any],
) -> None:
    gateway.roots = all_of_it() | {field: {"problems": []}}
    page = await post(web, session, path, who, **form)
    assert page.status == 303, page.text
    assert gateway.asked[0]["variables"] == variables
    gateway.roots[field] = {"problems": [refusal("OWN_MATTER")]}
    page = await post(web, session, path, who, **form)
    assert (page.status, "Ini urusan Anda sendiri" in page.text) == (422, True)


@pytest.mark.parametrize(
    ("path", "form", "said"),
    [
        (PAGES[0], {"do": "dispute", "id": "csh_1", "counted": "", "reason": ""}, "Tulis jumlah yang Anda hitung"),
        (PAGES[1], {"do": "limit", "amount": "banyak"}, "Tulis jumlah uang"),
        (PAGES[1], {"do": "from-rider", "amount": "1000", "rider": ""}, "Pilih pengantarnya dulu."),
        (PAGES[2], {"do": "give", "amount": "-1"}, "Tulis jumlah uang"),
        (PAGES[3], {"do": "pay", "id": "mrc_1", "amount": "x"}, "Tulis jumlah uang"),
        (PAGES[3], {"do": "reverse", "id": "pyo_1", "reason": ""}, "Tulis rujukan atau alasannya."),
    ],
)
async def test_what_was_typed_wrong_is_said_at_its_form_and_changes_nothing(
    web: Site,
    gateway: FakeGateway,
    session: aiohttp.ClientSession,
    who: Session,
    path: str,
    form: dict[str, str],
    said: str,
) -> None:
    gateway.roots = all_of_it()
    page = await post(web, session, path, who, **form)
    assert (page.status, said in page.text) == (422, True), page.text
    assert not any("mutation" in each["query"] for each in gateway.asked)


async def test_a_statement_is_printed_whole_with_its_sums_on_each_sheet(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    who = signed_in()
    whole, count = a_shop()["statement"], 101
    (line,) = whole["lines"]["edges"]
    pages = {
        None: {"edges": [line] * 100, "pageInfo": {"hasNextPage": True, "endCursor": "c1"}},
        "c1": {"edges": [line], "pageInfo": {"hasNextPage": False, "endCursor": None}},
    }

    def shop(**given: Any) -> dict[str, Any]:
        after = gateway.asked[-1]["variables"]["after"]
        return a_shop(statement=whole | {"lineCount": count, "lines": pages[after]})

    gateway.roots = {"merchantBySlug": shop}
    page = await get(web, session, "/jualan/bu-sri/laporan/cetak?dari=2026-11-01&sampai=2026-11-30", who)
    assert page.status == 200, page.text
    assert page.html.count("LMJ-261129-0001") == 101
    assert ("<thead>" in page.html, "<tfoot>" in page.html, "baris pertama" in page.text) == (True, True, False)
    assert "<script>alert" not in page.html
    pages["c1"] = pages[None]
    count = 5_000
    page = await get(web, session, "/jualan/bu-sri/laporan/cetak?dari=2026-11-01&sampai=2026-11-30", who)
    assert page.html.count("LMJ-261129-0001") == 1_000
    assert "Hanya 1000 baris pertama yang dicetak" in page.text
