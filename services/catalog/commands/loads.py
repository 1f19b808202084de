"""Today's load of who sells by the day: said item by item, as it was the day before, or from a template of the merchant's own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from services.catalog.commands.stocking import Amount, end_tonight
from services.catalog.domain import stocking
from services.catalog.domain.caller import Caller, NotFound
from services.catalog.domain.ids import LoadTemplateId
from services.catalog.domain.stock import Stock, VariantIsUnknown
from services.catalog.domain.stocking import (
    ASSUMED,
    MAX_TEMPLATES,
    Lot,
    NothingToLoad,
    QuantityIsOutOfRange,
    StockMode,
    StockMovementCause,
    TemplatesAreTooMany,
)
from services.catalog.store import stock
from services.catalog.store import stocking as stored
from services.catalog.store.stock import Cause
from services.contracts.catalog import LevelChanged, MerchantId, VariantId
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.kit.invalid import FieldInvalid, all_of, gathered
from services.kit.messaging import outbox


async def set_today(
    conn: Transaction, caller: Caller, merchant_id: MerchantId, items: Sequence[Amount], *, by: str, key: str
) -> None:
    """So many of each for sale today, beside what is kept for orders; what is not named stays as it is. What is loaded is loaded by the
    day from then on. Raises NotFound, VariantIsUnknown, GoodsLieElsewhere, QuantityIsOutOfRange or a group."""
    claim = await idempotency.claim(
        conn, caller=by, mutation="setTodaysLoad", key=key, body=(str(merchant_id), list(items))
    )
    if claim.answer is not None:
        return
    await _check_own(conn, caller, merchant_id)
    lots = await stored.lock_of(conn, merchant_id, [each.variant_id for each in items])
    found: list[FieldInvalid] = []
    for n, item in enumerate(items):
        lot = lots.get(item.variant_id)
        if lot is None:
            found.append(VariantIsUnknown(f"items.{n}.variantId"))
        else:
            gathered(found, partial(stocking.loaded, lot, item.quantity, at=f"items.{n}.quantity"))
    if found:
        raise all_of(found)
    await _load(conn, merchant_id, lots, {each.variant_id: each.quantity for each in items}, by)
    await claim.store(conn, {"done": True})


async def load_as_before(conn: Transaction, caller: Caller, merchant_id: MerchantId, *, by: str, key: str) -> None:
    """As on the last day with a load; what was loaded today already stays, and what is not sold by the day any more. Raises NotFound or
    NothingToLoad."""
    claim = await idempotency.claim(conn, caller=by, mutation="loadAsYesterday", key=key, body=str(merchant_id))
    if claim.answer is not None:
        return
    await _check_own(conn, caller, merchant_id)
    _, before = await stored.loads(conn, merchant_id)
    if not before:
        raise NothingToLoad
    lots = await stored.lock_of(conn, merchant_id, list(before))
    today, _ = await stored.loads(conn, merchant_id)  # as they are now that the goods are held
    wanted = {
        variant_id: quantity
        for variant_id, quantity in before.items()
        if variant_id not in today and variant_id in lots and lots[variant_id].mode is StockMode.DAILY
    }
    await _load(conn, merchant_id, lots, _that_fit(lots, wanted), by)
    await claim.store(conn, {"done": True})


async def load_template(
    conn: Transaction, caller: Caller, merchant_id: MerchantId, template_id: LoadTemplateId, *, by: str, key: str
) -> None:
    """As `set_today` does with what the template holds; what lies in several places by now is left out. Raises NotFound."""
    claim = await idempotency.claim(
        conn, caller=by, mutation="loadFromTemplate", key=key, body=(str(merchant_id), str(template_id))
    )
    if claim.answer is not None:
        return
    await _check_own(conn, caller, merchant_id)
    wanted = await stored.template(conn, merchant_id, template_id)
    if wanted is None:
        raise NotFound
    lots = await stored.lock_of(conn, merchant_id, list(wanted))
    await _load(conn, merchant_id, lots, _that_fit(lots, wanted), by)
    await claim.store(conn, {"done": True})


def _that_fit(lots: dict[VariantId, Lot], wanted: dict[VariantId, int]) -> dict[VariantId, int]:
    def fits(variant_id: VariantId, quantity: int) -> bool:
        found: list[FieldInvalid] = []
        lot = lots.get(variant_id)
        return lot is not None and gathered(found, partial(stocking.loaded, lot, quantity, at="")) is not None

    return {variant_id: quantity for variant_id, quantity in wanted.items() if fits(variant_id, quantity)}


async def _load(
    conn: Transaction, merchant_id: MerchantId, lots: dict[VariantId, Lot], wanted: dict[VariantId, int], by: str
) -> None:
    if not wanted:
        return
    levels: dict[VariantId, LevelChanged] = {}
    other = {
        key: stocking.in_mode(lots[key], StockMode.DAILY, 0 if lots[key].mode is StockMode.UNTRACKED else None)
        for key in wanted
        if lots[key].mode is not StockMode.DAILY
    }
    if other:
        told = await stored.save_mode(conn, other, StockMode.DAILY, Cause(str(StockMovementCause.MODE), subject=by))
        levels |= {each.variant_id: each for each in told}
    loaded: dict[VariantId, Stock] = {
        key: stocking.loaded(lots[key], quantity, at="items") for key, quantity in wanted.items()
    }
    told = await stock.save_items(conn, loaded, Cause(str(StockMovementCause.LOADED), subject=by))
    levels |= {each.variant_id: each for each in told}
    await stock.remember(conn, dict.fromkeys(loaded))
    await stored.remember_load(conn, merchant_id, wanted)
    await outbox.append(conn, *(levels[key] for key in sorted(levels)))
    await end_tonight(conn, merchant_id)


async def save_template(
    conn: Transaction,
    caller: Caller,
    merchant_id: MerchantId,
    name: str,
    items: Sequence[Amount] | None,
    *,
    by: str,
) -> LoadTemplateId:
    """In place of the one of that name; of today's load if no items are said. Raises NotFound, NothingToLoad, TemplatesAreTooMany,
    VariantIsUnknown, QuantityIsOutOfRange or a group."""
    await _check_own(conn, caller, merchant_id)
    known = await stored.lock_templates(conn, merchant_id)
    if name not in known and len(known) >= MAX_TEMPLATES:
        raise TemplatesAreTooMany
    if items is None:
        wanted, _ = await stored.loads(conn, merchant_id)
        if not wanted:
            raise NothingToLoad
    else:
        own = await stored.own_variants(conn, merchant_id, [each.variant_id for each in items])
        found: list[FieldInvalid] = []
        for n, item in enumerate(items):
            if item.variant_id not in own:
                found.append(VariantIsUnknown(f"items.{n}.variantId"))
            elif not 1 <= item.quantity <= ASSUMED:
                found.append(QuantityIsOutOfRange(f"items.{n}.quantity", 1, ASSUMED))
        if found:
            raise all_of(found)
        wanted = {each.variant_id: each.quantity for each in items}
    made = known.get(name) or LoadTemplateId.new()
    await stored.save_template(conn, made, merchant_id, name, wanted, by)
    return made


async def drop_template(
    conn: Transaction, caller: Caller, merchant_id: MerchantId, template_id: LoadTemplateId
) -> None:
    """Raises NotFound."""
    await _check_own(conn, caller, merchant_id)
    if not await stored.drop_template(conn, merchant_id, template_id):
        raise NotFound


async def close_day(conn: Transaction, subject: UUID) -> None:
    """The time of a merchant's loads is up: what is left of them is told to be gone. Until then nobody could buy it either."""
    merchant_id = MerchantId(subject)
    levels, goes_on = await stored.close_day(conn, merchant_id)
    await outbox.append(conn, *levels)
    if goes_on:
        await end_tonight(conn, merchant_id)


async def _check_own(conn: Transaction, caller: Caller, merchant_id: MerchantId) -> None:
    """Raises NotFound."""
    if not await stored.is_of(conn, caller, merchant_id):
        raise NotFound
