"""Officers see and enter what proves a handover and what a trip in vain pays, by plain forms."""

from __future__ import annotations

from typing import Any

import aiohttp

from tests.integration.web.test_pages import HOSTILE, get, post, signed_in
from tests.worlds.fake_gateway import FakeGateway, Site, refusal

PATH = "/petugas/perjalanan"
VAIN: dict[str, Any] = {
    "version": "VAIN-2026-01", "validFrom": "2026-01-01", "legalBasis": HOSTILE, "calledOffPercent": 30, "atPickupPercent": 60,
    "wayBackPercent": 50, "freeMinutes": 10, "perMinute": 200, "most": 6000,
}  # fmt: skip
PROOFS: dict[str, Any] = {
    "version": "PROOF-2026-01", "validFrom": "2026-01-01", "legalBasis": "Perjanjian", "photo": "UNREACHABLE", "signature": True,
    "signatureCash": 500_000,
}  # fmt: skip
ENTER_VAIN = {
    "do": "vain", "key": "0" * 32, "from": "2030-01-01", "basis": "Perjanjian", "called_off": "30", "at_pickup": "60", "way_back": "50",
    "free": "10", "minute": "200", "most": "6.000",
}  # fmt: skip
ENTER_PROOFS = {
    "do": "proofs", "key": "0" * 32, "from": "2030-01-01", "basis": "Perjanjian", "photo": "WISHED", "signature": "1", "cash": "100.000",
}  # fmt: skip


def there(gateway: FakeGateway) -> None:
    gateway.roots = {"tripInVainRules": [VAIN], "proofRules": [PROOFS]}


async def test_the_rules_are_shown(web: Site, gateway: FakeGateway, session: aiohttp.ClientSession) -> None:
    there(gateway)
    page = await get(web, session, PATH, signed_in())
    for text in ("VAIN-2026-01", "paling banyak Rp6.000", "PROOF-2026-01", "ya, sampai uang tunai Rp500.000."):
        assert text in page.text
    assert "<script>alert" not in page.html
    gateway.roots = {"tripInVainRules": [], "proofRules": []}
    assert "hanya PIN yang berlaku" in (await get(web, session, PATH, signed_in())).text


async def test_a_rule_is_entered(web: Site, gateway: FakeGateway, session: aiohttp.ClientSession) -> None:
    there(gateway)
    gateway.roots |= {"enterTripInVainRule": {"problems": []}, "enterProofRule": {"problems": []}}
    who = signed_in()
    assert (await post(web, session, PATH, who, **ENTER_VAIN)).status == 303
    assert gateway.asked[-1]["variables"] == {
        "key": "0" * 32,
        "input": {
            "validFrom": "2030-01-01", "legalBasis": "Perjanjian", "calledOffPercent": 30, "atPickupPercent": 60, "wayBackPercent": 50,
            "freeMinutes": 10, "perMinute": 200, "most": 6000,
        },
    }  # fmt: skip
    assert (await post(web, session, PATH, who, **ENTER_PROOFS)).status == 303
    assert gateway.asked[-1]["variables"]["input"] == {
        "validFrom": "2030-01-01", "legalBasis": "Perjanjian", "photo": "WISHED", "signature": True, "signatureCash": 100_000,
    }  # fmt: skip


async def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    there(gateway)
    who = signed_in()
    page = await post(web, session, PATH, who, **{**ENTER_VAIN, "from": "besok", "basis": "", "most": "banyak"})
    assert page.status == 422
    for text in ("Tulis tanggalnya, misalnya 2026-03-01.", "Isi ini.", "Tulis angka, tanpa titik."):
        assert page.text.count(text) == 1
    assert all("input" not in each["variables"] for each in gateway.asked)
    page = await post(web, session, PATH, who, **{**ENTER_PROOFS, "photo": "SELALU"})
    assert page.status == 422
    gateway.roots["enterProofRule"] = {"problems": [refusal("TRIP_RULE_INVALID", field="input.validFrom")]}
    page = await post(web, session, PATH, who, **ENTER_PROOFS)
    assert (page.status, page.text.count("mulai paling cepat besok pada hari")) == (422, 1)
    assert 'value="100.000"' in page.html


async def test_who_is_no_officer_is_told_so(web: Site, gateway: FakeGateway, session: aiohttp.ClientSession) -> None:
    gateway.roots = {"tripInVainRules": None, "proofRules": None}
    assert (await get(web, session, PATH, signed_in())).status in (403, 404, 503)
