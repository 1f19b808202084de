"""python -m infra.bench.dispatch: who is asked, and what it takes to find that out.

On a database of its own: the riders nearest to a pickup among 50,000, in CPU of the database; 1,000 trips that wait, dispatched over 50
companies at once; and a day of 1,000 orders, with what each company was asked for, took and earned.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg

from infra.bench.backbone import say
from infra.bench.positions import cpu_of, postmaster
from services.contracts.catalog import MerchantId
from services.contracts.delivery import DeliveryId, PartnerId, RiderId
from services.contracts.places import KECAMATAN, GeoPoint
from services.delivery.domain.board import LOOKED_AT
from services.delivery.domain.caller import Caller
from services.delivery.domain.dispatch import Policy
from services.delivery.hears import timers_of
from services.delivery.store import board, shares
from services.kit.messaging.timers import Timers
from tests.worlds import servers
from tests.worlds.delivery import World, a_merchant, a_world
from tests.worlds.riding import a_day

_SOME = random.Random(7)  # noqa: S311 - the same market each time
_MIDDLES = [each.centre for each in KECAMATAN.values()]
_OF_A_COMPANY = 200


def waited_for_cpu() -> float:
    """Seconds that threads of this process were ready and others ran: the machine has others, too."""
    return sum(int(each.read_text("ascii").split()[1]) for each in Path("/proc/self/task").glob("*/schedstat")) / 1e9


def _somewhere(spread: float = 0.03) -> GeoPoint:
    middle = _SOME.choice(_MIDDLES)
    return GeoPoint(lat=middle.lat + _SOME.gauss(0, spread), lng=middle.lng + _SOME.gauss(0, spread))


async def _riders(owner: asyncpg.Connection[Any], companies: int, riders: int) -> dict[PartnerId, list[RiderId]]:
    """On shift, seen just now, around the middles of the kecamatan."""
    made = {PartnerId.new(): [RiderId.new() for _ in range(riders // companies)] for _ in range(companies)}
    await owner.execute("UPDATE partner SET status = 'PAUSED'")
    await owner.executemany(
        "INSERT INTO partner (id, name, status) VALUES ($1, 'Ojek ' || $2, 'ACTIVE')",
        [(each, str(number)) for number, each in enumerate(made)],
    )
    entered = [(rider, partner) for partner, of_it in made.items() for rider in of_it]
    await owner.copy_records_to_table(
        "rider",
        records=[(r.uuid, p.uuid, "R", "N 1", True) for r, p in entered],
        columns=["id", "partner_id", "name", "plate", "on_shift"],
    )
    places = [(rider.uuid, at.lat, at.lng) for rider, _ in entered for at in (_somewhere(),)]
    await owner.executemany(
        """INSERT INTO rider_place (rider_id, lat, lng, at, near, kept_at)
           VALUES ($1, $2, $3, wlijo_now(), place_on_earth($2, $3), wlijo_now())""",
        places,
    )
    await owner.execute("ANALYZE")
    return made


async def nearest(url: servers.TestDatabase, riders: int, looks: int) -> None:
    async with a_world(url.url) as world:
        owner = await asyncpg.connect(url.owner_url)
        await _riders(owner, riders // _OF_A_COMPANY, riders)
        await owner.close()
        async with world.db.acquire() as conn:
            server = await postmaster(world.db)
            for _ in range(20):
                await board.near(conn, [_somewhere(0.01)], await world.now())
            before, began = cpu_of(server), time.perf_counter()
            for _ in range(looks):
                await board.near(conn, [_somewhere(0.01)], await world.now())
            wall, cpu = time.perf_counter() - began, cpu_of(server) - before
            say(
                "nearest riders of a pickup, CPU of the database",
                f"{cpu / looks * 1e3:.2f} ms",
                f"among {riders}; 5 ms at most",
            )
            say("the same, wall time", f"{wall / looks * 1e3:.2f} ms", f"{LOOKED_AT} riders read")
            before = cpu_of(server)
            for _ in range(looks):
                await board.companies(conn, await world.now())
            cpu = cpu_of(server) - before
            say(
                "what is known of all companies, CPU of it",
                f"{cpu / looks * 1e3:.2f} ms",
                f"{riders // _OF_A_COMPANY} companies",
            )


async def _waiting(world: World, trips: int, merchants: int, *, at: timedelta = timedelta(0)) -> list[DeliveryId]:
    """Trips of confirmed orders that nobody was asked for yet."""
    known = [MerchantId.new() for _ in range(merchants)]
    for each in known:
        await world.hear(a_merchant(each, _somewhere(0.01)))
    ready = await world.now() + timedelta(minutes=20) + at
    made: list[DeliveryId] = []
    for _ in range(trips):
        order = await world.place(merchants=(_SOME.choice(known),))
        await world.confirm(order, ready_at=ready)
        made.append(await world.delivery_of(order))
    return made


async def at_once(url: servers.TestDatabase, trips: int, companies: int, workers: int) -> None:
    async with a_world(url.url) as world:
        owner = await asyncpg.connect(url.owner_url)
        await _riders(owner, companies, companies * 20)
        waiting = await _waiting(world, trips, 80)
        await owner.execute("UPDATE rider_place SET at = wlijo_now() + interval '6 minutes'")
        await owner.execute("ANALYZE")
        await world.move_clock(timedelta(minutes=6))
        server = await postmaster(world.db)
        before, own, began = cpu_of(server), time.process_time(), time.perf_counter()
        waited = waited_for_cpu()

        async def work() -> None:
            timers = Timers(world.db, timers_of(Policy()))
            while await timers.fire_one():
                pass

        await asyncio.gather(*(work() for _ in range(workers)))
        wall = time.perf_counter() - began
        waited = waited_for_cpu() - waited
        database, process = cpu_of(server) - before, time.process_time() - own
        left = await owner.fetchval(
            "SELECT count(*) FROM delivery WHERE id = ANY($1::uuid[]) AND status <> 'OFFERED'", waiting
        )
        asked = [row["n"] for row in await owner.fetch("SELECT count(*) AS n FROM offer GROUP BY partner_id")]
        say(
            f"{trips} trips dispatched over {companies} companies", f"{wall:.2f} s", f"{workers} at a time; 2 s at most"
        )
        say(
            "the same, less what this process waited for a core",
            f"{wall - waited:.2f} s",
            "what the database waited is in it",
        )
        say(
            "CPU of both",
            f"{database + process:.2f} s",
            f"of the database {database:.2f} s, of this process {process:.2f} s",
        )
        say("left without an offer", str(left), f"a company holds {min(asked)} to {max(asked)} offers")
        await owner.close()


async def day(url: servers.TestDatabase, orders: int, companies: int) -> None:
    async with a_world(url.url) as world:
        owner = await asyncpg.connect(url.owner_url)
        crews = await _riders(owner, companies, companies * 20)
        await a_day(world, orders, crews, _SOME)
        async with world.db.acquire() as conn:
            found = await shares.days(conn, Caller(officer=True), [*crews])
        for each in sorted(found, key=lambda one: str(one.partner_id)):
            offers = f"of {each.offered} offers: {each.declined} declined, {each.expired} let pass"
            say(
                f"{each.partner_id}",
                f"{each.accepted} taken",
                f"{offers}; {each.delivered} delivered, Rp{each.fees_rupiah}",
            )
        taken = [each.accepted for each in found]
        say("all", f"{sum(taken)} taken", f"of {orders} orders; the most less the least: {max(taken) - min(taken)}")
        await owner.close()


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.bench.dispatch", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("nearest", "waiting", "day"), help="all three unless said")
    parser.add_argument("--riders", type=int, default=50_000)
    parser.add_argument("--trips", type=int, default=1_000)
    parser.add_argument("--companies", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--looks", type=int, default=200)
    given = parser.parse_args(argv)
    with servers.postgres() as server:
        if given.what in (None, "nearest"):
            asyncio.run(nearest(server.database("delivery"), given.riders, given.looks))
        if given.what in (None, "waiting"):
            asyncio.run(at_once(server.database("delivery"), given.trips, given.companies, given.workers))
        if given.what in (None, "day"):
            asyncio.run(day(server.database("delivery"), given.trips, 5))


if __name__ == "__main__":
    main()
