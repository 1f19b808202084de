"""Goods of an order that are packed otherwise than they were ordered: what is left out is for sale again, what replaces it no longer."""

from __future__ import annotations

from services.catalog.commands.reservations import of_another_day
from services.catalog.domain.packed import OVER, Bagged, difference, news
from services.catalog.domain.stock import Place, Stock
from services.catalog.domain.stocking import StockMovementCause
from services.catalog.store import packed, stock
from services.catalog.store.stock import Cause
from services.contracts.catalog import LevelChanged, VariantId
from services.contracts.packing import LinesChanged
from services.kit.database.db import Transaction
from services.kit.messaging import outbox
from services.kit.messaging.handlers import Inapplicable


async def follow(conn: Transaction, event: LinesChanged) -> None:
    """The reservation's lines become what is packed, wherever its goods are by now, so that whatever ends the order moves that.

    Raises Inapplicable of an order that was never heard of, and of goods that are not the merchant's who packs.
    """
    found = await stock.lock_reservation(conn, str(event.order_id))
    if found is None:
        raise Inapplicable(f"{event.order_id} was never placed")
    place = found.standing.goods
    if found.standing.state in OVER and place is not Place.GONE:
        return
    bags = await packed.bagged(conn, found.id)
    heard = await packed.last_heard(conn, found.id)
    lines = news(event.lines, event.changed_at, heard, bags)
    if not lines:
        return
    more = difference(lines)
    named = {line.variant_id for line in lines} | {
        line.replaced_by_variant_id for line in lines if line.replaced_by_variant_id
    }
    items = await stock.lock_items(conn, sorted(named))
    for variant_id in sorted(named):
        if variant_id not in items or items[variant_id].merchant_id != event.merchant_id:
            raise Inapplicable(f"{variant_id} is not of {event.merchant_id}")

    given: dict[VariantId, Stock] = {}
    back: dict[VariantId, int] = {}
    taken: dict[VariantId, Stock] = {}
    after: dict[VariantId, Bagged] = {}
    for variant_id, quantity in more.items():
        was, there = bags.get(variant_id, Bagged()), items[variant_id].stock
        if quantity < 0:
            after[variant_id] = was.less(-quantity)
            back[variant_id] = was.quantity - after[variant_id].quantity
            given[variant_id] = there.moved(back[variant_id], place, Place.FOR_SALE)
        else:
            after[variant_id] = was.more(quantity, there.available)
            taken[variant_id] = there.moved(after[variant_id].quantity - was.quantity, Place.FOR_SALE, place)
    await packed.hear(conn, found.id, event.merchant_id, [line.line_id for line in lines], event.changed_at)
    await packed.save(conn, found.id, after)
    if place is Place.FOR_SALE:
        return  # the hold had ended: a late confirmation takes what is packed
    levels: list[LevelChanged] = []
    order_id = found.order_id
    if back := {variant_id: quantity for variant_id, quantity in back.items() if quantity}:
        why = Cause(str(StockMovementCause.LEFT_OUT), order_id=order_id)
        levels = await stock.save_items(conn, {each: given[each] for each in back}, why)
        levels = await of_another_day(conn, found, back, items, levels)
    if taken:
        levels += await stock.save_items(conn, taken, Cause(str(StockMovementCause.REPLACED), order_id=order_id))
    await outbox.append(conn, *levels)
