"""Licences, refunds by hand, commission and limits of a later hour, by plain forms."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from services.web.pages.by_hand import _permille
from tests.integration.web.test_pages import HOSTILE, get, post, signed_in
from tests.worlds.fake_gateway import FakeGateway, Site, refusal

_PAGE = {"hasNextPage": False, "endCursor": None}
_LICENCE: dict[str, Any] = {
    "id": "lic_1", "kind": "PIRT", "number": HOSTILE, "status": "SUBMITTED", "reason": None, "issuedOn": "2026-01-01",
    "expiresOn": "2030-12-31", "ofMerchant": False, "submittedAt": "2026-02-01T00:00:00Z", "document": None,
    "merchant": {"name": HOSTILE, "slug": "bu-sri"}, "products": [{"name": HOSTILE}],
}  # fmt: skip
_NEED = {"licenceKind": "PIRT", "appliesFrom": "2026-01-01", "met": False}
_GOOD = {
    "id": "prd_1", "name": HOSTILE, "slug": "kripik", "halalStatus": "NOT_CERTIFIED", "licences": [{"id": "lic_1"}],
    "licenceNeeds": [_NEED],
}  # fmt: skip
_SHOP: dict[str, Any] = {
    "id": "mer_1", "name": "Bu Sri", "slug": "bu-sri", "kind": "HOME", "licences": [_LICENCE], "waitingPhotos": [],
    "products": {"edges": [{"node": _GOOD}]},
}  # fmt: skip


async def test_a_seller_submits_a_licence_and_sees_what_goods_lack(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots = {"merchantBySlug": _SHOP, "submitLicence": {"problems": []}, "declareNotHalal": {"problems": []}}
    who = signed_in()
    page = await get(web, session, "/jualan/bu-sri/izin", who)
    assert "belum ada; wajib sejak" in page.text
    assert "<script>alert" not in page.html
    form = {
        "id": "mer_1",
        "do": "submit",
        "key": "0" * 32,
        "kind": "PIRT",
        "number": "P-IRT 1",
        "issued": "2026-01-01",
        "g-prd_1": "1",
    }
    assert (await post(web, session, "/jualan/bu-sri/izin", who, **form)).status == 303
    given = gateway.asked[-1]["variables"]["input"]
    assert (given["productIds"], given["expiresOn"], given["documentPhotoId"]) == (["prd_1"], None, None)
    page = await post(web, session, "/jualan/bu-sri/izin", who, **{**form, "number": "", "issued": "kemarin"})
    assert (page.status, "Tulis tanggalnya" in page.text, "Isi ini." in page.text) == (422, True, True)
    gateway.roots["submitLicence"] = {"problems": [refusal("INVALID_LICENCE_NUMBER", field="input.number")]}
    assert (await post(web, session, "/jualan/bu-sri/izin", who, **form)).status == 422
    assert (await post(web, session, "/jualan/bu-sri/izin", who, id="prd_1", do="not-halal")).status == 303
    assert gateway.asked[-1]["variables"] == {"id": "prd_1", "declared": True}


async def test_an_officer_decides_and_says_why(web: Site, gateway: FakeGateway, session: aiohttp.ClientSession) -> None:
    waiting = {"edges": [{"node": _LICENCE}], "pageInfo": _PAGE}
    gateway.roots = {
        "licencesWaiting": waiting, "licencesDue": waiting, "verifyLicence": {"problems": []}, "rejectLicence": {"problems": []},
    }  # fmt: skip
    who = signed_in()
    assert "menunggu petugas" in (await get(web, session, "/petugas/izin", who)).text
    page = await post(web, session, "/petugas/izin", who, id="lic_1", do="reject", reason="")
    assert (page.status, "Tulis alasannya." in page.text) == (422, True)
    assert (await post(web, session, "/petugas/izin", who, id="lic_1", do="reject", reason="nomor lain")).status == 303
    assert gateway.asked[-1]["variables"] == {"id": "lic_1", "reason": "nomor lain"}
    assert (await post(web, session, "/petugas/izin", who, id="lic_1", do="verify")).status == 303
    gateway.roots["licencesWaiting"] = None
    assert (await get(web, session, "/petugas/izin", who)).status == 403


async def test_a_refund_by_hand_needs_a_proof(web: Site, gateway: FakeGateway, session: aiohttp.ClientSession) -> None:
    refund = {
        "id": "rfd_1", "orderCode": "LMJ-261129-0001", "amount": 12_000, "reason": "PAID_TWICE", "borneBy": "NOBODY",
        "requestedAt": "2026-02-01T00:00:00Z", "whyByHand": HOSTILE,
    }  # fmt: skip
    gateway.roots = {
        "refundsByHand": {"edges": [{"node": refund}], "pageInfo": _PAGE},
        "settleRefund": {"problems": []},
    }
    who = signed_in()
    assert "Dibayar dua kali" in (await get(web, session, "/petugas/kembali", who)).text
    page = await post(web, session, "/petugas/kembali", who, id="rfd_1", proof="")
    assert (page.status, "Tulis buktinya" in page.text) == (422, True)
    assert (await post(web, session, "/petugas/kembali", who, id="rfd_1", proof="BCA 1")).status == 303
    assert gateway.asked[-1]["variables"] == {"id": "rfd_1", "proof": "BCA 1"}


async def test_a_commission_holds_from_a_day_to_come(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    rule = {
        "id": "cmr_1",
        "permille": 25,
        "startsAt": "2026-01-01T00:00:00Z",
        "merchantKind": "HOME",
        "category": None,
        "basis": HOSTILE,
    }
    gateway.roots = {
        "commissionRules": {"edges": [{"node": rule}], "pageInfo": _PAGE}, "categories": [{"code": "buah", "name": "Buah"}],
        "setCommission": {"problems": []},
    }  # fmt: skip
    who = signed_in()
    assert "2,5 %" in (await get(web, session, "/petugas/komisi", who)).text
    form = {
        "percent": "2,5",
        "from": "2027-01-01",
        "kind": "",
        "category": "buah",
        "basis": "SK Bupati 1",
        "key": "0" * 32,
    }
    assert (await post(web, session, "/petugas/komisi", who, **form)).status == 303
    given = gateway.asked[-1]["variables"]["input"]
    assert given == {
        "permille": 25, "startsAt": "2026-12-31T17:00:00Z", "basis": "SK Bupati 1", "merchantKind": None, "category": "buah",
    }  # fmt: skip
    page = await post(web, session, "/petugas/komisi", who, **{**form, "percent": "31", "from": "besok", "basis": ""})
    assert (page.status, page.text.count("Isi ini.")) == (422, 1)


@pytest.mark.parametrize(
    ("text", "permille"),
    [("0", 0), ("2,5", 25), ("30", 300), ("30,1", None), ("NaN", None), ("-1", None), ("2,55", None)],
)
def test_per_cent_are_as_they_are_typed(text: str, permille: int | None) -> None:
    assert _permille(text) == permille


async def test_a_seller_says_how_much_a_later_hour_holds(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots = {
        "merchantBySlug": {
            "id": "mer_1", "name": "Bu Sri", "slug": "bu-sri", "kind": "HOME", "openNow": True, "opensNextAt": None, "alwaysOpen": True,
            "hours": [], "closures": [], "handoverLimits": {"pickupsPerHour": 10, "deliveriesPerHour": 4},
        },
        "setHandoverLimits": {"problems": []},
    }  # fmt: skip
    who = signed_in()
    assert 'value="10"' in (await get(web, session, "/jualan/bu-sri/jam", who)).html
    form = {"id": "mer_1", "do": "limits", "pickups": "0", "deliveries": "12"}
    assert (await post(web, session, "/jualan/bu-sri/jam", who, **form)).status == 303
    assert gateway.asked[-1]["variables"]["input"] == {
        "merchantId": "mer_1",
        "pickupsPerHour": 0,
        "deliveriesPerHour": 12,
    }
    assert (await post(web, session, "/jualan/bu-sri/jam", who, **{**form, "pickups": "banyak"})).status == 422
