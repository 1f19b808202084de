"""A merchant's people see who fetches their goods, and nothing of the door."""

from __future__ import annotations

from typing import Any

from services.contracts.catalog import Member, MemberRole, MerchantId
from services.contracts.delivery import DeliveryId
from services.contracts.ordering import SellerOrderId
from services.delivery import hears
from services.kit.database.db import transaction
from tests.worlds import asgi
from tests.worlds.delivery import (
    AGUS,
    BUYER,
    KIOS,
    MALL,
    MALL_AT,
    SEMERU,
    a_merchant,
)
from tests.worlds.delivery_graph import Graph

PICKUP = """query($of: [_Any!]!) { _entities(representations: $of) { ... on SellerOrder {
  pickup { status rider { name plate } partner { name } } } } }"""


async def _members(graph: Graph, merchant: MerchantId, *subjects: str) -> None:
    """As the consumer of its own hears it."""
    people = [Member(subject=subject, role=MemberRole.STAFF) for subject in subjects]
    async with transaction(graph.world.db) as conn:
        await hears.MEMBERS.given().handle(conn, a_merchant(merchant, MALL_AT, members=people))


async def _pickup(graph: Graph, part: SellerOrderId, who: str | None, role: str = "merchant") -> Any:
    token = graph.issuer.token(sub=who, roles=[role]) if who else None
    of = [{"__typename": "SellerOrder", "id": str(part), "merchantId": str(MALL), "buyer": BUYER}]
    answer = await asgi.ask(graph.app, PICKUP, token=token, of=of)
    assert "errors" not in answer, answer
    return answer["data"]["_entities"][0]["pickup"]


async def _part_of(graph: Graph, job: DeliveryId, merchant: MerchantId = MALL) -> SellerOrderId:
    async with graph.world.db.acquire() as conn:
        statement = "SELECT seller_order_id FROM stop WHERE delivery_id = $1 AND merchant_id = $2"
        return SellerOrderId(await conn.fetchval(statement, job, merchant))


async def test_a_merchants_people_see_who_fetches_their_goods_and_nobody_elses_do(graph: Graph) -> None:
    await _members(graph, MALL, "usr_ratna")
    await _members(graph, KIOS, "usr_cak_di")
    job = await graph.world.job()
    part = await _part_of(graph, job)
    assert await _pickup(graph, part, "usr_ratna") == {"status": "OFFERED", "rider": None, "partner": None}
    riding = await graph.world.trip(SEMERU, "pickup", "picked_up")
    part = await _part_of(graph, riding)
    seen = await _pickup(graph, part, "usr_ratna")
    assert (seen["status"], set(seen["rider"])) == ("PICKED_UP", {"name", "plate"})
    assert None not in (seen["rider"]["name"], seen["rider"]["plate"], seen["partner"]["name"])
    assert await _pickup(graph, part, BUYER, "buyer") == seen
    assert await _pickup(graph, part, "usr_ops", "ops") == seen
    for who, role in (
        ("usr_cak_di", "merchant"), ("usr_ratna", "buyer"), ("usr_ratna", "rider"), (BUYER, "merchant"), ("usr_any", "government"),
        (None, ""),
    ):  # fmt: skip
        assert (who, role, await _pickup(graph, part, who, role)) == (who, role, None)
    assert await _pickup(graph, SellerOrderId.new(), "usr_ratna") is None
    await _members(graph, MALL)
    assert await _pickup(graph, part, "usr_ratna") is None


async def test_who_fetches_ones_goods_is_told_without_the_door(graph: Graph) -> None:
    """A merchant's token reaches nothing else of the trip."""
    await _members(graph, MALL, "usr_ratna")
    job = await graph.world.trip(SEMERU, "pickup")
    token = graph.issuer.token(sub="usr_ratna", roles=["merchant"])
    document = """query($id: ID!, $of: [_Any!]!) { delivery(id: $id) { handoverPin position { at } }
      _entities(representations: $of) { ... on Order { delivery { id } } ... on Rider { name } } }"""
    of = [{"__typename": "Order", "id": str(await graph.world.order_of(job))}, {"__typename": "Rider", "id": str(AGUS)}]
    answer = await asgi.ask(graph.app, document, token=token, id=str(job), of=of)
    assert answer["data"] == {"delivery": None, "_entities": [{"delivery": None}, None]}


async def test_a_trip_of_before_has_no_parts_and_shows_none(graph: Graph) -> None:
    await _members(graph, MALL, "usr_ratna")
    job = await graph.world.job()
    part = await _part_of(graph, job)
    async with transaction(graph.world.db) as conn:
        await conn.execute("UPDATE stop SET seller_order_id = NULL WHERE delivery_id = $1", job)
    assert await _pickup(graph, part, "usr_ratna") is None


async def test_whatever_shows_staff_a_rider_is_written_down(graph: Graph) -> None:
    job = await graph.world.trip(SEMERU)
    part = await _part_of(graph, job)
    query = (
        "query($of: [_Any!]!) { _entities(representations: $of) { ... on SellerOrder { pickup { rider { name } } } } }"
    )
    of = [{"__typename": "SellerOrder", "id": str(part)}]
    for who in ("buyer", "ops"):
        (found,) = (await graph.data(who, query, of=of))["_entities"]
        assert found["pickup"]["rider"] == {"name": "Agus"}
    assert await graph.shown_to_staff() == [("usr_ops", str(AGUS))]
