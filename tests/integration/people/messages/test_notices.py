"""Who is told what of an order, once, in their language, in time or not at all; all of it can be read by whom it concerns."""

from __future__ import annotations

import random

import pytest

from services.contracts.delivery import Place
from services.contracts.ordering import BorneBy, CancelReason
from services.contracts.people import PersonId
from services.kit.messaging.envelope import Event
from services.people.domain.notices import NoticeKind
from services.people.messages.port import Refused
from services.people.store import notices
from tests.worlds.notices import CODE, Market, a_market
from tests.worlds.outgoing import Post, Scripted


@pytest.fixture
async def market(post: Post) -> Market:
    return await a_market(post)


async def test_an_order_from_its_beginning_to_its_end(market: Market, whatsapp: Scripted) -> None:
    steps = [market.merchant(), market.placed(), market.held(), market.accepted(), await market.confirmed(), market.picked_up(),
             market.arrived(Place.PICKUP), market.arrived(Place.DROPOFF)]  # fmt: skip
    for event in steps:
        await market.hear(event)
        await market.post.step(whatsapp)
    assert [(each.phone, each.text) for each in whatsapp.sent] == [
        ("+6281234567822", f"New order {CODE} for Warung Bu Sri, goods Rp55,000. Answer within 10 minutes."),
        ("+6281234567811", f"Pesanan {CODE} diterima penjual dan sedang disiapkan."),
        ("+6281234567811", f"Pesanan {CODE} sedang diantar. Siapkan tunai Rp63.000."),
        (
            "+6281234567811",
            f"Pengantar pesanan {CODE} sudah sampai. Beri tahu PIN Anda saat barang diterima. Bayar Rp63.000.",
        ),
    ]
    await market.hear(await market.delivered())
    assert (await market.kinds(market.buyer))[-1][0] == "ORDER_DELIVERED"
    row = (await market.notices(market.buyer))[0]
    assert (row["outcome"], row["channel"], row["told_at"] is not None) == ("TOLD", "whatsapp", True)
    assert row["event_id"].startswith("evt_")


async def test_a_repeat_tells_nobody_twice(market: Market, whatsapp: Scripted) -> None:
    told = await market.hear(market.merchant(), market.placed(), market.held())
    for each in told:
        await market.processor.apply(each)
    again = market.held()
    await market.hear(again)  # another event of the same matter
    await market.post.step(whatsapp)
    assert await market.kinds(market.owner) == [("SELLER_ORDER_NEW", "TOLD")]
    assert len(whatsapp.sent) == 1


async def test_a_merchant_is_reminded_when_his_time_runs_out_and_not_when_he_has_answered(market: Market) -> None:
    await market.hear(market.merchant(), market.placed(), market.held())
    await market.fire()
    assert [kind for kind, _ in await market.kinds(market.owner)] == ["SELLER_ORDER_NEW"]
    await market.post.move_clock(400)
    await market.fire()
    assert [kind for kind, _ in await market.kinds(market.owner)] == ["SELLER_ORDER_NEW", "SELLER_ORDER_DEADLINE"]


async def test_who_has_answered_is_not_reminded(market: Market) -> None:
    await market.hear(market.merchant(), market.placed(), market.held(), market.accepted())
    await market.post.move_clock(400)
    await market.fire()
    assert [kind for kind, _ in await market.kinds(market.owner)] == ["SELLER_ORDER_NEW"]


async def test_a_cancellation_says_why_and_who_pays_and_what_was_before_is_late(
    market: Market, whatsapp: Scripted
) -> None:
    await market.hear(market.merchant(), market.placed(), market.held(), market.accepted(), await market.confirmed())
    await market.hear(await market.cancelled(CancelReason.NO_RIDER, BorneBy.PLATFORM))
    await market.post.step(whatsapp)
    assert await market.kinds(market.buyer) == [("ORDER_ACCEPTED", "LATE"), ("ORDER_CANCELLED", "TOLD")]
    assert await market.kinds(market.owner) == [("SELLER_ORDER_NEW", "LATE"), ("SELLER_ORDER_CANCELLED", "TOLD")]
    assert sorted(each.text for each in whatsapp.sent) == [
        f"Order {CODE} for Warung Bu Sri was cancelled: no rider was found. Wlijo bears the cost.",
        f"Pesanan {CODE} dibatalkan: tidak ada pengantar. Biaya ditanggung Wlijo.",
    ]


async def test_a_merchant_who_was_never_asked_learns_nothing(market: Market) -> None:
    await market.hear(market.merchant(), market.placed())
    await market.hear(await market.cancelled(CancelReason.STOCK_SHORT, BorneBy.NOBODY))
    await market.hear(market.held())
    assert await market.kinds(market.owner) == []
    assert [kind for kind, _ in await market.kinds(market.buyer)] == ["ORDER_CANCELLED"]


async def test_a_late_notice_is_to_be_read_and_is_not_sent(market: Market, whatsapp: Scripted) -> None:
    await market.hear(market.merchant(), market.placed())
    await market.hear(market.picked_up(), ago_s=3_600)
    await market.post.step(whatsapp)
    assert await market.kinds(market.buyer) == [("ORDER_ON_THE_WAY", "LATE")]
    assert whatsapp.sent == []


