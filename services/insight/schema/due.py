"""What officers see of deadlines: licences that end, and complaints."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final, Self

import strawberry

from services.contracts.licences import LicenceKind
from services.contracts.places import WIB
from services.insight.commands.complaining import CLAIM, TICKET
from services.insight.schema.context import Info
from services.insight.store import clock, due
from services.insight.store.due import Complaints, Ending
from services.kit.graphql.pages import PAGED, Connection, Page

SOON_DAYS: Final = 14
LATER_DAYS: Final = 60
"""As catalog reminds owners (its `domain/licence`)."""
First = Annotated[int | None, strawberry.argument(description="20 unless said, at most 100.")]
After = Annotated[str | None, strawberry.argument(description="The cursor to go on from.")]


@strawberry.type(
    description="How many licences of a kind end soon at sellers of a kecamatan, and nothing takes their place yet."
)
class LicencesEnding:
    kind: LicenceKind = strawberry.field(description="What is registered by it.")
    place: str | None = strawberry.field(description="The sellers' kecamatan, by its code; null where it is not known.")
    within_14_days: int = strawberry.field(name="within14Days", description="Today's included.")
    within_60_days: int = strawberry.field(name="within60Days", description="Those within 14 days included.")

    @classmethod
    def of(cls, row: Ending) -> Self:
        return cls(
            kind=LicenceKind(row.kind),
            place=None if row.place == "?" else row.place,
            within_14_days=row.soon,
            within_60_days=row.later,
        )


@strawberry.type(description="Complaints of a kind that were opened in a month, and what became of them until now.")
class ComplaintRecord:
    month: str = strawberry.field(description="In WIB, like 2026-10.")
    is_claim: bool = strawberry.field(description="Of goods that were not what was ordered; else a ticket.")
    kind: str = strawberry.field(description="The claim's kind, or the ticket's category. New values may come.")
    opened: int = strawberry.field(description="In the month.")
    in_time: int = strawberry.field(description="Of them, decided or resolved by the deadline.")
    late: int = strawberry.field(description="Of them, decided or resolved after the deadline.")
    withdrawn: int = strawberry.field(description="Of them, taken back by who complained.")
    waiting: int = strawberry.field(description="Of them, open; those that are overdue included.")
    overdue: int = strawberry.field(description="Of them, open although the deadline is past.")
    unanswered: int = strawberry.field(
        description="Claims that their merchant had not answered in its time, however they ended."
    )

    @classmethod
    def of(cls, row: Complaints) -> Self:
        return cls(
            month=row.month,
            is_claim=row.kind.startswith(CLAIM),
            kind=row.kind.removeprefix(CLAIM).removeprefix(TICKET),
            opened=row.opened,
            in_time=row.in_time,
            late=row.late,
            withdrawn=row.withdrawn,
            waiting=row.opened - row.in_time - row.late - row.withdrawn,
            overdue=row.overdue,
            unanswered=row.unanswered,
        )


@strawberry.type
class DueQuery:
    @strawberry.field(
        description="Officers and operators only: licences that end within 60 days, by kind and then by kecamatan, in counts; "
        "`first` is 20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def licences_ending(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[LicencesEnding] | None:
        info.context.officer()
        page = Page(first, after, tuple[str, str])
        async with info.context.db.acquire() as conn:
            today = (await clock.now(conn)).astimezone(WIB).date()
            soon, later = today + timedelta(days=SOON_DAYS), today + timedelta(days=LATER_DAYS)
            found = await due.ending(conn, today, soon, later, after=page.after, limit=page.limit)
        return page.connection(found, key=lambda row: (row.kind, row.place), node=LicencesEnding.of)

    @strawberry.field(
        description="Officers and operators only: claims and tickets by their deadlines, the newest month first and then by kind, in "
        "counts; `first` is 20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def complaint_records(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[ComplaintRecord] | None:
        info.context.officer()
        page = Page(first, after, tuple[str, str])
        async with info.context.db.acquire() as conn:
            now: datetime = await clock.now(conn)
            found = await due.complaints(conn, now, after=page.after, limit=page.limit)
        return page.connection(found, key=lambda row: (row.month, row.kind), node=ComplaintRecord.of)
