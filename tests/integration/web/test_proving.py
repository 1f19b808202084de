"""A handover without the PIN: what the rider's page offers, how the browser sends it, what the buyer and an officer see of it."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from services.web.session import Session
from tests.integration.web.test_aftercare import a_claim, waiting
from tests.integration.web.test_crews import trip
from tests.integration.web.test_pages import get, post, signed_in
from tests.worlds.fake_gateway import FakeGateway, Site, refusal

SIGNED = {"kind": "SIGNATURE", "when": "ALWAYS", "now": True}
PICTURED = {"kind": "PHOTO", "when": "UNREACHABLE", "now": False}
UPLOAD = {"problems": [], "upload": {"proofId": "prf_1", "url": "/trips/proofs/upload/abc"}}


def a_proof(**more: Any) -> dict[str, Any]:
    sizes = [{"url": "/trips/proofs/private/x", "width": 240, "height": 180}]
    return {"id": "prf_1", "kind": "PHOTO", "stop": None, "proves": False, "sizes": sizes, **more}


@pytest.fixture
def who() -> Session:
    return signed_in()


async def test_the_riders_page_offers_what_is_accepted_and_says_what_may_be(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    gateway.roots = {"delivery": trip("AT_DROPOFF", acceptedProofs=[SIGNED, PICTURED])}
    page = await get(web, session, "/antar/dlv_1", who)
    assert page.status == 200, page.text
    assert 'data-proof="SIGNATURE"' in page.html
    assert 'data-proof="PHOTO"' not in page.html
    assert "Dengan foto: setelah dilaporkan bahwa pembeli tidak bisa dihubungi." in page.text
    gateway.roots = {"delivery": trip("AT_DROPOFF")}
    assert "Tanpa PIN" not in (await get(web, session, "/antar/dlv_1", who)).text


async def test_without_a_script_a_form_sends_the_photo_and_the_page_hands_over_by_it(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    accepted = [PICTURED | {"now": True}]
    gateway.roots = {"delivery": trip("FAILED_ATTEMPT", acceptedProofs=accepted), "requestProofUpload": UPLOAD}
    page = await post(web, session, "/antar/dlv_1", who, do="proof:PHOTO", key="k" * 33)
    (form,) = [each for each in page.forms if each.has("Kirim foto")]
    assert (form.action, form.method) == ("/trips/proofs/upload/abc", "post")
    assert gateway.asked[0]["variables"] == {
        "delivery": "dlv_1", "kind": "PHOTO", "key": "k" * 33, "stop": None, "back": "/antar/dlv_1?bukti=PHOTO",
    }  # fmt: skip
    page = await get(web, session, "/antar/dlv_1?bukti=PHOTO&trouble=TOO_LARGE", who)
    assert (page.status, "paling banyak 12 MB" in page.text) == (422, True)
    gateway.roots["delivery"] = trip("FAILED_ATTEMPT", acceptedProofs=accepted, proofs=[a_proof()], cashToCollect=0)
    gateway.roots["handOver"] = {"problems": [], "delivery": None}
    page = await get(web, session, "/antar/dlv_1?bukti=PHOTO&photo=prf_1", who)
    assert "Serahkan dengan foto ini" in page.text
    done = await post(web, session, "/antar/dlv_1", who, do="hand-over", proof="prf_1", key="q" * 33)
    assert done.status == 303
    assert gateway.asked[-1]["variables"] == {"delivery": "dlv_1", "proof": "prf_1", "cash": 0, "key": "q" * 33}


async def test_a_script_is_told_where_to_send_it_or_why_not(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    sent = {"do": "proof:SIGNATURE", "key": "k" * 33, "by": "script"}
    gateway.roots = {"requestProofUpload": UPLOAD}
    page = await post(web, session, "/antar/dlv_1", who, **sent)
    assert (page.status, '"url":"/trips/proofs/upload/abc"' in page.html) == (200, True)
    gateway.roots = {"requestProofUpload": {"problems": [refusal("WRONG_STATE", status="DELIVERED")], "upload": None}}
    page = await post(web, session, "/antar/dlv_1", who, **sent)
    assert (page.status, "said" in page.html) == (422, True)
    gateway.roots = {"requestProofUpload": None}
    assert (await post(web, session, "/antar/dlv_1", who, **sent)).status == 503


async def test_an_officer_sees_by_a_claim_how_it_was_handed_over(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    claim = a_claim("ESCALATED", orderId="ord_1")
    gateway.roots = {
        **waiting(),
        "claimsWaiting": {"edges": [{"node": claim}]},
        "handovers": [{"orderId": "ord_1", "provenBy": "PHOTO", "proofs": [a_proof(proves=True)]}],
    }
    page = await get(web, session, "/petugas/pengaduan", who)
    assert "Diserahkan dengan foto" in page.text
    assert 'src="/trips/proofs/private/x"' in page.html
    assert gateway.asked[-1]["variables"] == {"orders": ["ord_1"]}
    gateway.roots["handovers"] = None
    assert (await get(web, session, "/petugas/pengaduan", who)).status == 200


async def test_a_photo_at_a_counter_is_asked_for_by_its_stop_and_is_no_handover(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    kiosk = {
        "stop": 1,
        "merchantName": "Kios",
        "arrivedAt": None,
        "fetchedAt": None,
        "leftOutAt": None,
        "failure": None,
    }
    gateway.roots = {
        "delivery": trip("AT_PICKUP", proofs=[a_proof(stop=1)], pickups=[kiosk]),
        "requestProofUpload": UPLOAD,
    }
    page = await get(web, session, "/antar/dlv_1", who)
    assert "Foto barang dari Kios" in page.text
    assert 'data-proof="PHOTO"' in page.html
    assert page.html.count('src="/trips/proofs/private/x"') == 1
    page = await post(web, session, "/antar/dlv_1", who, do="proof:PHOTO", key="k" * 33, stop="1")
    assert next(each.action for each in page.forms if each.has("Kirim foto")) == "/trips/proofs/upload/abc"
    asked = next(each["variables"] for each in gateway.asked if "kind" in each["variables"])
    assert (asked["stop"], asked["back"]) == (1, "/antar/dlv_1?bukti=PHOTO&stop=1")
    page = await get(web, session, "/antar/dlv_1?bukti=PHOTO&stop=1&trouble=TOO_LARGE", who)
    assert (page.status, "paling banyak 12 MB" in page.text) == (422, True)
    gateway.roots["delivery"] = trip("AT_DROPOFF", proofs=[a_proof(stop=1)])
    page = await get(web, session, "/antar/dlv_1", who)
    assert "Foto barang dari" not in page.text
