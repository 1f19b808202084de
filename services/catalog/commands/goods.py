"""What merchants and operators change: stock, prices, the states of products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from services.catalog.commands import details
from services.catalog.commands.needs import check_may_be_sold
from services.catalog.domain import product, weighing
from services.catalog.domain.caller import Caller, NotFound
from services.catalog.domain.offering import LastVariant, check_variants
from services.catalog.domain.product import ProductAction, State
from services.catalog.domain.stock import Stock, VariantIsUnknown, counted, sold_out, there_again
from services.catalog.domain.stocking import ModeForbids, StockMode
from services.catalog.store import goods, licences, needs, stock
from services.catalog.store import offering as offered
from services.catalog.store import product_history as history
from services.catalog.store.stock import Cause, OwnItem
from services.contracts.catalog import ProductId, VariantId
from services.kit.database.db import Transaction
from services.kit.invalid import FieldInvalid, all_of, gathered
from services.kit.messaging import outbox


async def set_stock(conn: Transaction, caller: Caller, variant_id: VariantId, on_hand: int, *, by: str) -> None:
    """`on_hand` is all that lies there. Raises NotFound, ModeForbids or StockOutOfRange. Told is as much as others need to know."""
    await history.signed(conn, caller, by)
    item = await stock.lock_item(conn, caller, variant_id)
    if item is None:
        raise NotFound
    if item.mode is StockMode.UNTRACKED:
        raise ModeForbids("variantId", item.mode)
    present = item.stock
    to = counted(present, on_hand)
    if to != present:
        levels = await stock.save_items(conn, {variant_id: to}, Cause(stock.COUNTED, subject=by))
        await outbox.append(conn, *levels)
    await stock.remember(conn, {variant_id: None})


@dataclass(frozen=True, slots=True)
class Marked:
    """`sold_out` or there again: so many `available`, or as many as before."""

    variant_id: VariantId
    sold_out: bool
    available: int | None


async def mark_sold_out(conn: Transaction, caller: Caller, marks: Sequence[Marked], *, by: str) -> None:
    """All of it or nothing; each variant once. What is kept for orders stays theirs. Raises VariantIsUnknown, CountIsNeeded or a group."""
    await history.signed(conn, caller, by)
    present = await stock.lock_own_items(conn, caller, [mark.variant_id for mark in marks])
    found: list[FieldInvalid] = []
    after: dict[VariantId, Stock] = {}
    before: dict[VariantId, int | None] = {}
    for place, mark in enumerate(marks):
        there = present.get(mark.variant_id)
        if there is None:
            found.append(VariantIsUnknown(f"changes.{place}.variantId"))
        elif mark.sold_out:
            after[mark.variant_id] = sold_out(there.stock)
            before[mark.variant_id] = there.stock.available or there.before_sold_out
        else:
            again = gathered(found, partial(_again, there, mark.available, at=f"changes.{place}.available"))
            if again is not None:
                after[mark.variant_id], before[mark.variant_id] = again, None
    if found:
        raise all_of(found)
    await stock.remember(conn, {key: kept for key, kept in before.items() if kept != present[key].before_sold_out})
    if changed := {key: to for key, to in after.items() if to != present[key].stock}:
        await outbox.append(conn, *await stock.save_items(conn, changed, Cause(stock.COUNTED, subject=by)))


def _again(there: OwnItem, available: int | None, *, at: str) -> Stock:
    return there_again(there.stock, available, there.before_sold_out, at=at)


async def change_price(conn: Transaction, caller: Caller, variant_id: VariantId, price_rupiah: int, *, by: str) -> None:
    """Raises NotFound or PriceOutOfRange. Of what is weighed it is the price of its weight."""
    await history.signed(conn, caller, by)
    present = await goods.lock_product_of(conn, caller, variant_id)
    if present is None:
        raise NotFound
    to = product.price(price_rupiah)
    if to == present.price_rupiah:
        return
    piece = None
    if present.weighed:
        piece = product.price(weighing.estimate(to, present.basis, present.nominal_gram))
    await goods.save_price(conn, variant_id, to, piece)
    await outbox.append(conn, *await goods.product_states(conn, [present.product_id]))


async def move_product(
    conn: Transaction, caller: Caller, product_id: ProductId, action: ProductAction, *, by: str
) -> None:
    """What is blocked for a licence its merchant may still hide. Raises NotFound, ProductInState, AttributeIsMissing, LicenceMissing or a
    group of them."""
    await history.signed(conn, caller, by)
    await licences.hold_of_product(conn, product_id)
    present = await goods.lock_product(conn, caller, product_id)
    if present is None:
        raise NotFound
    was = await needs.blocked(conn, product_id) if present is State.BLOCKED else None
    to = product.after(State(was) if was else present, action)
    if to is State.PUBLISHED:
        await details.check_published(conn, product_id)
        await check_may_be_sold(conn, product_id)
    if to is present:
        return
    if was:
        await needs.unblock(conn, {product_id: to.status})
    await goods.save_product_status(conn, product_id, to)
    await outbox.append(conn, *await goods.product_states(conn, [product_id]))


async def retire_variant(conn: Transaction, caller: Caller, variant_id: VariantId, *, gone: bool, by: str) -> None:
    """Out of the sale, or back in it; orders keep theirs. Raises NotFound, VariantsAreTooMany, LastVariant of what is for sale."""
    await history.signed(conn, caller, by)
    product_id = await offered.lock_product_of(conn, caller, variant_id)
    if product_id is None:
        raise NotFound
    if gone is await offered.is_retired(conn, variant_id):
        return
    there = await offered.lock_variants(conn, caller, product_id)
    if there is None:
        raise NotFound
    if gone and there.offered == 1:
        raise LastVariant
    if not gone:
        check_variants(there.offered + 1)
    await offered.retire(conn, variant_id, gone=gone)
    await offered.write_words(conn, product_id)
    await outbox.append(conn, *await goods.product_states(conn, [product_id]))
