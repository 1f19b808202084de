"""Usual goods: operators enter them, and a seller makes of many of them goods of her own at once, each with a price."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.catalog.commands import goods, offering
from services.catalog.commands.bulk_goods import Telling
from services.catalog.domain import templates
from services.catalog.domain.caller import Caller, NotFound
from services.catalog.domain.merchant import MerchantInState
from services.catalog.domain.offering import UnitIsUnknown
from services.catalog.domain.product import ProductAction
from services.catalog.domain.templates import Template, TemplateIsUnknown, TemplatesAreTooMany, Wanted
from services.catalog.store import licences, members, reading, reference
from services.catalog.store import offering as units_of
from services.catalog.store import templates as stored
from services.catalog.store.bulk import Told
from services.contracts.catalog import MerchantId, MerchantStatus, ProductId, ProductStatus, VariantId
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency

COPY: Final = "copyTemplateGoods"


async def save(conn: Transaction, given: Template, *, by: str) -> Template:
    """As it is kept. Saying it again changes nothing. Raises OfferingInvalid or a group of it, TemplatesAreTooMany."""
    kinds = [each.code for each in await reference.categories(conn)]
    kept = templates.checked(given, kinds, await units_of.units(conn), at="input")
    await stored.lock(conn)
    known = (await stored.by_codes(conn, [kept.code])).get(kept.code)
    if known is None and await stored.count(conn) >= templates.MAX_TEMPLATES:
        raise TemplatesAreTooMany
    if known != kept:
        await stored.save(conn, kept, by=by)
    return kept


async def remove(conn: Transaction, code: str, *, by: str) -> None:
    """What was copied stays. One that is not there is no trouble."""
    await stored.remove(conn, code, by=by)


@dataclass(frozen=True, slots=True)
class Copied:
    """`product_id` is None of what was not made; with it, what was not done of the rest: it may be a draft still."""

    code: str
    product_id: ProductId | None
    problems: Sequence[Told]


async def copy(
    conn: Transaction,
    caller: Caller,
    merchant_id: MerchantId,
    items: Sequence[Wanted],
    telling: Telling,
    *,
    by: str,
    idempotency_key: str,
) -> list[Copied]:
    """Each for itself, in the order asked. What the merchant has copied before in this unit gets the price and the quantity. Raises
    NotFound, MerchantInState."""
    claim = await idempotency.claim(
        conn, caller=by, mutation=COPY, key=idempotency_key, body=(str(merchant_id), list(items))
    )
    if claim.answer is not None:
        return [_read(each) for each in claim.answer]
    status, there = await members.lock(conn, merchant_id)
    if status is None or not any(each.subject == caller.member for each in there):
        raise NotFound
    if status is MerchantStatus.CLOSED:
        raise MerchantInState(status)
    await licences.hold_meanwhile(conn, merchant_id)
    known = await stored.by_codes(conn, [each.code for each in items])
    units = await units_of.units(conn)
    before = await stored.copies(conn, merchant_id, list(known))
    results: list[Copied] = []
    for place, wanted in enumerate(items):
        at = f"items.{place}"
        product_id, problems = None, []
        try:
            template = known.get(wanted.code)
            if template is None:
                raise TemplateIsUnknown(f"{at}.code", "no usual goods have this code")
            unit = wanted.unit or template.unit
            if unit not in units:
                raise UnitIsUnknown(f"{at}.unit", "no sale unit has this code")
            variant_id = before.get((template.code, unit))
            if variant_id is None:
                key = hashlib.sha256(f"{idempotency_key}/{place}".encode()).hexdigest()
                product_id = await _made(conn, caller, merchant_id, template, wanted, by=by, key=key)
                variant_id = (await reading.variants_of_products(conn, caller, [product_id]))[0].id
                await stored.copied(conn, merchant_id, template.code, unit, variant_id)
                before[template.code, unit] = variant_id
            else:
                product_id = (await reading.variants(conn, caller, [variant_id]))[variant_id].product_id
                await _again(conn, caller, variant_id, wanted, by=by)
            if (await reading.products(conn, caller, [product_id]))[product_id].status is not ProductStatus.PUBLISHED:
                await goods.move_product(conn, caller, product_id, ProductAction.PUBLISH, by=by)
        except Exception as refused:
            # A command decides before it writes: what was refused has left nothing.
            told = telling(refused)
            if told is None:
                raise
            problems = [_placed(each, at) for each in told]
        results.append(Copied(wanted.code, product_id, problems))
    await claim.store(conn, [_kept(each) for each in results])
    return results


async def _made(
    conn: Transaction, caller: Caller, merchant_id: MerchantId, template: Template, wanted: Wanted, *, by: str, key: str
) -> ProductId:
    sold = template.sold(wanted.unit, wanted.price_rupiah, wanted.quantity or 0)
    if wanted.gram_per_unit is not None:
        sold = replace(sold, gram_per_unit=wanted.gram_per_unit)
    return await offering.create(conn, caller, merchant_id, template.described, [sold], by=by, idempotency_key=key)


async def _again(conn: Transaction, caller: Caller, variant_id: VariantId, wanted: Wanted, *, by: str) -> None:
    await goods.change_price(conn, caller, variant_id, wanted.price_rupiah, by=by)
    if wanted.quantity is not None:
        await goods.set_stock(conn, caller, variant_id, wanted.quantity, by=by)


_FIELDS: Final = {"onHand": "quantity", "id": "code"}


def _placed(told: Told, at: str) -> Told:
    """What a single mutation names as `variants.0.price` is this item's."""
    name = (told.field or "").rpartition(".")[2]
    field = told.field if (told.field or "").startswith(at) else f"{at}.{_FIELDS.get(name, name)}" if name else at
    return Told(
        code=told.code,
        message=told.message,
        field=field,
        minimum=told.minimum,
        limit=told.limit,
        unit=told.unit,
        status=told.status,
    )


def _kept(copied: Copied) -> dict[str, object]:
    problems = [{name: getattr(each, name) for name in Told.__struct_fields__} for each in copied.problems]
    return {
        "code": copied.code,
        "product": str(copied.product_id) if copied.product_id else None,
        "problems": problems,
    }


def _read(kept: dict[str, object]) -> Copied:
    product, problems = kept["product"], kept["problems"]
    assert isinstance(problems, list)
    return Copied(
        str(kept["code"]),
        ProductId.parse(product) if isinstance(product, str) else None,
        [Told(**each) for each in problems],
    )
