"""Causes of alerts about processes, and about what a process stands on: its database, the broker, its neighbours."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator

import psutil  # type: ignore[import-untyped]  # ships no types

from infra.local import keys, postgres
from services.kit import tasks
from tests.e2e.caller import Caller
from tests.slow.alerts.cause import called, causes
from tests.slow.alerts.world import World
from tests.worlds.waiting import until

_COMPLAINTS = "{ complaintRecords(first: 1) { edges { node { __typename } } } }"
_GOODS = "{ templateGoods(first: 1) { edges { node { name } } } }"
_ASKED_EACH_S = 0.2
_SCRAPED_WITHIN_S, _COMES_WITHIN_S = 2.0, 240.0


@causes(
    called("ProcessDown", process="web"),
    wave=1,
    how="web is frozen",
    ends="it is started anew",
    brings=(called("ProcessGone", process="web"),),
)
async def _(world: World) -> AsyncIterator[None]:
    world.send("web", signal.SIGSTOP)
    yield
    world.send("web", signal.SIGKILL)  # docker compose restart web; who keeps it running starts it again


@causes(
    called("ProcessGone", process="insight-worker"),
    wave=4,
    how="insight's worker is stopped, and nobody starts it",
    ends="up",
)
async def _(world: World) -> AsyncIterator[None]:
    os.kill(world.supervisor, signal.SIGSTOP)
    world.send("insight-worker", signal.SIGTERM)
    yield
    os.kill(world.supervisor, signal.SIGCONT)


@causes(
    called("ProcessUnsteady", process="web"),
    wave=6,
    how="web is killed whenever it has answered",
    ends="it is left in peace",
    brings=(called("ProcessGone", process="web"), called("ProcessDown", process="web")),
)
async def _(world: World) -> AsyncIterator[None]:
    async def kill() -> None:
        while True:
            await until(lambda: _answers(world, world.market.ports.web), within_s=_COMES_WITHIN_S)
            await asyncio.sleep(_SCRAPED_WITHIN_S)
            with contextlib.suppress(AssertionError, psutil.NoSuchProcess):  # it is not there again yet
                world.send("web", signal.SIGKILL)

    async with tasks.running(kill(), "killing"):
        yield


async def _answers(world: World, port: int) -> bool:
    return bool(await world.value(f'up{{instance="127.0.0.1:{port}"}} == 1'))


@causes(
    called("NotReady", process="insight-api"),
    called("NotReady", process="insight-worker"),
    wave=2,
    how="insight's password at the database is another",
    ends="the roles' passwords are set as the secrets have them",
)
async def _(world: World) -> AsyncIterator[None]:
    await world.administrator(
        "ALTER ROLE insight PASSWORD 'another'",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'insight'",
    )
    yield
    await postgres.make_databases(world.market.ports.postgres, keys.ensure(world.market.home).passwords)


async def _asking(caller: Caller, query: str) -> None:
    while True:
        await caller.ask(query)
        await asyncio.sleep(_ASKED_EACH_S)


@causes(
    called("SubgraphFails", subgraph="INSIGHT"),
    called("GraphErrors", code="TIMEOUT"),
    wave=3,
    how="insight's api is frozen while it is asked",
    ends="it is started anew",
    brings=(
        called("ProcessDown", process="insight-api"),
        called("ProcessGone", process="insight-api"),
        called("ProcessUnsteady", process="insight-api"),
        called("GraphErrors"),
    ),
)
async def _(world: World) -> AsyncIterator[None]:
    ops = await world.person("ops")
    world.send("insight-api", signal.SIGSTOP)
    async with tasks.running(_asking(ops, _COMPLAINTS), "asking"):
        yield
        world.send("insight-api", signal.SIGKILL)
        await world.market.whole()


@causes(
    called("EventsNotSent", process="ordering-worker"),
    called("ConsumerOfNobody", consumer="insight-sums"),
    wave=5,
    how="the broker is frozen, and an order is placed",
    ends="the broker goes on",
    brings=(called("ConsumerOfNobody"), called("NotReady"), called("EventsNotSent"), called("RepliesLag")),
)
async def _(world: World) -> AsyncIterator[None]:
    buyer = await world.person("buyer")
    world.send("broker", signal.SIGSTOP)
    await world.order(buyer)
    yield
    world.send("broker", signal.SIGCONT)
    await world.market.whole()


@causes(
    called("GraphErrors", code="INTERNAL_SERVER_ERROR"),
    wave=1,
    how="catalog may not read a table of its own",
    ends="its right is given back",
)
async def _(world: World) -> AsyncIterator[None]:
    ops = await world.person("ops")
    await world.owner("catalog", "REVOKE SELECT ON template_good FROM catalog")
    async with tasks.running(_asking(ops, _GOODS), "asking"):
        yield
        await world.owner("catalog", "GRANT SELECT ON template_good TO catalog")
