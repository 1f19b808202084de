"""The page of a company's test jobs: what was expected beside what came, and a button to order one."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from services.web.session import Session
from tests.integration.web.test_pages import HOSTILE, get, post, signed_in
from tests.worlds.fake_gateway import FakeGateway, Site, refusal

_PATH = "/jasa-antar/ptn_1/uji"
_JOB = {
    "id": "dlv_1", "scenario": "CASH", "status": "DELIVERED", "requestedAt": "2026-11-29T14:05:30Z", "cashToCollect": 65200,
    "cashCollected": 65000, "pin": "000000", "verdict": "FAILED",
    "findings": [
        {"expected": "ACCEPTED", "met": True, "detail": None},
        {"expected": "CASH_AS_ASKED", "met": False, "detail": "cash_collected_rupiah was 65000 " + HOSTILE},
        {"expected": "DELIVERED", "met": None, "detail": None},
    ],
    "course": [
        {"at": "2026-11-29T14:05:31Z", "type": "partner.job_offered.v1", "what": "off_1", "code": None, "message": None},
        {"at": "2026-11-29T14:05:40Z", "type": "partner.reply_refused.v1", "what": HOSTILE, "code": "WRONG_PIN", "message": HOSTILE},
    ],
}  # fmt: skip


def _roots(*jobs: dict[str, Any], **more: Any) -> dict[str, Any]:
    company = {"id": "ptn_1", "name": HOSTILE, "status": "SANDBOX", "isConnected": True, "testJobs": list(jobs)}
    return {"partner": company, **more}


@pytest.fixture
def who() -> Session:
    return signed_in()


async def test_what_was_expected_stands_beside_what_came(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    gateway.roots = _roots(_JOB)
    page = await get(web, session, _PATH, who)
    assert (page.status, "<script>" in page.html) == (200, False)
    for each in (
        "belum lulus",
        "Tunai sesuai yang ditagih",
        "cash_collected_rupiah was 65000",
        "WRONG_PIN",
        "Rp65.200",
        "000000",
    ):
        assert each in page.text
    assert 'value="end"' not in page.html


async def test_one_is_ordered_and_ended_and_what_is_refused_stands_at_the_form(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    gateway.roots = _roots({**_JOB, "status": "ASSIGNED"}, requestTestJob={"problems": []}, endTestJob={"problems": []})
    page = await post(web, session, _PATH, who, do="order", scenario="HAZARD", key="k" * 32)
    assert (page.status, page.headers["location"]) == (303, _PATH)
    assert gateway.asked[-1]["variables"] == {"company": "ptn_1", "scenario": "HAZARD", "key": "k" * 32}
    page = await post(web, session, _PATH, who, do="end", job="dlv_1")
    assert (page.status, gateway.asked[-1]["variables"]) == (303, {"id": "dlv_1"})
    gateway.roots = _roots(_JOB, requestTestJob={"problems": [refusal("TOO_MANY_TEST_JOBS", limit=5)]})
    page = await post(web, session, _PATH, who, do="order", scenario="PLAIN", key="k" * 32)
    assert (page.status, "punya 5 uji coba yang berjalan" in page.text) == (422, True)


async def test_others_are_told_that_it_is_not_theirs(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    gateway.roots = _roots()
    gateway.roots["partner"]["isConnected"] = None
    assert (await get(web, session, _PATH, who)).status == 403
