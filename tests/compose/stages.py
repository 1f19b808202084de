"""What is done to the stack, a stage after another on the same one; each says how long it took."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import partial

import asyncpg

from infra.local.state import ROOT
from services.contracts.registry import NAMES
from tests.compose import brokers, images, offsite
from tests.compose.capacity import capacity
from tests.compose.edge import edge
from tests.compose.refusals import refused
from tests.compose.rest import rest
from tests.compose.run import Run
from tests.compose.soak import soak
from tests.compose.stack import APIS, BUSY, MIGRATIONS, PRESENT, ROBOTS, SERVICES, WORKERS, Failed, Stack, docker

_COLD_S = 60.0
_KILLED = (*SERVICES, *ROBOTS, "issuer", "postgres", "kafka")
_CUTS = (("ordering-api", "data"), ("delivery-worker", "stream"), ("catalog-worker", "data"), ("gateway", "graph"))
_CUT_S = 5.0
_WARM, _MEASURED, _SOME, _HEARD = 20, 120, 15, 3
"""Orders: ended before the capacity is measured, while it is, and between one thing done and the next; jobs that the partner hears of."""
_REFUSED = 5
_UP = ("up", "--wait")
_ROLLING = (
    *(("run", "--rm", job) for job in (*MIGRATIONS, "provision")),
    (*_UP, "--no-deps", *WORKERS),
    *((*_UP, "--no-deps", service) for service in (*APIS, "gateway")),
)
"""As docs/operations.md has it."""
_SETTLE = ("python", "-m", "infra.ops", "provision", "settle")
_MAY_BE_SAID = {"SERVICE_UNAVAILABLE", "TIMEOUT", "TimeoutError"}
_OVER_HTTP = "robot-jogotrunan"
_E2E = ("tests/e2e/test_first_order.py", "tests/e2e/test_authorization.py")


async def up(run: Run) -> None:
    """From nothing but images: secrets, databases, topics, seeds, everything healthy. The image before by the file that came with it."""
    run.stack.settings["WLIJO_VERSION"] = images.OLD if run.before else images.NEW
    run.stack.read(run.before or PRESENT)
    began = time.monotonic()
    await asyncio.to_thread(run.stack.up)
    run.said(f"cold up --wait of the demo: {time.monotonic() - began:.1f} s (wanted: {_COLD_S:.0f})")
    if not run.before:  # what the image before takes is past mending
        await rest(run)
    _published(run)
    run.listen()
    await run.load.begin()
    await run.load.ended(_WARM)
    run.load.per_second = max(_MEASURED / await run.load.ended(_MEASURED) / 2, 0.5)
    run.said(f"capacity: {2 * run.load.per_second:.1f} orders a second, placed and brought; the load is half of it")
    await run.load.end()


def _published(run: Run) -> None:
    listed = [json.loads(line) for line in run.stack.compose("ps", "--format", "json").splitlines()]
    public = [
        f"{each['Service']} {place['URL']}"
        for each in listed
        for place in each["Publishers"] or ()
        if place["PublishedPort"] and place["URL"] != "127.0.0.1"
    ]
    if public:
        run.wrong.append(f"published beyond loopback: {public}")


async def upgrade(run: Run) -> None:
    """Under load to today's image, back to the one before on the new schema, and one process after another to today's again."""
    if not run.before:
        return
    there = await asyncio.to_thread(run.stack.has)
    # What is new runs on while the others are taken back.
    old = tuple(service for service in SERVICES if service in there)
    busy_before = await run.load.busy()
    if not busy_before:
        raise Failed("no worker of the image before has applied anything: nothing would be shown of the way back")
    run.stack.read(PRESENT)
    await run.load.begin()
    await run.load.orders(_SOME)
    for tag, anew, busy, steps, said in (
        (images.NEW, SERVICES, BUSY, (_UP,), "upgraded by one command"),
        # What the image before thinks of its own readiness is past mending: what counts is that it works.
        (
            images.OLD,
            old,
            busy_before,
            (("up", "--detach", "--no-deps", *old),),
            "back to the image before, on the new schema",
        ),
        (images.NEW, old, BUSY, _ROLLING, "upgraded one after another"),
    ):
        run.stack.settings["WLIJO_VERSION"] = tag
        calls = len(run.load.history.calls)

        async def change(steps: tuple[tuple[str, ...], ...] = steps) -> None:
            for step in steps:
                await asyncio.to_thread(run.stack.compose, *step)

        took = await run.load.struck(change, anew=anew, ready=tag == images.NEW, busy=busy)
        run.said(
            f"{said} under load: everything at work after {took:.1f} s; "
            f"at most {run.load.longest_pause(calls):.1f} s without an order"
        )
    settled = await asyncio.to_thread(run.stack.compose, "run", "--rm", "provision", *_SETTLE)
    run.said(f"settled: {', '.join(settled.splitlines()) or 'nothing'}")
    # The feed of the image before can pass over an event, which is mended since: who used it reads it again from its beginning.
    await asyncio.to_thread(run.stack.compose, "restart", _OVER_HTTP)
    run.said(
        f"{_OVER_HTTP} restarted by hand, to read its feed again: the image before can have passed over an event in it"
    )
    await run.judge()


async def kill(run: Run) -> None:
    """Each container's process, by SIGKILL from the host; the engine starts it again."""
    await run.load.begin()
    for service in _KILLED:
        await run.load.orders(1)

        async def strike(service: str = service) -> None:
            run.stack.kill(service)

        run.said(f"kill -9 {service}: work goes on after {await run.load.struck(strike, anew=(service,)):.1f} s")


