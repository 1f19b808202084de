"""Everybody says by which channels they want to hear of each kind of news, without a script; what was not touched is not sent."""

from __future__ import annotations

from typing import Any

import aiohttp

from services.web.pages.notice_preferences import GROUPS
from tests.integration.web.test_pages import get, post, signed_in
from tests.worlds.fake_gateway import FakeGateway, Site, public, refusal

WHERE = "/pemberitahuan/cara"


def viewer(*memberships: str, **channels: list[str]) -> dict[str, Any]:
    kinds = public().type_map["NoticeKind"].values  # type: ignore[attr-defined]  # an enum
    return {
        "memberships": [{"kind": each} for each in memberships],
        "noticePreferences": [{"kind": kind, "channels": channels.get(kind)} for kind in kinds],
    }


async def test_each_kind_there_is_has_words_and_a_choice(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots["viewer"] = viewer("MERCHANT", ORDER_READY=[], SELLER_ORDER_NEW=["SMS", "MAIL"])
    page = await get(web, session, WHERE, signed_in())
    assert page.status == 200
    kinds = [each["kind"] for each in gateway.roots["viewer"]["noticePreferences"]]
    assert set(kinds) == {kind for _, texts in GROUPS.values() for kind in texts}
    assert all(f'name="k-{kind}"' in page.html for kind in kinds)
    assert "Seperti yang sudah dipilih: SMS,MAIL" in page.text
    assert page.html.count("<details open>") == 2  # a buyer's, and for who sells a seller's
    assert len(gateway.asked) == 1


async def test_what_was_changed_is_sent_and_nothing_else(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    gateway.roots |= {"viewer": viewer(), "setNoticePreferences": {"problems": []}}
    who = signed_in()
    same = {"k-ORDER_LATER": "SMS", "w-ORDER_LATER": "SMS"}
    given = {"k-ORDER_READY": "WHATSAPP,SMS", "w-ORDER_READY": "", "k-CLAIM_PAID": "-", "w-CLAIM_PAID": "SMS",
             "k-REFUND_DONE": "", "w-REFUND_DONE": "-"}  # fmt: skip
    assert (await post(web, session, WHERE, who, **same, **given)).status == 303
    assert gateway.asked[-1]["variables"]["preferences"] == [
        {"kind": "ORDER_READY", "channels": ["WHATSAPP", "SMS"]},
        {"kind": "CLAIM_PAID", "channels": []},
        {"kind": "REFUND_DONE", "channels": None},
    ]
    asked = len(gateway.asked)
    assert (await post(web, session, WHERE, who, **same)).status == 303
    assert len(gateway.asked) == asked
    page = await post(web, session, WHERE, who, **{"k-ORDER_READY": "PIGEON", "w-ORDER_READY": ""})
    assert (page.status, "Pilih caranya dari daftar." in page.text) == (422, True)
    gateway.roots["setNoticePreferences"] = {"problems": [refusal("SESSION_ENDED")]}
    assert (await post(web, session, WHERE, who, **given)).status == 422
    assert (await get(web, session, WHERE)).status == 303
