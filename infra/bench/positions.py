"""python -m infra.bench.positions: riders who tell their place once a second, and what it costs the orders' path.

On a database of its own: CPU of the database and of this process, lag from told to written, what was lost; then what an order's trip costs
while positions come, beside what it does alone: asked for, offered, accepted and reported four times. That is the CPU of both, of which
while positions come theirs is taken off, as it was counted before and after. How long a report takes says how long it waits for a turn,
too, in the one loop in which the thousands of phones are played.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import time
from datetime import UTC, datetime
from pathlib import Path

from infra.bench.backbone import percentiles, say
from services.contracts.delivery import PartnerId, RiderId
from services.contracts.partner import Location
from services.contracts.places import KECAMATAN, GeoPoint
from services.delivery.commands.positions import Places
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.policy import DispatchRule
from services.kit.database.db import Database
from tests.worlds import servers
from tests.worlds.delivery import SEMERU, World, a_world

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


async def postmaster(db: Database) -> int:
    async with db.acquire() as conn:
        return _parent_of(conn.get_server_pid())


def _parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(") ")[2].split()[1])


def cpu_of(server: int) -> float:
    """Seconds, of all processes of one server."""
    total = 0
    for each in Path("/proc").iterdir():
        if not each.name.isdigit():
            continue
        try:
            fields = (each / "stat").read_text("ascii").rpartition(") ")[2].split()
        except OSError:  # it has ended
            continue
        if int(fields[1]) == server:
            total += int(fields[11]) + int(fields[12])
    return total * _TICK_S


async def _enter(db: Database, riders: int) -> list[tuple[PartnerId, RiderId]]:
    """Riders on shift, of companies of 200."""
    companies = [PartnerId.new() for _ in range(-(-riders // 200))]
    entered = [(companies[each // 200], RiderId.new()) for each in range(riders)]
    async with db.acquire() as conn:
        await conn.executemany(
            "INSERT INTO partner (id, name, status) VALUES ($1, 'Ojek ' || $2, 'ACTIVE')",
            [(each, str(number)) for number, each in enumerate(companies)],
        )
        await conn.executemany(
            "INSERT INTO rider (id, partner_id, name, plate, on_shift) VALUES ($1, $2, 'R', 'N 1', true)",
            [(rider, partner) for partner, rider in entered],
        )
    return entered


async def _trips(world: World, seconds: float) -> list[float]:
    """Seconds that each report of a trip took."""
    took: list[float] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        job = await world.trip(SEMERU)
        for report in ("pickup", "picked_up", "dropoff", "delivered"):
            began = time.perf_counter()
            await world.report(SEMERU, job, report)
            took.append(time.perf_counter() - began)
    return took


class _Riders:
    def __init__(self, where: Places, entered: list[tuple[PartnerId, RiderId]], *, by_company: bool = False) -> None:
        self._where, self._entered, self._by_company = where, entered, by_company
        self._crews: dict[PartnerId, list[RiderId]] = {}
        for partner, rider in entered:
            self._crews.setdefault(partner, []).append(rider)
        self._some = random.Random(7)  # noqa: S311 - the same riders each time
        middles = [each.centre for each in KECAMATAN.values()]
        self._at = {rider: self._some.choice(middles) for _, rider in entered}
        self.lags: list[float] = []
        self.lost = 0

    async def _tell(self, partner: PartnerId, rider: RiderId) -> None:
        before = self._at[rider]
        step = self._some.uniform(-6e-5, 6e-5)  # 25 km/h
        here = self._at[rider] = GeoPoint(lat=before.lat + step, lng=before.lng + step)
        began = time.perf_counter()
        place = Location(rider_id=rider, lat=here.lat, lng=here.lng, at=datetime.now(UTC))
        self.lost += await self._where.put(partner, place) is not None
        self.lags.append(time.perf_counter() - began)

    async def _tell_all(self, partner: PartnerId, riders: list[RiderId]) -> None:
        """As a company's system does, in one request."""
        began = time.perf_counter()
        told = [
            Location(rider_id=rider, lat=here.lat, lng=here.lng, at=datetime.now(UTC))
            for rider in riders
            for here in (self._at[rider],)
        ]
        self.lost += sum(each is not None for each in await self._where.tell(partner, told))
        self.lags += [time.perf_counter() - began] * len(told)

    async def second(self) -> None:
        """Spread over it, as phones are."""
        began, telling = time.monotonic(), []
        for tenth in range(10):
            if self._by_company:
                crews = [*self._crews.items()][tenth::10]
                telling += [asyncio.ensure_future(self._tell_all(*each)) for each in crews]
            else:
                telling += [asyncio.ensure_future(self._tell(*each)) for each in self._entered[tenth::10]]
            await asyncio.sleep(max(0.0, began + (tenth + 1) / 10 - time.monotonic()))
        await asyncio.gather(*telling)


