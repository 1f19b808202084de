"""A company's endpoint on this machine, and lanes that post to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.contracts.delivery import PartnerId
from services.delivery.commands import webhooks
from services.delivery.commands.webhooks import Secrets
from services.delivery.domain.caller import Caller
from services.delivery.domain.webhook import Webhook
from services.delivery.partner_webhooks import Lanes, Sender
from services.delivery.store import webhooks as stored
from services.kit.database.db import transaction
from services.kit.database.live import Live
from services.kit.ids import EventId
from services.kit.tasks import running
from tests.worlds.delivery import SEMERU, World
from tests.worlds.http_server import served
from tests.worlds.waiting import until

OPS = Caller(ops=True)


@dataclass
class Endpoint:
    """`answer` says what a request gets; what came is kept, in the order in which it came."""

    url: str = ""
    answer: Callable[[dict[str, Any]], Awaitable[Response]] | None = None
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        body = await request.body()
        self.came.append((dict(request.headers), body))
        return await self.answer(orjson.loads(body)) if self.answer else Response(status_code=204)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [orjson.loads(body) for _, body in self.came]

    async def has(self, count: int) -> list[dict[str, Any]]:
        """Once so many have come."""

        async def enough() -> bool:
            return len(self.came) >= count

        await until(enough)
        return self.events

    @asynccontextmanager
    async def served(self) -> AsyncIterator[Endpoint]:
        async with served(Starlette(routes=[Route("/hook", self.take, methods=["POST"])])) as port:
            self.url = f"http://127.0.0.1:{port}/hook"
            yield self


@dataclass
class Hooks:
    """What a company's people do, and the worker's lanes."""

    world: World
    live: Live
    secrets: Secrets

    async def enter(self, url: str, partner: PartnerId = SEMERU) -> str:
        async with transaction(self.world.db) as conn:
            return await webhooks.enter(conn, self.secrets, OPS, partner, url, by="test|ops") or ""

    async def do(
        self, command: Callable[..., Awaitable[Any]], *given: Any, partner: PartnerId = SEMERU, **said: Any
    ) -> Any:
        async with transaction(self.world.db) as conn:
            return await command(conn, *given, OPS, partner, **said)

    async def do_again(self, event_id: EventId) -> None:
        async with transaction(self.world.db) as conn:
            await webhooks.send_again(conn, OPS, SEMERU, event_id)

    async def ping(self, partner: PartnerId = SEMERU) -> None:
        await self.do(webhooks.ping, partner=partner)

    async def webhook(self, partner: PartnerId = SEMERU) -> Webhook:
        async with self.world.db.acquire() as conn:
            (found,) = await stored.of_partners(conn, [partner])
        return found

    async def statuses(self, partner: PartnerId = SEMERU) -> list[tuple[str, int]]:
        """Of each message, in the order in which they were told, what became of it and how often it was tried."""
        async with self.world.db.acquire() as conn:
            rows = await conn.fetch(
                """SELECT m.status, m.attempts FROM webhook_message m JOIN webhook w ON w.id = m.webhook_id
                   WHERE w.partner_id = $1 ORDER BY m.place""",
                partner,
            )
        return [(row["status"], row["attempts"]) for row in rows]

    async def tried(self, partner: PartnerId = SEMERU) -> list[tuple[int | None, str | None]]:
        async with self.world.db.acquire() as conn:
            rows = await conn.fetch(
                """SELECT a.status, a.error FROM webhook_attempt a JOIN webhook w ON w.id = a.webhook_id
                   WHERE w.partner_id = $1 ORDER BY a.id""",
                partner,
            )
        return [(row["status"], row["error"]) for row in rows]

    async def are(self, *wanted: tuple[str, int], partner: PartnerId = SEMERU) -> None:
        async def so() -> bool:
            return await self.statuses(partner) == list(wanted)

        await until(so)

    @asynccontextmanager
    async def sending(self, *, near: bool = True, timeout_s: float = 15.0) -> AsyncIterator[Lanes]:
        sender, stopping = Sender(near=near, timeout_s=timeout_s), asyncio.Event()
        lanes = Lanes(self.world.db, self.live, sender, self.secrets.key)
        try:
            async with running(self.live.run(), "news"), running(lanes.run(stopping), "webhooks") as work:
                yield lanes
                stopping.set()
                await asyncio.wait({work})
        finally:
            await sender.close()
