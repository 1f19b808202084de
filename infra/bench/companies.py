"""python -m infra.bench.companies [provision|webhooks]: companies that come by the hundred, and what one dead endpoint costs the others.

`provision`: 200 companies that apply, are verified and activated, then their topics, passwords, rights and quotas on a throw-away Apache
Kafka with locks on, or, with --embedded, their topics alone on the embedded broker, which knows no rights. `webhooks`: how long from
telling an event to its coming at each of ten endpoints, alone, and beside one that never answers.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

from starlette.responses import Response

from infra.bench.backbone import percentiles, say
from infra.kafka.throwaway import ThrowAway, prepare
from infra.ops.provision.apply import apply, look
from infra.ops.provision.declaration import declare
from infra.ops.provision.difference import difference
from services.contracts.delivery import PartnerId
from services.contracts.partner import Topics
from services.contracts.registry import NAMES, topics
from services.delivery.commands import partners, webhooks
from services.delivery.commands.webhooks import Secrets
from services.delivery.domain.caller import Caller
from services.delivery.domain.company import Application, PartnerAction
from services.delivery.partner_lanes import note_what_is_read
from services.delivery.store.partners import may_reply
from services.kit.database.db import transaction
from services.kit.database.live import Live
from services.kit.kafka import Durability, partitions_of
from services.kit.kafka.admin import administering
from services.kit.secret import Secret
from tests.worlds import servers
from tests.worlds.delivery import World, a_world
from tests.worlds.webhooks import Endpoint, Hooks

_OFFICER = Caller(person="officer", officer=True)
_WITHIN_S = 60
_TURNS = 10
_PATIENT = {"listener.name.inner.plain.connections.max.reauth.ms": "600000"}
"""The administrator's own connection lasts."""


async def _joined(world: World, count: int) -> list[PartnerId]:
    """By the commands that people's words come to, one company after another."""
    made: list[PartnerId] = []
    for number in range(count):
        given = Application(f"Ojek {number}", "35.08.10", "Pak Gatot", "081234567890", None)
        async with transaction(world.db) as conn:
            made.append(await partners.apply(conn, given, by=f"owner-{number}", idempotency_key=uuid4().hex))
        for action in (PartnerAction.VERIFY, PartnerAction.ACTIVATE):
            async with transaction(world.db) as conn:
                await partners.move(conn, _OFFICER, made[-1], action, None, by="officer")
    return made


async def _connected(world: World, companies: Sequence[PartnerId]) -> None:
    """As the worker notes it once it has read their topics."""
    now = asyncio.get_running_loop().time()
    for each in companies:
        replies = Topics.of(each).replies
        await note_what_is_read(world.db, {(replies, part): now for part in range(partitions_of(replies))})


async def _rights(kafka: ThrowAway, companies: Sequence[PartnerId]) -> int:
    """As `ops provision apply`; how many differences were applied, and none are left."""
    passwords = {name: Secret(f"of-the-bench-{name}") for name in (*NAMES, *map(str, companies))}
    async with administering(kafka.admin) as admin:
        declared = declare(companies, passwords)
        todo = difference(declared, await look(admin, kafka.admin, passwords))
        changes = len([*todo.lines()])
        await apply(admin, kafka.admin, declared, todo, Durability())
        left = [*difference(declared, await look(admin, kafka.admin, passwords)).lines()]
    assert not left, left[:5]
    return changes


async def _rows(url: str, count: int) -> list[PartnerId]:
    async with a_world(url) as world:
        began = time.perf_counter()
        made = await _joined(world, count)
        say(f"{count} companies applied, verified, activated", f"{time.perf_counter() - began:.1f} s")
        return made


