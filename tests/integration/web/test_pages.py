"""Web beside a gateway that is slow, fails, answers a part, and tells texts of hostile people."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import orjson
import pytest
from starlette.responses import Response

from services.web.session import Place, Session, Tokens, now_s
from tests.worlds.fake_gateway import FakeGateway, Site, error, refusal, site
from tests.worlds.plain_browser import Page, PlainBrowser
from tests.worlds.waiting import until

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> " + "\u202e" + "{{ 7*7 }}" + "x" * 300
UNIT = {"label": "ikat", "kind": "COUNT", "basePerUnit": 1, "step": 1, "min": 1}
PAGE_INFO = {"hasNextPage": False, "endCursor": None}


def seller(name: str = "Bu Sri", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "slug": "bu-sri",
        "openNow": True,
        "opensNextAt": None,
        "kecamatanName": "Lumajang",
        "kind": "WLIJO",
        "pickupPoint": {"lat": -8.127, "lng": 113.226},
        **more,
    }


def good(name: str = "Bayam", **more: Any) -> dict[str, Any]:
    variant = {
        "id": "var_1", "label": "per ikat", "price": 3000, "priceBasis": 1, "priceText": "Rp3.000 / ikat", "available": 5, "unit": UNIT,
    }  # fmt: skip
    return {
        "id": "prd_1", "name": name, "slug": "bayam", "description": name, "category": {"code": "sayur", "name": "Sayur"},
        "merchant": seller(), "variants": [variant], "photos": [], "attributes": [], "isPastFresh": False,
        "halalStatus": "NOT_CERTIFIED", "licences": [], **more,
    }  # fmt: skip


def near(*goods: dict[str, Any]) -> dict[str, Any]:
    return {"edges": [{"distanceM": 350, "node": each} for each in goods], "pageInfo": PAGE_INFO}


def signed_in(**more: Any) -> Session:
    return Session(tokens=Tokens("access", "refresh", now_s() + 600), **more)


async def get(web: Site, session: aiohttp.ClientSession, path: str, who: Session | None = None, **headers: str) -> Page:
    session.cookie_jar.clear()
    given = headers | (web.cookie(who) if who else {})
    async with session.get(web.url + path, headers=given, allow_redirects=False) as answer:
        found = {name.lower(): value for name, value in answer.headers.items()}
        return Page(str(answer.url), answer.status, found, await answer.text())


async def post(
    web: Site, session: aiohttp.ClientSession, path: str, who: Session, *, csrf: str | None = None, **form: str
) -> Page:
    session.cookie_jar.clear()
    sent = {"csrf": who.csrf if csrf is None else csrf, **form}
    async with session.post(web.url + path, data=sent, headers=web.cookie(who), allow_redirects=False) as answer:
        found = {name.lower(): value for name, value in answer.headers.items()}
        return Page(str(answer.url), answer.status, found, await answer.text())


async def test_a_page_is_one_request_of_the_graph_and_locked_up(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots = {"productsNear": near(good()), "categories": [{"code": "sayur", "name": "Sayur"}]}
    page = await get(web, session, "/", None, **{"x-forwarded-for": "203.0.113.9"})
    assert (page.status, "Rp3.000 / ikat" in page.text) == (200, True)
    assert len(gateway.asked) == 1
    assert gateway.asked[0]["headers"]["x-forwarded-for"] == "203.0.113.9"
    assert "authorization" not in gateway.asked[0]["headers"]
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["cache-control"] == "no-store"
    assert "HttpOnly" in page.headers["set-cookie"]
    assert "samesite=lax" in page.headers["set-cookie"].lower()
    assert " style=" not in page.html
    assert "<script>" not in page.html


async def test_cookies_are_for_https_alone_outside_of_local_mode(
    gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots = {"productsNear": near(), "categories": []}
    async with site(gateway, WLIJO_MODE="production") as made:
        page = await get(made, session, "/")
    assert page.headers["set-cookie"].startswith("__Host-wlijo=")
    assert "Secure" in page.headers["set-cookie"]
    assert "strict-transport-security" in page.headers


@pytest.mark.parametrize("path", ["/", "/toko/bu-sri/bayam", "/toko/bu-sri"])
async def test_what_hostile_people_write_is_read_and_does_nothing(
    path: str, web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    shop = {
        **seller(HOSTILE), "kind": "WLIJO", "alwaysOpen": False, "hours": [], "products": near(good(HOSTILE)),
        "route": [{"weekday": "MONDAY", "stops": [{"label": HOSTILE, "arrivesAt": "06:00", "nextDay": False}]}],
        "id": "mer_1", "servesPoint": True, "round": None,
    }  # fmt: skip
    gateway.roots = {
        "productsNear": near(good(HOSTILE)), "categories": [{"code": "x", "name": HOSTILE}],
        "productBySlug": good(HOSTILE), "merchantBySlug": shop,
    }  # fmt: skip
    page = await get(web, session, path)
    assert page.status == 200
    assert "<script>alert" not in page.html
    assert "<img src=x" not in page.html
    assert "alert(1)</script>" in page.text  # read as it was written
    assert "{{ 7*7 }}" in page.text
    assert "<bdi>&lt;script&gt;" in page.html  # its direction ends with it


async def test_what_is_typed_into_the_search_is_read_and_does_nothing(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    page = await get(web, session, "/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in page.html
    assert gateway.asked[0]["variables"]["text"] == '"><script>alert(1)</script>'


async def test_a_part_that_is_away_leaves_the_rest(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots = {"categories": [{"code": "sayur", "name": "Sayur"}]}
    gateway.errors = [error("SERVICE_UNAVAILABLE")]
    page = await get(web, session, "/")
    assert (page.status, "Sayur" in page.text) == (200, True)
    assert "Sebagian isi halaman ini sedang tidak bisa dimuat" in page.text


@pytest.mark.parametrize(
    ("instead", "status"),
    [
        (lambda: Response("<html>bad gateway", 502), 503),
        (lambda: Response("{", 200), 500),
        (lambda: Response("[]", 200), 500),
        (lambda: Response('{"data":{"productsNear":7,"categories":[]}}', 200), 500),
        (lambda: Response(b'{"data":"' + b"x" * 3_000_000 + b'"}', 200), 500),
    ],
)
async def test_what_is_no_answer_is_a_page_that_says_what_to_do(
    instead: Any, status: int, web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.instead = instead
    page = await get(web, session, "/")
    assert page.status == status
    assert "muat ulang" in page.text or "Coba lagi nanti" in page.text
    assert page.headers["content-security-policy"]


async def test_a_gateway_that_is_gone_is_said_and_the_cookie_stays(
    gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.url = "http://127.0.0.1:1"
    async with site(gateway) as made:
        page = await get(made, session, "/", signed_in())
    assert (page.status, page.headers["retry-after"]) == (503, "5")
    assert "set-cookie" not in page.headers


async def test_a_slow_gateway_holds_up_nobody_else(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.hold = asyncio.Event()
    gateway.roots = {"productsNear": near(good()), "categories": []}
    waiting = asyncio.ensure_future(get(web, session, "/"))

    async def asked() -> bool:
        return bool(gateway.asked)

    await until(asked)
    assert (await get(web, session, "/masuk")).status == 200
    assert not waiting.done()
    gateway.hold.set()
    assert (await waiting).status == 200


async def test_who_asks_too_often_is_told_when_to_come_again(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.errors = [error("RATE_LIMITED", retryAfterMs=2_500)]
    page = await get(web, session, "/")
    assert (page.status, page.headers["retry-after"]) == (429, "3")


async def test_a_page_that_asks_too_much_says_what_to_do_and_which_document_it_was(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.instead = lambda: Response(orjson.dumps({"errors": [error("OPERATION_TOO_EXPENSIVE")]}))
    page = await get(web, session, "/")
    assert (page.status, "Persempit pilihannya" in page.text, "7" * 32 in page.text) == (500, True, True)
    (logged,) = [each.getMessage() for each in caplog.records if each.name == "services.web.graph"]
    assert logged.startswith("home was answered with OPERATION_TOO_EXPENSIVE")


async def test_a_session_that_ended_elsewhere_goes_on_as_a_guest_where_guests_may(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots = {"productsNear": near(good()), "categories": []}
    ended = Response('{"errors":[{"message":"","extensions":{"code":"UNAUTHENTICATED"}}]}', 401)
    gateway.instead = lambda: ended if "authorization" in gateway.asked[-1]["headers"] else None
    page = await get(web, session, "/", signed_in())
    assert (page.status, "Bayam" in page.text) == (200, True)
    kept = web.shared.sealing.open(page.headers["set-cookie"].split("=", 1)[1].split(";")[0])
    assert kept is not None
    assert not kept.signed_in
    for path in ("/pesanan", "/pesan", "/alamat", "/jualan"):
        page = await get(web, session, path)
        assert (page.status, page.headers["location"].startswith("/masuk?lanjut=")) == (303, True)


async def test_a_form_of_another_site_is_refused(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    who = signed_in()
    for csrf in ("", "wrong", Session().csrf):
        page = await post(web, session, "/keranjang", who, csrf=csrf, variant="var_1", quantity="1", base="1")
        assert (page.status, "muat ulang" in page.text) == (403, True)
    headers = web.cookie(who) | {"sec-fetch-site": "cross-site"}
    async with session.post(f"{web.url}/keluar", data={"csrf": who.csrf}, headers=headers) as answer:
        assert answer.status == 403
    async with session.post(f"{web.url}/keluar", json={"csrf": who.csrf}, headers=web.cookie(who)) as answer:
        assert answer.status == 415
    async with session.post(f"{web.url}/keluar", data={"x": "y" * 70_000}, headers=web.cookie(who)) as answer:
        assert answer.status == 413
    assert gateway.asked == []


async def test_a_problem_stands_at_its_field(web: Site, gateway: FakeGateway, session: aiohttp.ClientSession) -> None:
    browser = PlainBrowser(web.url, session)
    problem = refusal("INVALID_PHONE", field="phone")
    gateway.roots = {"requestSignInCode": {"problems": [problem], "expiresAt": None}}
    await browser.go("/masuk")
    page = await browser.press("Kirim kode", phone="12345")
    assert page.status == 422
    assert 'aria-invalid="true"' in page.html
    assert 'id="phone-wrong"' in page.html
    assert 'aria-describedby="phone-hint phone-wrong"' in page.html
    assert 'value="12345"' in page.html


async def test_a_place_is_a_kecamatan_or_a_spot_in_the_regency(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    browser = PlainBrowser(web.url, session)
    gateway.roots = {"productsNear": near(good()), "categories": []}
    await browser.go("/tempat")
    page = await browser.press("Pakai ini", kecamatan="35.08.12")
    assert "Belanja dekat Senduro" in page.text
    for lat, lng in (("51.5", "0.1"), ("nan", "nan"), ("-8.1", ""), ("inf", "113")):
        await browser.go("/tempat")
        page = await browser.press("Pakai ini", lat=lat, lng=lng)
        assert (page.status, "Kami melayani" in page.text) == (422, True)
    await browser.go("/tempat")
    await browser.press("Pakai ini", lat="-8.13211234", lng="113.2193")
    assert gateway.asked[-1]["variables"]["point"] == {"lat": -8.13211, "lng": 113.2193}


async def test_a_token_that_is_over_is_refreshed_once_for_two_tabs(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    tokens = {"accessToken": "new", "expiresIn": 600, "refreshToken": "next"}
    me = {"cart": {"lines": []}, "orders": {"edges": [], "pageInfo": PAGE_INFO}}
    gateway.roots = {"refreshSession": {"problems": [], "tokens": tokens}, "me": me}
    who = Session(tokens=Tokens("old", "refresh", now_s() - 1))
    pages = await asyncio.gather(*(get(web, session, "/pesanan", who) for _ in range(4)))
    assert [page.status for page in pages] == [200] * 4
    assert sum("refreshSession" in each["query"] for each in gateway.asked) == 1
    used = [each["headers"]["authorization"] for each in gateway.asked if "orders" in each["query"]]
    assert used == ["Bearer new"] * 4
    kept = web.shared.sealing.open(pages[0].headers["set-cookie"].split("=", 1)[1].split(";")[0])
    assert kept is not None
    assert kept.tokens is not None
    assert kept.tokens.refresh == "next"
    # The session has ended: to the page that one signs in on.
    gateway.roots["refreshSession"] = {"problems": [refusal("SESSION_ENDED")], "tokens": None}
    page = await get(web, session, "/pesanan", Session(tokens=Tokens("old", "other", 0), place=Place(-8.1, 113.2)))
    assert page.headers["location"] == "/masuk?lanjut=%2Fpesanan"


def order(version: int, status: str) -> dict[str, Any]:
    return {
        "id": "ord_1", "orderCode": "LMJ-261129-0001", "version": version, "status": status,
        "placedAt": "2026-11-29T05:00:00.000Z", "goodsTotal": 9000, "deliveryFee": 8000, "discounts": [],
        "total": 17000,
        "payment": {"status": "DUE", "method": "COD", "amount": 17000, "cashCollected": None, "qris": None, "refunds": []},
        "cancellation": None,
        "cancellationRequest": None, "placedTotal": 17000, "answerBy": None, "contact": None, "sellerOrders": [], "questions": [],
        "delivery": None,
        "handover": {"way": "DELIVERY", "slotFrom": None, "slotTo": None, "place": None}, "counterCode": None,
    }  # fmt: skip


async def test_an_order_turns_by_itself_until_it_has_ended(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.events = [{"orderChanged": order(1, "PLACED")}, {"orderChanged": order(2, "COMPLETED")}]
    who = signed_in()
    headers = web.cookie(who)
    async with session.get(f"{web.url}/pesanan/LMJ-261129-0001/langsung?id=ord_1", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        said = (await answer.read()).decode()
    assert said.count("event: part") == 2
    assert "Menunggu penjual menerima pesanan." in said
    assert said.rstrip().endswith("event: end\ndata:")
    assert len(gateway.asked) == 1
    assert web.shared.live == 0


async def test_pages_that_turn_are_bounded_and_give_their_place_back(
    gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.hold = asyncio.Event()
    async with site(gateway, LIVE_PAGES="1") as made:
        path = f"{made.url}/pesanan/LMJ-1/langsung?id=ord_1"
        headers = made.cookie(signed_in())
        first = await session.get(path, headers=headers)
        async with session.get(path, headers=headers) as second:
            assert second.status == 503
        first.close()

        async def free() -> bool:
            return made.shared.live == 0

        await until(free)
        gateway.hold.set()


async def test_pages_that_turn_end_when_web_is_told_to_go(gateway: FakeGateway, session: aiohttp.ClientSession) -> None:
    gateway.hold = asyncio.Event()
    async with site(gateway) as made:
        path = f"{made.url}/pesanan/LMJ-1/langsung?id=ord_1"
        async with session.get(path, headers=made.cookie(signed_in())) as answer:
            assert answer.headers["x-accel-buffering"] == "no"
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert await answer.content.readline() == b"retry: 2000\n"
            made.shared.drain()
            assert await answer.read() == b"\n"
        async with session.get(path, headers=made.cookie(signed_in())) as answer:
            assert answer.status == 503
        assert (made.shared.live, made.shared.streams) == (0, set())
        gateway.hold.set()


async def test_statics_are_kept_and_nothing_else_is_served_of_them(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    page = await get(web, session, "/masuk")
    for name in ("style.css", "live.js", "icon.svg"):
        assert f"/static/{name}?" in page.html
        async with session.get(f"{web.url}/static/{name}") as answer:
            assert (answer.status, "immutable" in answer.headers["cache-control"]) == (200, True)
    for path in ("/static/..%2fapp.py", "/static/app.py", "/static/"):
        assert (await get(web, session, path)).status == 404
