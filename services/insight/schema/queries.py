"""What can be asked of insight: by officers, and of what is published or exposes nobody."""

from __future__ import annotations

from typing import Annotated

import strawberry

from services.contracts import regency
from services.contracts.places import WIB
from services.contracts.umkm import UmkmClass
from services.insight.domain import prices as prices_rules
from services.insight.domain.cubes import Cube
from services.insight.schema import loaders
from services.insight.schema.context import Info
from services.insight.schema.due import DueQuery
from services.insight.schema.running import RunningQueries
from services.insight.schema.types import (
    CommodityPrice,
    CompanyRecord,
    CompanyRow,
    Figures,
    MarketDay,
    ProgrammeUse,
    Recovery,
    RecoveryBy,
    RecoveryCell,
)
from services.insight.store import clock, generations, prices, published, sums, told
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.pages import PAGED, Connection, Page
from services.kit.graphql.scalars import Rupiah

Month = Annotated[str, strawberry.argument(description="In WIB, like 2026-10.")]
Place = Annotated[
    str | None, strawberry.argument(description="The sellers' kecamatan, by its code: 35.08.10. Null for all.")
]
OfClass = Annotated[UmkmClass | None, strawberry.argument(description="The sellers' class. Null for all.")]
Newest = Annotated[
    str | None, strawberry.argument(description="In WIB, like 2026-10. Null for the newest that is published.")
]
OrNow = Annotated[
    str | None, strawberry.argument(description="In WIB, like 2026-10. Null for the month that it is now.")
]
First = Annotated[int | None, strawberry.argument(description="20 unless said, at most 100.")]
After = Annotated[str | None, strawberry.argument(description="The cursor to go on from.")]


def _place(code: str | None) -> str | None:
    if code is not None and not regency.is_kecamatan(code):
        raise BadUserInput("place is no kecamatan of the regency")
    return code


def _commodity(code: str | None) -> str | None:
    if code is not None and not prices_rules.is_commodity(code):
        raise BadUserInput("commodity is no code of a commodity")
    return code


@strawberry.type
class Query(DueQuery, RunningQueries):
    @strawberry.field(
        description="Officers and operators only: how sales of a month compare. Null when the month was not "
        "published; it is on the fifth day "
        "of the next."
    )
    async def recovery(
        self, info: Info, month: Month, place: Place = None, umkm_class: OfClass = None
    ) -> Recovery | None:
        info.context.officer()
        named = loaders.month_of(month)
        async with info.context.db.acquire() as conn:
            return (await loaders.recoveries(conn, [named], _place(place), umkm_class)).get(named)

    @strawberry.field(
        description="Officers and operators only: how sales of each published month compare, the newest "
        "first; `first` is 20 unless said, at "
        "most 100.",
        directives=[PAGED],
    )
    async def recoveries(
        self, info: Info, place: Place = None, umkm_class: OfClass = None, first: First = None, after: After = None
    ) -> Connection[Recovery] | None:
        info.context.officer()
        page = Page(first, after, tuple[str])
        async with info.context.db.acquire() as conn:
            found = await published.months(conn, before=page.after[0] if page.after else None, limit=page.limit)
            made = await loaders.recoveries(conn, found, _place(place), umkm_class)
        return page.connection(
            [made[month] for month in found], key=lambda row: (row.figures.month,), node=lambda row: row
        )

    @strawberry.field(
        description="Officers and operators only: a month's figures split, by the cell's code; `first` is 20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def recovery_cells(
        self,
        info: Info,
        by: Annotated[RecoveryBy, strawberry.argument(description="By what.")],
        month: Newest = None,
        first: First = None,
        after: After = None,
    ) -> Connection[RecoveryCell] | None:
        info.context.officer()
        page = Page(first, after, tuple[str])
        named = loaders.month_of(month) if month is not None else None
        async with info.context.db.acquire() as conn:
            revision = await published.newest(conn, named)
            cells = await published.cells(conn, revision.month, revision.revision, [by.value]) if revision else []
        rows = [
            RecoveryCell(
                cell=each.cell,
                figures=Figures.of(published.OfMonth(revision.month, revision.revision, revision.test, each)),
            )
            for each in cells
            if revision and (page.after is None or each.cell > page.after[0])
        ]
        return page.connection(rows[: page.limit], key=lambda row: (row.cell,), node=lambda row: row)

    @strawberry.field(
        description="Officers and operators only: the last days in counts, today first; `first` is 20 unless "
        "said, at most 100. A new order "
        "is in it within seconds.",
        directives=[PAGED],
    )
    async def market_days(self, info: Info, first: First = None, after: After = None) -> Connection[MarketDay] | None:
        info.context.officer()
        page = Page(first, after, tuple[str])
        async with info.context.db.acquire() as conn:
            today = (await clock.now(conn)).astimezone(WIB).date().isoformat()
            serving = await generations.serving(conn)
            last = page.after[0] if page.after else "9999"
            found = await sums.days(
                conn, serving.gen, today if last > today else last, limit=page.limit, below=page.after is not None
            )
        return page.connection(found, key=lambda row: (row.day,), node=MarketDay.of)

    @strawberry.field(
        description="Officers and operators only: what sellers ask, by commodity and then by kecamatan; "
        "`first` is 20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def commodity_prices(
        self,
        info: Info,
        commodity: Annotated[str | None, strawberry.argument(description="By its code; null for all.")] = None,
        place: Annotated[str | None, strawberry.argument(description="A kecamatan's code; null for all.")] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[CommodityPrice] | None:
        info.context.officer()
        page = Page(first, after, tuple[str, str, str])
        async with info.context.db.acquire() as conn:
            today = (await clock.now(conn)).astimezone(WIB).date()
            found = await prices.asked(
                conn,
                today,
                commodity=_commodity(commodity),
                kecamatan=_place(place),
                after=page.after,
                limit=page.limit,
            )
        return page.connection(
            found, key=lambda row: (row.commodity, str(row.unit), row.kecamatan), node=CommodityPrice.of
        )

    @strawberry.field(
        description="Officers and operators only: how the fees of each company were shared, of orders of a "
        "month until now, by the company; "
        "`first` is 20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def company_records(
        self, info: Info, month: OrNow = None, first: First = None, after: After = None
    ) -> Connection[CompanyRecord] | None:
        info.context.officer()
        page = Page(first, after, tuple[str])
        found = await loaders.of_month(info.context, Cube.COMPANY, month)
        async with info.context.db.acquire() as conn:
            names = await told.companies(conn, list(found))
        rows = [
            CompanyRow(partner, names.get(partner, partner), measures)
            for partner, measures in found.items()
            if page.after is None or partner > page.after[0]
        ]
        return page.connection(rows[: page.limit], key=lambda row: (row.partner_id,), node=CompanyRecord.of)

    @strawberry.field(
        description="Officers and operators only: what the regency's programmes have borne of orders of a "
        "month, by programme; `first` is 20 "
        "unless said, at most 100.",
        directives=[PAGED],
    )
    async def programme_uses(
        self, info: Info, month: OrNow = None, first: First = None, after: After = None
    ) -> Connection[ProgrammeUse] | None:
        info.context.officer()
        page = Page(first, after, tuple[str])
        found = await loaders.of_month(info.context, Cube.PROGRAMME, month)
        rows = [
            ProgrammeUse(programme=name, orders=said["orders"], borne=Rupiah(said["regency"]))
            for name, said in found.items()
            if page.after is None or name > page.after[0]
        ]
        return page.connection(rows[: page.limit], key=lambda row: (row.programme,), node=lambda row: row)
