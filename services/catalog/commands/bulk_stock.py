"""A piece of a file of counts or of prices."""

from __future__ import annotations

from functools import partial

from services.catalog.commands.bulk_piece import Piece, Result, found
from services.catalog.domain import bulk, product
from services.catalog.domain.bulk import CellIsNoNumber, Column, RowIsMalformed, RowOutcome, SkuIsUnknown
from services.catalog.domain.caller import Caller
from services.catalog.domain.offering import NumberIsOutOfRange
from services.catalog.domain.product import PriceOutOfRange
from services.catalog.domain.stock import MAX_ON_HAND, Stock, StockOutOfRange, counted
from services.catalog.store import bulk_goods as stored
from services.catalog.store import goods, stock
from services.catalog.store import product_history as history
from services.catalog.store.bulk import RowView
from services.catalog.store.bulk_goods import Variant
from services.catalog.store.stock import Cause
from services.contracts.catalog import VariantId
from services.contracts.problems import LimitUnit
from services.kit.database.db import Transaction
from services.kit.invalid import FieldInvalid
from services.kit.messaging import outbox

_REFUSALS = (FieldInvalid, RowIsMalformed, PriceOutOfRange)


async def count(conn: Transaction, caller: Caller, piece: Piece, *, by: str) -> dict[int, Result]:
    """All that lies there, as it was counted, what is kept for orders included."""
    await history.signed(conn, caller, by)
    known = await found(conn, piece)
    present = await stock.lock_own_items(conn, caller, sorted(each.id for each in known.values()))
    results: dict[int, Result] = {}
    after: dict[VariantId, Stock] = {}
    said: dict[VariantId, None] = {}
    for row in piece.rows:
        try:
            variant = _variant(piece, row, known)
            cell = piece.cells(row)[Column.STOCK]
            base = bulk.base_of(Column.STOCK, cell, piece.decimal, variant.unit.base_per_unit)
            there = present[variant.id].stock
            if base is None:
                results[row.row] = Result(RowOutcome.UNCHANGED)
                continue
            to = _counted(there, base)
        except _REFUSALS as refused:
            results[row.row] = Result(RowOutcome.REFUSED, [refused])
            continue
        if present[variant.id].before_sold_out is not None:
            said[variant.id] = None
        if to != there:
            after[variant.id] = to
        results[row.row] = Result(RowOutcome.CHANGED if to != there else RowOutcome.UNCHANGED)
    if after:
        await outbox.append(conn, *await stock.save_items(conn, after, Cause(stock.COUNTED, subject=by)))
    if said:
        await stock.remember(conn, said)
    return results


async def price(conn: Transaction, caller: Caller, piece: Piece, *, by: str) -> dict[int, Result]:
    await history.signed(conn, caller, by)
    known = await found(conn, piece)
    await stored.lock_products(conn, sorted({each.product_id for each in known.values()}))
    known = await found(conn, piece)  # as they are now that their products are held
    results: dict[int, Result] = {}
    prices: dict[VariantId, int] = {}
    for row in piece.rows:
        try:
            variant = _variant(piece, row, known)
            given = bulk.rupiah_of(Column.PRICE, piece.cells(row)[Column.PRICE], piece.decimal)
            to = variant.price_rupiah if given is None else product.price(given)
            _check_basis(piece, row, variant)
        except _REFUSALS as refused:
            results[row.row] = Result(RowOutcome.REFUSED, [refused])
            continue
        if to != variant.price_rupiah:
            prices[variant.id] = to
        results[row.row] = Result(RowOutcome.CHANGED if variant.id in prices else RowOutcome.UNCHANGED)
    if prices:
        await stored.save_prices(conn, prices)
        told = {each.product_id for each in known.values() if each.id in prices}
        await outbox.append(conn, *await goods.product_states(conn, sorted(told)))
    return results


def _variant(piece: Piece, row: RowView, known: dict[str, Variant]) -> Variant:
    """Raises RowIsMalformed, RowIsDouble, SkuIsUnknown."""
    piece.cells(row)
    variant = known.get(row.sku)
    if variant is None:
        raise SkuIsUnknown(Column.SKU.value, "no goods of this merchant have this code")
    return variant


def _counted(there: Stock, base: int) -> Stock:
    """Raises NumberIsOutOfRange."""
    try:
        return counted(there, base)
    except StockOutOfRange as no:
        raise NumberIsOutOfRange(Column.STOCK.value, no.minimum, MAX_ON_HAND, LimitUnit.BASE_UNIT) from no


def _check_basis(piece: Piece, row: RowView, variant: Variant) -> None:
    """A price for 100 g is not taken for one of a kilogram. Raises CellIsNoNumber."""
    read = partial(bulk.base_of, Column.PRICE_FOR, decimal=piece.decimal, base_per_unit=variant.unit.base_per_unit)
    basis = read(cell=piece.cells(row).get(Column.PRICE_FOR, ""))
    if basis not in (None, variant.price_basis):
        raise CellIsNoNumber(Column.PRICE_FOR.value, "what a price is for stays; only the price changes")
