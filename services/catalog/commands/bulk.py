"""Files of goods, counts and prices: they come in parts, are read into rows, and are worked off some rows at a time, in turn with others'.

Each piece is one transaction with how far it has come, so that a process that ends in the middle goes on where it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from services.catalog.commands import bulk_goods, bulk_stock
from services.catalog.commands.bulk_goods import Telling
from services.catalog.commands.bulk_piece import Piece, Result
from services.catalog.domain import bulk, sheet
from services.catalog.domain.bulk import (
    ColumnIsMissing,
    ImportInState,
    ImportKind,
    ImportStatus,
    ImportUnderWay,
    Layout,
    PartIsNone,
)
from services.catalog.domain.caller import Caller, NotFound
from services.catalog.domain.ids import ImportId
from services.catalog.domain.merchant import UNTOLD, MerchantInState
from services.catalog.domain.sheet import SheetInvalid, SheetTooLarge
from services.catalog.store import bulk as stored
from services.catalog.store import bulk_goods as rows_of
from services.catalog.store import members
from services.catalog.store.bulk import ImportView, RowView, Told
from services.contracts.catalog import MerchantId, MerchantStatus
from services.contracts.problems import ProblemCode
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency

BEGIN: Final = "import"
PIECE: Final = 200
"""Rows of one transaction: about a tenth of a second, for which what it touches is held."""
_BATCH: Final = 1_000
MAX_ATTEMPTS: Final = 5


class PieceFailed(Exception):
    """Not by a rule: nothing of the piece is done. The cause says why."""

    def __init__(self, id_: ImportId) -> None:
        super().__init__(str(id_))
        self.id = id_


async def begin(
    conn: Transaction,
    caller: Caller,
    merchant_id: MerchantId,
    kind: ImportKind,
    first: bytes,
    *,
    parts: int,
    dry_run: bool,
    by: str,
    idempotency_key: str,
) -> ImportId:
    """With the first part, which may be the whole. One whose parts never came is given up for it. Raises NotFound, MerchantInState,
    ImportUnderWay."""
    body = (str(merchant_id), kind, parts, dry_run, hashlib.sha256(first).hexdigest())
    claim = await idempotency.claim(conn, caller=by, mutation=BEGIN, key=idempotency_key, body=body)
    if claim.answer is not None:
        return ImportId.parse(claim.answer["import_id"])
    status, there = await members.lock(conn, merchant_id)
    if status is None or not any(each.subject == caller.member for each in there):
        raise NotFound
    _check_sells(status)
    before = await stored.unfinished(conn, merchant_id)
    if before is not None:
        if before.status is not ImportStatus.UPLOADING:
            raise ImportUnderWay
        await stored.move(conn, before.id, ImportStatus.STOPPED)
    await stored.forget(conn, merchant_id)
    made = ImportId.new()
    await stored.insert(conn, made, merchant_id, kind, dry_run=dry_run, parts=parts, by=by)
    await stored.put_part(conn, made, 1, first)
    if parts == 1:
        await stored.move(conn, made, ImportStatus.WAITING)
    await claim.store(conn, {"import_id": str(made)})
    return made


async def put_part(conn: Transaction, caller: Caller, id_: ImportId, part: int, content: bytes) -> None:
    """In any order; again is no trouble. With the last that was missing it begins. Raises NotFound, PartIsNone."""
    found = await _held(conn, caller, id_)
    if not 1 <= part <= found.parts:
        raise PartIsNone
    if found.status is not ImportStatus.UPLOADING:
        return  # it was sent again: all were there
    if not await stored.put_part(conn, id_, part, content):
        raise PartIsNone
    if await stored.count_parts(conn, id_) == found.parts:
        await stored.move(conn, id_, ImportStatus.WAITING)


async def confirm(conn: Transaction, caller: Caller, id_: ImportId) -> None:
    """What a dry run has shown is done. Again is no trouble. Raises NotFound, ImportInState, ImportUnderWay."""
    found = await _held(conn, caller, id_)
    if not found.dry_run:
        return
    if found.status is not ImportStatus.DONE:
        raise ImportInState(found.status)
    if await stored.unfinished(conn, found.merchant_id) is not None:
        raise ImportUnderWay
    if not await stored.is_kept(conn, id_):
        raise ImportInState(found.status)
    await stored.start_again(conn, id_)


async def stop(conn: Transaction, caller: Caller, id_: ImportId) -> None:
    """What was done stays. One that has ended is no trouble. Raises NotFound."""
    found = await _held(conn, caller, id_)
    if found.status in bulk.OPEN:
        await stored.move(conn, id_, ImportStatus.STOPPED)


async def work(conn: Transaction, telling: Telling) -> ImportId | None:
    """A piece of the import whose turn it is: its file is read, or some rows are worked off. None when nothing waits. Raises
    PieceFailed."""
    found = await stored.next_in_turn(conn)
    if found is None:
        return None
    try:
        await _work(conn, found, telling)
    except Exception as error:
        raise PieceFailed(found.id) from error
    return found.id


async def _work(conn: Transaction, found: ImportView, telling: Telling) -> None:
    caller = Caller(member=found.subject)
    status, there = await members.lock(conn, found.merchant_id)
    if status is None or not any(each.subject == found.subject for each in there):
        await stored.move(conn, found.id, ImportStatus.STOPPED)  # who sent it is not of the merchant any more
        return
    try:
        _check_sells(status)
        if found.status is ImportStatus.WAITING:
            await _read(conn, found)
            return
    except (SheetInvalid, SheetTooLarge, ColumnIsMissing, MerchantInState) as refused:
        (told,) = _told([refused], telling)
        ended = ImportStatus.REFUSED if found.status is ImportStatus.WAITING else ImportStatus.STOPPED
        await stored.move(conn, found.id, ended, told)
        return
    rows = await stored.rows_after(conn, found.id, found.position, PIECE)
    if rows:
        results = await _worked(conn, caller, found, rows, telling)
        outcomes = {row: (each.outcome, _told(each.refusals, telling)) for row, each in results.items()}
        await stored.save_outcomes(conn, found.id, outcomes)
    if len(rows) < PIECE:
        await stored.move(conn, found.id, ImportStatus.DONE)


async def give_up(conn: Transaction, id_: ImportId) -> bool:
    """After a fault of ours; whether it was the last try."""
    if await stored.failed(conn, id_) < MAX_ATTEMPTS:
        return False
    why = Told(code=ProblemCode.TRY_LATER, message="a fault of ours; send the file again later")
    await stored.move(conn, id_, ImportStatus.STOPPED, why)
    return True


async def later(conn: Transaction, id_: ImportId) -> None:
    """Behind the others: what it needs was not to be had now."""
    await stored.wait(conn, id_)


async def _held(conn: Transaction, caller: Caller, id_: ImportId) -> ImportView:
    """The merchant first, as all that works on its goods holds it. Raises NotFound."""
    merchant_id = await stored.merchant_of(conn, caller, id_)
    if merchant_id is None:
        raise NotFound
    await members.lock(conn, merchant_id)
    found = await stored.lock(conn, caller, id_)
    if found is None:
        raise NotFound
    return found


def _check_sells(status: MerchantStatus) -> None:
    """An officer has looked at it, and it is not closed. Raises MerchantInState."""
    if status in UNTOLD or status is MerchantStatus.CLOSED:
        raise MerchantInState(status)


async def _read(conn: Transaction, found: ImportView) -> None:
    """Raises SheetInvalid, SheetTooLarge, ColumnIsMissing; then nothing of it is kept."""
    await rows_of.savepoint(conn)
    try:
        opened = sheet.opened(await stored.content(conn, found.id), bulk.column_of)
        layout = Layout.of(opened, found.kind)
        columns = list(layout.places)
        seen: dict[str, int] = {}
        batch: list[RowView] = []
        count = 0
        for number, cells in opened.rows:
            batch.append(_row(number, layout.picked(cells), columns, seen))
            count += 1
            if len(batch) == _BATCH:
                await stored.insert_rows(conn, found.id, batch)
                batch.clear()
        await stored.insert_rows(conn, found.id, batch)
    except (SheetInvalid, SheetTooLarge, ColumnIsMissing):
        await rows_of.undo(conn)
        raise
    await rows_of.keep(conn)
    named = [each.value for each in columns]
    await stored.save_layout(conn, found.id, named, layout.ignored[:20], opened.written.decimal, count)


def _row(number: int, cells: list[str] | None, columns: list[bulk.Column], seen: dict[str, int]) -> RowView:
    if cells is None:
        return RowView(row=number, sku="")
    given = dict(zip(columns, cells, strict=True))
    sku = bulk.unmarked(given[bulk.Column.SKU].strip())[:200]
    twin = seen.setdefault(sku, number) if sku else number
    product = bulk.name_key(bulk.unmarked(given.get(bulk.Column.PRODUCT, "").strip()))[:200]
    return RowView(row=number, sku=sku, product=product, twin=None if twin == number else twin, cells=cells)


async def _worked(
    conn: Transaction, caller: Caller, found: ImportView, rows: Sequence[RowView], telling: Telling
) -> dict[int, Result]:
    """A dry run does all of it, and takes it back."""
    planned = await stored.created_before(conn, found.id, found.position) if found.dry_run else {}
    piece = Piece(found.merchant_id, found.columns, found.decimal, rows, planned)
    if found.dry_run:
        await rows_of.savepoint(conn)
    match found.kind:
        case ImportKind.GOODS:
            results = await bulk_goods.apply(conn, caller, piece, telling, by=found.subject)
        case ImportKind.STOCK:
            results = await bulk_stock.count(conn, caller, piece, by=found.subject)
        case ImportKind.PRICES:
            results = await bulk_stock.price(conn, caller, piece, by=found.subject)
    if found.dry_run:
        await rows_of.undo(conn)
    return results


def _told(refusals: Sequence[Exception], telling: Telling) -> list[Told]:
    """Raises what is no refusal of a rule."""
    found: list[Told] = []
    for each in refusals:
        told = telling(each)
        if told is None:
            raise each
        found += told
    return found
