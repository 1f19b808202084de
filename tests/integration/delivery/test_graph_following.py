"""Who follows a trip sees its present, each change and its end; ops end it."""

from __future__ import annotations

from typing import Any

import pytest

from services.contracts.delivery import DeliveryId
from services.contracts.partner import Location
from tests.worlds import asgi
from tests.worlds.delivery import (
    AGUS,
    SEMERU,
)
from tests.worlds.delivery_graph import Graph
from tests.worlds.payloads import refused

FOLLOW = "subscription($id: ID!) { deliveryChanged(id: $id) { version status position { point { lat } } } }"


async def test_a_follower_sees_the_present_then_each_change_and_the_rider_move(graph: Graph) -> None:
    job = await graph.world.trip(SEMERU)
    async with asgi.socket(graph.app, token=graph.token("buyer")) as socket:
        assert (await socket.receive())["type"] == "connection_ack"
        await socket.subscribe(FOLLOW, id=str(job))

        async def following() -> Any:
            message = await socket.receive()
            assert message["type"] == "next", message
            return message["payload"]["data"]["deliveryChanged"]

        assert (await following())["status"] == "ASSIGNED"
        await graph.world.report(SEMERU, job, "pickup")
        at_pickup = await following()
        assert at_pickup["status"] == "AT_PICKUP"
        now = await graph.world.now()
        await graph.world.rides_at(SEMERU, Location(job_id=job, rider_id=AGUS, lat=-8.12, lng=113.2, at=now))
        moved = await following()
        assert moved == {**at_pickup, "position": {"point": {"lat": -8.12}}}
        await graph.world.report(SEMERU, job, "picked_up")
        assert (await following())["status"] == "PICKED_UP"


@pytest.mark.parametrize("who", ["stranger", "rival", "rider"])
async def test_who_may_not_follow_a_trip_is_told_why(graph: Graph, who: str) -> None:
    job = await graph.world.trip(SEMERU)
    asked = {str(job): "NOT_FOUND", str(DeliveryId.new()): "NOT_FOUND", "dlv_x": "BAD_USER_INPUT"}
    for id_, code in asked.items():
        async with asgi.socket(graph.app, token=graph.token(who)) as socket:
            assert (await socket.receive())["type"] == "connection_ack"
            await socket.subscribe(FOLLOW, id=id_)
            message = await socket.receive()
            assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", code)


async def test_a_trip_that_ends_is_told_with_its_end_and_so_is_one_that_had_ended(graph: Graph) -> None:
    job = await graph.world.trip(SEMERU, "picked_up")

    async def until_the_end(socket: asgi.Socket) -> list[str]:
        seen: list[str] = []
        while (message := await socket.receive())["type"] == "next":
            seen.append(message["payload"]["data"]["deliveryChanged"]["status"])
        assert message == {"id": "1", "type": "complete"}
        return seen

    async with asgi.socket(graph.app, token=graph.token("buyer")) as socket:
        assert (await socket.receive())["type"] == "connection_ack"
        await socket.subscribe(FOLLOW, id=str(job))
        first = await socket.receive()
        assert first["payload"]["data"]["deliveryChanged"]["status"] == "PICKED_UP"
        await graph.data("ops", END, id=str(job), outcome="LOST", reason="the rider does not answer")
        assert (await until_the_end(socket))[-1] == "DISPOSED"
        await socket.subscribe(FOLLOW, id=str(job))
        assert await until_the_end(socket) == ["DISPOSED"]


END = """mutation($id: ID!, $outcome: DeliveryOutcome!, $reason: String!, $failure: FailureCode, $cash: Rupiah) {
  endDelivery(id: $id, outcome: $outcome, reason: $reason, failure: $failure, cashCollected: $cash) {
    delivery { status } problems { code status } } }"""


async def test_ops_end_a_trip_and_nobody_else_does(graph: Graph) -> None:
    job = await graph.world.trip(SEMERU, "picked_up")
    before = await graph.world.state()
    lost = {"id": str(job), "outcome": "LOST", "reason": "the rider does not answer"}
    for who, code in (("buyer", "FORBIDDEN"), ("partner", "FORBIDDEN"), ("nobody", "UNAUTHENTICATED")):
        answer = await graph.ask(who, END, **lost)
        assert answer["errors"][0]["extensions"]["code"] == code
    for bad in ({"reason": " "}, {"cash": 1}, {"outcome": "DELIVERED", "cash": 99_999_999}, {"id": "dlv_x"}):
        answer = await graph.ask("ops", END, **{**lost, **bad})
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT", bad
    early = await graph.data("ops", END, **{**lost, "outcome": "CANCELLED"})
    assert refused(early["endDelivery"]) == {"code": "WRONG_STATE", "status": "PICKED_UP"}
    unknown = await graph.data("ops", END, **{**lost, "id": str(DeliveryId.new())})
    assert refused(unknown["endDelivery"]) == {"code": "NOT_FOUND"}
    assert await graph.world.state() == before
    for _ in range(2):
        data = await graph.data("ops", END, **lost)
        assert data["endDelivery"] == {"delivery": {"status": "DISPOSED"}, "problems": []}
