"""Two years of a made-up regency, through real facts: what its officer sees, what is published, and that nobody is unmasked by it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime

import pytest

from services.insight.commands import publishing
from services.insight.domain import hiding
from services.insight.domain import publishing as rules
from services.insight.domain.hiding import Counted, Key, Why
from services.insight.store import files, generations, published
from services.kit.database.db import Database, transaction
from tests.integration.insight.conftest import Insight
from tests.worlds.regency import Regency
from tests.worlds.servers import Postgres, TestDatabase
from tests.worlds.unmask import read, unmask

NOW = datetime(2026, 11, 29, 3, tzinfo=UTC)
FIRST = date(2024, 11, 1)
ORDERS = 260


@pytest.fixture(scope="module")
def filled(postgres: Postgres) -> tuple[TestDatabase, Regency]:
    made, regency = postgres.database("insight"), Regency(sellers_per_place=6, buyers=200)

    async def fill() -> None:
        opened = Database(made.url)
        await opened.open()
        found = Insight(opened, regency)
        await found.know()
        await found.count(regency.years(FIRST, ORDERS))
        async with transaction(opened) as conn:
            await conn.execute("SET LOCAL statement_timeout = 0")
            assert len(await publishing.publish_due(conn, NOW, test=False)) == 24
        await opened.close()

    asyncio.run(fill())
    return made, regency


@pytest.fixture
async def years(filled: tuple[TestDatabase, Regency]) -> AsyncIterator[Insight]:
    opened = Database(filled[0].url)
    await opened.open()
    yield Insight(opened, filled[1])
    await opened.close()


RECOVERY = """query($place: String, $umkm: UmkmClass) { recoveries(first: 30, place: $place, umkmClass: $umkm) { edges { node {
  percentOfMonthBefore percentOfYearBefore figures { month withheld turnover sellers } market { orders cancelled newSellers } } } } }"""


async def test_the_dip_and_the_recovery_are_seen(years: Insight) -> None:
    edges = (await years.ask(RECOVERY))["recoveries"]["edges"]
    found = {edge["node"]["figures"]["month"]: edge["node"] for edge in edges}
    assert len(found) == 24
    dip, before, after = found["2025-05"], found["2024-11"], found["2026-05"]
    assert dip["figures"]["turnover"] < before["figures"]["turnover"] // 2
    assert after["percentOfYearBefore"] > 200
    assert before["market"]["newSellers"] > 20
    assert after["figures"]["turnover"] % rules.ROUNDED_TO == 0


async def test_a_place_or_class_of_too_few_says_why(years: Insight) -> None:
    few = (await years.ask(RECOVERY, place=years.regency.sellers[0].kecamatan))["recoveries"]["edges"]
    assert {edge["node"]["figures"]["withheld"] for edge in few} <= {"FEW", "PROTECTS", "ONE_HAS_MOST", None}
    shown = [edge["node"]["figures"] for edge in few if edge["node"]["figures"]["turnover"]]
    assert shown == []
    micro = (await years.ask(RECOVERY, umkm="MIKRO"))["recoveries"]["edges"]
    assert all(edge["node"]["figures"]["turnover"] for edge in micro)


async def _file(years: Insight, month: str) -> bytes:
    async with years.db.acquire() as conn:
        found = await files.content(conn, month, None, "csv")
    assert found
    return found[0]


async def _whole(years: Insight, month: str) -> list[rules.Whole]:
    async with transaction(years.db) as conn:
        return await publishing.whole(conn, (await generations.serving(conn)).gen, month)


async def _truth(years: Insight, month: str) -> dict[tuple[str, str, str], Counted]:
    return {
        (each.cube, *each.cell.partition("|")[::2]): Counted(
            each.measures["turnover"], each.buyers, each.sellers, each.most
        )
        for each in await _whole(years, month)
    }


MONTHS = ("2025-05", "2025-10", "2026-05")


@pytest.mark.parametrize("month", MONTHS)
async def test_nobody_is_unmasked_by_what_is_published(years: Insight, month: str) -> None:
    file, truth = await _file(years, month), await _truth(years, month)
    parts = unmask(read(file, "parts_sold"))
    turnover = unmask(
        {
            key: truth[key].turnover if shown is not None else None
            for key, shown in read(file, "turnover_rupiah").items()
        }
    )
    assert len(parts) > 50
    for key, guess in parts.items():
        assert not guess.is_certain, f"{key} is known"
    for key, guess in turnover.items():
        if hiding.alone(truth[key]) is not None:  # by itself: not even roughly
            assert guess.high * 100 >= truth[key].turnover * 110, key
            assert guess.low * 100 <= truth[key].turnover * 90, key


@pytest.mark.parametrize("month", ["2025-10"])
async def test_without_withholding_others_many_are_unmasked(
    years: Insight, month: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attack is one: where only the few themselves are withheld, it finds them, to the rupiah."""

    def themselves(cells: Mapping[Key, Counted], before: object = ()) -> dict[Key, Why]:
        return {key: why for key, cell in cells.items() if (why := hiding.alone(cell)) is not None}

    monkeypatch.setattr(rules, "hide", themselves)
    truth = await _truth(years, month)
    whole = await _whole(years, month)
    shown: dict[tuple[str, str, str], int | None] = {}
    for each in rules.published(whole, (0, 0)):
        if each.cube in rules.PUBLISHED:
            code, _, second = each.cell.partition("|")
            shown[each.cube, code, second] = None if each.withheld else truth[each.cube, code, second].turnover
    known = {key: guess for key, guess in unmask(shown).items() if guess.is_certain}
    assert known
    assert {key: int(guess.low) for key, guess in known.items()} == {key: truth[key].turnover for key in known}


