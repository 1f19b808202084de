"""The rows of an order's parts as placing writes them, by the names of the columns."""

from __future__ import annotations

from uuid import UUID

import msgspec

from services.contracts.catalog import UnitKind
from services.ordering.domain.placing import PlacedSellerOrder, Placement
from services.ordering.domain.wishes import WhenShort


class SellerOrder(msgspec.Struct, frozen=True):
    id: UUID
    merchant_id: UUID
    goods_rupiah: int
    commission_rupiah: int
    discount_rupiah: int
    accept_within_s: int
    prep_time_s: int
    auto_accept: bool
    note: str | None
    fee_without_rupiah: int | None


class Line(msgspec.Struct, frozen=True):
    id: UUID
    seller_order_id: UUID
    position: int
    variant_id: UUID
    name: str
    unit_label: str
    unit_code: str
    unit_kind: UnitKind
    base_per_unit: int
    step: int
    min: int
    max: int | None
    weight_price_rupiah: int | None
    weight_basis: int | None
    overrun_percent: int | None
    note: str | None
    when_short: WhenShort | None
    quantity: int
    price_rupiah: int
    price_basis: int
    total_rupiah: int


class Use(msgspec.Struct, frozen=True):
    promotion_id: UUID
    position: int
    amount_rupiah: int


class Part(msgspec.Struct, frozen=True):
    promotion_id: UUID
    seller_order_id: UUID
    goods_rupiah: int
    minimum_rupiah: int
    amount_rupiah: int


def seller_order(placed: PlacedSellerOrder) -> SellerOrder:
    return SellerOrder(
        id=placed.id.uuid,
        merchant_id=placed.merchant.id.uuid,
        goods_rupiah=placed.goods_rupiah,
        commission_rupiah=placed.commission_rupiah,
        discount_rupiah=placed.discount_rupiah,
        accept_within_s=placed.accept_within_s,
        prep_time_s=placed.merchant.prep_time_s,
        auto_accept=placed.merchant.auto_accept,
        note=placed.note,
        fee_without_rupiah=placed.fee_without_rupiah,
    )


def lines(sellers: list[PlacedSellerOrder]) -> list[Line]:
    """Numbered over the whole order, in the order of the merchants."""
    together = [(each.id.uuid, line) for each in sellers for line in each.lines]
    return [
        Line(
            id=line.id.uuid,
            seller_order_id=seller_order_id,
            position=position,
            variant_id=line.variant_id.uuid,
            name=line.name,
            unit_label=line.unit.label,
            unit_code=line.unit.code,
            unit_kind=line.unit.kind,
            base_per_unit=line.unit.base_per_unit,
            step=line.unit.step,
            min=line.unit.min,
            max=line.unit.max,
            weight_price_rupiah=line.catch_weight.price_rupiah if line.catch_weight else None,
            weight_basis=line.catch_weight.price_basis if line.catch_weight else None,
            overrun_percent=line.catch_weight.overrun_percent if line.catch_weight else None,
            note=line.note,
            when_short=line.when_short,
            quantity=line.quantity,
            price_rupiah=line.price_rupiah,
            price_basis=line.price_basis,
            total_rupiah=line.total_rupiah,
        )
        for position, (seller_order_id, line) in enumerate(together, 1)
    ]


def uses(placement: Placement) -> list[Use]:
    """In the order in which their promotions are locked, by all who use them."""
    found = [
        Use(each.promotion.id.uuid, position, each.amount_rupiah)
        for position, each in enumerate(placement.discounts.applied, 1)
    ]
    return sorted(found, key=lambda use: use.promotion_id)


def parts(placement: Placement) -> list[Part]:
    of = {each.merchant.id: each.id.uuid for each in placement.seller_orders}
    return [
        Part(
            each.promotion.id.uuid,
            of[part.merchant_id],
            part.goods_rupiah,
            part.minimum_rupiah,
            part.amount_rupiah,
        )
        for each in placement.discounts.applied
        for part in each.parts
    ]
