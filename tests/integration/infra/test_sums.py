"""Insight's sums against the ledger: the same to the rupiah, and a rupiah too much is seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import date

import pytest

from infra.ops import sums
from services.contracts import ordering as told
from services.insight import hears
from services.kit.database.db import Database, transaction
from services.kit.messaging import hearing
from services.kit.messaging.envelope import Envelope, Stream, decode
from tests.worlds import servers
from tests.worlds.books import paid_in_cash
from tests.worlds.ordering import Market, a_merchant, a_product, market

FIRST = date(2020, 1, 1)


@pytest.fixture
async def trade(database: Callable[[str], servers.TestDatabase]) -> AsyncIterator[tuple[Market, str]]:
    made = await asyncio.to_thread(database, "ordering")
    async with market(made) as world:
        await world.hear(a_merchant(), a_product())
        yield world, made.url


@pytest.fixture
async def insight(database: Callable[[str], servers.TestDatabase]) -> AsyncIterator[tuple[Database, str]]:
    made = await asyncio.to_thread(database, "insight")
    db = Database(made.url)
    await db.open()
    yield db, made.url
    await db.close()


async def _hear_all(world: Market, db: Database) -> None:
    rows = await world.rows(
        "SELECT id::text, type, topic, key, aggregate, aggregateseq, payload, created_at FROM outbox ORDER BY seq"
    )
    for row in rows:
        kind = hears.FACTS.event_class(row["type"])
        if kind is None:
            continue
        envelope = Envelope(
            id=row["id"], source=told.SOURCE, type=row["type"], time=row["created_at"], topic=row["topic"], key=row["key"],
            aggregate=row["aggregate"], seq=row["aggregateseq"], epoch=1, stream=Stream.FACTS, traceparent=None, data=bytes(row["payload"]),
        )  # fmt: skip
        async with transaction(db) as conn:
            with hearing.of(envelope):
                await hears.FACTS.given(False).handle(conn, decode(kind, envelope.data))


async def test_sums_are_the_ledgers_to_the_rupiah(trade: tuple[Market, str], insight: tuple[Database, str]) -> None:
    (world, ordering_url), (db, insight_url) = trade, insight
    for _ in range(3):
        await paid_in_cash(world)
    assert len(await sums.differences(ordering_url, insight_url, FIRST, tests=False)) == 1  # nothing was heard yet
    await _hear_all(world, db)
    assert await sums.differences(ordering_url, insight_url, FIRST, tests=False) == []
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT sum(turnover) FROM tally WHERE cube = 'ALL'") == 15_000
        await conn.execute("UPDATE tally SET turnover = turnover + 1 WHERE cube = 'ALL'")
    (found,) = await sums.differences(ordering_url, insight_url, FIRST, tests=False)
    assert (found.insight[0], found.insight[1]) == (found.ledger[0] + 1, found.ledger[1])
