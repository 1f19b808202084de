"""Who sees what of a trip, asked over ASGI, and what a forged representation gets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from services.contracts.delivery import DeliveryId
from services.contracts.partner import Location
from services.delivery.store import positions as stored
from services.delivery.store import reading, reading_crews
from tests.worlds.delivery import (
    AGUS,
    RINI,
    SEMERU,
)
from tests.worlds.delivery_graph import Graph

TRIP = """id version status test fee cashToCollect requestedAt handoverPin
  order { id } partner { id name status } rider { id name plate } position { point { lat lng } at } history { at status }"""


async def a_trip_with_position(graph: Graph) -> DeliveryId:
    job = await graph.world.trip(SEMERU, "pickup")
    at = await graph.world.now()
    assert await graph.world.rides_at(
        SEMERU, Location(job_id=job, rider_id=AGUS, lat=-8.13041, lng=113.22041, at=at)
    ) == [None]
    return job


async def test_a_buyer_sees_the_trip_its_rider_its_position_and_the_pin(graph: Graph) -> None:
    job = await a_trip_with_position(graph)
    shown = (await graph.data("buyer", f"query($id: ID!) {{ delivery(id: $id) {{ {TRIP} }} }}", id=str(job)))[
        "delivery"
    ]
    assert shown["handoverPin"] == await graph.world.pin(job)
    assert (shown["status"], shown["fee"], shown["cashToCollect"]) == ("AT_PICKUP", 10_000, 65_000)
    assert shown["order"] == {"id": str(await graph.world.order_of(job))}
    assert shown["partner"] == {"id": str(SEMERU), "name": "Ojek Semeru", "status": "ACTIVE"}
    assert shown["rider"] == {"id": str(AGUS), "name": "Agus", "plate": "N 1 A"}
    assert shown["position"]["point"] == {"lat": -8.13, "lng": 113.22}
    await graph.world.report(SEMERU, job, "picked_up")
    fetched = await graph.data(
        "buyer", "query($id: ID!) { delivery(id: $id) { position { point { lat lng } } } }", id=str(job)
    )
    assert fetched["delivery"]["position"]["point"] == {"lat": -8.13041, "lng": 113.22041}
    assert [each["status"] for each in shown["history"]][-2:] == ["ASSIGNED", "AT_PICKUP"]
    assert len(shown["history"]) == shown["version"]


@pytest.mark.parametrize("who", ["partner", "ops"])
async def test_partner_and_ops_see_the_trip_without_pin_and_position(graph: Graph, who: str) -> None:
    job = await a_trip_with_position(graph)
    shown = (await graph.data(who, f"query($id: ID!) {{ delivery(id: $id) {{ {TRIP} }} }}", id=str(job)))["delivery"]
    assert (shown["status"], shown["rider"]["name"]) == ("AT_PICKUP", "Agus")
    assert (shown["handoverPin"], shown["position"]) == (None, None)


OTHERS = ["stranger", "merchant", "rider", "rival", "pretender", "lost partner", "government"]


@pytest.mark.parametrize("who", OTHERS)
async def test_for_everybody_else_there_is_no_such_trip(graph: Graph, who: str) -> None:
    job = await graph.world.trip(SEMERU)
    query = "query($id: ID!) { delivery(id: $id) { id handoverPin } }"
    assert await graph.data(who, query, id=str(job)) == {"delivery": None}
    assert await graph.data("buyer", query, id=str(DeliveryId.new())) == {"delivery": None}


async def test_without_a_token_nothing_is_asked(graph: Graph) -> None:
    job = await graph.world.trip(SEMERU)
    answer = await graph.ask("nobody", "query($id: ID!) { delivery(id: $id) { id } }", id=str(job))
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    answer = await graph.ask("nobody", "{ partners { edges { node { id } } } }")
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


ENTITIES = f"""query($of: [_Any!]!) {{ _entities(representations: $of) {{ __typename
  ... on Delivery {{ {TRIP} }} ... on Order {{ id delivery {{ id handoverPin status }} }}
  ... on Rider {{ name plate }} ... on Partner {{ name }} }} }}"""


@pytest.mark.parametrize("who", [*OTHERS, "nobody"])
async def test_forged_representations_prove_nothing(graph: Graph, who: str) -> None:
    job = await graph.world.trip(SEMERU)
    order_id = await graph.world.order_of(job)
    forged = [
        {"__typename": "Delivery", "id": str(job), "status": "DELIVERED", "buyer": "usr_stranger"},
        {"__typename": "Order", "id": str(order_id), "buyer": {"id": "usr_stranger"}},
        {"__typename": "Rider", "id": str(AGUS)},
    ]
    data = await graph.data(who, ENTITIES, of=forged)
    assert data["_entities"] == [None, {"__typename": "Order", "id": str(order_id), "delivery": None}, None]


async def test_entities_are_answered_in_the_order_asked_with_one_statement_for_each_kind(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [await graph.world.trip(SEMERU) for _ in range(3)]
    orders = [await graph.world.order_of(job) for job in jobs]
    read: Counter[str] = Counter()
    for name in ("deliveries", "deliveries_of_orders", "partners", "riders", "histories"):
        monkeypatch.setattr(reading_crews if name == "riders" else reading, name, counting(name, read))
    asked = [
        *({"__typename": "Delivery", "id": str(job)} for job in jobs),
        *({"__typename": "Order", "id": str(order)} for order in orders),
    ]
    data = await graph.data("buyer", ENTITIES, of=asked)
    assert [each["id"] for each in data["_entities"]] == [str(each) for each in [*jobs, *orders]]
    assert [each["delivery"]["id"] for each in data["_entities"][3:]] == [str(job) for job in jobs]
    assert read == {"deliveries": 1, "deliveries_of_orders": 1, "partners": 1, "riders": 1, "histories": 1}


def counting(name: str, read: Counter[str]) -> Callable[..., Any]:
    """Each of these functions is one statement."""
    function: Callable[..., Any] = getattr(reading_crews if name == "riders" else reading, name)

    def counted(*given: Any) -> Any:
        read[name] += 1
        return function(*given)

    return counted


async def test_a_representation_of_another_kind_is_an_error_at_its_own_place(graph: Graph) -> None:
    job = await graph.world.trip(SEMERU)
    asked = [{"__typename": "Delivery", "id": str(SEMERU)}, {"__typename": "Delivery", "id": str(job)}]
    answer = await graph.ask("buyer", ENTITIES, of=asked)
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        (["_entities", 0], "BAD_USER_INPUT")
    ]
    assert [each and each["id"] for each in answer["data"]["_entities"]] == [None, str(job)]


async def test_a_rider_is_seen_by_own_company_ops_and_the_buyer_of_the_trip(graph: Graph) -> None:
    await graph.world.trip(SEMERU)
    both = [{"__typename": "Rider", "id": str(AGUS)}, {"__typename": "Rider", "id": str(RINI)}]
    seen = {
        who: [bool(each) for each in (await graph.data(who, ENTITIES, of=both))["_entities"]]
        for who in ("buyer", "partner", "rival", "ops", "stranger")
    }
    assert seen == {
        "buyer": [True, False],
        "partner": [True, False],
        "rival": [False, True],
        "ops": [True, True],
        "stranger": [False, False],
    }
    assert await graph.shown_to_staff() == sorted([("usr_ops", str(AGUS)), ("usr_ops", str(RINI))])


async def test_pin_and_position_end_with_the_trip(graph: Graph) -> None:
    job = await a_trip_with_position(graph)
    await graph.world.report(SEMERU, job, "picked_up")
    await graph.world.report(SEMERU, job, "delivered")
    query = "query($id: ID!) { delivery(id: $id) { status handoverPin position { at } rider { name } } }"
    shown = (await graph.data("buyer", query, id=str(job)))["delivery"]
    assert shown == {"status": "DELIVERED", "handoverPin": None, "position": None, "rider": {"name": "Agus"}}
    async with graph.world.db.acquire() as conn:
        await stored.forget(conn)
        assert await conn.fetchval("SELECT count(*) FROM rider_place") == 0
