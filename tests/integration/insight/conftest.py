"""Insight's fixtures: a database for each test, facts counted as the consumer does it, and the api over it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.applications import Starlette

from services.insight import hears
from services.insight.commands import counting
from services.insight.commands.counting import Heard
from services.insight.schema import SCHEMA
from services.insight.schema.context import Context
from services.insight.store import generations, sums
from services.kit.database.db import Database, transaction
from services.kit.graphql.app import graphql_routes
from services.kit.ids import EventId
from services.kit.messaging import hearing
from services.kit.messaging.envelope import Envelope, Event
from tests.worlds import servers
from tests.worlds.asgi import ask
from tests.worlds.regency import Regency
from tests.worlds.tokens import Issuer

TOLD = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Insight:
    db: Database
    regency: Regency
    issuer: Issuer = field(default_factory=Issuer)

    def __post_init__(self) -> None:
        routes = graphql_routes(SCHEMA, verifier=self.issuer.verifier(), context=lambda who: Context(who, self.db))
        self.asgi = Starlette(routes=routes)

    async def hear(self, *events: Event, at: datetime = TOLD) -> None:
        for event in events:
            where = event.destination()
            told = Envelope(
                id=str(EventId.new()), source=event.source, type=event.type, time=at, topic=where.topic, key=where.key,
                aggregate=where.aggregate, seq=1, epoch=1, stream=event.stream, traceparent=None, data=event.payload(),
            )  # fmt: skip
            async with transaction(self.db) as conn:
                with hearing.of(told):
                    handlers = hears.HANDLERS if hears.HANDLERS.event_class(event.type) else hears.FACTS.given(False)
                    await handlers.handle(conn, event)

    async def know(self) -> None:
        """Of all sellers and goods."""
        for each in self.regency.sellers:
            await self.hear(each.state(), *each.goods())

    async def count(self, facts: Iterable[Heard], at_once: int = 5_000, *, counts_tests: bool = False) -> None:
        facts = list(facts)
        for first in range(0, len(facts), at_once):
            async with transaction(self.db) as conn:
                into = await generations.serving(conn, counting=True)
                await counting.count(conn, into, facts[first : first + at_once], counts_tests=counts_tests)

    async def total(self, cube: str, first: str = "0000", last: str = "9999") -> dict[str, Any]:
        async with self.db.acquire() as conn:
            return dict(await sums.totals(conn, (await generations.serving(conn)).gen, cube, first, last))

    async def all_sums(self) -> dict[tuple[str, str, str], Any]:
        """Everything that was summed up, and serves."""
        async with self.db.acquire() as conn:
            rows = await conn.fetch(
                "SELECT * FROM tally WHERE gen = (SELECT gen FROM generation WHERE state = 'SERVING')"
            )
        found = {(row["cube"], row["day"], row["cell"]): tuple(row.values())[4:] for row in rows}
        return {key: value for key, value in found.items() if any(value)}

    async def ask(self, document: str, role: str = "officer", **variables: Any) -> Any:
        answer = await ask(self.asgi, document, token=self.issuer.token(sub="usr_petugas", roles=[role]), **variables)
        assert "errors" not in answer, answer
        return answer["data"]


@pytest.fixture
async def insight(database: Callable[[str], servers.TestDatabase]) -> AsyncIterator[Insight]:
    made = await asyncio.to_thread(database, "insight")
    opened = Database(made.url)
    await opened.open()
    yield Insight(opened, Regency())
    await opened.close()
