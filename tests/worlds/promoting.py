"""Promotions in ordering's small market, made as their makers make them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from services.contracts.catalog import MerchantId, VariantId
from services.contracts.ordering import PaymentMethod, Slot
from services.kit.database.db import transaction
from services.ordering.commands import promotions
from services.ordering.commands.placing import PlaceOrder
from services.ordering.commands.promotions import Maker
from services.ordering.domain.ids import PromotionId
from services.ordering.domain.programme import PromotionInput, Terms
from services.ordering.domain.promotion import DiscountBorneBy, PromotionKind
from tests.worlds.ordering import SITI, Market, a_key

OFFICER = Maker("usr_officer", programmes=True)
OWNER = Maker("usr_wlijo", programmes=False)


async def terms(world: Market, **changed: Any) -> Terms:
    """Of the platform: a tenth off everything, from now on for a day."""
    at: datetime = await world.value("SELECT wlijo_now()")
    values: dict[str, Any] = {
        "name_id": "Berkah",
        "name_en": "Blessing",
        "kind": PromotionKind.PERCENT,
        "value": 10,
        "cap_rupiah": None,
        "minimum_rupiah": 0,
        "merchants": [],
        "categories": [],
        "kecamatan": [],
        "first_order": False,
        "borne_by": DiscountBorneBy.PLATFORM,
        "merchant_id": None,
        "programme": None,
        "code": None,
        "starts_at": at,
        "ends_at": at + timedelta(days=1),
        "budget_rupiah": 1_000_000,
        "uses": None,
        "per_buyer": None,
        **changed,
    }
    return Terms(**values)


OWN: dict[str, Any] = {
    "borne_by": DiscountBorneBy.MERCHANT,
    "merchant_id": MerchantId.seeded("wlijo"),
    "budget_rupiah": None,
}
REGENCY: dict[str, Any] = {"borne_by": DiscountBorneBy.REGENCY, "programme": "pasar-murah"}


async def a_promotion(world: Market, *, by: Maker | None = None, **changed: Any) -> PromotionId:
    """Made and started."""
    wanted = await terms(world, **changed)
    maker = by or (OWNER if wanted.merchant_id else OFFICER)
    async with transaction(world.db) as conn:
        promotion_id = await promotions.create(conn, maker, wanted, idempotency_key=a_key())
        await promotions.move(conn, maker, promotion_id, PromotionInput.START)
    return promotion_id


async def move(world: Market, promotion_id: PromotionId, given: PromotionInput, maker: Maker = OFFICER) -> None:
    async with transaction(world.db) as conn:
        await promotions.move(conn, maker, promotion_id, given)


async def use_code(world: Market, code: str, subject: str = SITI) -> None:
    async with transaction(world.db) as conn:
        await promotions.apply_voucher(conn, subject, code)


async def an_order(
    world: Market,
    subject: str = SITI,
    *,
    total: int,
    code: str | None = None,
    lines: dict[str, int] | None = None,
    merchants: tuple[str, ...] = ("wlijo",),
) -> PlaceOrder:
    """Two ikat of bayam, Rp5,000, and Rp10,000 for the trip, to be placed for `total`."""
    cart_id = await world.fill_cart(
        subject, {VariantId.seeded(name): quantity for name, quantity in (lines or {"bayam": 2}).items()}
    )
    if code:
        await use_code(world, code, subject)
    return PlaceOrder(
        cart_id=cart_id,
        cart_version=await world.value("SELECT version FROM cart WHERE id = $1", cart_id),
        contact_id=await world.contact(subject),
        slot=Slot.NOW,
        payment_method=PaymentMethod.COD,
        quote=await world.quote(subject, merchants),
        total_rupiah=total,
    )


async def sums(world: Market, promotion_id: PromotionId) -> tuple[int, int]:
    """Uses and rupiah as the promotion keeps them, which is what its uses are."""
    row = (await world.rows("SELECT used, spent_rupiah FROM promotion WHERE id = $1", promotion_id))[0]
    of_uses = (
        await world.rows(
            """SELECT count(*) AS used, coalesce(sum(amount_rupiah), 0)::bigint AS spent_rupiah FROM promotion_use
               WHERE promotion_id = $1 AND given_back_at IS NULL""",
            promotion_id,
        )
    )[0]
    assert row == of_uses, (row, of_uses)
    return row["used"], row["spent_rupiah"]
