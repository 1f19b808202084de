"""Batched reads behind the graph's fields: one statement for all keys asked for at a moment."""

from __future__ import annotations

from datetime import datetime

from services.contracts.catalog import MerchantId, MerchantStatus
from services.contracts.delivery import DeliveryId
from services.contracts.ordering import OrderId, PaymentId, SellerOrderId
from services.kit.database.db import transaction
from services.ordering.commands import payments as paying
from services.ordering.commands.promotions import goods_of
from services.ordering.domain.guests import Guest
from services.ordering.domain.handover import Offered, offered, slots
from services.ordering.domain.ids import BuyerId, CartId, CartLineId
from services.ordering.domain.offer import OfferedLine, OfferedMerchant
from services.ordering.domain.promotion import NOTHING, Discounts, basket_of, choose
from services.ordering.schema.context import Context
from services.ordering.store import (
    audit,
    commission,
    discounts,
    handovers,
    jobs,
    offering,
    questions,
    reading,
    reading_carts,
    reading_contacts,
)
from services.ordering.store import payments as payments_store
from services.ordering.store import refunds as refunds_store
from services.ordering.store.jobs import JobContact
from services.ordering.store.payments import Shown
from services.ordering.store.questions import Asked
from services.ordering.store.refunds import Task
from services.ordering.store.rows import Cart, CartLine, Contact, Moment, Order, OrderLine, Payment, SellerOrder

MOST_REFUNDS = 50


async def orders(context: Context, ids: list[OrderId]) -> list[Order | None]:
    async with context.db.acquire() as conn:
        found = await reading.orders(conn, ids, context.viewer)
    return [found.get(each) for each in ids]


async def payments(context: Context, ids: list[PaymentId]) -> list[Payment | None]:
    async with context.db.acquire() as conn:
        found = await reading.payments(conn, ids, context.viewer)
    return [found.get(each) for each in ids]


async def seller_orders(context: Context, ids: list[SellerOrderId]) -> list[SellerOrder | None]:
    async with context.db.acquire() as conn:
        found = await reading.seller_orders(conn, ids, context.viewer)
    return [found.get(each) for each in ids]


async def seller_orders_of(context: Context, order_ids: list[OrderId]) -> list[list[SellerOrder]]:
    async with context.db.acquire() as conn:
        found = await reading.seller_orders_of(conn, order_ids)
    return [found[each] for each in order_ids]


async def lines_of(context: Context, seller_order_ids: list[SellerOrderId]) -> list[list[OrderLine]]:
    async with context.db.acquire() as conn:
        found = await reading.lines_of(conn, seller_order_ids)
    return [found[each] for each in seller_order_ids]


async def questions_of_orders(context: Context, order_ids: list[OrderId]) -> list[list[Asked]]:
    async with context.db.acquire() as conn:
        found = await questions.of_orders(conn, order_ids)
    return [found[each] for each in order_ids]


async def questions_of_parts(context: Context, seller_order_ids: list[SellerOrderId]) -> list[list[Asked]]:
    async with context.db.acquire() as conn:
        found = await questions.of_parts(conn, seller_order_ids)
    return [found[each] for each in seller_order_ids]


async def history_of(context: Context, order_ids: list[OrderId]) -> list[list[Moment]]:
    async with context.db.acquire() as conn:
        found = await reading.history_of(conn, order_ids)
    return [found[each] for each in order_ids]


async def contacts_of_orders(context: Context, order_ids: list[OrderId]) -> list[Contact | None]:
    async with context.db.acquire() as conn:
        found = await reading_contacts.contacts_of_orders(conn, order_ids)
        if context.viewer.sees_all and found:
            await audit.contacts_of_orders_shown(conn, context.viewer.subject, list(found))
    return [found.get(each) for each in order_ids]


async def contacts_of_buyers(context: Context, buyer_ids: list[BuyerId]) -> list[list[Contact]]:
    async with context.db.acquire() as conn:
        found = await reading_contacts.contacts_of_buyers(conn, buyer_ids)
        if context.viewer.sees_all:
            await audit.contacts_shown(conn, context.viewer.subject, [each for each in buyer_ids if found[each]])
    return [found[each] for each in buyer_ids]


async def default_contacts(context: Context, buyer_ids: list[BuyerId]) -> list[Contact | None]:
    async with context.db.acquire() as conn:
        found = await reading_contacts.default_contacts(conn, buyer_ids)
        if context.viewer.sees_all and found:
            await audit.contacts_shown(conn, context.viewer.subject, list(found))
    return [found.get(each) for each in buyer_ids]


async def buyers(context: Context, ids: list[BuyerId]) -> list[bool]:
    async with context.db.acquire() as conn:
        found = await reading.buyers(conn, ids, context.viewer)
    return [each in found for each in ids]


async def carts(context: Context, ids: list[CartId]) -> list[Cart | None]:
    async with context.db.acquire() as conn:
        found = await reading_carts.carts(conn, ids, context.viewer)
    return [found.get(each) for each in ids]


async def carts_of_buyers(context: Context, buyer_ids: list[BuyerId]) -> list[Cart]:
    """Every buyer has one."""
    async with context.db.acquire() as conn:
        found = await reading_carts.carts_of_buyers(conn, buyer_ids)
    return [found[each] for each in buyer_ids]


async def carts_of_guests(context: Context, guests: list[Guest]) -> list[Cart | None]:
    async with context.db.acquire() as conn:
        found = await reading_carts.carts_of_guests(conn, guests)
    return [found.get(each) for each in guests]


