"""Riders on shift, where they are, and what is near the merchants of delivery's world."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from services.contracts.delivery import PartnerId, RiderId
from services.contracts.partner import Location
from services.contracts.places import GeoPoint
from tests.worlds.delivery import AGUS, DEWI, KONCAR, MALL, MALL_AT, SEMERU, World

METRE = 1 / 111_195
"""In degrees of latitude."""


def north(metres: float, of: GeoPoint = MALL_AT) -> GeoPoint:
    return GeoPoint(lat=of.lat + metres * METRE, lng=of.lng)


async def set_riders(world: World, *riders: RiderId, **columns: Any) -> None:
    """Columns of the riders as they are from now on."""
    async with world.db.acquire() as conn:
        for name, value in columns.items():
            await conn.execute(f"UPDATE rider SET {name} = $2 WHERE id = ANY($1::uuid[])", riders, value)


_COMPANY = {AGUS: SEMERU, DEWI: SEMERU}


async def stands(world: World, rider: RiderId, at: GeoPoint, partner: PartnerId | None = None) -> None:
    """On shift, seen there now."""
    await set_riders(world, rider, on_shift=True)
    company = partner or _COMPANY.get(rider) or KONCAR
    where = Location(rider_id=rider, lat=at.lat, lng=at.lng, at=await world.now())
    assert await world.rides_at(company, where) == [None]


async def a_day(world: World, orders: int, crews: Mapping[PartnerId, Sequence[RiderId]], some: random.Random) -> None:
    """Orders one after another; companies answer as people do: one in ten declines, one in fifty forgets."""
    for _ in range(orders):
        job = await world.job(merchants=(MALL,))
        while (status := await world.status(job)) in ("REQUESTED", "OFFERED"):
            if status == "REQUESTED":  # all have declined
                await world.move_clock(timedelta(seconds=61))
                await world.fire()
                continue
            offer, partner = await world.open_offer(job)
            chance = some.random()
            if chance < 0.02:
                await world.move_clock(timedelta(seconds=31))
                await world.fire()
            elif chance < 0.12:
                await world.decline(job, offer, partner)
            else:
                await world.accept(job, offer, partner, some.choice(crews[partner]))
                for report in ("picked_up", "delivered"):
                    await world.report(partner, job, report)
