"""A made-up regency: sellers, goods and buyers of all kecamatan, and years of their orders as facts, with a dip and a recovery."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from services.contracts.catalog import (
    MerchantChanged,
    MerchantId,
    MerchantKind,
    MerchantStatus,
    ProductChanged,
    ProductId,
    ProductStatus,
    SaleUnit,
    UnitKind,
    VariantId,
    VariantState,
)
from services.contracts.claims import ClaimDecided, ClaimId
from services.contracts.delivery import Delivered, DeliveryId, PartnerId
from services.contracts.ordering import (
    BorneBy,
    CancelReason,
    HandoverWay,
    OrderCancelled,
    OrderCompleted,
    OrderId,
    OrderPlaced,
    PaymentMethod,
    PlacedLine,
    PlacedSellerOrder,
    SellerOrderAccepted,
    SellerOrderId,
    Slot,
    SoldPart,
)
from services.contracts.places import KECAMATAN, WIB
from services.insight.commands.counting import Heard

CODES = tuple(KECAMATAN)
GOODS = (("sayur", "bayam", UnitKind.COUNT, 3_000, 1), ("bumbu", "cabai-rawit", UnitKind.MASS, 82_720, 1_000),
         ("buah", "pisang-agung", UnitKind.COUNT, 25_000, 1), ("olahan", "", UnitKind.COUNT, 50_000, 1))  # fmt: skip
COMPANIES = tuple(PartnerId.seeded(f"regency-{n}") for n in range(3))
DIP = {0: 100, 1: 100, 2: 100, 3: 95, 4: 60, 5: 40, 6: 35, 7: 45, 8: 60, 9: 70, 10: 85, 11: 95}
"""Orders of the first year's months, in percent; the second year's are a tenth above the first month's."""


@dataclass(frozen=True)
class Seller:
    id: MerchantId
    kecamatan: str
    kind: MerchantKind
    umkm: str
    variants: tuple[tuple[VariantId, ProductId, tuple[str, str, UnitKind, int, int]], ...]

    def state(self, **changed: str) -> MerchantChanged:
        return MerchantChanged(
            merchant_id=self.id,
            name="Toko",
            kind=self.kind,
            status=MerchantStatus.ACTIVE,
            kecamatan_code=changed.get("kecamatan", self.kecamatan),
            pickup_point=KECAMATAN[self.kecamatan].centre,
            hours=[],
            always_open=True,
            auto_accept=True,
            accept_within_s=600,
            prep_time_s=600,
            members=[],
            umkm_class=changed.get("umkm", self.umkm),
        )

    def goods(self) -> list[ProductChanged]:
        return [
            ProductChanged(
                product_id=product,
                merchant_id=self.id,
                name="Barang",
                category=category,
                status=ProductStatus.PUBLISHED,
                commodity=commodity or None,
                variants=[
                    VariantState(
                        variant_id=variant,
                        sku="",
                        label="",
                        unit=SaleUnit(code="u", label="u", kind=unit, base_per_unit=basis, step=1, min=1),
                        price_rupiah=price,
                        price_basis=basis,
                        gram_per_base=1.0,
                    )
                ],
            )
            for variant, product, (category, commodity, unit, price, basis) in self.variants
        ]