async def test_one_that_waited_too_long_for_its_channel_is_late(market: Market, whatsapp: Scripted) -> None:
    await market.hear(market.merchant(), market.placed(), market.picked_up())
    await market.post.move_clock(3_600)
    await market.post.step(whatsapp)
    assert await market.kinds(market.buyer) == [("ORDER_ON_THE_WAY", "LATE")]
    assert whatsapp.sent == []


async def test_events_of_an_order_that_come_before_it_are_told_when_it_comes(market: Market) -> None:
    """Nothing is promised between topics."""
    await market.hear(market.merchant(), market.held(), market.picked_up())
    assert await market.kinds(market.buyer) == []
    await market.hear(market.placed())
    assert [kind for kind, _ in await market.kinds(market.owner)] == ["SELLER_ORDER_NEW"]
    assert [kind for kind, _ in await market.kinds(market.buyer)] == ["ORDER_ON_THE_WAY"]


async def test_in_whatever_order_topics_come_the_same_is_told_once(market: Market) -> None:
    for seed in range(8):
        world = await a_market_of(market, seed)
        topics: list[list[Event]] = [[world.merchant()], [world.placed(), world.accepted(), await world.confirmed()], [world.held()],
                  [world.picked_up(), world.arrived(Place.DROPOFF)]]  # fmt: skip
        chance = random.Random(seed)
        while any(topics):
            await world.hear(chance.choice([topic for topic in topics if topic]).pop(0))
        kinds = [kind for kind, _ in await world.notices_of_order()]
        assert sorted(set(kinds)) == sorted(kinds)
        assert {"ORDER_ACCEPTED", "ORDER_ON_THE_WAY", "ORDER_AT_THE_DOOR"} <= set(kinds)


async def a_market_of(market: Market, seed: int) -> _Own:
    buyer = await market.post.person(f"+62812345670{seed:02}")
    owner = await market.post.person(f"+62812345671{seed:02}")
    return _Own(market.post, buyer, owner)


class _Own(Market):
    async def notices_of_order(self) -> list[tuple[str, str]]:
        return await self.kinds(self.buyer)


async def test_whom_another_issuer_knows_can_read_and_is_not_written_to(market: Market, whatsapp: Scripted) -> None:
    stranger = str(PersonId.seeded("siti"))
    await market.hear(market.merchant(stranger), market.placed(), market.held())
    await market.post.step(whatsapp)
    assert await market.kinds(stranger) == [("SELLER_ORDER_NEW", "UNREACHABLE")]
    assert whatsapp.sent == []


async def test_who_wants_to_hear_nothing_of_a_kind_can_still_read_it(market: Market, whatsapp: Scripted) -> None:
    async with market.post.db.acquire() as conn:
        await notices.prefer(conn, str(market.owner), NoticeKind.SELLER_ORDER_NEW, [])
    await market.hear(market.merchant(), market.placed(), market.held())
    await market.post.step(whatsapp)
    assert await market.kinds(market.owner) == [("SELLER_ORDER_NEW", "OFF")]
    assert whatsapp.sent == []


async def test_a_notice_goes_by_the_channel_that_the_person_prefers(
    market: Market, whatsapp: Scripted, sms: Scripted
) -> None:
    async with market.post.db.acquire() as conn:
        await notices.prefer(conn, str(market.owner), NoticeKind.SELLER_ORDER_NEW, ["sms"])
    await market.hear(market.merchant(), market.placed(), market.held())
    await market.post.step(whatsapp, sms)
    assert (len(whatsapp.sent), len(sms.sent)) == (0, 1)


async def test_by_a_channel_that_is_not_there_it_fails_and_by_no_other(market: Market, whatsapp: Scripted) -> None:
    async with market.post.db.acquire() as conn:
        await notices.prefer(conn, str(market.owner), NoticeKind.SELLER_ORDER_NEW, ["mail"])
    await market.hear(market.merchant(), market.placed(), market.held())
    await market.post.step(whatsapp)
    assert await market.kinds(market.owner) == [("SELLER_ORDER_NEW", "FAILED")]
    assert whatsapp.sent == []


async def test_a_notice_that_no_channel_takes_has_failed(market: Market, whatsapp: Scripted, sms: Scripted) -> None:
    whatsapp.deeds, sms.deeds = [Refused("no")], [Refused("no")]
    await market.hear(market.merchant(), market.placed(), market.held())
    await market.post.step(whatsapp, sms)
    assert await market.kinds(market.owner) == [("SELLER_ORDER_NEW", "FAILED")]


async def test_what_was_kept_of_others_goes_in_time(market: Market) -> None:
    await market.hear(market.merchant(), market.placed(), market.held())
    await market.post.move_clock(100 * 86_400)
    async with market.post.db.acquire() as conn:
        while await notices.forget(conn):
            pass
        counts = await conn.fetchrow("SELECT (SELECT count(*) FROM notice) n, (SELECT count(*) FROM heard_part) p")
    assert counts
    assert (counts["n"], counts["p"]) == (0, 0)
