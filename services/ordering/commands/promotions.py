"""What is done about promotions: they are made and come to their end, and a buyer puts a voucher into the cart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import asyncpg

from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.ordering.commands.buyers import buyer
from services.ordering.domain.cart import CartIsEmpty, line_total
from services.ordering.domain.ids import CartId, PromotionId
from services.ordering.domain.offer import OfferedLine
from services.ordering.domain.programme import (
    MAX_OPEN_OF_MERCHANT,
    MAX_OPEN_PROGRAMMES,
    CodeIsTaken,
    PromotionInput,
    PromotionsAreTooMany,
    Terms,
    checked,
    is_code,
    next_status,
    normal_code,
)
from services.ordering.domain.promotion import Against, Goods, VoucherDoesNotApply, basket_of, check
from services.ordering.domain.refusal import Gathered, Unknown
from services.ordering.store import carts, discounts, offering, promotions, reading
from services.ordering.store.promotions import Made

CREATE: Final = "createPromotion"


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes promotions: owners of merchants of their own goods, and with `programmes` who speaks for platform and regency."""

    subject: str
    programmes: bool


async def create(conn: Transaction, maker: Maker, terms: Terms, *, idempotency_key: str) -> PromotionId:
    """A draft: it takes nothing off before it is started. Raises Unknown, TermIsInvalid or a group of it, CodeIsTaken or
    PromotionsAreTooMany."""
    claim = await idempotency.claim(conn, caller=maker.subject, mutation=CREATE, key=idempotency_key, body=terms)
    if claim.answer is not None:
        return PromotionId.parse(claim.answer["promotion_id"])
    if terms.merchant_id is not None and not await promotions.owned_by(conn, terms.merchant_id, maker.subject):
        raise Unknown("merchantId")
    terms = await _checked(conn, terms)
    limit = MAX_OPEN_PROGRAMMES if terms.merchant_id is None else MAX_OPEN_OF_MERCHANT
    if await promotions.hold_makers(conn, terms.merchant_id) >= limit:
        raise PromotionsAreTooMany(limit)
    promotion_id = PromotionId.new()
    try:
        await promotions.add(conn, promotion_id, terms, maker.subject)
    except asyncpg.UniqueViolationError as error:
        raise CodeIsTaken from error
    await claim.store(conn, {"promotion_id": str(promotion_id)})
    return promotion_id


async def change(conn: Transaction, maker: Maker, promotion_id: PromotionId, terms: Terms) -> None:
    """All of its terms, while it is a draft; whose it is stays. Raises Unknown, WrongState, and what `create` does."""
    found = await _locked(conn, maker, promotion_id)
    next_status(found.status, PromotionInput.CHANGE)
    if (terms.merchant_id, terms.borne_by) != (found.terms.merchant_id, found.terms.borne_by):
        raise Unknown("merchantId")
    terms = await _checked(conn, terms)
    try:
        await promotions.change(conn, promotion_id, terms, maker.subject)
    except asyncpg.UniqueViolationError as error:
        raise CodeIsTaken from error


async def move(conn: Transaction, maker: Maker, promotion_id: PromotionId, given: PromotionInput) -> None:
    """Start, pause or end it; saying it again changes nothing. Raises Unknown, WrongState, or TermIsInvalid for one that is over."""
    found = await _locked(conn, maker, promotion_id)
    status = next_status(found.status, given)
    if status is found.status:
        return
    if given is PromotionInput.START:
        checked(found.terms, await reading.now(conn))
    await promotions.set_status(conn, promotion_id, status, maker.subject)


async def _locked(conn: Transaction, maker: Maker, promotion_id: PromotionId) -> Made:
    found = await promotions.lock(conn, promotion_id, maker.subject, programmes=maker.programmes)
    if found is None:
        raise Unknown
    return found


async def _checked(conn: Transaction, terms: Terms) -> Terms:
    kept = checked(terms, await reading.now(conn))
    unknown = await promotions.unknown_merchants(conn, kept.merchants)
    refused = Gathered()
    for n, each in enumerate(terms.merchants):
        with refused.here():
            if each in unknown:
                raise Unknown(f"merchantIds.{n}")
    refused.tell()
    return kept


async def apply_voucher(conn: Transaction, subject: str, typed: str) -> CartId:
    """The cart has this voucher afterwards, in place of another; saying it again changes nothing. Where the goods go is looked at when
    that is known. Raises CartIsEmpty or VoucherDoesNotApply."""
    owner = await buyer(conn, subject)
    await carts.lock(conn, owner.cart_id)
    code = normal_code(typed)
    voucher = await promotions.find_voucher(conn, code) if is_code(code) else None
    if voucher is None:
        raise VoucherDoesNotApply(Against.UNKNOWN)
    offered = await offering.offered(conn, [owner.cart_id])
    if owner.cart_id not in offered:
        raise CartIsEmpty
    changed = await promotions.set_voucher(conn, owner.cart_id, voucher)
    met = (await discounts.met_by_carts(conn, [owner.cart_id]))[owner.cart_id]
    at, lines = offered[owner.cart_id]
    check(
        next(each for each in met.promotions if each.id == voucher),
        basket_of(goods_of(lines), at, first_order=met.first_order),
    )
    if changed:
        conn.wake(str(owner.cart_id))
    return owner.cart_id


async def remove_voucher(conn: Transaction, subject: str) -> CartId:
    """The cart has none afterwards, whether or not it had."""
    owner = await buyer(conn, subject)
    await carts.lock(conn, owner.cart_id)
    if await promotions.set_voucher(conn, owner.cart_id, None):
        conn.wake(str(owner.cart_id))
    return owner.cart_id


def goods_of(lines: list[OfferedLine]) -> list[Goods]:
    """What of a cart is known, at today's prices."""
    return [
        Goods(
            line.product.merchant_id,
            line.product.category,
            line_total(line.product.price_rupiah, line.quantity, line.product.price_basis),
        )
        for line in lines
        if line.product is not None
    ]
