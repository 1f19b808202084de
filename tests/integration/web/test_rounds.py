"""Pages of wlijo: who passes here, where she is, and what she plans and says herself."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from services.web.session import Place
from tests.integration.web.test_pages import HOSTILE, PAGE_INFO, get, near, post, signed_in
from tests.worlds.fake_gateway import FakeGateway, Site, refusal

HERE = Place(-8.1274, 113.2263, "Rumah")
AT = {"lat": -8.1274, "lng": 113.2263}


def stop(key: str, clock: str, **more: Any) -> dict[str, Any]:
    return {
        "id": key, "label": f"Tempat {key}", "point": AT, "arrivesAt": clock, "nextDay": False, "orders": 0, "orderUntilS": 0, **more,
    }  # fmt: skip


ON_ROUND = {
    "id": "rnd_1", "day": "2026-02-04", "startedAt": "2026-02-03T23:00:00.000Z", "lastSeenAt": "2026-02-03T23:10:00.000Z",
    "etaAt": "2026-02-03T23:20:00.000Z", "nextStop": stop("stp_2", "06:20"), "position": {"lat": -8.127, "lng": 113.226},
}  # fmt: skip


def wlijo(**more: Any) -> dict[str, Any]:
    return {
        "id": "mer_1", "name": "Wlijo Bu Sri", "slug": "bu-sri", "kind": "WLIJO", "openNow": True, "opensNextAt": None, "alwaysOpen": True,
        "kecamatanName": "Lumajang", "hours": [], "servesPoint": True, "round": None, "pickupPoint": AT, "servingArea": None,
        "route": [{"weekday": "WEDNESDAY", "stops": [stop("stp_1", "06:00"), stop("stp_2", "06:20")]}],
        "products": {"edges": [], "pageInfo": PAGE_INFO}, **more,
    }  # fmt: skip


async def test_the_first_page_says_who_passes_today(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    passing = {
        "at": "2026-02-03T23:20:00.000Z", "live": True, "distanceM": 120, "merchant": {"name": HOSTILE, "slug": "bu-sri"},
        "stop": stop("stp_2", "06:20", label=HOSTILE), "goods": [{"name": HOSTILE}],
    }  # fmt: skip
    gateway.roots = {"productsNear": near(), "categories": [], "wlijoPassing": [passing]}
    page = await get(web, session, "/", signed_in(place=HERE))
    assert page.status == 200
    assert "Lewat sini hari ini" in page.text
    assert "06.20" in page.text
    assert "<script>alert" not in page.html
    assert gateway.asked[0]["variables"]["point"] == {"lat": HERE.lat, "lng": HERE.lng}
    searched = await get(web, session, "/?q=bayam", signed_in(place=HERE))
    assert "Lewat sini hari ini" not in searched.text


async def test_her_page_shows_where_she_is_and_takes_a_wish(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots = {"merchantBySlug": wlijo(round=ON_ROUND, servesPoint=False), "myPassingWishes": []}
    me = signed_in(place=HERE)
    page = await get(web, session, "/toko/bu-sri", me)
    assert page.status == 200
    for text in (
        "Sedang keliling",
        "Tempat stp_2",
        "06.20",
        "Tidak mengantar ke Rumah.",
        "Beri tahu saya",
    ):
        assert text in page.text
    assert "/toko/bu-sri/keliling/langsung?id=mer_1" in page.html
    assert "geo:-8.127,113.226" in page.html

    gateway.roots["tellMeWhenPassing"] = {"problems": [], "wish": None}
    done = await post(web, session, "/toko/bu-sri", me, id="mer_1", do="tell")
    assert (done.status, done.headers["location"]) == (303, "/toko/bu-sri")
    assert gateway.asked[-1]["variables"] == {"id": "mer_1", "point": {"lat": HERE.lat, "lng": HERE.lng}}
    gateway.roots["tellMeWhenPassing"] = {"problems": [refusal("TOO_MANY_WISHES", limit=20)]}
    no = await post(web, session, "/toko/bu-sri", me, id="mer_1", do="tell")
    assert (no.status, "Anda sudah menunggu 20 wlijo" in no.text) == (422, True)
    gateway.roots["myPassingWishes"] = [{"merchant": {"name": "x", "slug": "bu-sri"}}]
    assert "Tidak usah lagi" in (await get(web, session, "/toko/bu-sri", me)).text


async def test_a_guest_follows_her_and_signs_in_to_wish(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    shown = {name: ON_ROUND[name] for name in ("startedAt", "lastSeenAt", "etaAt", "nextStop", "position")}
    shown["nextStop"] = {"label": "Tempat stp_2", "point": {"lat": -8.13, "lng": 113.23}}
    gateway.events = [{"roundChanged": {"round": shown}}, {"roundChanged": {"round": None}}]
    live = await get(web, session, "/toko/bu-sri/keliling/langsung?id=mer_1")
    assert live.status == 200
    assert "event: part" in live.text
    assert "Tempat stp_2" in live.text
    assert "event: end" in live.text
    guest = signed_in()
    guest.tokens = None
    answer = await post(web, session, "/toko/bu-sri", guest, id="mer_1", do="tell")
    assert (answer.status, answer.headers["location"].partition("?")[0]) == (303, "/masuk")


@pytest.fixture(autouse=True)
def market(gateway: FakeGateway) -> None:
    gateway.roots = {"merchantBySlug": wlijo(), "regions": [], "setRoute": {"problems": []}}


def _last(gateway: FakeGateway) -> Any:
    return gateway.asked[-1]["variables"]


async def test_a_stop_is_added_changed_taken_out_and_copied(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    path, me = "/jualan/bu-sri/keliling", signed_in()
    shown = await get(web, session, f"{path}?hari=WEDNESDAY", me)
    assert shown.status == 200
    assert "Saya mulai keliling" in shown.text
    assert "Tempat stp_1" in shown.text

    spot = {"lat": "-8.12000", "lng": "113.22000"}
    added = await post(web, session, path, me, do="add", day="WEDNESDAY", label="Pasar", time="6.10", **spot)
    assert (added.status, added.headers["location"]) == (303, f"{path}?hari=WEDNESDAY")
    wanted = _last(gateway)
    assert wanted["weekday"] == "WEDNESDAY"
    assert [(each["id"], each["arrivesAt"]) for each in wanted["stops"]] == [
        ("stp_1", "06:00"), (None, "06:10"), ("stp_2", "06:20"),
    ]  # fmt: skip
    assert wanted["stops"][1]["point"] == {"lat": -8.12, "lng": 113.22}

    await post(web, session, path, me, do="add", day="WEDNESDAY", label="Pasar", time="00.10", night="yes", **spot)
    assert [each["arrivesAt"] for each in _last(gateway)["stops"]] == ["06:00", "06:20", "00:10"]
    await post(
        web,
        session,
        path,
        me,
        do="save",
        day="WEDNESDAY",
        stop="stp_2",
        label="Baru",
        time="05.50",
        orders="7",
        until="10",
    )
    first = _last(gateway)["stops"][0]
    assert (first["id"], first["label"], first["orders"], first["orderUntilS"]) == ("stp_2", "Baru", 7, 36_000)
    await post(web, session, path, me, do="remove", day="WEDNESDAY", stop="stp_1")
    assert [each["id"] for each in _last(gateway)["stops"]] == ["stp_2"]
    await post(web, session, path, me, do="copy", day="FRIDAY", **{"from": "WEDNESDAY"})
    assert [(each["id"], each["arrivesAt"]) for each in _last(gateway)["stops"]] == [(None, "06:00"), (None, "06:20")]


async def test_what_is_wrong_stands_at_its_stop(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    path, me = "/jualan/bu-sri/keliling", signed_in()
    empty = await post(web, session, path, me, do="add", day="WEDNESDAY", label="", time="25.00")
    assert empty.status == 422
    for text in ("Tulis jam sampai", "Tulis nama tempatnya", "Pilih desa"):
        assert text in empty.text
    gateway.roots["setRoute"] = {"problems": [refusal("INVALID_TIME", field="stops.1.arrivesAt")]}
    late = await post(web, session, path, me, do="save", day="WEDNESDAY", stop="stp_2", label="x", time="06.00")
    assert (late.status, "Jamnya harus sesudah" in late.text) == (422, True)
    gone = await post(web, session, path, me, do="save", day="WEDNESDAY", stop="stp_9", label="x", time="06.00")
    assert gone.status == 422


async def test_she_sets_out_says_where_she_is_and_comes_home(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    path, me = "/jualan/bu-sri/keliling", signed_in()
    fine: dict[str, Any] = {"problems": []}
    gateway.roots |= {"startRound": fine, "reportRoundPosition": fine, "endRound": fine, "setServingArea": fine}
    assert (await post(web, session, path, me, do="start")).status == 303
    assert _last(gateway)["point"] == AT  # without a script, from where she lives
    gateway.roots["merchantBySlug"] = wlijo(round=ON_ROUND)
    page = await get(web, session, path, me)
    for text in ("data-round", "Sudah sampai di sini", "Selesai", "/static/round.js"):
        assert text in page.html
    assert (await post(web, session, path, me, do="here", lat="-8.12", lng="113.22")).status == 204
    assert _last(gateway)["point"] == {"lat": -8.12, "lng": 113.22}
    assert (await post(web, session, path, me, do="here", lat="0", lng="0")).status == 422
    assert (await post(web, session, path, me, do="reached", stop="stp_2")).status == 303
    assert _last(gateway)["stop"] == "stp_2"
    assert (await post(web, session, path, me, do="area", radius="3")).status == 303
    assert _last(gateway)["radiusM"] == 3_000
    gateway.roots["reportRoundPosition"] = {"problems": [refusal("NO_ROUND")]}
    assert (await post(web, session, path, me, do="here", lat="-8.12", lng="113.22")).status == 409
    assert (await post(web, session, path, me, do="end")).status == 303
    gateway.roots["merchantBySlug"] = wlijo(kind="HOME")
    assert (await get(web, session, path, me)).status == 404
