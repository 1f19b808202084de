"""Rows as the graph reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from services.contracts.catalog import CatchWeight, MerchantId, SaleUnit, Stop, StopId, VariantId
from services.contracts.ordering import (
    BorneBy,
    CancelReason,
    HandoverWay,
    IfRefused,
    OrderId,
    PaymentId,
    PaymentMethod,
    SellerOrderId,
    Slot,
)
from services.contracts.places import GeoPoint
from services.kit.database.db import Row
from services.ordering.domain.calling_off import CancellationAnswer
from services.ordering.domain.cart import Price
from services.ordering.domain.ids import CartId, CartLineId, ContactId, OrderLineId
from services.ordering.domain.order_line import OrderLineState
from services.ordering.domain.payment import PaymentStatus
from services.ordering.domain.process import OrderStatus
from services.ordering.domain.seller_order import SellerOrderStatus
from services.ordering.domain.wishes import WhenShort
from services.ordering.store.stored import payment_status


@dataclass(frozen=True, slots=True)
class Payment:
    id: PaymentId
    method: PaymentMethod
    amount_rupiah: int
    cash_due_rupiah: int
    collected_rupiah: int | None
    status: PaymentStatus
    order_id: OrderId

    @classmethod
    def of(cls, row: Row) -> Payment:
        """Of a row of its order."""
        status = payment_status(row, agreed=row["agreed_at"] is not None)
        by_code = row["provider"] is not None
        stored = PaymentMethod.KASBON if row["kasbon_id"] else PaymentMethod(row["payment_method"])
        return cls(
            id=PaymentId(row["payment_id"]),
            method=PaymentMethod.QRIS if by_code else stored,
            amount_rupiah=row["payment_amount"],
            cash_due_rupiah=0 if by_code and status is not PaymentStatus.DUE else row["cash_due"],
            collected_rupiah=None if row["paid_at"] else row["collected_rupiah"],
            status=status,
            order_id=OrderId(row["id"]),
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A confirmed order was to be cancelled: why, since when, and what delivery has answered."""

    reason: CancelReason
    at: datetime
    answer: CancellationAnswer


@dataclass(frozen=True, slots=True)
class Handover:
    """How and when an order is handed over: the times are null for now, place and point where it is brought."""

    way: HandoverWay
    slot_from: datetime | None
    slot_to: datetime | None
    stop_id: StopId | None
    place: str | None
    point: GeoPoint | None

    @classmethod
    def of(cls, row: Row) -> Handover:
        """Of a row with the columns of `HANDOVER`."""
        return cls(
            way=HandoverWay(row["way"]),
            slot_from=row["slot_from"],
            slot_to=row["slot_to"],
            stop_id=StopId(row["stop_id"]) if row["stop_id"] else None,
            place=row["place"],
            point=GeoPoint(lat=row["place_lat"], lng=row["place_lng"]) if row["place_lat"] is not None else None,
        )


HANDOVER = "o.way, o.slot_from, o.slot_to, o.stop_id, o.place, o.place_lat, o.place_lng"


@dataclass(frozen=True, slots=True)
class Order:
    """`cancel_reason` and `borne_by` are there together or not at all."""

    id: OrderId
    code: str
    version: int
    status: OrderStatus
    slot: Slot
    placed_at: datetime
    goods_rupiah: int
    delivery_rupiah: int
    total_rupiah: int
    placed_total_rupiah: int
    if_refused: IfRefused
    answer_by: datetime | None
    cancel_reason: CancelReason | None
    borne_by: BorneBy | None
    asked: Asked | None
    test: bool
    payment: Payment
    handover: Handover


@dataclass(frozen=True, slots=True)
class SellerOrder:
    """`code` is the order's."""

    id: SellerOrderId
    order_id: OrderId
    merchant_id: MerchantId
    merchant_name: str | None
    code: str
    version: int
    status: SellerOrderStatus
    placed_at: datetime
    accept_by: datetime | None
    ready_at: datetime | None
    reject_reason: str | None
    goods_rupiah: int
    placed_goods_rupiah: int
    left_at: datetime | None
    dropoff_kecamatan_code: str
    handover: Handover
    note: str | None
    on_kasbon: bool


@dataclass(frozen=True, slots=True)
class Packed:
    """What became of a line. Null is as it was ordered."""

    state: OrderLineState
    quantity: int | None
    gram: int | None
    rupiah: int | None
    replaces: OrderLineId | None


@dataclass(frozen=True, slots=True)
class OrderLine:
    id: OrderLineId
    variant_id: VariantId
    name: str
    unit: SaleUnit
    quantity: int
    price_rupiah: int
    price_basis: int
    total_rupiah: int
    catch_weight: CatchWeight | None
    note: str | None
    when_short: WhenShort
    packed: Packed


@dataclass(frozen=True, slots=True)
class Moment:
    at: datetime
    status: OrderStatus


@dataclass(frozen=True, slots=True)
class Contact:
    id: ContactId
    label: str
    recipient: str
    phone: str
    line: str
    note: str | None
    lat: float
    lng: float
    kecamatan_code: str
    desa_code: str | None


@dataclass(frozen=True, slots=True)
class Cart:
    """`expired_at`: when age emptied it, while nothing has changed since."""

    id: CartId
    version: int
    updated_at: datetime
    of_guest: bool
    expired_at: datetime | None


@dataclass(frozen=True, slots=True)
class CartLine:
    """With what the projections say now: name, unit and price change under a cart."""

    id: CartLineId
    variant_id: VariantId
    merchant_id: MerchantId
    merchant_name: str | None
    quantity: int
    name: str
    unit: SaleUnit
    price_rupiah: int
    price_basis: int
    gram_per_base: float
    for_sale: bool
    catch_weight: CatchWeight | None
    seen: Price | None
    note: str | None
    when_short: WhenShort


def json_of(rows: object) -> str:
    """For a statement that takes many rows as one argument."""
    return msgspec.json.encode(rows).decode()


STOPS: Final = msgspec.json.Decoder(list[Stop], dec_hook=lambda _, text: StopId.parse(text))
"""Of a merchant's rounds, as they were told."""
