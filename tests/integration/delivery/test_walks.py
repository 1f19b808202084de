"""Random histories of trips: whatever happens in whatever order, none is left without something that moves it on."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import timedelta

import pytest

from services.contracts.delivery import DeliveryId, OfferId, PartnerId
from services.contracts.ordering import OrderId
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.ending import CannotEndSo, DeliveryOutcome
from services.delivery.domain.offer import Offer
from services.delivery.domain.trip import ON_TRIP, SEEKING, TERMINAL, WAKES, DeliveryStatus, Wake
from services.kit.database.db import only_row
from tests.worlds.delivery import CASH, KONCAR, SEMERU, World

REPORTS = ["pickup", "dropoff", "delivered", "ASSIGNED", "PICKED_UP", "RETURNED"]
REPORTS += ["picked_up", "failed", "RETURNING", "RETURNED", "DISPOSED"] * 2  # the rarer ways more often
STEPS = 18


async def happens(world: World, chance: random.Random, order_id: OrderId, job: DeliveryId) -> str:
    """One thing, fitting or not."""
    partner, reports = chance.choice([SEMERU, KONCAR]), 2
    async with world.db.acquire() as conn:
        holder_id = await conn.fetchval("SELECT partner_id FROM delivery WHERE id = $1", job)
    if holder_id and chance.random() < 0.9:
        partner, reports = PartnerId(holder_id), 60
    match chance.choices(
        ["confirm", "cancel", "call off", "end", "accept", "decline", "report", "wrong pin", "time", "late"],
        [3, 0.3, 0.3, 0.3, 4, 2, reports, 1, 1, 1],
    )[0]:
        case "confirm":
            await world.confirm(order_id)
            return "confirm"
        case "cancel":
            await world.cancel(order_id)
            return "cancel"
        case "call off":
            await world.call_off(order_id)
            return "call off"
        case "end":
            outcome = chance.choice([*DeliveryOutcome])
            with suppress(CannotEndSo):
                await world.end(job, outcome)
                return f"ended {outcome}"
            return f"cannot end {outcome}"
        case "accept" | "decline" | "late" as what:
            offer, holder = an_offer(chance, await world.offers(job), partner)
            if what == "decline":
                return f"decline {(await world.decline(job, offer, holder)).code}"
            return f"accept {(await world.accept(job, offer, holder)).code}"
        case "report":
            report = chance.choice(REPORTS)
            return f"{report} {(await world.report(partner, job, report)).code}"
        case "wrong pin":
            body = {"job_id": str(job), "pin": "nope", "cash_collected_rupiah": CASH}
            return f"wrong pin {(await world.reply(partner, 'delivered', body)).code}"
        case _:
            await world.move_clock(timedelta(seconds=chance.choice([6, 31, 700])))
            if chance.random() < 0.7:
                await world.read_all_replies()
            return f"{await world.fire()} timers"


def an_offer(chance: random.Random, offers: list[Offer], partner: PartnerId) -> tuple[OfferId, PartnerId]:
    if not offers or chance.random() < 0.1:
        return OfferId.new(), partner
    offer = chance.choice(offers[-2:])
    return offer.id, offer.partner_id


async def check(world: World, job: DeliveryId, so_far: list[str]) -> DeliveryStatus:
    async with world.db.acquire() as conn:
        trip = await only_row(conn, "SELECT * FROM delivery WHERE id = $1", job)
        timers = {
            row["kind"]
            for row in await conn.fetch(
                "SELECT kind FROM timer WHERE subject = $1 OR subject IN (SELECT id FROM offer WHERE delivery_id = $1)",
                job,
            )
        }
        versions = [
            row["version"]
            for row in await conn.fetch(
                "SELECT version FROM delivery_history WHERE delivery_id = $1 ORDER BY version", job
            )
        ]
    status = DeliveryStatus(trip["status"])
    states = {each.id: each.state for each in await world.offers(job)}
    assert versions == [*range(1, trip["version"] + 1)], so_far
    assert (trip["partner_id"] is not None) >= (status in ON_TRIP), so_far
    if trip["offer_id"]:
        assert states[OfferId(trip["offer_id"])] == "ACCEPTED", so_far
    if status in TERMINAL or status in ON_TRIP:
        assert "OPEN" not in states.values(), so_far
    if status in SEEKING:
        assert trip["partner_id"] is None, so_far
        assert Wake.TIME_UP in timers, so_far
        assert ("OPEN" in states.values()) == (status is DeliveryStatus.OFFERED), so_far
    if status in TERMINAL or status is DeliveryStatus.WAITING:
        assert timers == set(), so_far
    else:
        assert timers & WAKES[status] - {Wake.TIME_UP, Wake.LONG}, so_far
        assert timers <= WAKES[status] | {Wake.DISPATCH}, so_far  # looking again where nobody is missing does nothing
    return status


@pytest.mark.parametrize("seed", range(12))
async def test_no_history_leaves_a_trip_without_a_timer(world: World, seed: int) -> None:
    chance = random.Random(seed)
    world.policy = Policy(at_once=chance.choice([1, 2]), rounds=chance.choice([1, 3]))
    for _ in range(4):
        order_id = await world.place(test=chance.random() < 0.5)
        job, so_far = await world.delivery_of(order_id), [f"seed {seed}"]
        for _ in range(STEPS):
            so_far.append(await happens(world, chance, order_id, job))
            so_far.append(str(await check(world, job, so_far)))
    told = await world.told()
    for aggregate in {(each.topic, each.aggregate) for each in told}:
        seqs = [each.seq for each in told if (each.topic, each.aggregate) == aggregate]
        assert seqs == [*range(1, len(seqs) + 1)]


async def test_the_walks_meet_every_state(world: World) -> None:
    met: set[str] = set()
    for seed in range(80):
        chance = random.Random(f"all {seed}")
        order_id = await world.place()
        job = await world.delivery_of(order_id)
        for _ in range(STEPS):
            await happens(world, chance, order_id, job)
        await world.cancel(order_id)  # so that later walks fire no timers of this one
        async with world.db.acquire() as conn:
            met = {row["status"] for row in await conn.fetch("SELECT DISTINCT status FROM delivery_history")}
        if met == set(DeliveryStatus):
            return
    raise AssertionError(f"never: {set(DeliveryStatus) - met}")
