"""Pages of claims, reviews and tickets beside a gateway that says what the test says."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from services.web.session import Session
from tests.integration.web.test_pages import HOSTILE, get, post, signed_in
from tests.worlds.fake_gateway import FakeGateway, Site, refusal

AT = "2026-11-29T14:05:30Z"
HERE = "/pesanan/LMJ-261129-0001/masalah"


def a_claim(state: str = "OPENED", **more: Any) -> dict[str, Any]:
    entry = {"at": AT, "state": "OPENED", "actor": "BUYER", "byMe": True, "words": HOSTILE, "amount": 5000}
    return {
        "id": "clm_1", "orderId": "ord_1", "orderCode": "LMJ-261129-0001", "lineId": "oln_1", "lineName": HOSTILE, "kind": "SPOILED",
        "state": state,
        "asked": 5000, "offered": None, "granted": None, "goesBack": False, "dueAt": AT, "photos": [], "entries": [entry], **more,
    }  # fmt: skip


def an_order(**more: Any) -> dict[str, Any]:
    line = {"id": "oln_1", "name": HOSTILE, "quantity": 2, "quantityText": "2 ikat", "total": 5000}
    return {
        "id": "ord_1", "orderCode": "LMJ-261129-0001", "status": "COMPLETED", "handover": {"way": "DELIVERY"},
        "sellerOrders": [{"id": "sor_1", "lines": [line]}], "claims": [a_claim()],
        "reviews": [
            {"id": "rvw_1", "kind": "GOODS", "lineId": "oln_1", "stars": 4, "words": HOSTILE, "answer": HOSTILE, "shown": True}
        ],
        **more,
    }  # fmt: skip


def a_ticket(**more: Any) -> dict[str, Any]:
    return {
        "id": "tik_1", "orderCode": None, "opener": "BUYER", "category": "ORDER", "state": "OPEN", "openedAt": AT, "respondBy": AT,
        "resolveBy": AT, "dueAt": AT, "entries": [{"at": AT, "actor": "BUYER", "byMe": True, "words": HOSTILE}], **more,
    }  # fmt: skip


def a_shop(claims: list[dict[str, Any]] | None) -> dict[str, Any]:
    found = None if claims is None else {"edges": [{"node": each} for each in claims]}
    return {"id": "mer_1", "name": HOSTILE, "slug": "bu-sri", "kind": "FIXED_STALL", "claims": found}


def waiting() -> dict[str, Any]:
    review = {
        "id": "rvw_1",
        "kind": "GOODS",
        "lineId": None,
        "stars": 1,
        "words": HOSTILE,
        "answer": None,
        "shown": True,
    }
    return {
        "ticketsWaiting": {"edges": [{"node": a_ticket()}]},
        "claimsWaiting": {
            "edges": [{"node": a_claim("ESCALATED")}, {"node": a_claim("GRANTED", id="clm_2", granted=5000)}]
        },
        "reviewsReported": {"edges": [{"node": review}]},
    }


@pytest.fixture
def who() -> Session:
    return signed_in()


async def test_what_people_wrote_is_shown_as_text(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    gateway.roots = {
        "orderByCode": an_order(),
        "merchantBySlug": a_shop([a_claim()]),
        "myTickets": {"edges": [{"node": a_ticket()}]},
        **waiting(),
    }
    for path in (HERE, "/jualan/bu-sri/klaim", "/pengaduan", "/petugas/pengaduan"):
        page = await get(web, session, path, who)
        assert page.status == 200, page.text
        assert HOSTILE[:40] in page.text
        assert "<script>" not in page.html


async def test_a_claim_asks_back_what_was_typed_and_an_empty_one_says_what_lacks(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    gateway.roots = {"orderByCode": an_order(claims=[]), "openClaim": {"problems": []}}
    form = {"do": "claim", "about": "oln_1", "kind": "SHORT", "amount": "2.500", "key": "0" * 32}
    page = await post(web, session, HERE, who, **form)
    assert page.status == 422
    assert "apa yang terjadi" in page.text
    page = await post(web, session, HERE, who, **form, words="layu")
    assert page.status == 200
    assert "Klaim terkirim" in page.text
    (asked,) = [each for each in gateway.asked if "openClaim" in each["query"]]
    assert asked["variables"] == {
        "input": {"orderLineId": "oln_1", "kind": "SHORT", "quantity": 2, "amount": 2500, "words": "layu"},
        "key": "0" * 32,
    }


async def test_a_refusal_stands_at_what_it_is_about(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    gateway.roots = {
        "orderByCode": an_order(claims=[]),
        "openClaim": {"problems": [refusal("CLAIM_TOO_HIGH", limit=2500, unit="RUPIAH", field="input.amount")]},
    }
    form = {"do": "claim", "about": "oln_1", "kind": "SHORT", "amount": "9000", "words": "layu", "key": "0" * 32}
    page = await post(web, session, HERE, who, **form)
    assert page.status == 422
    assert "paling banyak Rp2.500" in page.text


@pytest.mark.parametrize(
    ("path", "form", "field", "variables"),
    [
        (HERE, {"do": "agree", "about": "clm_1"}, "agreeToClaim", {"id": "clm_1"}),
        (HERE, {"do": "not_received", "about": "clm_1"}, "confirmClaim", {"id": "clm_1", "received": False}),
        (
            HERE,
            {"do": "goods", "about": "oln_1", "stars": "5", "by_name": "yes"},
            "reviewGoods",
            {"line": "oln_1", "stars": 5, "words": None, "byName": True},
        ),
        (
            HERE,
            {"do": "delivery", "about": "delivery", "stars": "3", "words": "ramah"},
            "reviewDelivery",
            {"order": "ord_1", "stars": 3, "words": "ramah"},
        ),
        (
            "/jualan/bu-sri/klaim",
            {"do": "answer", "about": "clm_1", "amount": "0", "words": "segar kok"},
            "answerClaim",
            {"id": "clm_1", "amount": 0, "words": "segar kok"},
        ),
        (
            "/jualan/bu-sri/klaim",
            {"do": "paid", "about": "clm_1", "words": "tunai"},
            "reportClaimPaid",
            {"id": "clm_1", "proof": "tunai"},
        ),
        (
            "/petugas/pengaduan",
            {"do": "decide", "about": "clm_1", "amount": "1000", "reason": "LOST_IN_TRANSIT", "words": "hilang"},
            "decideClaim",
            {"id": "clm_1", "amount": 1000, "reason": "LOST_IN_TRANSIT", "words": "hilang"},
        ),
        (
            "/petugas/pengaduan",
            {"do": "hide", "about": "rvw_1", "words": "kasar"},
            "moderateReview",
            {"id": "rvw_1", "shown": False, "why": "kasar"},
        ),
        (
            "/pengaduan",
            {"do": "reply", "about": "tik_1", "words": "lagi", "key": "0" * 32},
            "replyToTicket",
            {"id": "tik_1", "words": "lagi", "key": "0" * 32},
        ),
    ],
)
async def test_each_button_does_what_it_says(
    web: Site,
    gateway: FakeGateway,
    session: aiohttp.ClientSession,
    who: Session,
    path: str,
    form: dict[str, str],
    field: str,
    variables: dict[str, Any],
) -> None:
    gateway.roots = {
        "orderByCode": an_order(),
        "merchantBySlug": a_shop([a_claim()]),
        "myTickets": {"edges": []},
        **waiting(),
        field: {"problems": []},
    }
    page = await post(web, session, path, who, **form)
    assert page.status == 303, page.text
    (asked,) = [each for each in gateway.asked if f"{field}(" in each["query"]]
    assert asked["variables"] == variables


async def test_a_shop_of_somebody_else_shows_no_claims(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    gateway.roots = {"merchantBySlug": a_shop(None)}
    assert (await get(web, session, "/jualan/bu-sri/klaim", who)).status == 403


def a_photo(by: str) -> dict[str, Any]:
    sizes = [{"url": f"/claims/photos/private/{by}{width}", "width": width, "height": 180} for width in (240, 1280)]
    return {"id": f"cph_{by}", "by": by, "byMe": False, "sizes": sizes}


async def test_a_claim_that_was_sent_asks_for_its_photo_at_once(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    asked: list[dict[str, Any]] = []

    def ask(**given: Any) -> dict[str, Any]:
        asked.append(given)
        return {"problems": [], "upload": {"url": "/claims/photos/upload/abc"}}

    gateway.roots = {
        "orderByCode": an_order(),
        "merchantBySlug": a_shop([a_claim()]),
        "openClaim": {"problems": []},
        "requestClaimPhotoUpload": ask,
    }
    typed = {"do": "claim", "about": "oln_1", "amount": "5.000", "words": "layu", "kind": "SPOILED"}
    page = await post(web, session, HERE, who, **typed)
    assert page.status == 200, page.text
    (form,) = [each for each in page.forms if each.has("Kirim foto")]
    assert (form.action, form.method) == ("/claims/photos/upload/abc", "post")
    assert 'capture="environment"' in page.html
    page = await post(web, session, "/jualan/bu-sri/klaim", who, do="photo", about="clm_1")
    assert [each.action for each in page.forms if each.has("Kirim foto")] == ["/claims/photos/upload/abc"]
    backs = [f"{HERE}?klaim=clm_1", "/jualan/bu-sri/klaim?klaim=clm_1"]
    assert asked == [{"id": "clm_1", "returnTo": each} for each in backs]
    gateway.roots["requestClaimPhotoUpload"] = {
        "problems": [refusal("TOO_MANY_PHOTOS", limit=4, unit="PHOTO")],
        "upload": None,
    }
    page = await post(web, session, "/jualan/bu-sri/klaim", who, do="photo", about="clm_1")
    assert "Sudah ada 4 foto" in page.text
    assert not [each for each in page.forms if each.has("Kirim foto")]


async def test_photos_of_both_sides_are_shown_and_trouble_is_said_where_it_was(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    claim = a_claim("ESCALATED", photos=[a_photo("BUYER"), a_photo("MERCHANT")])
    gateway.roots = {
        "orderByCode": an_order(claims=[claim]),
        "merchantBySlug": a_shop([claim]),
        **waiting() | {"claimsWaiting": {"edges": [{"node": claim}]}},
    }
    for path in (HERE, "/jualan/bu-sri/klaim", "/petugas/pengaduan"):
        page = await get(web, session, path, who)
        for by, name in (("BUYER", "Pembeli"), ("MERCHANT", "Penjual")):
            assert f'src="/claims/photos/private/{by}240"' in page.html
            assert f'alt="Foto dari {name}"' in page.html
    page = await get(web, session, f"{HERE}?klaim=clm_1&trouble=TOO_LARGE", who)
    assert (page.status, "paling banyak 12 MB" in page.text) == (422, True)
    page = await get(web, session, f"{HERE}?klaim=clm_1&photo=cph_1", who)
    assert (page.status, "Fotonya sudah terkirim." in page.text) == (200, True)
