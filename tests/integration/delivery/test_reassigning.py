"""Ops take a trip from who has it: sought anew before the pickup, handed on with the goods, and who said so is kept."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from services.contracts.delivery import DeliveryId, FailureCode, RiderId
from services.contracts.partner import RefusalCode
from services.delivery.commands import reassigning
from services.delivery.domain.ending import UnknownTrip
from services.delivery.domain.incident import CannotReassign, HasItAlready, Incident
from services.delivery.domain.reply import ReplyRefused
from services.delivery.store import plans
from services.kit.database.db import transaction
from tests.worlds.delivery import AGUS, BOT, DEWI, KONCAR, RINI, SEMERU, World, kinds

BROKE = FailureCode.BREAKDOWN


async def reassign(world: World, job: DeliveryId, rider: RiderId | None = None) -> None:
    async with transaction(world.db) as conn:
        await reassigning.reassign(conn, job, Incident(BROKE, "motor mogok", rider), "usr_ops", world.policy)


async def has(world: World, job: DeliveryId) -> tuple[Any, ...]:
    async with world.db.acquire() as conn:
        row = await conn.fetchrow("SELECT status, partner_id, rider_id FROM delivery WHERE id = $1", job)
    return tuple(row) if row else ()


async def facts(world: World) -> list[str]:
    return kinds(await world.told(topic="delivery.deliveries"))


@pytest.mark.parametrize("reports", [(), ("pickup",)])
async def test_before_the_pickup_another_is_sought(world: World, reports: tuple[str, ...]) -> None:
    job = await world.trip(SEMERU, *reports)
    await reassign(world, job)
    assert (await has(world, job))[0] == "OFFERED"
    assert "delivery_unassigned" in await facts(world)
    withdrawn = [each.data["reason"] for each in await world.told_to(SEMERU) if each.type == "partner.job_withdrawn.v1"]
    assert withdrawn[-1] == "REASSIGNED"
    assert (await world.report(SEMERU, job, "picked_up")).code is RefusalCode.NOT_YOUR_JOB


async def test_before_the_pickup_it_is_given_to_a_rider_of_another_company(world: World) -> None:
    job = await world.trip(SEMERU, "pickup")
    await reassign(world, job, RINI)
    assert await has(world, job) == ("ASSIGNED", KONCAR.uuid, RINI.uuid)
    assert (await facts(world))[-2:] == ["delivery_unassigned", "delivery_assigned"]
    assert kinds(await world.told_to(KONCAR))[-2:] == ["job_offered", "job_assigned"]
    for report in ("pickup", "picked_up", "delivered"):
        assert (await world.report(KONCAR, job, report)).code is None


@pytest.mark.parametrize(
    "reports", [("picked_up",), ("picked_up", "dropoff"), ("picked_up", "failed"), ("picked_up", "failed", "RETURNING")]
)
async def test_goods_are_handed_on_where_they_are(world: World, reports: tuple[str, ...]) -> None:
    job = await world.trip(SEMERU, *reports)
    status = await world.status(job)
    await reassign(world, job, RINI)
    assert await has(world, job) == (status, KONCAR.uuid, RINI.uuid)
    assert (await facts(world))[-1] == "delivery_assigned"
    assert (await world.report(SEMERU, job, "delivered")).code is RefusalCode.NOT_YOUR_JOB
    last = "RETURNED" if status == "RETURNING" else "delivered"
    assert (await world.report(KONCAR, job, last)).code is None


async def test_some_of_the_goods_are_handed_on_and_the_others_still_fetched(world: World) -> None:
    job = await world.trip(SEMERU)
    await world.reply(SEMERU, "picked_up", {"job_id": str(job), "stop": 1})
    await reassign(world, job, RINI)
    assert (await world.report(KONCAR, job, "delivered")).code is RefusalCode.WRONG_ORDER
    assert (await world.reply(KONCAR, "picked_up", {"job_id": str(job), "stop": 2})).code is None
    assert (await world.report(KONCAR, job, "delivered")).code is None


async def test_a_colleague_takes_over_and_the_company_keeps_it(world: World) -> None:
    job = await world.trip(SEMERU, "picked_up")
    await reassign(world, job, DEWI)
    assert await has(world, job) == ("PICKED_UP", SEMERU.uuid, DEWI.uuid)
    assert kinds(await world.told_to(SEMERU))[-1] == "job_assigned"
    assert (await world.report(SEMERU, job, "delivered")).code is None


async def test_who_has_a_job_already_has_this_one_planned_beside_it(world: World) -> None:
    theirs, job = await world.trip(KONCAR), await world.trip(SEMERU, "picked_up")
    await reassign(world, job, RINI)
    async with world.db.acquire() as conn:
        ahead = (await plans.carried(conn, [RINI]))[RINI].ahead
    assert {each.job_id for each in ahead} == {theirs, job}


async def test_what_cannot_be_is_refused_and_changes_nothing(world: World) -> None:
    fetched, waiting, test = await world.trip(SEMERU, "picked_up"), await world.job(), DeliveryId.new()
    before = await world.state()
    for job, rider, refusal in (
        (fetched, None, CannotReassign),
        (fetched, AGUS, HasItAlready),
        (fetched, RiderId.new(), ReplyRefused),
        (fetched, BOT, ReplyRefused),  # of a company that has test jobs alone
        (waiting, None, CannotReassign),
        (waiting, RINI, CannotReassign),
        (test, RINI, UnknownTrip),
    ):
        with pytest.raises(refusal):
            await reassign(world, job, rider)
    await world.pause(KONCAR)
    with pytest.raises(ReplyRefused):
        await reassign(world, fetched, RINI)
    assert (await world.state())[:2] == before[:2]


async def test_who_said_so_is_kept_and_stays(world: World) -> None:
    job = await world.trip(SEMERU, "picked_up")
    await reassign(world, job, RINI)
    async with world.db.acquire() as conn:
        row = await conn.fetchrow(
            "SELECT failure_code, reason, from_rider, to_rider, with_goods, said_by FROM delivery_incident"
        )
        assert row is not None
        assert tuple(row) == ("BREAKDOWN", "motor mogok", AGUS.uuid, RINI.uuid, True, "usr_ops")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute("DELETE FROM delivery_incident")


async def test_ops_alone_do_so_through_the_graph(graph: Any) -> None:
    job = await graph.world.trip(SEMERU, "picked_up")
    document = """mutation($id: ID!, $rider: ID) {
      reassignDelivery(id: $id, failure: BREAKDOWN, reason: "motor mogok", riderId: $rider) {
        delivery { status partner { id } } problems { code field } } }"""
    for who, code in (("buyer", "FORBIDDEN"), ("partner", "FORBIDDEN"), ("nobody", "UNAUTHENTICATED")):
        answer = await graph.ask(who, document, id=str(job), rider=str(RINI))
        assert answer["errors"][0]["extensions"]["code"] == code
    found = await graph.data("ops", document, id=str(job), rider=None)
    assert [each["code"] for each in found["reassignDelivery"]["problems"]] == ["WRONG_STATE"]
    found = await graph.data("ops", document, id=str(job), rider=str(RINI))
    assert found["reassignDelivery"]["delivery"] == {"status": "PICKED_UP", "partner": {"id": str(KONCAR)}}
