"""Publishing a month, correcting it, and settling it: then nothing of its orders is kept any more."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from services.insight.domain import months, opendata
from services.insight.domain.cubes import seen
from services.insight.domain.publishing import Published, Whole, published
from services.insight.store import files, generations, settling, sums
from services.insight.store import published as store
from services.insight.store.published import Revision
from services.kit.database.db import Transaction

FIRST = "first"
CORRECTED = "late facts"
LAPSED_AFTER_DAYS: Final = 90
_AT_ONCE: Final = 2_000


async def publish(conn: Transaction, month: str, at: datetime, *, test: bool) -> Revision | None:
    """A revision of the month, or None when it says what was published last. The month's orders may go on changing meanwhile: what comes
    later is the next revision's."""
    serving = await generations.serving(conn)
    if month < serving.closed_before:
        return None  # who was in it is not known any more, and nothing of it changes
    await settling.lock(conn, month)
    last = await store.newest(conn, month)
    before = await store.cells(conn, month, last.revision) if last else []
    cells = await whole(conn, serving.gen, month)
    withheld = [(each.cube, each.cell) for each in before if each.withheld]
    now = published(cells, await _lives(conn, serving.gen, month), withheld)
    if last and _same(now, before):
        return None
    made = Revision(month, last.revision + 1 if last else 1, at, CORRECTED if last else FIRST, test)
    await store.write(conn, made, now)
    await files.write(conn, month, made.revision, "csv", opendata.as_csv(month, made.revision, now))
    await files.write(
        conn, month, made.revision, "json", opendata.as_json(month, made.revision, now, test=test, why=made.why)
    )
    return made


@dataclass(slots=True)
class _Active:
    """Who was active in a cell, and what each seller sold there."""

    buyers: set[str] = field(default_factory=set)
    sellers: Counter[str] = field(default_factory=Counter)

    @property
    def counted(self) -> tuple[int, int, int]:
        """Buyers, sellers, and the turnover of the seller that has the most."""
        return len(self.buyers), len(self.sellers), max(self.sellers.values(), default=0)


async def whole(conn: Transaction, gen: int, month: str) -> list[Whole]:
    """The cells of a month as they were counted, nothing withheld."""
    people = await _people(conn, gen, month)
    none = _Active()
    return [
        Whole(cube, cell, measures, *people.get((cube, cell), none).counted)
        for cube, cell, measures in await sums.month(conn, gen, month)
    ]


async def _people(conn: Transaction, gen: int, month: str) -> dict[tuple[str, str], _Active]:
    """Out of the month's orders, each once, in this moment: who bought and sold is kept nowhere else."""
    found: dict[tuple[str, str], _Active] = {}
    after = b""
    while some := await sums.orders(conn, gen, month, after, _AT_ONCE):
        for _, known in some:
            for cube, cell, merchant, rupiah in seen(known):
                active = found.setdefault((cube, cell), _Active())
                active.buyers.add(known.buyer)
                active.sellers[merchant] += rupiah
        after = some[-1][0]
    return found


async def publish_due(conn: Transaction, at: datetime, *, test: bool) -> list[Revision]:
    """What may be published by now, and was not; when anything is, corrections of earlier months that are not settled come with it: so
    there is one a month at most."""
    serving = await generations.serving(conn)
    over = [each for each in await sums.months(conn, serving.gen) if months.is_over(each, at)]
    fresh = [each for each in over if await store.newest(conn, each) is None]
    if not fresh:
        return []
    wanted = sorted({*fresh, *(each for each in over if each >= serving.closed_before)})
    return [made for month in wanted if (made := await publish(conn, month, at, test=test))]


async def settle(conn: Transaction, at: datetime) -> int:
    """Forget the orders, and who was seen, of months that may change no more and are published; how many rows went, of which there may be
    more."""
    serving = await generations.serving(conn)
    until = months.settled_before(at)
    unpublished = [
        each for each in await sums.months(conn, serving.gen) if each < until and await store.newest(conn, each) is None
    ]
    until = min([until, *unpublished])
    return await settling.settle(conn, serving.gen, until, at - timedelta(days=months.WINDOW_DAYS))


async def _lives(conn: Transaction, gen: int, month: str) -> tuple[int, int]:
    """Sellers that sold for the first time in the month, and whose last sale was, by its end, ninety days ago."""
    first, last = months.first_day(month), months.last_day(month)
    born, _ = await sums.lives(conn, gen, first.isoformat(), last.isoformat())
    ago = timedelta(days=LAPSED_AFTER_DAYS)
    _, lapsed = await sums.lives(conn, gen, (first - ago).isoformat(), (last - ago).isoformat())
    return born, lapsed


def _same(now: list[Published], before: list[Published]) -> bool:
    """`lapsed_sellers` and `new_sellers` are as they were seen then: that one came back later corrects nothing."""
    return [_said(each) for each in now] == [_said(each) for each in before]


def _said(each: Published) -> tuple[object, ...]:
    measures = {name: value for name, value in each.measures.items() if name not in ("new_sellers", "lapsed_sellers")}
    return each.cube, each.cell, each.withheld is not None, measures
