"""Officers are told that a licence waits, and its merchant's owners what became of it and that it ends."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Any

import pytest

from services.contracts.catalog import LicenceId, MerchantId
from services.contracts.licences import (
    GoodsBlocked,
    LicenceDue,
    LicenceEvent,
    LicenceExpired,
    LicenceKind,
    LicenceRejected,
    LicenceSubmitted,
    LicenceVerified,
    LicenceWithdrawn,
)
from services.contracts.people import PersonId, StaffRole
from services.people.store import staff
from tests.worlds.notices import Market, a_market
from tests.worlds.outgoing import Post, Scripted

WAITS = "Nomor P-IRT menunggu diperiksa"


@pytest.fixture
async def market(post: Post) -> Market:
    """At noon in Jakarta, when nobody sleeps."""
    found = await a_market(post)
    now = await found.now()
    noon = now.astimezone(UTC).replace(hour=5, minute=0, second=0, microsecond=0)
    await post.move_clock((noon - now + timedelta(days=1)).total_seconds())
    return found


async def _officer(post: Post, phone: str, role: StaffRole = StaffRole.OFFICER) -> PersonId:
    person_id = await post.person(phone)
    async with post.db.acquire() as conn:
        await staff.grant(conn, person_id, role)
    return person_id


class Licensed:
    """One licence of the market's owner, as catalog tells of it."""

    def __init__(self, market: Market, merchant_id: MerchantId | None = None, *others: PersonId) -> None:
        self.market, self.id = market, LicenceId.new()
        self.of = merchant_id or MerchantId.new()
        self.owners = [str(market.owner), *(str(each) for each in others)]

    async def tells(self, kind: type[LicenceEvent], **facts: Any) -> None:
        usual: dict[str, Any] = {
            "licence_id": self.id,
            "merchant_id": self.of,
            "kind": LicenceKind.PIRT,
            "owners": self.owners,
            "expires_on": date(2031, 5, 1),
        }
        await self.market.hear(kind(**usual, **facts))

    async def waits(self) -> None:
        await self.tells(LicenceSubmitted, since=await self.market.now())


async def test_officers_are_told_that_it_waits_and_owners_of_the_end(market: Market, whatsapp: Scripted) -> None:
    adi = await _officer(market.post, "+6281234560001")
    ops = await _officer(market.post, "+6281234560002", StaffRole.OPS)
    licensed = Licensed(market)
    await licensed.waits()
    await market.post.step(whatsapp)
    assert [(each.phone, each.text[: len(WAITS)]) for each in whatsapp.sent] == [("+6281234560001", WAITS)]
    (row,) = await market.notices(adi)
    assert (row["kind"], row["about"], row["outcome"]) == ("LICENCE_WAITING", str(licensed.id), "TOLD")
    assert await market.notices(ops) == []
    await licensed.tells(LicenceVerified)
    await market.post.step(whatsapp)
    assert whatsapp.sent[-1].phone == "+6281234567822"
    assert whatsapp.sent[-1].text == (
        "The P-IRT number of your business was verified until 01-05-2031. Goods that need it may be sold."
    )


async def test_an_officer_who_owns_it_is_not_asked(market: Market) -> None:
    adi = await _officer(market.post, "+6281234560001")
    eni = await _officer(market.post, "+6281234560003")
    await Licensed(market, None, adi).waits()
    assert await market.notices(adi) == []
    assert await market.kinds(eni) == [("LICENCE_WAITING", "WAITING")]


@pytest.mark.parametrize(("kind", "facts"), [(LicenceWithdrawn, {}), (LicenceRejected, {}), (LicenceVerified, {})])
async def test_what_waits_no_more_is_told_to_no_officer(
    market: Market, whatsapp: Scripted, kind: type[LicenceEvent], facts: dict[str, Any]
) -> None:
    adi = await _officer(market.post, "+6281234560001")
    licensed = Licensed(market)
    await licensed.waits()
    await licensed.tells(kind, **facts)
    await market.post.step(whatsapp)
    assert await market.kinds(adi) == [("LICENCE_WAITING", "LATE")]
    assert [each.phone for each in whatsapp.sent if each.phone == "+6281234560001"] == []


async def test_owners_are_reminded_twice_and_told_of_the_end_once(market: Market, whatsapp: Scripted) -> None:
    licensed = Licensed(market)
    for days in (60, 60, 14):
        await licensed.tells(LicenceDue, within_days=days)
        await market.post.step(whatsapp)
    for _ in range(2):
        await licensed.tells(LicenceExpired)
        await market.post.step(whatsapp)
    assert [name for name, _ in await market.kinds(market.owner)] == [
        "LICENCE_DUE",
        "LICENCE_DUE_SOON",
        "LICENCE_EXPIRED",
    ]
    assert len(whatsapp.sent) == 3


async def test_a_reminder_that_was_not_sent_is_not_sent_after_the_end(market: Market, whatsapp: Scripted) -> None:
    licensed = Licensed(market)
    await licensed.tells(LicenceDue, within_days=60)
    await licensed.tells(LicenceDue, within_days=14)
    await licensed.tells(LicenceExpired)
    await market.post.step(whatsapp)
    (only,) = whatsapp.sent
    assert only.text.endswith("Goods that need it are not for sale until there is another.")


async def test_taken_back_is_another_word_than_refused(market: Market) -> None:
    for revoked in (False, True):
        await Licensed(market).tells(LicenceRejected, revoked=revoked)
    assert sorted(name for name, _ in await market.kinds(market.owner)) == ["LICENCE_REJECTED", "LICENCE_REVOKED"]


async def test_a_hundred_licences_cost_an_officer_a_message_an_hour(market: Market, whatsapp: Scripted) -> None:
    adi = await _officer(market.post, "+6281234560001")
    for _ in range(30):
        await Licensed(market).waits()
    for _ in range(3):
        await market.post.step(whatsapp)
    assert len(whatsapp.sent) == 1
    assert len(await market.notices(adi)) == 30


async def test_owners_are_told_once_that_goods_need_one(market: Market, whatsapp: Scripted) -> None:
    merchant_id = MerchantId.new()
    for kind in (LicenceKind.HALAL, LicenceKind.HALAL, LicenceKind.PIRT):
        event = GoodsBlocked(
            merchant_id=merchant_id, kind=kind, applies_from=date(2026, 10, 17), owners=[str(market.owner)]
        )
        await market.hear(event)
    for _ in range(2):
        await market.post.step(whatsapp)
    assert sorted(each.text for each in whatsapp.sent) == [
        "The P-IRT number is needed now for some goods of your business. Without it they are not for sale. Submit it in Wlijo.",
        "The halal certificate is needed now for some goods of your business. Without it they are not for sale. Submit it in Wlijo.",
    ]
