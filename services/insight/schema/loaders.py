"""What several questions of an operation need, as one statement each."""

from __future__ import annotations

from collections.abc import Sequence

from services.contracts.umkm import UmkmClass
from services.insight.domain import months
from services.insight.domain.cubes import Cube
from services.insight.schema.context import Context
from services.insight.schema.types import Figures, MarketFigures, Recovery, percent_of
from services.insight.store import clock, generations, published, sums
from services.kit.database.db import Connection as Database
from services.kit.graphql.errors import BadUserInput


def month_of(text: str) -> str:
    try:
        return months.named(text)
    except months.NotAMonth as error:
        raise BadUserInput(str(error)) from error


def _cell(place: str | None, umkm_class: UmkmClass | None) -> tuple[str, str]:
    match place, umkm_class:
        case None, None:
            return Cube.ALL, ""
        case None, _:
            return Cube.CLASS, str(umkm_class)
        case _, None:
            return Cube.PLACE, str(place)
        case _:
            return Cube.PLACE_CLASS, f"{place}|{umkm_class}"


async def recoveries(
    conn: Database, wanted: Sequence[str], place: str | None, umkm_class: UmkmClass | None
) -> dict[str, Recovery]:
    beside = {each for month in wanted for each in (month, months.before(month), months.before(month, 12))}
    found = await published.of_months(conn, *_cell(place, umkm_class), sorted(beside))
    figures = {month: Figures.of(each) for month, each in found.items()}
    made: dict[str, Recovery] = {}
    for month in wanted:
        if month not in found:
            continue
        now, cell = figures[month], found[month].cell
        last, year = figures.get(months.before(month)), figures.get(months.before(month, 12))
        made[month] = Recovery(
            place=place,
            umkm_class=umkm_class,
            figures=now,
            month_before=last,
            year_before=year,
            percent_of_month_before=percent_of(now, last),
            percent_of_year_before=percent_of(now, year),
            market=MarketFigures.of(cell) if cell and cell.cube == Cube.ALL else None,
        )
    return made


async def of_month(context: Context, cube: Cube, asked: str | None) -> dict[str, dict[str, int]]:
    named = month_of(asked) if asked is not None else None
    async with context.db.acquire() as conn:
        month = named or months.of(await clock.now(conn))
        serving = await generations.serving(conn)
        found = await sums.totals(
            conn, serving.gen, cube, months.first_day(month).isoformat(), months.last_day(month).isoformat()
        )
    return {cell: dict(measures) for cell, measures in found.items()}