async def cut(run: Run) -> None:
    """A container is taken off one of its networks, and comes back to it; the database is restarted."""
    await run.load.begin()
    for service, network in _CUTS:

        async def strike(service: str = service, network: str = network) -> None:
            name, whole = run.stack.container(service).name, f"{run.stack.project}_{network}"
            docker("network", "disconnect", whole, name)
            await asyncio.sleep(_CUT_S)
            docker("network", "connect", "--alias", service, whole, name)

        took = await run.load.struck(strike) - _CUT_S
        run.said(f"{service} cut off from {network} for {_CUT_S:.0f} s: work goes on {took:.1f} s later")

    async def restart() -> None:
        await asyncio.to_thread(run.stack.compose, "restart", "postgres")

    run.said(f"database restarted: work goes on after {await run.load.struck(restart, anew=('postgres',)):.1f} s")


_LOST_ITSELF = "The metadata log appears to be empty"
"""What Kafka 4.4 says of itself where it found the segment of its metadata broken and threw it away: seen after a full disk."""


async def full_disk(run: Run) -> None:
    """The disk of database and broker is full to the last block until buyers are refused, and then has room again."""
    disk = run.stack.disk
    if disk is None:
        return
    await run.load.begin()
    await run.load.orders(1)
    before = len(run.load.unanswered)
    began = datetime.now(UTC).isoformat()
    await asyncio.to_thread(disk.fill)

    async def refused() -> bool:
        return len(run.load.unanswered) - before >= _REFUSED

    try:
        # Of anything: the database may be down before a buyer is so far as to place an order.
        await run.load.until(refused, time.monotonic(), "a full disk refuses nothing")
        codes = sorted({code for each in run.load.unanswered[before:] for code in each.split(",")})
    finally:
        await asyncio.to_thread(disk.free)
    run.said(f"disk full: buyers are answered {', '.join(codes)}")
    if set(codes) - _MAY_BE_SAID:
        run.wrong.append(f"a full disk is answered with {', '.join(codes)}")

    async def room() -> None:
        """There is some again. What Kafka keeps of itself may not have survived it: then it is a lost broker, for which ops do the same."""
        await run.load.until(partial(run.load.is_ready, "kafka"), time.monotonic(), "kafka does not come back")
        said = await asyncio.to_thread(run.stack.compose, "logs", "--no-log-prefix", "--since", began, "kafka")
        if _LOST_ITSELF in said:
            run.said("Kafka has lost what it knew of topics and users by it: docker compose up")
            await asyncio.to_thread(run.stack.compose, "up", "--detach")

    run.said(f"room on the disk again: work goes on after {await run.load.struck(room):.1f} s")


async def lose_kafka(run: Run) -> None:
    """The broker's volume is gone; provisioning makes a new log, relays fill it, the foreign partner reads on."""
    await run.load.begin()
    await run.load.orders(_SOME)

    async def strike() -> None:
        await asyncio.to_thread(run.stack.lose, "kafka")
        # Without --wait, which gives up at once on a worker that is unhealthy when it looks.
        await asyncio.to_thread(run.stack.compose, "up", "--detach")

    run.said(f"Kafka's volume lost: work goes on after {await run.load.struck(strike, anew=('kafka',)):.1f} s")
    await run.judge()


