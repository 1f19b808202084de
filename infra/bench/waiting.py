"""python -m infra.bench.waiting [--timers 10000] [--keys 240000]: what open timers cost that are not due, and answers that are forgotten.

Timers are looked at by the worker's own loop, four times a second; the alternative is the same look without an index. Keys are of eight
days ago and are forgotten as the worker does it once an hour, a thousand in each statement; the alternative is one statement for all.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable

import asyncpg

from infra.bench.backbone import say
from infra.bench.finding import Watched
from services.kit.graphql import idempotency
from services.kit.messaging.timers import Timers
from tests.worlds import servers

_FOR_S = 20.0
_A_DAY = 24_000
"""What one statement of a thousand an hour would keep up with."""
_OPEN = """INSERT INTO timer (kind, subject, due_at)
           SELECT 'order.accept_deadline', gen_random_uuid(), wlijo_now() + interval '1 hour' + n * interval '1 ms'
           FROM generate_series(1, $1::int) n"""
_KEYS = """INSERT INTO idempotency (caller, mutation, key, body_hash, answer, created_at)
           SELECT 'usr_' || n % 5000, 'placeOrder', md5(n::text), sha256(n::text::bytea),
                  jsonb_build_object('order_id', 'ord_' || md5(n::text)), wlijo_now() - interval '8 days' + n * interval '1 ms'
           FROM generate_series(1, $1::int) n"""


async def _nothing(conn: object, subject: object) -> None: ...


async def spent(db: Watched, do: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Seconds of CPU, the service's and the database's."""
    service, database = time.process_time(), db.cpu_s() if db.backend else 0.0
    await do()
    return time.process_time() - service, db.cpu_s() - database


async def _looked_at(db: Watched) -> tuple[float, float]:
    timers = Timers(db, {"order.accept_deadline": _nothing})

    async def look() -> None:
        running = asyncio.ensure_future(timers.run())
        await asyncio.sleep(_FOR_S)
        timers.stop()
        await running

    return await spent(db, look)


async def measure(url: str, owner_url: str, timers: int, keys: int) -> None:
    owner = await asyncpg.connect(owner_url)
    db = Watched(url, size=1, one_plan=True)
    await db.open()
    try:
        async with db.acquire() as conn:
            await conn.execute("SELECT 1")
        of_none = sum(await _looked_at(db))
        await owner.execute(_OPEN, timers)
        await owner.execute("VACUUM ANALYZE timer")
        service, database = await _looked_at(db)
        await owner.execute("DROP INDEX timer_due")
        plain = sum(await _looked_at(db))
        parts = f"{100 * service / _FOR_S:.2f} the service, {100 * database / _FOR_S:.2f} the database"
        of_all = f"{100 * (service + database) / _FOR_S:.2f} %"
        say(f"{timers:,} open timers", of_all, f"of a core: {parts}; {100 * of_none / _FOR_S:.2f} % with none")
        say("the same without an index", f"{100 * plain / _FOR_S:.2f} %", "of a core")
        await owner.execute(_KEYS, keys)

        async def purge() -> None:
            async with db.acquire() as conn:
                while await idempotency.purge(conn):
                    pass

        took = sum(await spent(db, purge))
        if left := await owner.fetchval("SELECT count(*) FROM idempotency"):
            raise SystemExit(f"{left} answers are still there")
        await owner.execute(_KEYS, keys)

        async def at_once() -> None:
            async with db.acquire() as conn:
                await conn.execute("DELETE FROM idempotency WHERE created_at < wlijo_now() - interval '7 days'")

        whole = sum(await spent(db, at_once))
        of_a_day = f"a day's {_A_DAY:,} in {_A_DAY * took / keys:.2f} s"
        say(f"{keys:,} answers forgotten", f"{took:.2f} s", f"of CPU, {keys / took:,.0f} a second; {of_a_day}")
        say("the same in one statement", f"{whole:.2f} s", "of CPU, and locked until its end")
    finally:
        await db.close()
        await owner.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.bench.waiting")
    parser.add_argument("--timers", type=int, default=10_000)
    parser.add_argument("--keys", type=int, default=240_000)
    asked = parser.parse_args()
    with servers.postgres() as postgres:
        made = postgres.database("ordering")
        asyncio.run(measure(made.url, made.owner_url, asked.timers, asked.keys))


if __name__ == "__main__":
    main()