@dataclass
class Regency:
    """Some kecamatan have few sellers, and one a seller that has nearly everything."""

    seed: int = 7
    sellers_per_place: int = 8
    buyers: int = 400
    random: random.Random = field(init=False)
    sellers: list[Seller] = field(init=False)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        kinds = (MerchantKind.FIXED_STALL, MerchantKind.WLIJO, MerchantKind.HOME)
        self.sellers = [
            Seller(
                MerchantId.seeded(f"regency-{code}-{n}"),
                code,
                kinds[n % 3],
                ("MIKRO", "MIKRO", "MIKRO", "KECIL", "MENENGAH")[n % 5],
                tuple(
                    (VariantId.seeded(f"{code}-{n}-{k}"), ProductId.seeded(f"{code}-{n}-{k}"), GOODS[k])
                    for k in range(len(GOODS))
                ),
            )
            for place, code in enumerate(CODES)
            for n in range(2 if place < 3 else self.sellers_per_place)
        ]

    def month(self, first: date, orders: int) -> Iterator[Heard]:
        """Facts of orders spread over a month, each order's behind the other."""
        days = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - first
        for n in range(orders):
            minutes = n * days.days * 1_440 // orders
            at = datetime.combine(first, time(0), WIB) + timedelta(minutes=minutes)
            yield from self.order(at.astimezone(UTC))

    def years(self, first: date, orders_a_month: int, months: int = 24) -> Iterator[Heard]:
        for n in range(months):
            at = date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1)
            yield from self.month(at, orders_a_month * DIP.get(n, 110) // 100)

    def order(
        self,
        at: datetime,
        *,
        seller: Seller | None = None,
        buyer: str | None = None,
        test: bool = False,
        kecamatan: str | None = None,
        ends: str | None = None,
    ) -> list[Heard]:
        """One seller's; one in twelve is cancelled unless said, one in sixty has a claim."""
        pick = self.random
        seller = seller or pick.choice(self.sellers)
        lines = [(pick.choice(seller.variants), pick.randint(1, 9)) for _ in range(1 + (pick.random() < 0.4))]
        named, part, trip = OrderId.new(), SellerOrderId.new(), DeliveryId.new()
        placed = [
            PlacedLine(variant_id=each[0], quantity=many * each[2][4], rupiah=many * each[2][3], category=each[2][0])
            for each, many in lines
        ]
        goods = sum(each.rupiah or 0 for each in placed)
        order = OrderPlaced(
            order_id=named,
            code="LMJ-000000-0000",
            buyer=buyer or f"per_{pick.randrange(self.buyers)}",
            seller_orders=[
                PlacedSellerOrder(seller_order_id=part, merchant_id=seller.id, goods_rupiah=goods, lines=placed)
            ],
            goods_rupiah=goods,
            delivery_rupiah=8_000,
            total_rupiah=goods + 8_000,
            payment_method=PaymentMethod.COD,
            slot=Slot.NOW,
            quote="",
            dropoff=KECAMATAN[seller.kecamatan].centre.rounded(),
            dropoff_kecamatan_code=kecamatan or (seller.kecamatan if pick.random() < 0.7 else pick.choice(CODES)),
            hold_until=at,
            placed_at=at,
            test=test,
            way=HandoverWay.DELIVERY,
        )
        found = [Heard(order, at)]
        accepted = at + timedelta(minutes=pick.randint(1, 9))
        if ends == "cancelled" or (ends is None and pick.random() < 1 / 12):
            cancelled = OrderCancelled(
                order_id=named, reason=CancelReason.MERCHANT_TIMEOUT, borne_by=BorneBy.MERCHANT, cancelled_at=accepted
            )
            return [*found, Heard(cancelled, accepted)]
        done = accepted + timedelta(minutes=pick.randint(15, 60))
        found += [
            Heard(
                SellerOrderAccepted(order_id=named, seller_order_id=part, merchant_id=seller.id, ready_at=accepted),
                accepted,
            ),
            Heard(
                Delivered(
                    delivery_id=trip,
                    order_id=named,
                    partner_id=pick.choice(COMPANIES),
                    cash_collected_rupiah=goods + 8_000,
                    fee_rupiah=8_000,
                    rider_share_rupiah=6_400,
                    partner_share_rupiah=1_200,
                    platform_share_rupiah=400,
                    delivered_at=done,
                ),
                done,
            ),
            Heard(
                OrderCompleted(
                    order_id=named,
                    completed_at=done,
                    sold=[SoldPart(seller_order_id=part, merchant_id=seller.id, sold_rupiah=goods)],
                    rider_share_rupiah=6_400,
                    partner_share_rupiah=1_200,
                    platform_share_rupiah=400,
                ),
                done,
            ),
        ]
        if pick.random() < 1 / 60:
            found.append(
                Heard(
                    ClaimDecided(
                        claim_id=ClaimId.new(),
                        order_id=named,
                        seller_order_id=part,
                        merchant_id=seller.id,
                        granted_rupiah=1_000,
                        borne_by=BorneBy.MERCHANT,
                        decided_at=done + timedelta(days=1),
                    ),
                    done + timedelta(days=1),
                )
            )
        return found