async def scale(run: Run) -> None:
    """Every service twice and three times, and back, under load."""
    await run.load.begin()
    first = run.stack.ports.gateway
    for count in (2, 3, 1):
        run.stack.settings |= {
            "API_REPLICAS": str(count), "WORKER_REPLICAS": str(count), "GATEWAY_REPLICAS": str(count),
            "GATEWAY_PORT": f"{first}-{first + count - 1}" if count > 1 else str(first),
        }  # fmt: skip

        async def change() -> None:
            # Without --wait, which gives up at once on a worker that is unhealthy when it looks: thirty processes share this machine.
            await asyncio.to_thread(run.stack.compose, "up", "--detach", "--no-deps", *SERVICES)
            for service in SERVICES:
                await run.load.until(partial(run.load.is_ready, service), time.monotonic(), f"{service} is not ready")

        took = await run.load.struck(change)
        found = {service: len(run.stack.containers(service)) for service in SERVICES}
        run.said(f"each service {count} times: at work after {took:.1f} s")
        if set(found.values()) != {count}:
            run.wrong.append(f"scaled to {count}: {found}")
        await run.load.orders(_SOME)
    for name in ("API_REPLICAS", "WORKER_REPLICAS", "GATEWAY_REPLICAS", "GATEWAY_PORT"):
        run.stack.settings.pop(name)


async def rotate(run: Run) -> None:
    """A role's password, a Kafka user's and the key of quotes: removed, and `up`, under load."""
    await run.load.begin()
    names = ("database_ordering", "kafka_ordering", "quote.jwk.json")
    before = {name: run.stack.password(name) for name in names}
    for name in names:
        (run.stack.secrets / "keep" / name).unlink()

    async def change() -> None:
        await asyncio.to_thread(run.stack.compose, "up", "--detach")

    # Who reads them ends by itself and is started again.
    took = await run.load.struck(change, anew=("ordering-api", "ordering-worker", "delivery-api"))
    run.said(f"three secrets rotated: work goes on after {took:.1f} s")
    run.wrong += [f"{name} is as before" for name in names if run.stack.password(name) == before[name]]
    await run.judge()


async def bad_input(run: Run) -> None:
    """What must be refused is refused, by name."""
    run.wrong += await refused(run.stack, run.said)


async def restore(run: Run) -> None:
    """A base backup under load; a point; facts after it that Kafka and the partner have read; backup and stack lost; from off the host, to
    the point."""
    await run.load.begin()
    base = await asyncio.to_thread(run.stack.compose, "exec", "-T", "-u", "postgres", "postgres", "/compose/backup")
    base = base.strip().splitlines()[-1]
    await run.load.orders(_SOME)
    await run.load.end()
    point = await _point(run.stack)
    before = await _orders(run.stack)
    kept, known = list(run.load.history.calls), set(run.listen().last)
    await run.load.begin()
    await run.load.orders(_SOME)

    async def heard() -> bool:
        return len(run.listen().last.keys() - known) >= _HEARD

    await run.load.until(heard, time.monotonic(), "the partner hears of no new job")
    await run.load.end()
    after = await _orders(run.stack)
    run.said(f"base {base}, point {point}: {before} orders before it, {after - before} after, which are given up; "
             f"of these the partner has heard {len(run.listen().last.keys() - known)} jobs")  # fmt: skip
    await _archived(run.stack)
    with offsite.store(run.stack) as (sent, bring_back):
        run.said(f"off the host: {await asyncio.to_thread(sent)}")
        began = time.monotonic()
        await asyncio.to_thread(run.stack.down)
        run.said(await asyncio.to_thread(bring_back, base, point.isoformat()))
    await asyncio.to_thread(run.stack.compose, "run", "--rm", f"{NAMES[0]}-worker", *_restored(NAMES[0]))
    await asyncio.gather(
        *(
            asyncio.to_thread(run.stack.compose, "run", "--rm", "--no-deps", f"{service}-worker", *_restored(service))
            for service in NAMES[1:]
        )
    )
    up_began = time.monotonic()
    await asyncio.to_thread(run.stack.up)
    run.said(f"restored into an empty stack and ready after {time.monotonic() - began:.1f} s")
    run.said(f"up --wait of the restored stack: {time.monotonic() - up_began:.1f} s (wanted: {_COLD_S:.0f})")
    await rest(run)
    run.load.history.calls[:] = kept
    rows = await run.stack.fetch(
        "ordering", "SELECT count(*) AS n, (SELECT epoch FROM stream_epoch) AS epoch FROM orders"
    )
    run.said(f"{rows[0]['n']} orders are there, the epoch is {rows[0]['epoch']}")
    if rows[0]["n"] != before:
        run.wrong.append(f"restored: {rows[0]['n']} orders, {before} were there at the point")
    if rows[0]["epoch"] <= 1:
        run.wrong.append("the epoch was not raised")
    await run.load.begin()
    await run.load.orders(_SOME)
    evidence = await run.judge()
    run.said(f"the system goes on: {len(evidence.orders) - before} new orders under the new epoch")


