"""Officers are told that an application waits, as often as one can read, and who applied what became of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.contracts.amounts import Language
from services.contracts.catalog import (
    ApplicationFault,
    ApplicationOutcome,
    ApplicationSettled,
    ApplicationWaits,
    MerchantId,
)
from services.contracts.people import PersonId, StaffRole
from services.people.domain.notices import QUIET_FROM, QUIET_UNTIL
from services.people.store import staff
from tests.worlds.notices import Market, a_market
from tests.worlds.outgoing import Post, Scripted

ASKED = "Pendaftaran usaha menunggu diperiksa"


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


class Asking:
    """One application, as catalog tells of it."""

    def __init__(self, market: Market, applicant: PersonId) -> None:
        self.market, self.applicant, self.merchant_id = market, applicant, MerchantId.new()

    async def waits(self) -> None:
        event = ApplicationWaits(
            merchant_id=self.merchant_id, applicant=str(self.applicant), since=await self.market.now()
        )
        await self.market.hear(event)

    async def settled(self, outcome: ApplicationOutcome, fault: ApplicationFault | None = None) -> None:
        at: datetime = await self.market.now()
        event = ApplicationSettled(
            merchant_id=self.merchant_id, applicant=str(self.applicant), outcome=outcome, settled_at=at, fault=fault
        )
        await self.market.hear(event)


async def test_officers_are_told_and_nobody_else_and_who_applied_of_the_end(market: Market, whatsapp: Scripted) -> None:
    adi, ops = (
        await _officer(market.post, "+6281234560001"),
        await _officer(market.post, "+6281234560002", StaffRole.OPS),
    )
    asking = Asking(market, market.owner)
    await asking.waits()
    await market.post.step(whatsapp)
    assert [(each.phone, each.text[: len(ASKED)]) for each in whatsapp.sent] == [("+6281234560001", ASKED)]
    (row,) = await market.notices(adi)
    assert (row["kind"], row["about"], row["outcome"]) == ("APPLICATION_WAITING", str(asking.merchant_id), "TOLD")
    assert await market.notices(ops) == []
    await asking.settled(ApplicationOutcome.SENT_BACK, ApplicationFault.PLACE)
    await market.post.step(whatsapp)
    assert whatsapp.sent[-1].phone == "+6281234567822"
    assert whatsapp.sent[-1].text == (
        "Your application to sell has to be corrected: the place. Read why in Wlijo, then apply again."
    )


async def test_where_there_is_no_officer_ops_are_told_and_not_who_applied(market: Market) -> None:
    first = await _officer(market.post, "+6281234560001", StaffRole.OPS)
    second = await _officer(market.post, "+6281234560002", StaffRole.OPS)
    await Asking(market, first).waits()
    assert await market.notices(first) == []
    assert await market.kinds(second) == [("APPLICATION_WAITING", "WAITING")]


async def test_one_that_is_made_anew_is_told_anew(market: Market, whatsapp: Scripted) -> None:
    adi = await _officer(market.post, "+6281234560001")
    asking = Asking(market, market.owner)
    for _ in range(2):
        await asking.waits()
        await market.post.step(whatsapp)
        await asking.settled(ApplicationOutcome.SENT_BACK)
        await market.post.step(whatsapp)
        await market.post.move_clock(2 * 3_600)
    assert len([each for each in whatsapp.sent if each.text.startswith(ASKED)]) == 2
    assert len([each for each in whatsapp.sent if each.phone == "+6281234567822"]) == 2
    assert await market.kinds(adi) == [("APPLICATION_WAITING", "TOLD")]
    await asking.waits()
    await asking.settled(ApplicationOutcome.VERIFIED)
    await market.post.step(whatsapp)
    assert whatsapp.sent[-1].text.startswith("Your application to sell was approved.")
    assert await market.kinds(market.owner) == [("APPLICATION_VERIFIED", "TOLD")]


async def test_what_is_settled_before_it_was_told_is_told_to_no_officer(market: Market, whatsapp: Scripted) -> None:
    adi = await _officer(market.post, "+6281234560001")
    asking = Asking(market, market.owner)
    await asking.waits()
    await asking.settled(ApplicationOutcome.WITHDRAWN)
    await market.post.step(whatsapp)
    assert whatsapp.sent == []
    assert await market.kinds(adi) == [("APPLICATION_WAITING", "LATE")]
    assert await market.notices(market.owner) == []


async def test_a_hundred_strangers_cost_an_officer_a_message_an_hour(market: Market, whatsapp: Scripted) -> None:
    adi = await _officer(market.post, "+6281234560001")
    for _ in range(100):
        await Asking(market, market.owner).waits()
    for _ in range(3):
        await market.post.step(whatsapp)
    assert len(whatsapp.sent) == 1
    assert len(await market.notices(adi)) == 100  # all of it can be read
    await market.post.move_clock(3_600)
    await market.post.step(whatsapp)
    await market.post.step(whatsapp)
    assert len(whatsapp.sent) == 2


async def test_it_waits_for_the_morning(market: Market, whatsapp: Scripted) -> None:
    adi = await _officer(market.post, "+6281234560001")
    await market.post.move_clock(11 * 3_600)  # eleven at night
    await Asking(market, market.owner).waits()
    await market.post.step(whatsapp)
    assert whatsapp.sent == []
    assert await market.kinds(adi) == [("APPLICATION_WAITING", "WAITING")]
    night = timedelta(hours=24 - QUIET_FROM.hour + QUIET_UNTIL.hour)
    await market.post.move_clock(night.total_seconds())
    await market.post.step(whatsapp)
    assert [each.language for each in whatsapp.sent] == [Language.ID]
