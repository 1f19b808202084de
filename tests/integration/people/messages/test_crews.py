"""Who delivers is told what concerns them: of offers as long as they matter, of trips, of pauses, and of trips that are silent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from services.contracts import delivery
from services.contracts.delivery import OfferId, PartnerId, PartnerMember, PartnerRole, PartnerStatus, RiderId
from services.contracts.ordering import BorneBy, CancelReason
from services.contracts.people import PersonId
from tests.worlds.notices import CODE, Market, a_market
from tests.worlds.outgoing import Post, Scripted

PARTNER, RIDER, OFFER = PartnerId.new(), RiderId.new(), OfferId.new()


class Crew:
    """One company: its owner, a dispatcher, and a rider on shift."""

    def __init__(self, market: Market, owner: PersonId, dispatcher: PersonId, rider: PersonId) -> None:
        self.market, self.owner, self.dispatcher, self.rider = market, owner, dispatcher, rider

    def company(self, status: PartnerStatus = PartnerStatus.ACTIVE, reason: str | None = None) -> Any:
        members = [
            PartnerMember(subject=str(self.owner), role=PartnerRole.OWNER),
            PartnerMember(subject=str(self.dispatcher), role=PartnerRole.DISPATCHER),
        ]
        return delivery.PartnerChanged(
            partner_id=PARTNER, name="Ojek Senduro", status=status, members=members, reason=reason
        )

    def rides(self, *, on_shift: bool = True, ended: bool = False) -> Any:
        subject = None if ended else str(self.rider)
        return delivery.RiderChanged(
            rider_id=RIDER, partner_id=PARTNER, subject=subject, on_shift=on_shift and not ended, ended=ended
        )

    async def offered(self, seconds: float = 30, offer: OfferId = OFFER, partner: PartnerId = PARTNER) -> Any:
        until = await self.market.now() + timedelta(seconds=seconds)
        return delivery.DeliveryOffered(**self._trip(), offer_id=offer, partner_id=partner, expires_at=until)

    def closed(self, answer: str) -> Any:
        return delivery.OfferClosed(**self._trip(), offer_id=OFFER, partner_id=PARTNER, answer=answer)

    def assigned(self, partner: PartnerId = PARTNER, rider: RiderId = RIDER) -> Any:
        return delivery.DeliveryAssigned(**self._trip(), partner_id=partner, rider_id=rider)

    def trip_cancelled(self) -> Any:
        return delivery.DeliveryCancelled(**self._trip(), reason="BUYER_CANCELLED")

    def overdue(self) -> Any:
        return delivery.ReportOverdue(**self._trip(), partner_id=PARTNER)

    def _trip(self) -> dict[str, Any]:
        return {"delivery_id": self.market.delivery_id, "order_id": self.market.order_id}

    async def told(self) -> dict[str, list[tuple[str, str]]]:
        names = {"owner": self.owner, "dispatcher": self.dispatcher, "rider": self.rider}
        return {name: await self.market.kinds(each) for name, each in names.items()}


@pytest.fixture
async def crew(post: Post) -> Crew:
    market = await a_market(post)
    people = [await post.person(f"+62812345679{number}{number}") for number in (1, 2, 3)]
    made = Crew(market, *people)
    await market.hear(market.merchant(), market.placed(), made.company(), made.rides())
    return made


async def test_an_offer_is_told_to_whom_it_may_concern_and_matters_as_long_as_it_lasts(
    crew: Crew, whatsapp: Scripted
) -> None:
    await crew.market.hear(await crew.offered(30))
    await crew.market.post.step(whatsapp)
    assert await crew.told() == {name: [("JOB_OFFERED", "TOLD")] for name in ("owner", "dispatcher", "rider")}
    assert len(whatsapp.sent) == 3
    assert all(each.text.startswith(f"Tawaran antar {CODE} untuk Ojek Senduro. Jawab") for each in whatsapp.sent)
    late = await crew.offered(-1, OfferId.new())
    await crew.market.hear(late)
    assert (await crew.told())["rider"][-1] == ("JOB_OFFERED", "LATE")


async def test_who_is_not_on_shift_or_has_ended_hears_of_no_offer(crew: Crew) -> None:
    await crew.market.hear(crew.rides(on_shift=False), await crew.offered())
    assert (await crew.told())["rider"] == []
    await crew.market.hear(crew.rides(ended=True), await crew.offered(offer=OfferId.new()))
    assert (await crew.told())["rider"] == []


@pytest.mark.parametrize(("answer", "told"), [("TIMED_OUT", True), ("WITHDRAWN", True), ("DECLINED", False)])
async def test_an_offer_that_ended_is_told_unless_they_have_declined_it(crew: Crew, answer: str, told: bool) -> None:
    await crew.market.hear(await crew.offered(), crew.closed(answer))
    assert await crew.told() == {
        name: [("JOB_OFFERED", "LATE"), *([("JOB_OFFER_OVER", "WAITING")] if told else [])]
        for name in ("owner", "dispatcher", "rider")
    }


async def test_a_trip_is_told_to_its_rider_and_its_end_to_those_who_held_an_offer(crew: Crew) -> None:
    await crew.market.hear(await crew.offered(), crew.assigned())
    assert (await crew.told())["rider"] == [("JOB_OFFERED", "LATE"), ("TRIP_ASSIGNED", "WAITING")]
    assert (await crew.told())["owner"] == [("JOB_OFFERED", "LATE")]


async def test_a_rival_that_was_first_ends_the_offer(crew: Crew) -> None:
    await crew.market.hear(await crew.offered(), crew.assigned(PartnerId.new(), RiderId.new()))
    assert (await crew.told())["dispatcher"] == [("JOB_OFFERED", "LATE"), ("JOB_OFFER_OVER", "WAITING")]


async def test_a_rider_under_way_hears_once_that_the_order_was_cancelled(crew: Crew) -> None:
    await crew.market.hear(crew.assigned(), crew.trip_cancelled())
    await crew.market.hear(await crew.market.cancelled(CancelReason.BUYER_CANCELLED, BorneBy.BUYER))
    assert [kind for kind, _ in (await crew.told())["rider"]] == ["TRIP_ASSIGNED", "TRIP_CANCELLED"]


async def test_a_rider_with_the_goods_hears_it_too_and_none_whose_trip_has_ended(crew: Crew) -> None:
    await crew.market.hear(crew.assigned(), crew.market.picked_up())
    await crew.market.hear(await crew.market.cancelled(CancelReason.BUYER_CANCELLED, BorneBy.BUYER))
    assert [kind for kind, _ in (await crew.told())["rider"]] == ["TRIP_ASSIGNED", "TRIP_CANCELLED"]


async def test_after_the_handover_no_cancellation_reaches_the_rider(crew: Crew) -> None:
    await crew.market.hear(crew.assigned(), await crew.market.delivered())
    await crew.market.hear(await crew.market.cancelled(CancelReason.DELIVERY_FAILED, BorneBy.PLATFORM))
    assert [kind for kind, _ in (await crew.told())["rider"]] == ["TRIP_ASSIGNED"]


async def test_owners_hear_of_each_pause_with_its_reason_and_of_its_end(crew: Crew, whatsapp: Scripted) -> None:
    for _ in range(2):
        await crew.market.hear(crew.company(PartnerStatus.PAUSED, "keluhan pembeli"))
        await crew.market.hear(crew.company(PartnerStatus.PAUSED, "keluhan pembeli"))  # a member came: no news
        await crew.market.hear(crew.company())
    assert [kind for kind, _ in (await crew.told())["owner"]] == ["PARTNER_PAUSED", "PARTNER_RESUMED"] * 2
    assert (await crew.told())["dispatcher"] == []
    await crew.market.post.step(whatsapp)
    assert whatsapp.sent[0].text == (
        "Ojek Senduro dijeda: keluhan pembeli. Tawaran berhenti, antaran yang berjalan diteruskan."
    )


async def test_a_companys_people_hear_once_that_its_webhook_fails_and_once_that_it_works(crew: Crew) -> None:
    fails = msgspec.structs.replace(crew.company(), webhook_fails_since=await crew.market.now())
    for event in (crew.company(), fails, fails, crew.company(), crew.company()):
        await crew.market.hear(event)
    told = await crew.told()
    for who in ("owner", "dispatcher"):
        assert [kind for kind, _ in told[who]] == ["WEBHOOK_FAILS", "WEBHOOK_WORKS"]
    assert told["rider"] == []


async def test_a_trip_that_is_silent_is_told_once_to_owners_and_dispatchers(crew: Crew) -> None:
    await crew.market.hear(crew.assigned(), crew.overdue(), crew.overdue())
    assert [kind for kind, _ in (await crew.told())["owner"]] == ["REPORT_OVERDUE"]
    assert [kind for kind, _ in (await crew.told())["dispatcher"]] == ["REPORT_OVERDUE"]
    assert [kind for kind, _ in (await crew.told())["rider"]] == ["TRIP_ASSIGNED"]


async def test_what_came_before_its_order_is_told_after_it(post: Post) -> None:
    market = await a_market(post)
    people = [await post.person(f"+62812345678{number}{number}") for number in (5, 6, 7)]
    crew = Crew(market, *people)
    await market.hear(crew.company(), crew.rides(), await crew.offered())
    assert (await crew.told())["rider"] == []
    await market.hear(market.placed())
    assert (await crew.told())["rider"] == [("JOB_OFFERED", "WAITING")]


async def test_of_many_riders_on_shift_some_who_are_free_are_told(crew: Crew) -> None:
    others = [RiderId.new() for _ in range(30)]
    for number, each in enumerate(others):
        await crew.market.hear(
            delivery.RiderChanged(
                rider_id=each, partner_id=PARTNER, subject=f"usr_{number}", on_shift=True, ended=False
            )
        )
    await crew.market.hear(crew.assigned(rider=others[0]))
    await crew.market.hear(await crew.offered())
    told = [
        number for number in range(30) if ("JOB_OFFERED", "UNREACHABLE") in await crew.market.kinds(f"usr_{number}")
    ]
    assert 0 not in told
    assert len(told) + len(await crew.market.kinds(crew.rider)) == 20
