"""Causes of alerts about those outside: a company that sends too much, a broker that goes silent, a courier of whom nobody knows."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from infra.local import people
from infra.local.free_ports import free_port
from infra.local.state import ROOT
from services.contracts.delivery import DeliveryId, OfferId, PartnerId
from services.contracts.partner import Topics
from services.kit import tasks
from services.kit.ids import EventId
from tests.e2e.test_courier import joined, profile
from tests.integration.infra.test_alerts import running
from tests.slow.alerts.buying import CANCEL_SEARCH, paid_by_code, sought
from tests.slow.alerts.cause import called, causes
from tests.slow.alerts.world import World
from tests.worlds.lalamove import TEST_KEY, Lalamove, a_lalamove
from tests.worlds.muted_broker import MutedBroker
from tests.worlds.waiting import until

_COMPANY = people.partner_id("ojek-minak-koncar")
_REPLIES = Topics.of(PartnerId.parse(_COMPANY)).replies
_FLOOD = 25_000
_TOLD_EACH_S = 5.0


@causes(
    called("RepliesLag", topic=_REPLIES),
    called("ConsumerLags", consumer="delivery-replies"),
    wave=3,
    how="a company sends thousands of replies that are about nothing",
    ends="ops partner suspend … --because … --by … --apply, and they are read",
)
async def _(world: World) -> AsyncIterator[None]:
    # Each of another job: what is said twice costs nothing.
    body = f'{{"job_id":"%s","offer_id":"off_{"0" * 26}","rider_id":"rid_{"0" * 26}"}}'
    async with world.producer() as producer:
        for number in range(_FLOOD):
            said = {"specversion": "1.0", "id": str(EventId.new()), "type": "partner.accept.v1", "source": _COMPANY}
            headers = [(f"ce_{name}", value.encode()) for name, value in said.items()]
            await producer.send(_REPLIES, (body % DeliveryId.new()).encode(), key=b"%d" % number, headers=headers)
        await producer.flush()
    yield
    await world.ops(f"partner suspend {_COMPANY} --because 'it floods' --by rini --apply")


@causes(
    called("ClientsGoSilent", consumer="insight"),
    wave=6,
    how="a second worker of insight is behind a line on which every fetch is answered with nothing",
    ends="the broker gives what it has, and a quarter of an hour passes",
    brings=(called("NotReady", process="insight-worker"),),
)
async def _(world: World) -> AsyncIterator[None]:
    async with MutedBroker(world.market.ports.kafka) as line:
        port = free_port()
        told = {"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{line.port}", "PORT": str(port)}
        environment = {**world.environment("insight-worker"), **told}
        async with running(sys.executable, "-m", "services.insight", "worker", environment=environment):
            await until(lambda: _listens(port))
            world.replicas[port] = "insight-worker"
            try:
                await until(lambda: _reads(world, port))
                line.mute = "catalog.products"
                async with tasks.running(_telling(world), "telling"):
                    yield
                line.mute = ""
                yield
            finally:
                del world.replicas[port]


async def _listens(port: int) -> bool:
    """One that is only starting is not looked at: it is no process that does not answer."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def _reads(world: World, port: int) -> bool:
    found = await world.value(f'sum(wlijo_consumer_partitions{{instance="127.0.0.1:{port}"}})')
    return bool(found)


async def _telling(world: World) -> None:
    """The newest state of every product again, which insight hears."""
    while True:
        await world.ops("inbox catalog republish --topic catalog.products --per-second 50 --apply")
        await asyncio.sleep(_TOLD_EACH_S)


@causes(
    called("CourierJobsByHand"),
    wave=8,
    how="what the courier answers to an order is lost, and five minutes pass",
    ends="python -m services.delivery courier off_… none: the job goes to others",
    brings=tuple(
        called(alert, process=f"delivery-{part}")
        for alert in ("ProcessDown", "ProcessGone")
        for part in ("api", "worker")
    ),  # they are started anew, to read who the courier is
)
async def _(world: World) -> AsyncIterator[None]:
    world.robots(signal.SIGSTOP)
    async with AsyncExitStack() as stack:
        road = await stack.enter_async_context(a_lalamove(lambda: Lalamove(key=TEST_KEY)))
        company, client, secret = await joined(world.market)
        profile(world.folder, world.market, road.url, company, client, secret)
        for role in ("delivery-api", "delivery-worker"):
            world.market.kill(role)
        await world.market.whole()
        await until(lambda: world.market.fetch("delivery", "SELECT partner_id FROM courier"))
        road.faults.extend(["", "", "lost after"])
        buyer, ops = await world.person("buyer"), await world.person("ops")
        order = await paid_by_code(world, buyer)
        in_doubt = "SELECT offer_id FROM courier_job WHERE state = 'PLACING' AND said IS NOT NULL"
        (job,) = await until(lambda: world.market.fetch("delivery", in_doubt))
        await world.market.fetch("delivery", "UPDATE courier_job SET sent_at = sent_at - interval '5 minutes'")
        yield
        offer = str(OfferId(job["offer_id"]))
        assert offer in await _courier(world)
        await _courier(world, offer, "none")
        yield
        await ops.done(CANCEL_SEARCH, id=await sought(order["id"], buyer))


async def _courier(world: World, *arguments: str) -> str:
    """As in the worker's container."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "services.delivery", "courier", *arguments],
        cwd=ROOT,
        env=world.environment("delivery-worker"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout)
