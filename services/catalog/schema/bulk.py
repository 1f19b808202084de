"""Files of goods, counts and prices in the graph: how far each is, and what became of its rows. They come and go beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, NamedTuple, Self
from uuid import UUID

import strawberry

from services.catalog.commands import bulk as commands
from services.catalog.domain.bulk import KEPT, ImportKind, ImportStatus, RowOutcome
from services.catalog.domain.caller import NotFound
from services.catalog.domain.ids import ImportId
from services.catalog.schema.context import Context
from services.catalog.schema.loaders import Info
from services.catalog.store import bulk as stored
from services.catalog.store.bulk import ImportView, RowView, Told
from services.contracts.catalog import MerchantId
from services.contracts.problems import LimitUnit, ProblemCode
from services.contracts.roles import Role
from services.graph import Payload, Problem, Refusal
from services.kit.database.db import transaction
from services.kit.graphql.enums import described
from services.kit.graphql.pages import PAGED, Connection, Page
from services.kit.graphql.refusals import refusable

described(
    ImportKind,
    "What a file's rows are.",
    GOODS="Goods with their variants and prices.",
    STOCK="What was counted.",
    PRICES="Prices of goods that are there.",
)
described(
    ImportStatus,
    "How far a file is. New values may come.",
    UPLOADING="Parts of it are missing.",
    WAITING="It is whole, and waits to be read.",
    WORKING="Its rows are worked off.",
    DONE="All rows were worked off; those that were refused say why.",
    REFUSED="It cannot be read as a file of its kind, and changed nothing; `problem` says why.",
    STOPPED="Its people stopped it or sent another in its place, or `problem` ended it. What was worked off before stays.",
)
described(
    RowOutcome,
    "What became of a row.",
    CREATED="It made a variant.",
    CHANGED="It changed one.",
    UNCHANGED="All of it was so already.",
    REFUSED="It changed nothing; its problems say why.",
)


class ImportPage(NamedTuple):
    """A page of one merchant's imports, after (made at, id)."""

    merchant_id: MerchantId
    after: tuple[datetime, UUID] | None
    limit: int


async def imports_of_merchants(context: Context, pages: list[ImportPage]) -> Sequence[list[ImportView]]:
    async with context.db.acquire() as conn:
        return await stored.imports_of_merchants(
            conn,
            context.caller,
            [page.merchant_id for page in pages],
            [page.after for page in pages],
            [page.limit for page in pages],
        )


class ReportPage(NamedTuple):
    """A page of one import's rows, behind this one."""

    import_id: ImportId
    after: int
    limit: int
    problems_only: bool


async def reports(context: Context, pages: list[ReportPage]) -> Sequence[list[RowView]]:
    async with context.db.acquire() as conn:
        return await stored.reports(
            conn,
            [page.import_id for page in pages],
            [page.after for page in pages],
            [page.limit for page in pages],
            [page.problems_only for page in pages],
        )


def problem(told: Told) -> Refusal:
    return Refusal(
        code=ProblemCode[told.code],
        message=told.message,
        field=told.field,
        minimum=told.minimum,
        limit=told.limit,
        unit=LimitUnit[told.unit] if told.unit else None,
        status=told.status,
    )


@strawberry.type(description="A row of a file.")
class ImportRow:
    row: int = strawberry.field(description="As spreadsheets count: the names of the columns are row 1.")
    sku: str = strawberry.field(description="The code in it.")
    outcome: RowOutcome = strawberry.field(description="In a dry run what would have become of it.")
    problems: list[Problem] = strawberry.field(
        description="`field` is the column's English name. Of a row that was not refused: why its goods are not for sale."
    )

    @classmethod
    def of(cls, row: RowView) -> Self:
        assert row.outcome is not None
        return cls(row=row.row, sku=row.sku, outcome=row.outcome, problems=[problem(each) for each in row.problems])


