"""A piece of a file of goods: new ones are made and others changed by the rules of the single mutations, a statement for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from services.catalog.commands import goods as single
from services.catalog.commands import needs
from services.catalog.commands.bulk_piece import Piece, Result, found, platforms
from services.catalog.domain import bulk, offering, product
from services.catalog.domain.bulk import (
    CellIsNoNumber,
    Column,
    RowIsMalformed,
    RowOutcome,
    SkuIsInvalid,
    SkuIsUnknown,
)
from services.catalog.domain.caller import Caller
from services.catalog.domain.offering import Described, Offered, Sold, Unit, UnitDoesNotFit, UnitIsUnknown
from services.catalog.domain.product import ProductAction, State
from services.catalog.domain.stock import Stock
from services.catalog.store import bulk_goods as stored
from services.catalog.store import goods, licences, reference, stock
from services.catalog.store import offering as units_of
from services.catalog.store import product_history as history
from services.catalog.store.bulk import RowView, Told
from services.catalog.store.bulk_goods import Added, Goods, Variant
from services.catalog.store.stock import Cause
from services.contracts.catalog import MerchantId, ProductId, ProductStatus, VariantId
from services.kit.database.db import Transaction
from services.kit.invalid import FieldInvalid, all_of, gathered
from services.kit.messaging import outbox

T = TypeVar("T")
Telling = Callable[[Exception], list[Told] | None]
"""How a refusal is told; None of what is none."""
_AT: Final = "row"
_COLUMN_OF: Final = {
    "name": Column.PRODUCT,
    "label": Column.VARIANT,
    "priceBasis": Column.PRICE_FOR,
    "gramPerUnit": Column.GRAM,
    "onHand": Column.OPENING,
    "originDesaCode": Column.ORIGIN,
    "keepsForS": Column.KEEPS,
}
_ACTIONS: Final = {ProductStatus.PUBLISHED: ProductAction.PUBLISH, ProductStatus.HIDDEN: ProductAction.HIDE}


@dataclass(slots=True)
class _Plan:
    """What is to be written of all rows together."""

    products: dict[ProductId, Described] = field(default_factory=dict)
    told: set[ProductId] = field(default_factory=set)
    worded: set[ProductId] = field(default_factory=set)
    changed: dict[ProductId, Described] = field(default_factory=dict)
    added: list[Added] = field(default_factory=list)
    variants: dict[VariantId, Offered] = field(default_factory=dict)
    prices: dict[VariantId, int] = field(default_factory=dict)
    moves: dict[ProductId, tuple[ProductAction, int]] = field(default_factory=dict)


async def apply(conn: Transaction, caller: Caller, piece: Piece, telling: Telling, *, by: str) -> dict[int, Result]:
    """Of each row what became of it. The merchant is locked."""
    await history.signed(conn, caller, by)
    await licences.hold_meanwhile(conn, piece.merchant_id)
    present = await found(conn, piece)
    wanted = {row.product for row in piece.rows if row.sku not in present}
    ours = {bulk.name_key(name): id_ for name, id_ in reversed(await stored.named(conn, piece.merchant_id))}
    names = {name: ours[name] for name in wanted & ours.keys()}
    held = await stored.lock_products(conn, sorted({*names.values(), *(each.product_id for each in present.values())}))
    present = await found(conn, piece)  # as they are now that their products are held
    kinds = await reference.categories(conn)
    rows = _Rows(
        piece=piece,
        present=present,
        names=names,
        goods=held,
        categories={each.name.casefold(): each.code for each in kinds} | {each.code: each.code for each in kinds},
        units=await units_of.units(conn),
        room=await units_of.count_products(conn, piece.merchant_id) + len(piece.planned.keys() - ours.keys()),
    )
    results: dict[int, Result] = {}
    for row in piece.rows:
        try:
            results[row.row] = Result(rows.decide(row))
        except (FieldInvalid, RowIsMalformed, product.ProductInState, *_FULL) as refused:
            results[row.row] = Result(RowOutcome.REFUSED, [refused])
        except ExceptionGroup as several:
            results[row.row] = Result(RowOutcome.REFUSED, several.exceptions)
    await _write(conn, piece.merchant_id, rows.plan, by=by)
    await _move(conn, caller, rows.plan, results, telling, by=by)
    return results


_FULL: Final = (offering.ProductsAreTooMany, offering.VariantsAreTooMany, product.PriceOutOfRange)


@dataclass(slots=True)
class _Rows:
    """What is known, as the rows before have left it."""

    piece: Piece
    present: dict[str, Variant]
    names: dict[str, ProductId]
    goods: dict[ProductId, Goods]
    categories: Mapping[str, str]
    units: Mapping[str, Unit]
    room: int
    plan: _Plan = field(default_factory=_Plan)

    def decide(self, row: RowView) -> RowOutcome:
        """A row that is refused leaves nothing in the plan."""
        cells = self.piece.cells(row)
        known = self.present.get(row.sku)
        return self._changed(row, cells, known) if known else self._created(row, cells)

    def _changed(self, row: RowView, cells: dict[Column, str], known: Variant) -> RowOutcome:
        goods = self.goods[known.product_id]
        found: list[FieldInvalid] = []
        described = gathered(found, lambda: self._described(cells, goods.described))
        offered = gathered(found, lambda: self._offered(cells, known))
        status = gathered(found, lambda: bulk.status_of(cells.get(Column.STATUS, "")))
        if found or described is None or offered is None:
            raise all_of(found)
        action = _action(status, goods.state)
        if action is not None:
            product.after(goods.state, action)
        sold, price = offered
        changed = described != goods.described
        if changed:
            self.goods[goods.id] = replace(goods, described=described)
            self.plan.changed[goods.id] = described
        if sold is not None:
            self.plan.variants[known.id] = sold
        if price is not None:
            self.plan.prices[known.id] = price
        if changed or sold is not None:
            self.plan.worded.add(goods.id)
        if changed or sold is not None or price is not None:
            self.plan.told.add(goods.id)
        if action is not None:
            self._moves(goods.id, action, row)
        whole = changed or sold is not None or price is not None or action is not None
        return RowOutcome.CHANGED if whole else RowOutcome.UNCHANGED

    def _created(self, row: RowView, cells: dict[Column, str]) -> RowOutcome:
        if platforms(row.sku):
            raise SkuIsUnknown(Column.SKU.value, "no goods of this merchant have this code")
        found: list[FieldInvalid] = []
        if not bulk.is_own(row.sku):
            found.append(SkuIsInvalid(Column.SKU.value, f"1 to {bulk.MAX_SKU_CHARACTERS} letters, digits and ._/-"))
        key = self.names.get(row.product)
        goods = self.goods[key] if key else None
        before = goods.described if goods else Described("", "", "", None, None)
        described = gathered(found, lambda: self._described(cells, before))
        offered = gathered(found, lambda: self._new(cells))
        status = gathered(found, lambda: bulk.status_of(cells.get(Column.STATUS, "")))
        if found or described is None or offered is None:
            raise all_of(found)
        action = _action(status, goods.state if goods else State.DRAFT)
        if action is not None:
            product.after(goods.state if goods else State.DRAFT, action)
        offering.check_variants((goods.variants if goods else 0) + self.piece.planned.get(row.product, 0) + 1)
        if goods is None:
            if row.product not in self.piece.planned:
                offering.check_products(self.room)
                self.room += 1
            goods = Goods(ProductId.new(), described, State.DRAFT, 0)
            self.names[row.product] = goods.id
            self.plan.products[goods.id] = described
        elif described != before:
            self.plan.changed[goods.id] = described
        self.goods[goods.id] = replace(goods, described=described, variants=goods.variants + 1)
        self.plan.added.append(Added(VariantId.new(), goods.id, row.sku, offered))
        self.plan.told.add(goods.id)
        self.plan.worded.add(goods.id)
        if action is not None:
            self._moves(goods.id, action, row)
        return RowOutcome.CREATED

    def _moves(self, key: ProductId, action: ProductAction, row: RowView) -> None:
        to = product.after(self.goods[key].state, action)
        self.goods[key] = replace(self.goods[key], state=to)
        self.plan.moves[key] = (action, row.row)

    def _described(self, cells: dict[Column, str], before: Described) -> Described:
        """Checked where it is another than before. Raises FieldInvalid or a group of it."""
        found: list[FieldInvalid] = []

        def text(column: Column, present: str | None) -> str | None:
            given = gathered(found, lambda: bulk.text_of(column, cells.get(column, "")))
            return present if given is None else given

        category = text(Column.CATEGORY, None)
        keeps = gathered(
            found, lambda: bulk.seconds_of(cells.get(Column.KEEPS, ""), self.piece.decimal, before.keeps_for_s)
        )
        given = Described(
            text(Column.PRODUCT, before.name) or "",
            text(Column.DESCRIPTION, before.description) or "",
            before.category if category is None else self.categories.get(category.casefold(), category),
            text(Column.ORIGIN, before.origin_desa_code),
            before.keeps_for_s if keeps is None else keeps,
        )
        if found:
            raise all_of(found)
        if given == before:
            return before
        return _in_columns(lambda: offering.described(given, list(self.categories.values()), at=_AT))

    def _sold(self, cells: dict[Column, str], unit: Unit, before: Sold) -> Sold:
        """Raises FieldInvalid or a group of it."""
        found: list[FieldInvalid] = []
        decimal = self.piece.decimal

        def base(column: Column, present: int | None) -> int | None:
            given = gathered(found, lambda: bulk.base_of(column, cells.get(column, ""), decimal, unit.base_per_unit))
            return present if given is None else given

        label = gathered(found, lambda: bulk.text_of(Column.VARIANT, cells.get(Column.VARIANT, "")))
        price = gathered(found, lambda: bulk.rupiah_of(Column.PRICE, cells.get(Column.PRICE, ""), decimal))
        gram = gathered(found, lambda: _whole(Column.GRAM, cells.get(Column.GRAM, ""), decimal))
        sold = Sold(
            label=label or before.label,
            unit=unit.code,
            step=base(Column.STEP, before.step),
            min=base(Column.MIN, before.min),
            price_rupiah=before.price_rupiah if price is None else price,
            price_basis=base(Column.PRICE_FOR, before.price_basis),
            gram_per_unit=before.gram_per_unit if gram is None else gram,
            on_hand=base(Column.OPENING, 0) or 0,
        )
        if found:
            raise all_of(found)
        for column, value in ((Column.STEP, sold.step), (Column.MIN, sold.min), (Column.PRICE_FOR, sold.price_basis)):
            if value is not None and value <= 0:
                raise CellIsNoNumber(column.value, "more than nothing")
        return sold

    def _offered(self, cells: dict[Column, str], known: Variant) -> tuple[Offered | None, int | None]:
        """What of it is another, and the new price. Raises FieldInvalid or a group of it."""
        unit = self._unit(cells, known.unit)
        if unit != known.unit:
            raise UnitDoesNotFit(Column.UNIT.value, "the unit stays: what was ordered counts in it")
        before = Sold(
            known.label,
            unit.code,
            known.step,
            known.min,
            known.price_rupiah,
            known.price_basis,
            known.gram_per_unit,
            0,
        )
        given = replace(self._sold({**cells, Column.OPENING: ""}, unit, before), on_hand=0)
        if given.price_basis != before.price_basis:
            raise UnitDoesNotFit(Column.PRICE_FOR.value, "what a price is for stays; only the price changes")
        if given.min == before.min and given.step and before.min and before.min % given.step:
            given = replace(given, min=given.step)
        price = None if given.price_rupiah == before.price_rupiah else product.price(given.price_rupiah)
        if replace(given, price_rupiah=before.price_rupiah) == before:
            return None, price
        return _in_columns(lambda: offering.offered(given, unit, at=_AT)), price

    def _new(self, cells: dict[Column, str]) -> Offered:
        unit = self._unit(cells, None)
        if unit is None:
            raise UnitIsUnknown(Column.UNIT.value, "goods that are new need a unit")
        usual = Sold(unit.label, unit.code, None, None, 0, None, None, 0)
        sold = self._sold(cells, unit, usual)
        return _in_columns(lambda: offering.offered(sold, unit, at=_AT))

    def _unit(self, cells: dict[Column, str], before: Unit | None) -> Unit | None:
        """By its code or what it is called. Raises UnitIsUnknown."""
        said = (bulk.text_of(Column.UNIT, cells.get(Column.UNIT, "")) or "").casefold()
        if not said:
            return before
        if before is not None and said in (before.code, before.label.casefold()):
            return before
        unit = self.units.get(said) or next(
            (each for each in self.units.values() if each.label.casefold() == said), None
        )
        if unit is None:
            raise UnitIsUnknown(Column.UNIT.value, "no sale unit has this code")
        return unit


def _whole(column: Column, cell: str, decimal: str) -> int | None:
    number = bulk.number_of(column, cell, decimal)
    if number is not None and number != number.to_integral_value():
        raise CellIsNoNumber(column.value, "whole grams")
    return None if number is None else int(number)


def _action(wanted: ProductStatus | None, present: State) -> ProductAction | None:
    """Raises CellInvalid for what nobody makes of goods that are something else."""
    if wanted is None or wanted is present.status:
        return None
    if wanted not in _ACTIONS:
        raise bulk.StatusIsUnknown(Column.STATUS.value, f"goods that are {present} do not become {wanted}")
    return _ACTIONS[wanted]


def _in_columns(check: Callable[[], T]) -> T:
    """What it refuses names the column."""
    found: list[FieldInvalid] = []
    made = gathered(found, check)
    if made is not None:
        return made
    for each in found:
        name = each.field.removeprefix(f"{_AT}.")
        each.field = _COLUMN_OF.get(name, name)
    raise all_of(found)


async def _write(conn: Transaction, merchant_id: MerchantId, plan: _Plan, *, by: str) -> None:
    """Only what there is something of: a statement costs its journey."""
    if plan.products:
        await stored.insert_products(conn, merchant_id, plan.products)
    if plan.changed:
        await stored.save_products(conn, plan.changed)
    if plan.variants:
        await stored.save_variants(conn, plan.variants)
    if plan.prices:
        await stored.save_prices(conn, plan.prices)
    levels = []
    if plan.added:
        await stored.insert_variants(conn, plan.added)
        counted = {each.id: Stock(each.offered.on_hand, 0) for each in plan.added if each.offered.on_hand}
        if counted:
            levels += await stock.save_items(conn, counted, Cause(stock.COUNTED, subject=by))
        levels += await stock.untold(conn, [each.id for each in plan.added])
    if plan.worded:
        await stored.write_words(conn, sorted(plan.worded))
    if plan.changed:
        # Another kind, name or keeping time may ask for a licence that is not there: what lacks one is blocked, and its owners are told.
        await needs.settle(conn, sorted(plan.changed))
    # Those that are moved too are told then, whole.
    told = sorted(plan.told - plan.moves.keys())
    await outbox.append(conn, *(await goods.product_states(conn, told) if told else ()), *levels)


async def _move(
    conn: Transaction, caller: Caller, plan: _Plan, results: dict[int, Result], telling: Telling, *, by: str
) -> None:
    """Up for sale and off it, one by one, by the command that asks what that needs. What may not stays as it is, and its row says why:
    a command decides before it writes."""
    for key, (action, row) in plan.moves.items():
        try:
            await single.move_product(conn, caller, key, action, by=by)
        except Exception as refused:
            if telling(refused) is None:
                raise
            if key in plan.told:
                await outbox.append(conn, *await goods.product_states(conn, [key]))
            outcome = results[row].outcome if key in plan.told else RowOutcome.REFUSED
            results[row] = Result(outcome, [refused])
