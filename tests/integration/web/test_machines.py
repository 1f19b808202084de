"""The page of a company's machines: a secret is shown once, and nothing of it to others."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from services.web.session import Session
from tests.integration.web.test_pages import HOSTILE, get, post, signed_in
from tests.worlds.fake_gateway import FakeGateway, Site, error, refusal

_PATH = "/jasa-antar/ptn_1/sambungan"
_CLIENT = {"id": "cli_1", "name": HOSTILE, "madeAt": "2026-11-29T14:05:30Z", "usedAt": None, "revokedAt": None}


def _roots(*clients: dict[str, Any], hook: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    company = {"id": "ptn_1", "name": HOSTILE, "status": "SANDBOX", "isConnected": True, "webhook": hook}
    return {"partner": company, "partnerClients": list(clients), **more}


@pytest.fixture
def who() -> Session:
    return signed_in()


async def test_a_secret_is_shown_when_it_was_made_and_never_again(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    made = {"problems": [], "client": _CLIENT, "secret": "wcs_secret"}
    gateway.roots = _roots(_CLIENT, createPartnerClient=made)
    page = await post(web, session, _PATH, who, do="create", name="server")
    assert (page.status, "wcs_secret" in page.text, "<script>" in page.html) == (200, True, False)
    again = await get(web, session, _PATH, who)
    assert (again.status, "cli_1" in again.text, "wcs_secret" in again.text) == (200, True, False)


async def test_what_is_wrong_stands_at_the_form_and_what_is_revoked_has_no_button(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    refused = {"problems": [refusal("TOO_MANY_CLIENTS", limit=2)], "client": None, "secret": None}
    gateway.roots = _roots({**_CLIENT, "revokedAt": "2026-11-29T15:00:00Z"}, createPartnerClient=refused)
    page = await post(web, session, _PATH, who, do="create", name="server")
    assert (page.status, "sudah punya 2 sambungan mesin" in page.text) == (422, True)
    assert 'value="revoke"' not in page.html


async def test_it_is_revoked(web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session) -> None:
    gateway.roots = _roots(_CLIENT, revokePartnerClient={"problems": []})
    page = await post(web, session, _PATH, who, do="revoke", client="cli_1")
    assert (page.status, page.headers["location"]) == (303, _PATH)
    assert gateway.asked[-1]["variables"] == {"id": "cli_1"}


async def test_others_are_told_that_it_is_not_theirs(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    roots = _roots()
    gateway.roots = roots | {"partner": roots["partner"] | {"isConnected": None}, "partnerClients": None}
    assert (await get(web, session, _PATH, who)).status == 403


async def test_who_may_not_see_the_keys_is_told_so_and_sees_the_rest(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    """As of who plays a part in local mode: they have no number of their own."""
    gateway.roots = _roots() | {"partnerClients": None}
    gateway.errors = [error("FORBIDDEN", path=["partnerClients"])]
    page = await get(web, session, _PATH, who)
    assert (page.status, "masuk dengan nomor teleponnya sendiri" in page.text) == (200, True)
    assert "Sebagian isi halaman ini" not in page.text
    assert 'value="create"' not in page.html


_HOOK = {
    "url": "https://ojek.example/" + HOSTILE[:20], "status": "ACTIVE", "pausedBy": None, "twoSecretsUntil": None, "failingSince": None,
    "restsUntil": None, "deliveredAt": None, "waiting": 3,
    "messages": [
        {"id": "evt_1", "type": "partner.pinged.v1", "subject": "ptn_1:ptn_1", "toldAt": "2026-11-29T14:05:30Z", "status": "WAITING",
         "tried": 1, "nextAt": "2026-11-29T14:05:40Z", "attempts": [
            {"at": "2026-11-29T14:05:31Z", "tookMs": 12, "status": 500, "error": "status 500", "excerpt": HOSTILE}]}],
}  # fmt: skip


async def test_what_became_of_a_webhook_is_shown_as_text_and_its_secret_once(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    gateway.roots = _roots(hook=_HOOK, setPartnerWebhook={"problems": [], "secret": "whsec_x"})
    page = await get(web, session, f"{_PATH}?gagal=1", who)
    assert (page.status, "status 500" in page.text, "<script>" in page.html) == (200, True, False)
    assert gateway.asked[-1]["variables"]["failedOnly"] is True
    page = await post(web, session, _PATH, who, do="set", url="https://ojek.example/")
    assert (page.status, "whsec_x" in page.text) == (200, True)
    assert "whsec_x" not in (await get(web, session, _PATH, who)).text


@pytest.mark.parametrize(
    ("what", "field"),
    [
        ("ping", "pingPartner"), ("pause", "pausePartnerWebhook"), ("resume", "resumePartnerWebhook"), ("remove", "removePartnerWebhook"),
        ("again", "resendWebhookMessage"),
    ],
)  # fmt: skip
async def test_each_button_does_its_work_and_a_refusal_stays_on_the_page(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session, what: str, field: str
) -> None:
    gateway.roots = _roots(hook=_HOOK, **{field: {"problems": []}})
    page = await post(web, session, _PATH, who, do=what, message="evt_1")
    assert (page.status, page.headers["location"]) == (303, _PATH)
    gateway.roots[field] = {"problems": [refusal("NO_WEBHOOK")]}
    page = await post(web, session, _PATH, who, do=what, message="evt_1")
    assert (page.status, "belum punya alamat webhook" in page.text) == (422, True)


async def test_a_wrong_address_stays_in_its_field(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession, who: Session
) -> None:
    gateway.roots = _roots(setPartnerWebhook={"problems": [refusal("INVALID_URL", field="url")], "secret": None})
    page = await post(web, session, _PATH, who, do="set", url="http://x")
    assert (page.status, "dimulai dengan https://" in page.text, 'value="http://x"' in page.html) == (422, True, True)


async def test_the_contract_is_a_page_for_anybody(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    page = await get(web, session, "/jasa-antar/kontrak")
    assert page.status == 200
    for said in ("partner.job_offered.v1", "pickups[].point.lat", "ORDER_CANCELLED", "cash_collected_rupiah"):
        assert said in page.text
    assert gateway.asked == []