async def test_files_are_fixed_a_correction_is_another_and_withholds_what_was(years: Insight) -> None:
    month = "2026-10"
    before = await _file(years, month)
    late = [
        fact
        for n in range(30)
        for fact in years.regency.order(datetime(2026, 10, 20, 4, n, tzinfo=UTC), ends="completed")
    ]
    await years.count(late)
    async with transaction(years.db) as conn:
        assert await publishing.publish_due(conn, NOW, test=False) == []  # not by itself before the next month's
        made = await publishing.publish(conn, month, NOW, test=False)
        assert made is not None
        assert (made.revision, made.why) == (2, publishing.CORRECTED)
        assert await publishing.publish(conn, month, NOW, test=False) is None
        first, second = [await published.cells(conn, month, n) for n in (1, 2)]
        listed = await files.listed(conn)
        again = await files.content(conn, month, 1, "csv")
    assert again == (before, hashlib.sha256(before).hexdigest())
    assert {(c.cube, c.cell) for c in first if c.withheld} <= {(c.cube, c.cell) for c in second if c.withheld}
    assert [each.revision for each in listed if each.month == month] == [2, 2, 1, 1]
    node = (await years.ask('{ recovery(month: "2026-10") { figures { revision } } }'))["recovery"]
    assert node["figures"]["revision"] == 2


async def test_settled_months_keep_sums_and_nothing_of_orders(years: Insight) -> None:
    before = await years.total("ALL")
    async with transaction(years.db) as conn:
        while await publishing.settle(conn, NOW):
            pass
        assert await conn.fetchval("SELECT min(month) FROM working") == "2026-09"
        assert await conn.fetchval("SELECT min(month) FROM month_key WHERE month <> 'order'") == "2026-09"
    late = years.regency.order(datetime(2025, 3, 3, tzinfo=UTC), ends="completed")
    await years.count(late)
    assert await years.total("ALL") == before
    async with years.db.acquire() as conn:
        assert await conn.fetchval("SELECT late FROM generation WHERE state = 'SERVING'") == 1