@strawberry.type(
    name="Import",
    description="A file of goods, counts or prices, sent to `/bulk/v1/imports`; for the merchant's people alone.",
)
class Import:
    id: strawberry.ID = strawberry.field(description="Begins with imp_; `import(id:)` finds it.")
    kind: ImportKind = strawberry.field(description="What its rows are.")
    status: ImportStatus = strawberry.field(description="How far it is.")
    dry_run: bool = strawberry.field(description="Whether it only tries: nothing is changed before it is confirmed.")
    rows: int = strawberry.field(
        description="Rows that it has, the names of the columns left out; 0 before it was read."
    )
    worked: int = strawberry.field(description="Of these those that were worked off.")
    created: int = strawberry.field(description="Rows that made a variant.")
    changed: int = strawberry.field(description="Rows that changed one.")
    unchanged: int = strawberry.field(description="Rows that said what was so already.")
    refused: int = strawberry.field(description="Rows that were refused.")
    ignored_columns: list[str] = strawberry.field(description="Columns that were not read: nobody knows their names.")
    problem: Problem | None = strawberry.field(description="Why all of it was refused, or went no further.")
    made_at: datetime = strawberry.field(description="When its first part came.")
    done_at: datetime | None = strawberry.field(description="When it ended.")
    report_path: str = strawberry.field(description="Beside the graph: the report as a file.")
    key: strawberry.Private[ImportId]

    @classmethod
    def of(cls, row: ImportView) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            key=row.id,
            kind=row.kind,
            status=row.status,
            dry_run=row.dry_run,
            rows=row.rows,
            worked=row.worked,
            created=row.created,
            changed=row.changed,
            unchanged=row.unchanged,
            refused=row.refused,
            ignored_columns=row.ignored,
            problem=problem(row.problem) if row.problem else None,
            made_at=row.made_at,
            done_at=row.done_at,
            report_path=f"/bulk/v1/imports/{row.id}/report.csv",
        )

    @classmethod
    async def find(cls, info: Info, key: ImportId) -> Self | None:
        async with info.context.db.acquire() as conn:
            found = await stored.imports(conn, info.context.caller, [key])
        return cls.of(found[key]) if key in found else None

    @strawberry.field(description="What became of its rows, in their order.", directives=[PAGED])
    async def report(
        self,
        info: Info,
        problems_only: Annotated[bool, strawberry.argument(description="Only rows with problems.")] = False,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[ImportRow]:
        page = Page(first, after, tuple[int])
        asked = ReportPage(self.key, page.after[0] if page.after else 0, page.limit, problems_only)
        rows = await info.context.load(reports, asked)
        return page.connection(rows, key=lambda row: (row.row,), node=ImportRow.of)


@strawberry.type
class Importing:
    """The fields of `Merchant` that this is about."""

    if TYPE_CHECKING:
        key: MerchantId

    @strawberry.field(
        description=f"Its files, the newest first; {KEPT} are kept. For its own people, else empty.", directives=[PAGED]
    )
    async def imports(self, info: Info, first: int | None = None, after: str | None = None) -> Connection[Import]:
        page = Page(first, after, tuple[datetime, UUID])
        rows = await info.context.load(imports_of_merchants, ImportPage(self.key, page.after, page.limit))
        return page.connection(rows, key=lambda row: (row.made_at, row.id.uuid), node=Import.of)


@strawberry.type
class BulkQueries:
    @strawberry.field(
        name="import", description="One file; null when there is none of a merchant that the caller is of."
    )
    async def import_(self, info: Info, id: strawberry.ID) -> Import | None:
        info.context.identity.require(Role.MERCHANT)
        return await Import.find(info, ImportId.parse(id))


@strawberry.type
class ConfirmImportPayload(Payload):
    import_: Import | None = strawberry.field(name="import", default=None)


@strawberry.type
class StopImportPayload(Payload):
    import_: Import | None = strawberry.field(name="import", default=None)


@strawberry.type
class BulkMutations:
    @refusable(
        description="Do what a dry run has tried, without sending its file again. It can be until another is sent. Again is no trouble."
    )
    async def confirm_import(self, info: Info, id: strawberry.ID) -> ConfirmImportPayload | None:
        info.context.identity.require(Role.MERCHANT)
        key = ImportId.parse(id)
        async with transaction(info.context.db) as conn:
            await commands.confirm(conn, info.context.caller, key)
        return ConfirmImportPayload(import_=await _import(info, key))

    @refusable(description="Work no more of it off. What was done stays. One that has ended is no trouble.")
    async def stop_import(self, info: Info, id: strawberry.ID) -> StopImportPayload | None:
        info.context.identity.require(Role.MERCHANT)
        key = ImportId.parse(id)
        async with transaction(info.context.db) as conn:
            await commands.stop(conn, info.context.caller, key)
        return StopImportPayload(import_=await _import(info, key))


async def _import(info: Info, key: ImportId) -> Import:
    """Raises NotFound: it went while it was being changed."""
    found = await Import.find(info, key)
    if found is None:
        raise NotFound
    return found
