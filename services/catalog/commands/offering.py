"""Merchants put goods up for sale, and say better what they are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from services.catalog.commands import details, needs
from services.catalog.domain import offering
from services.catalog.domain.caller import Caller, NotFound
from services.catalog.domain.details import Given
from services.catalog.domain.merchant import MerchantInState
from services.catalog.domain.offering import Changed, Described, Offered, Sold
from services.catalog.domain.product import State
from services.catalog.domain.stock import Stock
from services.catalog.store import goods, licences, members, reference, stock
from services.catalog.store import offering as stored
from services.catalog.store import product_history as history
from services.catalog.store.stock import Cause
from services.contracts.catalog import MerchantId, MerchantStatus, ProductId, VariantId
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.kit.invalid import FieldInvalid, all_of, gathered
from services.kit.messaging import outbox

CREATE: Final = "createProduct"
ADD: Final = "addVariant"


async def create(
    conn: Transaction,
    caller: Caller,
    merchant_id: MerchantId,
    given: Described,
    sold: Sequence[Sold],
    *,
    by: str,
    idempotency_key: str,
    more: Given | None = None,
) -> ProductId:
    """A draft. Raises NotFound, MerchantInState, ProductsAreTooMany, VariantsAreTooMany, OfferingInvalid, what `details.write` does, or a
    group of it."""
    body: tuple[object, ...] = (str(merchant_id), given, list(sold))
    claim = await idempotency.claim(
        conn, caller=by, mutation=CREATE, key=idempotency_key, body=(*body, _named(more)) if more else body
    )
    if claim.answer is not None:
        return ProductId.parse(claim.answer["product_id"])
    offering.check_variants(len(sold))
    status, there = await members.lock(conn, merchant_id)
    if status is None or not (caller.ops or any(each.subject == caller.member for each in there)):
        raise NotFound
    if status is MerchantStatus.CLOSED:
        raise MerchantInState(status)
    offering.check_products(await stored.count_products(conn, merchant_id))
    found: list[FieldInvalid] = []
    categories = [each.code for each in await reference.categories(conn)]
    said = gathered(found, lambda: offering.described(given, categories, at="input"))
    offered = await _offered(conn, sold, found, at="variants")
    if said is None or found:
        raise all_of(found)
    await history.signed(conn, caller, by)
    made = ProductId.new()
    await stored.insert_product(conn, made, merchant_id, said)
    if more:
        await details.write(conn, made, more, State.DRAFT, at="input")
    await _insert(conn, made, 0, offered, by=by)
    await claim.store(conn, {"product_id": str(made)})
    return made


async def add_variant(
    conn: Transaction, caller: Caller, product_id: ProductId, sold: Sold, *, by: str, idempotency_key: str
) -> ProductId:
    """Raises NotFound, VariantsAreTooMany, OfferingInvalid or a group of it."""
    claim = await idempotency.claim(conn, caller=by, mutation=ADD, key=idempotency_key, body=(str(product_id), sold))
    if claim.answer is not None:
        return product_id
    await history.signed(conn, caller, by)
    there = await stored.lock_variants(conn, caller, product_id)
    if there is None:
        raise NotFound
    offering.check_variants(there.offered + 1, there.all - there.offered)
    found: list[FieldInvalid] = []
    offered = await _offered(conn, [sold], found, at="variant")
    if found:
        raise all_of(found)
    await _insert(conn, product_id, there.all, offered, by=by)
    await claim.store(conn, {"product_id": str(product_id)})
    return product_id


async def describe(
    conn: Transaction, caller: Caller, product_id: ProductId, given: Described, *, by: str, more: Given | None = None
) -> None:
    """What is for sale stays what may be. Raises NotFound, OfferingInvalid, LicenceMissing, what `details.write` does, or a group of it.
    What is asked in another category alone goes."""
    await history.signed(conn, caller, by)
    await licences.hold_of_product(conn, product_id)
    state = await goods.lock_product(conn, caller, product_id)
    if state is None:
        raise NotFound
    categories = [each.code for each in await reference.categories(conn)]
    said = offering.described(given, categories, at="input")
    moved = await stored.save_product(conn, product_id, said)
    await details.write(conn, product_id, more or Given(), state, at="input", moved=moved)
    if state is State.PUBLISHED:
        await needs.check_may_be_sold(conn, product_id)
    await needs.settle(conn, [product_id])
    await stored.write_words(conn, product_id)
    await outbox.append(conn, *await goods.product_states(conn, [product_id]))


async def change_variant(conn: Transaction, caller: Caller, variant_id: VariantId, given: Changed, *, by: str) -> None:
    """Raises NotFound, OfferingInvalid or a group of it."""
    await history.signed(conn, caller, by)
    product_id = await stored.lock_product_of(conn, caller, variant_id)
    if product_id is None:
        raise NotFound
    present = await stored.sold(conn, variant_id)
    unit = (await stored.units(conn))[present.unit]
    await stored.save_variant(conn, variant_id, offering.offered(offering.changed(present, given), unit, at="input"))
    await stored.write_words(conn, product_id)
    await outbox.append(conn, *await goods.product_states(conn, [product_id]))


def _named(more: Given) -> tuple[object, ...]:
    """What was said, in an order that is always the same."""
    said = (more.harvested_on, more.origin_group, more.region_mark, more.commodity, list(more.attributes))
    return (*said, sorted(more.named))


async def _offered(
    conn: Transaction, sold: Sequence[Sold], found: list[FieldInvalid], *, at: str
) -> list[tuple[VariantId, Offered]]:
    """Those that may be; what is wrong with the others is added to what was found."""
    units = await stored.units(conn)
    made = []
    for place, each in enumerate(sold):
        where = f"{at}.{place}" if at == "variants" else at
        one = gathered(found, partial(offering.offered, each, units.get(each.unit), at=where))
        if one is not None:
            made.append((VariantId.new(), one))
    return made


async def _insert(
    conn: Transaction, product_id: ProductId, begin: int, offered: list[tuple[VariantId, Offered]], *, by: str
) -> None:
    await stored.insert_variants(conn, product_id, begin, offered)
    await stored.write_words(conn, product_id)
    counted = {id_: Stock(each.on_hand, 0) for id_, each in offered if each.on_hand}
    levels = await stock.save_items(conn, counted, Cause(stock.COUNTED, subject=by)) if counted else []
    levels += await stock.untold(conn, [id_ for id_, _ in offered])
    await outbox.append(conn, *await goods.product_states(conn, [product_id]), *levels)
