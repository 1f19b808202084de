"""A courier from outside beside the two ojek companies: its company, its program, and the courier itself."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from starlette.applications import Starlette

from services.contracts.delivery import DeliveryId, PartnerId, PartnerStatus
from services.delivery.commands.positions import Places
from services.delivery.couriers import notices
from services.delivery.couriers.doors import Door, DoorIsShut
from services.delivery.couriers.lalamove import LalamoveV3
from services.delivery.couriers.profile import Profile, read
from services.delivery.couriers.working import Desk
from services.delivery.partner_feed import Feed
from services.delivery.store import couriers, seeding
from services.delivery.store.couriers import Job
from services.delivery.store.partners import Partner
from services.kit.database.db import Database, transaction
from services.kit.database.live import Live
from services.kit.secret import Secret
from tests.worlds import asgi
from tests.worlds.delivery import HOME, KONCAR, MALL, SEMERU, World
from tests.worlds.lalamove import KEY, SECRET, Lalamove, a_lalamove

ABROAD = PartnerId.seeded("abroad")


def a_profile(url: str, **changes: Any) -> Profile:
    given = {
        "partner_id": str(ABROAD),
        "key": KEY,
        "secret": SECRET,
        "url": url,
        "phone": "+628123456789",
        "market_url": "http://127.0.0.1:9",
        "client_id": "cli_of_the_tests",
        "client_secret": "a secret of the tests",
        "most_over_rupiah": 3_000,
    }
    found = read(Secret(json.dumps({**given, **changes})))
    assert found
    return found


@dataclass
class OpenDoors:
    """Told while the job is the company's, as ordering tells them; `shut` for so many readings first."""

    db: Database
    shut: int = 0

    async def of(self, job_id: DeliveryId) -> Door:
        async with self.db.acquire() as conn:
            whose = await conn.fetchval("SELECT partner_id FROM delivery WHERE id = $1", job_id)
        if self.shut or whose != ABROAD.uuid:
            self.shut = max(0, self.shut - 1)
            raise DoorIsShut("status 404")
        return Door("LMJ-1", "Bu Siti", "+6281234567890", "Jl. Semeru 3", "pagar hijau", HOME)

    async def close(self) -> None:
        pass


@dataclass
class Abroad:
    world: World
    road: Lalamove
    desk: Desk
    doors: OpenDoors
    listener: Starlette
    feed: Feed = field(init=False)

    def __post_init__(self) -> None:
        self.feed = Feed(self.world.db, Live(self.world.db))

    async def turn(self) -> None:
        """All that is due now, until nothing is."""
        await self.desk.read(self.feed, 0)
        while await self.desk.work():
            await self.desk.read(self.feed, 0)

    async def pass_by(self, seconds: int, *, step_s: int = 5) -> None:
        """As the world's, and the courier's program does what is due; the companies of the regency let every offer lie."""
        for _ in range(0, seconds, step_s):
            await self.world.move_clock(timedelta(seconds=step_s))
            await self.world.fire()
            await self.turn()

    async def job(self, cash: int = 0, **quote: Any) -> DeliveryId:
        """Of an order that is paid, with one merchant; nobody local takes it."""
        order_id = await self.world.place(**{"merchants": (MALL,), **quote})
        await self.world.confirm(order_id, cash)
        return await self.world.delivery_of(order_id)

    async def asked(self, **quote: Any) -> DeliveryId:
        """A job that the courier has by now, for nobody local answered: its order is placed."""
        job = await self.job(**quote)
        await self.pass_by(160)
        return job

    async def hear(self, *words: bytes) -> list[int]:
        return [(await asgi.request(self.listener, "POST", notices.PATH, body=each)).status for each in words]

    async def hear_all(self) -> None:
        words, self.road.words = self.road.words, []
        assert all(each == 200 for each in await self.hear(*words))

    async def jobs(self) -> list[Job]:
        async with self.world.db.acquire() as conn:
            return await couriers.live(conn)

    async def ended(self, job: DeliveryId) -> list[str]:
        """Why each of its offers to the courier ended, the first first."""
        async with self.world.db.acquire() as conn:
            rows = await conn.fetch(
                "SELECT said FROM courier_job WHERE delivery_id = $1 AND state = 'ENDED' ORDER BY made_at", job
            )
        return [row["said"] for row in rows]

    async def holder(self, job: DeliveryId) -> PartnerId | None:
        async with self.world.db.acquire() as conn:
            found = await conn.fetchval("SELECT partner_id FROM delivery WHERE id = $1", job)
        return PartnerId(found) if found else None

    async def rider(self, job: DeliveryId) -> tuple[str, str]:
        async with self.world.db.acquire() as conn:
            row = await conn.fetchrow(
                "SELECT r.name, r.plate FROM delivery d JOIN rider r ON r.id = d.rider_id WHERE d.id = $1", job
            )
        assert row
        return row["name"], row["plate"]

    async def pause_locals(self) -> None:
        for each in (SEMERU, KONCAR):
            await self.world.pause(each)


@asynccontextmanager
async def abroad(world: World, *, deadline_s: float = 30.0, **changes: Any) -> AsyncIterator[Abroad]:
    async with transaction(world.db) as conn:
        await seeding.add_partner(conn, Partner(ABROAD, "Kurir Luar", PartnerStatus.ACTIVE))
    async with a_lalamove() as road:
        profile = a_profile(road.url, **changes)
        api, doors = LalamoveV3(profile, deadline_s=deadline_s), OpenDoors(world.db)
        desk = Desk(world.db, profile, world.rules, api, doors, Places(world.db, every_s=0))
        assert await desk.enter()
        try:
            yield Abroad(world, road, desk, doors, Starlette(routes=notices.routes(world.db, profile)))
        finally:
            await api.close()


__all__ = ["ABROAD", "Abroad", "a_profile", "abroad"]