def provision(url: str, count: int, *, embedded: bool) -> None:
    began = time.perf_counter()
    companies = asyncio.run(_rows(url, count))
    rows_s = time.perf_counter() - began
    if embedded:
        broker = servers.Broker()
        broker.start()
        try:
            began = time.perf_counter()
            broker.create_topics(topics(companies))
            rights_s = time.perf_counter() - began
        finally:
            broker.kill()
        say(f"their {3 * count} topics", f"{rights_s:.1f} s", "the embedded broker knows no rights")
    else:
        prepare()
        with tempfile.TemporaryDirectory() as folder:
            kafka = ThrowAway(Path(folder) / "kafka", extra=_PATIENT)
            kafka.start()
            try:
                asyncio.run(_rights(kafka, []))  # what there is without them
                began = time.perf_counter()
                changes = asyncio.run(_rights(kafka, companies))
                rights_s = time.perf_counter() - began
            finally:
                kafka.kill()
        say("topics, passwords, rights and quotas", f"{rights_s:.1f} s", f"{changes} differences, looked at twice")
    say("all of it", f"{rows_s + rights_s:.1f} s", f"at most {_WITHIN_S} s")


async def _told(hooks: Hooks, companies: Sequence[PartnerId], there: Sequence[Endpoint], rounds: int) -> list[float]:
    """Seconds from telling to coming, of each event of each company."""
    took: list[float] = []

    async def one(company: PartnerId, endpoint: Endpoint) -> None:
        had = len(endpoint.came)
        began = time.perf_counter()
        await hooks.ping(company)
        while len(endpoint.came) == had:  # noqa: ASYNC110 - what is measured is when it came
            await asyncio.sleep(0.001)
        took.append(time.perf_counter() - began)

    for _ in range(rounds):
        await asyncio.gather(*(one(*each) for each in zip(companies, there, strict=True)))
    return took


async def _webhooks(url: str, count: int, rounds: int) -> None:
    async with a_world(url) as world, AsyncExitStack() as stack:
        companies = await _joined(world, count + 1)
        await _connected(world, companies)
        async with world.db.acquire() as conn:
            assert await may_reply(conn, companies[0])
        hooks = Hooks(world, Live(world.db), Secrets(Secret("key of the bench"), near=True))
        there = [await stack.enter_async_context(Endpoint().served()) for _ in range(count)]
        over = asyncio.Event()

        async def never(_: object) -> Response:
            await over.wait()
            return Response(status_code=503)

        dead = await stack.enter_async_context(Endpoint(answer=never).served())
        stack.callback(over.set)  # before it is waited for
        *living, silent = companies
        for company, endpoint in zip(living, there, strict=True):
            await hooks.enter(endpoint.url, company)
        async with hooks.sending(timeout_s=5):
            await _told(hooks, living, there, 3)  # warm
            alone: list[float] = []
            again: list[float] = []
            beside: list[float] = []
            for turn in range(_TURNS):  # the machine has others, too: what is compared comes by turns
                quiet = again if turn % 2 else alone
                quiet += await _told(hooks, living, there, -(-rounds // _TURNS))
                await hooks.enter(dead.url, silent)
                for _ in range(50):
                    await hooks.ping(silent)
                beside += await _told(hooks, living, there, -(-rounds // _TURNS))
                await hooks.do(webhooks.remove, partner=silent)
        assert dead.came, "the dead one was never tried"
    for name, took in (("alone", alone + again), ("beside a dead endpoint with 50 events", beside)):
        p50, p99 = percentiles(took)
        say(f"{count} endpoints, {name}", f"p50 {p50:.0f} ms", f"p99 {p99:.0f} ms")
    ours = percentiles(beside)[1] / percentiles(alone + again)[1] - 1
    control = abs(percentiles(again)[1] / percentiles(alone)[1] - 1)
    say(
        "p99 dearer by",
        f"{100 * ours:+.0f} %",
        f"at most +20 %; every other turn alone differs by {100 * control:.0f} %",
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.bench.companies", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("provision", "webhooks"))
    parser.add_argument("--companies", type=int, default=200)
    parser.add_argument("--endpoints", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--embedded", action="store_true")
    asked = parser.parse_args()
    with servers.postgres() as postgres:
        if asked.what in (None, "provision"):
            provision(postgres.database("delivery").url, asked.companies, embedded=asked.embedded)
        if asked.what in (None, "webhooks"):
            asyncio.run(_webhooks(postgres.database("delivery").url, asked.endpoints, asked.rounds))


if __name__ == "__main__":
    main()