async def run(url: str, riders: int, seconds: int, *, by_company: bool) -> None:
    async with a_world(url) as world:
        entered = await _enter(world.db, riders)
        server = await postmaster(world.db)
        world.policy = Policy(rule=DispatchRule.COMPANY_ORDER, companies=(SEMERU,))

        def cpu() -> float:
            return cpu_of(server) + time.process_time()

        async def quiet_trips() -> tuple[list[float], float]:
            before = cpu()
            return await _trips(world, min(5, seconds)), cpu() - before

        await _trips(world, 1)
        alone, alone_cpu = await quiet_trips()
        told = _Riders(Places(world.db), entered, by_company=by_company)
        before, own, began = cpu_of(server), time.process_time(), time.monotonic()
        for _ in range(seconds):
            await told.second()
        wall = time.monotonic() - began
        database, process = cpu_of(server) - before, time.process_time() - own
        rate = len(told.lags) / wall
        p50, p99 = percentiles(told.lags)
        say("positions a second", f"{rate:.0f}", f"{riders} riders, {wall:.0f} s")
        say(
            "CPU of the database, of a core", f"{database / wall:.0%}", f"{database / len(told.lags) * 1e6:.0f} us each"
        )
        say("CPU of this process, of a core", f"{process / wall:.0%}", "telling included")
        each = (database + process) / len(told.lags)
        say(
            "CPU of both for 1,000 positions",
            f"{each * 1e6:.0f} ms",
            f"{riders} a second: {each * riders:.0%} of a core",
        )
        say("lag from told to written, p50", f"{p50:.0f} ms", f"p99 {p99:.0f} ms")
        say("lost", str(told.lost), f"of {len(told.lags)}, load of the machine {os.getloadavg()[0]:.1f}")
        counted, before = len(told.lags), cpu()
        busy = asyncio.create_task(_trips(world, min(10, seconds)))
        while not busy.done():
            await told.second()
        reports = await busy
        both, places = cpu() - before, len(told.lags) - counted
        counted, before = len(told.lags), cpu()
        for _ in range(min(10, seconds)):
            await told.second()
        each = (
            each + (cpu() - before) / (len(told.lags) - counted)
        ) / 2  # before and after: the machine has others, too
        more, more_cpu = await quiet_trips()
        quiet, _ = percentiles(alone + more)
        cost, quiet_cost = (both - each * places) / (len(reports) / 4), (alone_cpu + more_cpu) / (len(alone + more) / 4)
        say(
            "CPU of a trip",
            f"{cost * 1e3:.2f} ms",
            f"{quiet_cost * 1e3:.2f} ms without positions: {cost / quiet_cost - 1:+.0%}",
        )
        beside, _ = percentiles(reports)
        say("a report of a trip, p50", f"{beside:.1f} ms", f"{quiet:.1f} ms without positions, same process")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.bench.positions", description=__doc__)
    parser.add_argument("--riders", type=int, default=5_000)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument(
        "--by", choices=("phone", "company"), default="phone", help="each by itself, or 200 in a request"
    )
    asked = parser.parse_args()
    with servers.postgres() as postgres:
        made = postgres.database("delivery")
        asyncio.run(run(made.url, asked.riders, asked.seconds, by_company=asked.by == "company"))


if __name__ == "__main__":
    main()
