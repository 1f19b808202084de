"""A consumer that gathers hears many events at once: the same is known and told as by one after the other, in a few statements."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.contracts import delivery
from services.contracts.delivery import OfferId, PartnerId, PartnerMember, PartnerRole, PartnerStatus, RiderId
from services.contracts.places import WIB
from services.kit.database.db import transaction
from services.kit.messaging.envelope import Event
from services.people.commands.notices import tell
from services.people.domain.notices import Facts, NoticeKind
from tests.worlds.asked import asked_of
from tests.worlds.notices import CODE, Market, a_market
from tests.worlds.outgoing import Post

PARTNER, RIDER = PartnerId.new(), RiderId.new()


async def a_life(market: Market) -> list[Event]:
    """All of an order's, facts alone; what is of other topics may come in between."""
    trip: dict[str, Any] = {"delivery_id": market.delivery_id, "order_id": market.order_id}
    offer, until = OfferId.new(), await market.now() + timedelta(seconds=30)
    return [
        market.held(),  # before its order: topics promise each other nothing
        market.placed(),
        market.accepted(),
        await market.confirmed(),
        delivery.DeliveryOffered(**trip, offer_id=offer, partner_id=PARTNER, expires_at=until),
        delivery.DeliveryAssigned(**trip, partner_id=PARTNER, rider_id=RIDER),
        market.arrived(delivery.Place.PICKUP),
        market.picked_up(),
        market.arrived(delivery.Place.DROPOFF),
        await market.delivered(),
    ]


async def with_its_people(post: Post, number: int) -> Market:
    market = Market(post, await post.person(f"+62812345671{number}"), await post.person(f"+62812345672{number}"))
    await market.hear(market.merchant())
    return market


@pytest.fixture
async def riding(post: Post) -> Post:
    market = await a_market(post)
    rider = str(await post.person("+6281234567899"))
    members = [PartnerMember(subject=str(market.owner), role=PartnerRole.OWNER)]
    company = delivery.PartnerChanged(
        partner_id=PARTNER, name="Ojek Senduro", status=PartnerStatus.ACTIVE, members=members
    )
    shift = delivery.RiderChanged(rider_id=RIDER, partner_id=PARTNER, subject=rider, on_shift=True, ended=False)
    await market.hear(company, shift)
    return post


async def left_of(market: Market) -> dict[str, Any]:
    """What is known and was told of its order, without ids and times."""
    part, trip = "seller_order_id = $1", "delivery_id = $1"
    queries = {
        "orders": (
            "SELECT code, cash_rupiah, is_over, way, slot_from FROM heard_order WHERE order_id = $1",
            market.order_id,
        ),
        "parts": (f"SELECT goods_rupiah, is_answered, accept_within_s FROM heard_part WHERE {part}", market.part_id),
        "early": ("SELECT true FROM early_event WHERE order_id = $1", market.order_id),
        "trips": (f"SELECT true FROM heard_trip WHERE {trip}", market.delivery_id),
        "offers": (f"SELECT true FROM heard_offer WHERE {trip}", market.delivery_id),
        "timers": ("SELECT kind FROM timer WHERE subject = $1", market.part_id),
        "told": (
            """SELECT n.kind, n.outcome, n.text, n.facts, m.id IS NOT NULL AND m.failed_at IS NULL AS goes
               FROM notice n LEFT JOIN messages m ON m.notice_id = n.id
               WHERE n.subject = ANY($1::text[]) ORDER BY n.subject = ($1::text[])[1], n.kind""",
            [str(market.buyer), str(market.owner)],
        ),
        "crews": (
            """SELECT n.kind, n.outcome, n.text FROM notice n JOIN heard_partner p ON n.subject = ANY(p.owners)
               OR n.subject IN (SELECT subject FROM heard_rider) WHERE n.about LIKE $1 || '/%'""",
            str(market.delivery_id),
        ),
    }
    async with market.post.db.acquire() as conn:
        return {
            name: [tuple(row.values()) for row in await conn.fetch(query, asked)]
            for name, (query, asked) in queries.items()
        }


@pytest.mark.parametrize("cut", range(11))
async def test_what_is_heard_together_is_known_and_told_as_one_after_the_other(riding: Post, cut: int) -> None:
    one, other = await with_its_people(riding, 1), await with_its_people(riding, 2)
    for each in await a_life(one):
        await one.hear(each)
    life = await a_life(other)
    for some in (life[:cut], life[cut:]):
        await other.hear(*some, together=len(some) > 1)
    expected, found = await left_of(one), await left_of(other)
    assert found == expected
    assert expected["orders"][0][2], "it is over"
    assert [kind for kind, *_ in expected["told"]].count("ORDER_DELIVERED") == 1


async def test_many_orders_are_heard_in_as_many_statements_as_one(riding: Post) -> None:
    markets = [await with_its_people(riding, number) for number in range(3)]
    for each in markets:
        each.processor = markets[0].processor
        each.counts = markets[0].counts
    lives = [await a_life(each) for each in markets]
    await markets[0].hear(*lives[0][:2], together=True)  # the connection knows its types
    async with asked_of(riding.db) as said:
        await markets[0].hear(*lives[0][2:], *lives[1], *lives[2], together=True)
    asked = [each for each in said if each != "SELECT wlijo_now()"]  # of the world
    assert len(asked) == 2, asked  # what is known; the positions, what is changed and told


@pytest.mark.parametrize(
    ("hour", "minute", "goes_at"), [(4, 59, 5), (5, 0, None), (21, 59, None), (22, 0, 29), (23, 30, 29), (0, 0, 5)]
)
async def test_what_may_wait_is_not_sent_in_the_quiet_hours_and_the_rest_at_once(
    post: Post, hour: int, minute: int, goes_at: int | None
) -> None:
    """`goes_at` in hours after that day's midnight."""
    buyer = await post.person("+6281234567811")
    present = datetime.now(UTC).astimezone(WIB)
    midnight = present.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    now = midnight + timedelta(hours=hour, minutes=minute, seconds=15)
    await post.move_clock((now - present).total_seconds())
    async with transaction(post.db) as conn:
        for kind in (NoticeKind.REFUND_DONE, NoticeKind.REFUND_COMING):
            facts: Facts = {"code": CODE, "amount_rupiah": 5_000, "by_hand": 0, "refund": "CLAIM"}
            await tell(conn, [str(buyer)], kind, "ref", facts, now, None)
    async with post.db.acquire() as conn:
        rows = await conn.fetch("SELECT kind, not_before, created_at FROM messages WHERE notice_id IS NOT NULL")
    found = {row["kind"]: (row["not_before"], row["created_at"]) for row in rows}
    goes, told = found["refund_coming"]
    assert goes <= told
    goes, told = found["refund_done"]
    assert goes <= told if goes_at is None else goes == midnight + timedelta(hours=goes_at)
