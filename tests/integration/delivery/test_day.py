"""A day's record of who was asked, took and earned adds up, and each offer says why it was made."""

from __future__ import annotations

import random

from services.contracts.delivery import DeliveryId
from services.delivery.domain.caller import Caller
from services.delivery.store import searches, shares
from tests.worlds.delivery import AGUS, KONCAR, RINI, SEMERU, World
from tests.worlds.riding import a_day

ORDERS = 12


async def test_the_record_of_a_day_adds_up_and_is_explained(world: World) -> None:
    await a_day(world, ORDERS, {SEMERU: [AGUS], KONCAR: [RINI]}, random.Random(1))
    async with world.db.acquire() as conn:
        found = await shares.days(conn, Caller(officer=True), [SEMERU, KONCAR])
        rows = await conn.fetch("SELECT id, status, fee_rupiah, rider_share_rupiah FROM delivery")
        asked = await searches.asked(conn, [DeliveryId(row["id"]) for row in rows])
    offers = [each for made in asked.values() for each in made]
    delivered = [row for row in rows if row["status"] == "DELIVERED"]
    assert len(delivered) == ORDERS
    assert sum(day.delivered for day in found) == sum(day.accepted for day in found) == ORDERS
    assert sum(day.offered for day in found) == len(offers)
    assert sum(day.accepted + day.declined + day.expired for day in found) == len(offers)
    assert sum(day.declined for day in found) > 0
    assert sum(day.fees_rupiah for day in found) == sum(row["fee_rupiah"] for row in delivered)
    assert sum(day.rider_shares_rupiah for day in found) == sum(row["rider_share_rupiah"] for row in delivered)
    # Each says what decided it: nobody had the first turn of a job who had taken more than the other.
    taken = {SEMERU: 0, KONCAR: 0}
    for made in sorted(asked.values(), key=lambda each: each[-1].offered_at):
        first = made[-1]
        assert (first.taken_today, first.by_hand) == (taken[first.partner_id], False)
        assert first.asked_of in (1, 2)
        if first.asked_of == 2 and not any(each.state == "TIMED_OUT" for each in offers):
            assert taken[first.partner_id] == min(taken.values())
        taken[next(each.partner_id for each in made if each.state == "ACCEPTED")] += 1
    assert abs(taken[SEMERU] - taken[KONCAR]) <= 2