async def cart_lines(context: Context, cart_ids: list[CartId]) -> list[list[CartLine]]:
    async with context.db.acquire() as conn:
        found = await reading_carts.cart_lines(conn, cart_ids)
    return [found[each] for each in cart_ids]


async def seller_notes(context: Context, cart_ids: list[CartId]) -> list[dict[MerchantId, str]]:
    async with context.db.acquire() as conn:
        found = await reading_carts.seller_notes(conn, cart_ids)
    return [found[each] for each in cart_ids]


async def offered_lines(
    context: Context, cart_ids: list[CartId]
) -> list[dict[CartLineId, tuple[datetime, OfferedLine]]]:
    """What carts have as it is on offer, and at which instant."""
    async with context.db.acquire() as conn:
        found = await offering.offered(conn, cart_ids)
    return [
        {line.id: (at, line) for at, lines in [found[each]] for line in lines} if each in found else {}
        for each in cart_ids
    ]


async def cart_promotions(
    context: Context, keys: list[tuple[CartId, str | None]]
) -> list[tuple[Discounts, str | None]]:
    """What promotions take off each cart, of goods that go to the kecamatan; and the code of its voucher."""
    ids = list({cart_id for cart_id, _ in keys})
    async with context.db.acquire() as conn:
        met = await discounts.met_by_carts(conn, ids)
        lines = await offering.offered(conn, ids)
    return [_taken_off(met[cart_id], lines.get(cart_id), kecamatan) for cart_id, kecamatan in keys]


def _taken_off(
    met: discounts.Met, offered: tuple[datetime, list[OfferedLine]] | None, kecamatan: str | None
) -> tuple[Discounts, str | None]:
    code = next((each.code for each in met.promotions if each.id == met.voucher), None)
    if offered is None:
        return NOTHING, code
    at, lines = offered
    basket = basket_of(goods_of(lines), at, first_order=met.first_order, kecamatan_code=kecamatan)
    return choose(basket, met.promotions, met.voucher), code


async def discounts_of_orders(context: Context, ids: list[OrderId]) -> list[list[discounts.Used]]:
    """Of orders that the caller has been found to see, as are those below."""
    async with context.db.acquire() as conn:
        found = await discounts.of_orders(conn, ids)
    return [found[each] for each in ids]


async def discounts_of_seller_orders(context: Context, ids: list[SellerOrderId]) -> list[list[discounts.Used]]:
    async with context.db.acquire() as conn:
        found = await discounts.of_seller_orders(conn, ids)
    return [found[each] for each in ids]


async def commissions(context: Context, ids: list[SellerOrderId]) -> list[int | None]:
    """For the merchant's own people, and those who see all; nobody else is shown one."""
    async with context.db.acquire() as conn:
        found = await commission.of_seller_orders(conn, ids, context.viewer)
    return [found.get(each) for each in ids]


async def codes_of(context: Context, order_ids: list[OrderId]) -> list[tuple[Shown, datetime] | None]:
    """The newest of each, at this moment. A buyer who looks is one for whom the provider is asked sooner, and another is made."""
    if not context.viewer.sees_all:
        for each in order_ids:
            async with transaction(context.db) as conn:
                await paying.look(conn, each)
    async with context.db.acquire() as conn:
        found = await payments_store.shown(conn, order_ids)
        at = await reading.now(conn)
    return [(found[each], at) if each in found else None for each in order_ids]


async def refunds_of(context: Context, order_ids: list[OrderId]) -> list[list[Task]]:
    async with context.db.acquire() as conn:
        found = await refunds_store.of_orders(conn, order_ids)
    return [found[each][:MOST_REFUNDS] for each in order_ids]


async def counter_codes(context: Context, order_ids: list[OrderId]) -> list[str | None]:
    """The caller's own; nobody else is shown one."""
    async with context.db.acquire() as conn:
        found = await handovers.counter_codes(conn, order_ids, context.viewer.subject)
    return [found.get(each) for each in order_ids]


async def handovers_of(context: Context, wanted: list[tuple[MerchantId, ...]]) -> list[list[Offered]]:
    """What several merchants have together; nothing of one that is not known or does not sell."""
    ids = sorted({each for together in wanted for each in together})
    async with context.db.acquire() as conn:
        at, known = await handovers.merchants(conn, ids)
        selling = {key: each for key, each in known.items() if each.status is MerchantStatus.ACTIVE}
        taken = await handovers.taken(conn, [slot for each in selling.values() for slot in slots(each, at)])
    return [
        offered([selling[each] for each in together], taken, at) if all(each in selling for each in together) else []
        for together in wanted
    ]


async def limits_of(context: Context, merchant_ids: list[MerchantId]) -> list[OfferedMerchant | None]:
    async with context.db.acquire() as conn:
        _, found = await handovers.merchants(conn, merchant_ids)
    return [found.get(each) for each in merchant_ids]


async def serves_merchant(context: Context, merchant_ids: list[MerchantId]) -> list[bool]:
    """Whether the caller may see the merchant's orders."""
    async with context.db.acquire() as conn:
        found = await reading.merchants_of(conn, merchant_ids, context.viewer)
    return [each in found for each in merchant_ids]


async def doors(context: Context, ids: list[DeliveryId]) -> list[JobContact | None]:
    """Each read is written down."""
    async with context.db.acquire() as conn:
        found = await jobs.read_contacts(conn, ids, context.identity.subject)
    return [found.get(each) for each in ids]
