"""Operators see how the services run and what is stuck in them on one page each, in one request, and settle what is stuck."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from services.contracts.registry import NAMES
from services.web.pages.ops_running import ADVICE
from tests.integration.web.test_pages import HOSTILE, get, post, signed_in
from tests.integration.web.test_zones import listed
from tests.worlds.fake_gateway import FakeGateway, Site, refusal

AT, LATER = "2026-03-01T01:00:00Z", "2026-03-01T02:00:00Z"
WHERE = "/petugas/tersangkut"
EVENT: dict[str, Any] = {
    "id": "WzFd", "kind": "PARKED", "reason": "HANDLER_FAILED", "consumer": "ordering", "source": "wlijo/catalog",
    "topic": "catalog.products", "about": "prd_1", "count": 7, "since": LATER, "error": HOSTILE,
    "attempts": 3, "behind": 2, "nextTryAt": AT, "askedAt": None,
    "answered": None,
}  # fmt: skip
DEAD = {**EVENT, "id": "WzJd", "kind": "DEAD", "reason": "NUMBER_TAKEN", "since": AT, "nextTryAt": None, "behind": 0}
HEALTH: dict[str, Any] = {
    "processes": [
        {"part": "api", "version": "1.2", "heardAt": AT, "isAlive": True, "missing": []},
        {"part": "worker", "version": "1.2", "heardAt": AT, "isAlive": True,
         "missing": [{"name": "relay", "why": HOSTILE, "since": AT}]},
    ],
    "consumers": [{"name": "ordering", "unread": 12, "waiting": 1, "waitingSince": AT, "parked": 4, "parkedSince": AT, "dead": 5}],
    "untold": 3, "untoldSince": AT, "overdueTimers": 2, "overdueSince": AT, "overdueKind": "order.stock_deadline",
}  # fmt: skip
COMPANY = {
    "id": "ptn_1", "name": HOSTILE, "status": "PAUSED", "isConnected": True, "unansweredOffers": 3, "heardAt": AT,
    "webhook": {"status": "ACTIVE", "failingSince": AT, "restsUntil": None, "deliveredAt": None, "waiting": 7, "waitingSince": AT},
}  # fmt: skip


def stuck(**found: Any) -> dict[str, Any]:
    return {f"{name}StuckEvents": found.get(name, listed()) for name in NAMES}


async def test_what_is_stuck_in_all_services_is_one_list_with_what_to_do(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    more = {**listed(EVENT), "pageInfo": {"hasNextPage": True, "endCursor": "abc="}}
    gateway.roots |= stuck(ordering=more, delivery=listed(DEAD))
    page = await get(web, session, WHERE, signed_in())
    assert page.status == 200
    assert page.text.index("disisihkan") < page.text.index("gagal, dicoba lagi sendiri")  # the longest stuck first
    for text in (
        ADVICE["HANDLER_FAILED"],
        ADVICE["NUMBER_TAKEN"],
        "2 menunggu di belakangnya",
        "Gagal 3 kali.",
        "#7",
        "Selanjutnya di ordering",
    ):
        assert text in page.text
    assert "<script>alert" not in page.html
    assert page.html.count('value="TRY_AGAIN"') == 1  # what never can be is not offered
    assert page.html.count('value="SET_ASIDE"') == 1
    (asked,) = gateway.asked
    assert asked["variables"] == dict.fromkeys(NAMES)
    await get(web, session, f"{WHERE}?ordering=abc%3D", signed_in())
    assert gateway.asked[-1]["variables"] == dict.fromkeys(NAMES) | {"ordering": "abc="}


async def test_a_service_that_is_away_is_named_and_the_others_are_seen(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots |= stuck(people=None, ordering=listed(EVENT))
    page = await get(web, session, WHERE, signed_in())
    assert (page.status, "Bagian people tidak menjawab" in page.text, "prd_1" in page.text) == (200, True, True)
    gateway.roots |= dict.fromkeys(stuck())
    assert (await get(web, session, WHERE, signed_in())).status == 403


async def test_a_stuck_event_is_settled_at_its_service(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots |= stuck(ordering=listed(EVENT)) | {"settleOrderingEvent": {"problems": []}}
    who, form = signed_in(), {"service": "ordering", "id": "WzFd"}
    for deed, why in (("TRY_AGAIN", ""), ("SET_ASIDE", "mendesak"), ("DROP", "pesanan uji")):
        assert (await post(web, session, WHERE, who, **form, do=deed, why=why)).status == 303
        assert gateway.asked[-1]["variables"] == {"id": "WzFd", "deed": deed, "because": why or None}
    page = await post(web, session, WHERE, who, **form, do="DROP")
    assert (page.status, "Tulis alasannya." in page.text) == (422, True)
    assert (await post(web, session, WHERE, who, service="web", id="WzFd", do="DROP", why="x")).status == 422
    gateway.roots["settleOrderingEvent"] = {"problems": [refusal("WRONG_STATE", status="GAP")]}
    page = await post(web, session, WHERE, who, **form, do="DROP", why="pesanan uji")
    assert (page.status, "pesanan uji" in page.html) == (422, True)
    gateway.roots["settleOrderingEvent"] = {"problems": [refusal("NOT_FOUND")]}
    gone = await post(web, session, WHERE, who, **form, do="TRY_AGAIN")
    assert (gone.status, gone.headers["location"]) == (303, WHERE)


async def test_health_of_all_services_is_one_page_and_says_which_does_not_answer(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots |= {f"{name}Health": HEALTH for name in NAMES} | {
        "insightHealth": None, "ordersWantingAPerson": {"edges": [{"cursor": "a"}]}, "partners": listed(COMPANY),
    }  # fmt: skip
    page = await get(web, session, "/petugas/kesehatan", signed_in())
    assert page.status == 200
    for text in ("siap", "relay", "Belum terkirim: 3", "2 pengingat terlambat", "order.stock_deadline", "Tidak menjawab.", "12",
                 "Ada pesanan yang perlu orang.", "Menunggu dikirim: 7.", "terakhir terdengar"):  # fmt: skip
        assert text in page.text
    assert "<script>alert" not in page.html
    assert len(gateway.asked) == 1


@pytest.mark.parametrize("part", ["processes", "consumers"])
async def test_a_service_of_which_nothing_was_heard_yet_has_a_page(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, part: str
) -> None:
    quiet = HEALTH | {part: [], "untold": 0, "untoldSince": None, "overdueTimers": 0}
    gateway.roots |= {f"{name}Health": quiet for name in NAMES} | {"ordersWantingAPerson": None, "partners": None}
    page = await get(web, session, "/petugas/kesehatan", signed_in())
    assert (page.status, "Bagian antaran tidak menjawab" in page.text) == (200, True)
