"""A generation that the worker's own loop builds out of a broker's log, beside what serves: repeats in between, then swapped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from aiokafka import AIOKafkaProducer

from services.insight import hears, rebuilding
from services.insight.rebuilding import SERVING, consumer_of
from services.kit import kafka
from services.kit.database.live import Live
from services.kit.messaging import inbox_trouble
from services.kit.messaging.consumer import Consumer, Record
from services.kit.messaging.processor import EventProcessor
from services.kit.observe.readiness import Readiness
from services.kit.process.service import Worker
from tests.integration.insight.conftest import Insight
from tests.worlds import servers
from tests.worlds.told import Log
from tests.worlds.waiting import until

NOVEMBER = date(2026, 11, 1)


@asynccontextmanager
async def serving(insight: Insight, broker: servers.Broker) -> AsyncIterator[Worker]:
    """Insight's worker, as far as it counts: the consumer that serves, and the loop that builds."""
    settings: Any = SimpleNamespace(kafka=broker.cluster, counts_tests=False)
    watch = kafka.LogWatch(broker.cluster)
    worker = Worker(settings, insight.db, Readiness(), watch, asyncio.Event(), Live(insight.db))
    processor = EventProcessor(SERVING, insight.db, hears.FACTS.given(False), joining=True)
    consumer = Consumer(
        SERVING, insight.db, lambda topics: kafka.open_reader(broker.cluster, watch, SERVING, topics), hears.FACTS.topics(),
        processor.take_some, Readiness(), processor.due,
    )  # fmt: skip
    running = [asyncio.create_task(consumer.run()), asyncio.create_task(rebuilding.rebuild(worker))]
    try:
        yield worker
    finally:
        consumer.stop()
        worker.stopping.set()
        await asyncio.wait_for(asyncio.gather(*running), 90)
        await watch.close()


async def _send(broker: servers.Broker, records: Sequence[Record]) -> None:
    async with AIOKafkaProducer(**broker.cluster.options()) as producer:
        for record in records:
            await producer.send(record.topic, record.value, key=record.key, headers=list(record.headers))
        await producer.flush()


async def _do(insight: Insight, *words: str) -> tuple[int, list[Mapping[str, Any]]]:
    said: list[Mapping[str, Any]] = []
    return await rebuilding.by_hand(insight.db, words, said.append), said


async def _passed(insight: Insight, consumer: str, log: Log) -> bool:
    """Whether the consumer stands where every aggregate ends."""
    async with insight.db.acquire() as conn:
        rows = await conn.fetch("SELECT aggregate, last FROM inbox WHERE consumer = $1", consumer)
    return {row["aggregate"]: row["last"] for row in rows} == dict(log.counted)


async def test_it_is_built_by_the_workers_loop_while_facts_go_on_and_takes_the_others_place(
    insight: Insight, broker: servers.Broker
) -> None:
    await insight.know()
    await asyncio.to_thread(broker.create_topics, hears.FACTS.topics())
    watch = kafka.LogWatch(broker.cluster)
    known = kafka.KafkaLog(broker.cluster, watch)
    await known.identity()
    log = Log()
    first = log.records(insight.regency.month(NOVEMBER, 30))
    await _send(broker, [*first, *first[:20]])
    async with serving(insight, broker):
        assert await until(lambda: _passed(insight, SERVING, log))
        right = await insight.all_sums()
        async with insight.db.acquire() as conn:
            await conn.execute("UPDATE tally SET turnover = turnover + 7")  # what a fault has left behind
        wrong = await insight.all_sums()
        assert (await _do(insight, "begin", "--from", "2026-11-01"))[0] == 0
        assert await until(lambda: _passed(insight, consumer_of(2), log))
        assert await insight.all_sums() == wrong  # the old one serves
        more = log.records(insight.regency.order(datetime(2026, 11, 20, tzinfo=UTC), ends="completed"))
        await _send(broker, [*first[5:25], *more, *first[:40], *more])
        assert await until(lambda: _passed(insight, SERVING, log))
        assert await until(lambda: _passed(insight, consumer_of(2), log))
        assert await _do(insight, "swap") == (0, [{"serving": 2}])
        built = await insight.all_sums()
        after = log.records(insight.regency.order(datetime(2026, 11, 21, tzinfo=UTC), ends="completed"))
        await _send(broker, [*more, *after, *after])
        assert await until(lambda: _passed(insight, SERVING, log))
        assert built.keys() >= right.keys()
        untouched = {key: value for key, value in right.items() if key[1] not in ("2026-11-20", "2026-11-21")}
        assert {key: built[key] for key in untouched} == untouched
        async with insight.db.acquire() as conn:
            assert (
                await inbox_trouble.behind(conn, consumer_of(2), than=SERVING) > 0
            )  # there is none of that name any more
            whole = await conn.fetchval("SELECT sum(orders) FROM tally WHERE gen = 2 AND cube = 'ALL'")
        placed = {record.key for record in [*first, *more, *after] if record.topic == "ordering.orders"}
        assert whole == len(placed)
    await known.close()
    await watch.close()
