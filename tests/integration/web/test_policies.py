"""Officers see and enter how riders are sought by a plain form."""

from __future__ import annotations

from typing import Any

import aiohttp

from tests.integration.web.test_pages import HOSTILE, get, post, signed_in
from tests.integration.web.test_zones import listed
from tests.worlds.fake_gateway import FakeGateway, Site, refusal

POLICY: dict[str, Any] = {
    "id": None, "validFrom": None, "rule": "FAIR_SHARE", "offerSeconds": 30, "atOnce": 1, "rounds": 4, "pauseSeconds": 60,
    "assignWithinSeconds": 600, "reachM": 5000, "escalatePercent": 50, "together": 2, "batch": 4, "detourM": 1500, "why": None,
    "companies": [],
}  # fmt: skip
ENTERED = {**POLICY, "id": "dpo_1", "validFrom": "2026-03-01T00:00:00Z", "rule": "COMPANY_ORDER", "why": HOSTILE,
           "companies": [{"id": "ptn_1", "name": "Ojek Semeru"}]}  # fmt: skip


def there(gateway: FakeGateway) -> None:
    gateway.roots["dispatchPolicy"] = POLICY
    gateway.roots["dispatchPolicies"] = listed(ENTERED)
    gateway.roots["partners"] = {"edges": [{"node": {"id": "ptn_1", "name": "Ojek Semeru"}}]}


async def test_what_holds_and_what_was_entered_are_shown(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    there(gateway)
    page = await get(web, session, "/petugas/pembagian", signed_in())
    for text in ("Bagi rata hari ini", "bawaan", "Menurut urutan jasa antar", "Ojek Semeru"):
        assert text in page.text
    assert "<script>alert" not in page.html


async def test_a_policy_is_entered_and_what_is_wrong_is_said_at_its_field(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    there(gateway)
    gateway.roots["enterDispatchPolicy"] = {"problems": []}
    who = signed_in()
    form = {
        "key": "0" * 32,
        "rule": "COMPANY_ORDER",
        "c1": "ptn_1",
        "from": "2030-01-01T08:00",
        "offer": "45",
        "why": "rapat",
    }
    assert (await post(web, session, "/petugas/pembagian", who, **form)).status == 303
    assert gateway.asked[-1]["variables"]["input"] == {
        "rule": "COMPANY_ORDER", "why": "rapat", "companies": ["ptn_1"], "validFrom": "2030-01-01T08:00:00+07:00", "offerSeconds": 45,
    }  # fmt: skip
    before = len(gateway.asked)
    page = await post(web, session, "/petugas/pembagian", who, **{**form, "offer": "x", "from": "besok", "why": ""})
    assert page.status == 422
    for text in ("Tulis angka, tanpa titik.", "Tulis tanggal dan jam.", "Isi ini."):
        assert text in page.text
    assert len(gateway.asked) == before + 1  # the page alone
    gateway.roots["enterDispatchPolicy"] = {
        "problems": [refusal("DISPATCH_POLICY_INVALID", field="input.offerSeconds", minimum=10, limit=600)]
    }
    page = await post(web, session, "/petugas/pembagian", who, **form)
    assert (page.status, "angkanya di dalam batas" in page.text) == (422, True)
