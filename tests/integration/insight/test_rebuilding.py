"""The sums built anew beside those that serve, and swapped for them: while facts go on, and from less than all that was ever told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from services.insight import hears, rebuilding
from services.insight.commands import publishing
from services.insight.rebuilding import SERVING, consumer_of
from services.insight.store import generations
from services.kit.database.db import transaction
from services.kit.messaging.consumer import Record
from services.kit.messaging.processor import EventProcessor
from tests.integration.insight.conftest import Insight
from tests.worlds.told import Log

NOVEMBER, OCTOBER = date(2026, 11, 1), date(2026, 10, 1)


async def _do(insight: Insight, *words: str) -> tuple[int, list[Mapping[str, Any]]]:
    said: list[Mapping[str, Any]] = []
    return await rebuilding.by_hand(insight.db, words, said.append), said


async def _serve(insight: Insight, records: list[Record]) -> None:
    live = EventProcessor(SERVING, insight.db, hears.FACTS.given(False), joining=True)
    for record in records:
        await live.take(record)


async def _build(insight: Insight, records: list[Record], at_once: int = 100) -> set[int]:
    async with insight.db.acquire() as conn:
        found = await generations.building(conn)
    assert found is not None
    one, many = rebuilding.processors(insight.db, found.gen, counts_tests=False)
    done: set[int] = set()
    for first in range(0, len(records), at_once):
        some = records[first : first + at_once]
        taken = await many.take(some)
        for record in some:
            if record.offset not in taken:
                await one.take(record)
        done |= taken
        await one.due()
    return done


async def test_it_is_built_from_the_log_while_facts_go_on_and_swapped(insight: Insight) -> None:
    await insight.know()
    log = Log()
    first = log.records(insight.regency.month(NOVEMBER, 30))
    await _serve(insight, first)
    async with insight.db.acquire() as conn:
        await conn.execute(
            "UPDATE tally SET turnover = turnover + 1 WHERE cube = 'ALL'"
        )  # what a fault has left behind
    wrong = await insight.all_sums()
    assert (await _do(insight, "begin", "--from", "2026-11-01"))[0] == 0
    assert (await _do(insight, "begin"))[0] == 1
    assert await _build(insight, first) == {each.offset for each in first}
    assert await insight.all_sums() == wrong  # the old one serves
    more = log.records(insight.regency.month(NOVEMBER, 20))
    await _serve(insight, more)
    code, said = await _do(insight, "swap")
    assert (code, said[0]["aggregates_behind"] > 0) == (1, True)
    await _build(insight, [*first, *more])
    assert await _do(insight, "swap") == (0, [{"serving": 2}])
    async with insight.db.acquire() as conn:
        whole = await conn.fetchval("SELECT sum(turnover) FROM tally WHERE cube = 'ALL' AND gen = 1")
        days = await conn.fetchval("SELECT count(DISTINCT day) FROM tally WHERE cube = 'ALL' AND gen = 1")
        built = await conn.fetchval("SELECT sum(turnover) FROM tally WHERE cube = 'ALL' AND gen = 2")
        assert await conn.fetchval("SELECT count(*) FROM inbox WHERE consumer = $1", consumer_of(2)) == 0
    assert 0 < whole - built <= days
    await _serve(insight, [*first, *more])  # its group has read less far: known all the same
    after = log.records(insight.regency.order(datetime(2026, 11, 20, tzinfo=UTC), ends="completed"))
    await _serve(insight, after)
    assert (await insight.total("ALL", "2026-11-20", "2026-11-20"))[""]["completed"] >= 1
    async with transaction(insight.db) as conn:
        while await generations.forget_retired(conn):
            pass
        assert await conn.fetchval("SELECT count(*) FROM tally WHERE gen = 1") == 0


async def test_what_the_log_has_no_more_is_carried_over(insight: Insight) -> None:
    """Of before its first day, orders that are still known are counted from that, and settled months are copied."""
    await insight.know()
    log = Log()
    old = [log.records(insight.regency.month(first, 25)) for first in (date(2026, 5, 1), OCTOBER, NOVEMBER)]
    for records in old:
        await _serve(insight, records)
    async with transaction(insight.db) as conn:
        at = datetime(2026, 11, 29, tzinfo=UTC)
        await publishing.publish_due(conn, at, test=False)
        while await publishing.settle(conn, at):
            pass
        assert await conn.fetchval("SELECT count(*) FROM working WHERE month < '2026-09'") == 0
    before = await insight.all_sums()
    await _do(insight, "begin", "--from", "2026-11-10")
    late = [record for record in old[2] if record.offset > old[2][10].offset]  # the log begins amid an order
    await _build(insight, late)
    async with insight.db.acquire() as conn:  # older ones are passed as well: nothing comes of them that is not known
        await conn.execute("DELETE FROM inbox WHERE consumer = $1 AND aggregate NOT IN (SELECT aggregate FROM inbox WHERE consumer = $2)",
                           SERVING, consumer_of(2))  # fmt: skip
    assert await _do(insight, "swap") == (0, [{"serving": 2}])
    assert await insight.all_sums() == before


async def test_one_that_is_given_up_goes_and_leaves_what_serves(insight: Insight) -> None:
    await insight.know()
    records = Log().records(insight.regency.month(NOVEMBER, 10))
    await _serve(insight, records)
    before = await insight.all_sums()
    await _do(insight, "begin", "--from", "2026-11-01")
    await _build(insight, records)
    assert await _do(insight, "drop") == (0, [{"dropped": 2}])
    assert (await _do(insight, "swap"))[0] == 1
    async with transaction(insight.db) as conn:
        while await generations.forget_retired(conn):
            pass
    assert await insight.all_sums() == before


async def test_a_gap_and_a_repeat_are_judged_as_one_at_a_time(insight: Insight) -> None:
    await insight.know()
    records = Log().records(insight.regency.month(NOVEMBER, 10))
    await _serve(insight, records)
    before = await insight.all_sums()
    await _do(insight, "begin", "--from", "2026-11-01")
    orders = [each for each in records if each.topic == "ordering.orders"]
    others = [each for each in records if each.topic != "ordering.orders"]
    by_key = {each.key: [r for r in orders if r.key == each.key] for each in orders}
    jumbled = [r for mine in by_key.values() for r in ([mine[0], *mine[:1:-1], *mine[1:2]] if len(mine) > 2 else mine)]
    await _build(insight, [*jumbled, *others, *jumbled])
    async with insight.db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM inbox_waiting") == 0
    assert await _do(insight, "swap") == (0, [{"serving": 2}])
    assert await insight.all_sums() == before