def _restored(service: str) -> tuple[str, ...]:
    return "python", "-m", f"services.{service}", "restored"


async def _orders(stack: Stack) -> int:
    (row,) = await stack.fetch("ordering", "SELECT count(*) AS n FROM orders")
    count: int = row["n"]
    return count


async def _point(stack: Stack) -> datetime:
    await asyncio.sleep(1)
    conn = await _admin(stack)
    try:
        point: datetime = await conn.fetchval("SELECT clock_timestamp()")
    finally:
        await conn.close()
    await asyncio.sleep(1)
    return point.astimezone(UTC)


async def _archived(stack: Stack) -> None:
    """Until all that was written by now is in the archive."""
    conn = await _admin(stack)
    try:
        wanted = await conn.fetchval("SELECT pg_walfile_name(pg_current_wal_lsn())")
        await conn.execute("SELECT pg_switch_wal()")
        while (await conn.fetchval("SELECT last_archived_wal FROM pg_stat_archiver") or "") < wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    finally:
        await conn.close()


async def _admin(stack: Stack) -> asyncpg.Connection:
    address = stack.container("postgres").addresses["data"]
    return await asyncpg.connect(f"postgresql://postgres:{stack.password('database_admin')}@{address}:5432/postgres")


async def e2e(run: Run) -> None:
    """The end-to-end suite by its address, make demo, and what ops ask of an order."""
    await run.load.end()
    await run.load.restock()
    described = run.stack.home.path / "stack.json"
    run.stack.describe(described)
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *_E2E],
        cwd=ROOT, env={**os.environ, "WLIJO_E2E_STACK": str(described)}, capture_output=True, text=True, timeout=420, check=False,
    )  # fmt: skip
    run.said("end-to-end tests: " + (done.stdout.strip().splitlines() or ["nothing said"])[-1])
    if done.returncode:
        run.wrong.append("the end-to-end tests failed")
        run.said(done.stdout[-4000:] + done.stderr[-1000:])
    shown = await asyncio.to_thread(run.stack.verb, "demo")
    run.said(f"make demo: exit {shown.returncode}; {(shown.stdout.strip().splitlines() or [''])[-1]}")
    if shown.returncode:
        run.wrong.append(f"make demo failed: {shown.stdout[-500:]} {shown.stderr[-500:]}")
    (order,) = await run.stack.fetch("ordering", "SELECT code FROM orders ORDER BY placed_at DESC LIMIT 1")
    for asked in (("why", order["code"]), *(("inbox", service, "list") for service in NAMES)):
        done = await asyncio.to_thread(run.stack.try_compose, "run", "--rm", "ops", *asked)
        run.said(
            f"ops {' '.join(asked)}: exit {done.returncode}; {(done.stdout.strip().splitlines() or ['nothing'])[-1]}"
        )
        if done.returncode:
            run.wrong.append(f"ops {' '.join(asked)} failed: {done.stderr[-500:]}")


async def three_brokers(run: Run) -> None:
    """Three Kafka nodes on one host, beside what runs."""
    folder = run.stack.home.path / "three"
    await asyncio.to_thread(folder.mkdir)
    run.wrong += await brokers.three(folder, f"{run.stack.project}-3", run.said)


Stage = Callable[[Run], Awaitable[None]]


def _named(*stages: Stage) -> Mapping[str, Stage]:
    return {each.__name__.replace("_", "-"): each for each in stages}


USUAL = _named(up, upgrade, kill, cut, full_disk, lose_kafka, scale, rotate, bad_input, edge, restore, e2e)
BESIDES = _named(three_brokers, capacity, soak)
"""Only when they are asked for."""
