"""What is known of one order while it may still change, and how each fact changes it. Pure; facts of different topics come in any order."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from services.contracts import claims, delivery, ordering, packing
from services.contracts.places import WIB
from services.kit.messaging.envelope import Event

UNKNOWN: Final = "?"
"""Of what was never told: of goods a category, of a seller where and what they are."""


class Line(msgspec.Struct, kw_only=True, omit_defaults=True):
    """`commodity` and `unit` are null until the goods are known, and empty where they are compared with nothing."""

    variant: str
    quantity: int
    rupiah: int | None = None
    category: str | None = None
    commodity: str | None = None
    unit: str | None = None


class Part(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One merchant's, as the merchant was when the order was placed: null until that is known. `sold` is what was booked."""

    id: str
    merchant: str
    goods: int
    lines: list[Line]
    kecamatan: str | None = None
    kind: str | None = None
    umkm: str | None = None
    accepted_at: datetime | None = None
    left: bool = False
    sold: int | None = None
    claims: dict[str, int] = msgspec.field(default_factory=dict)


class Known(msgspec.Struct, kw_only=True, omit_defaults=True):
    """`buyer` is a digest. `ignored` orders are tests, and count for nothing."""

    placed_at: datetime | None = None
    ignored: bool = False
    buyer: str = ""
    kecamatan: str = UNKNOWN
    parts: list[Part] = msgspec.field(default_factory=list)
    completed: bool = False
    cancelled: tuple[str, str] | None = None
    delivered_at: datetime | None = None
    failed: bool = False
    partner: str = ""
    shares: tuple[int, int, int] = (0, 0, 0)
    regency: dict[str, int] = msgspec.field(default_factory=dict)
    early_claims: dict[str, dict[str, int]] = msgspec.field(default_factory=dict)
    """By part, of an order that has not been heard of yet: by claim."""
    early_accepts: dict[str, datetime] = msgspec.field(default_factory=dict)

    @property
    def day(self) -> str:
        """In WIB. Everything that ever becomes of an order is of the day on which it was placed."""
        assert self.placed_at is not None
        return self.placed_at.astimezone(WIB).date().isoformat()

    def part(self, seller_order_id: object) -> Part | None:
        named = str(seller_order_id)
        return next((each for each in self.parts if each.id == named), None)


def read(stored: bytes) -> Known:
    return _DECODER.decode(stored)


def write(known: Known) -> bytes:
    return _ENCODER.encode(known)


_DECODER = msgspec.json.Decoder(Known)
_ENCODER = msgspec.json.Encoder()


def apply(known: Known, event: Event, told_at: datetime, *, buyer: str = "", counts_tests: bool = False) -> None:
    """Heard of any type that says something of an order. `buyer` is the digest of who placed it."""
    match event:
        case ordering.OrderPlaced():
            _placed(known, event, buyer, counts_tests)
        case ordering.SellerOrderAccepted():
            if (part := known.part(event.seller_order_id)) is not None:
                part.accepted_at = told_at
            else:
                known.early_accepts[str(event.seller_order_id)] = told_at
        case ordering.SellerOrderLeft():
            if (part := known.part(event.seller_order_id)) is not None:
                part.left = True
        case packing.LinesChanged():
            _changed(known, event)
        case ordering.OrderCompleted():
            _completed(known, event)
        case ordering.OrderCancelled():
            known.cancelled = (str(event.why), str(event.borne_by))
        case delivery.Delivered():
            known.delivered_at, known.partner = event.delivered_at, str(event.partner_id)
            shares = (event.rider_share_rupiah, event.partner_share_rupiah, event.platform_share_rupiah)
            known.shares = known.shares if any(known.shares) else shares
        case delivery.DeliveryReturned():
            known.failed, known.partner = True, str(event.partner_id or "")
        case claims.ClaimDecided():
            of = known.part(event.seller_order_id)
            granted = known.early_claims.setdefault(str(event.seller_order_id), {}) if of is None else of.claims
            granted[str(event.claim_id)] = event.granted_rupiah


ORDER_FACTS: Final = (
    ordering.OrderPlaced,
    ordering.SellerOrderAccepted,
    ordering.SellerOrderLeft,
    packing.LinesChanged,
    ordering.OrderCompleted,
    ordering.OrderCancelled,
    delivery.Delivered,
    delivery.DeliveryReturned,
    claims.ClaimDecided,
)


def _placed(known: Known, event: ordering.OrderPlaced, buyer: str, counts_tests: bool) -> None:
    if known.placed_at is not None:
        return  # heard before
    known.placed_at = event.placed_at
    known.ignored = event.test and not counts_tests
    if known.ignored:
        known.parts, known.early_claims, known.early_accepts = [], {}, {}
        return
    known.buyer, known.kecamatan = buyer, event.dropoff_kecamatan_code
    known.parts = [
        Part(
            id=str(each.seller_order_id),
            merchant=str(each.merchant_id),
            goods=each.goods_rupiah - each.discount_rupiah,
            lines=[
                Line(variant=str(line.variant_id), quantity=line.quantity, rupiah=line.rupiah, category=line.category)
                for line in each.lines
            ],
            accepted_at=known.early_accepts.get(str(each.seller_order_id)),
            claims=known.early_claims.get(str(each.seller_order_id), {}),
        )
        for each in event.seller_orders
    ]
    known.early_claims, known.early_accepts = {}, {}


def _changed(known: Known, event: packing.LinesChanged) -> None:
    part = known.part(event.seller_order_id)
    if part is None:
        return
    for change in event.lines:
        line = next((each for each in part.lines if each.variant == str(change.variant_id)), None)
        if line is None:
            continue
        line.quantity, line.rupiah = change.quantity, change.rupiah
        if change.replaced_by_variant_id is not None:
            part.lines.append(
                Line(
                    variant=str(change.replaced_by_variant_id),
                    quantity=change.replaced_by_quantity or 0,
                    rupiah=change.replaced_by_rupiah,
                    category=line.category,
                )
            )
    part.goods += sum(each.rupiah + (each.replaced_by_rupiah or 0) - each.rupiah_before for each in event.lines)


def _completed(known: Known, event: ordering.OrderCompleted) -> None:
    known.completed = True
    if not event.sold:
        return  # told before it was said: what was ordered stands for it
    sold = {str(each.seller_order_id): each.sold_rupiah for each in event.sold}
    for part in known.parts:
        part.sold = sold.get(part.id)
        part.left = part.id not in sold
    known.shares = (event.rider_share_rupiah, event.partner_share_rupiah, event.platform_share_rupiah)
    known.regency = dict(event.regency_rupiah)
