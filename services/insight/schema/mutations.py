"""What officers change: the province's price list."""

from __future__ import annotations

from typing import Annotated, Self

import strawberry

from services.graph import Payload
from services.insight.commands import pricing
from services.insight.domain.prices import MOST_ROWS, Fault, PriceList
from services.insight.schema.context import Info
from services.insight.schema.running import RunningMutations
from services.insight.store import clock
from services.kit.database.db import transaction
from services.kit.graphql.pages import sized
from services.kit.graphql.refusals import refusable


@strawberry.type(description="A row of the file that was left out.")
class PriceListFault:
    line: int = strawberry.field(description="In the file; the first is 1 and names the columns.")
    column: str = strawberry.field(description="The one at fault.")
    value: str = strawberry.field(description="What stands there.")

    @classmethod
    def of(cls, fault: Fault) -> Self:
        return cls(line=fault.line, column=fault.column, value=fault.value)


@strawberry.type(description="What became of a price list.")
class PriceListReport:
    taken: int = strawberry.field(description="Prices.")
    faults: list[PriceListFault] = strawberry.field(
        description="Rows that were left out; the others count.", directives=[sized(MOST_ROWS)]
    )

    @classmethod
    def of(cls, found: PriceList) -> Self:
        return cls(taken=len(found.prices), faults=[PriceListFault.of(each) for each in found.faults])


@strawberry.type
class LoadPriceListPayload(Payload):
    report: PriceListReport | None = None


@strawberry.type
class Mutation(RunningMutations):
    @refusable(
        description="Officers and operators only: load the province's price list. The same again changes "
        "nothing; a day that is said anew is "
        "as it was said last."
    )
    async def load_price_list(
        self,
        info: Info,
        csv: Annotated[
            str,
            strawberry.argument(
                description="A first line with day,commodity,unit,price_rupiah by comma or semicolon, in any order; days like 2026-02-01, "
                f"units kg, ons, gram, liter, buah, butir, ekor, ikat. At most {MOST_ROWS} rows."
            ),
        ],
        publisher: Annotated[str, strawberry.argument(description="Where it is from, to be shown beside the prices.")],
    ) -> LoadPriceListPayload | None:
        actor = info.context.officer()
        async with transaction(info.context.db) as conn:
            at = await clock.now(conn)
            found = await pricing.take(conn, csv, publisher, actor=actor, at=at)
        return LoadPriceListPayload(report=PriceListReport.of(found))
