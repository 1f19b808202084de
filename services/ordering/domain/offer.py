"""What is on offer to a cart: its lines with what the projections say of product and merchant, at one instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.contracts.catalog import CatchWeight, MerchantId, MerchantStatus, ProductStatus, SaleUnit, Stop, VariantId
from services.contracts.places import Closure, GeoPoint, Hours, next_opening, trades
from services.contracts.serving import serves
from services.ordering.domain.cart import check_quantity, off_sale
from services.ordering.domain.ids import CartLineId
from services.ordering.domain.refusal import Gathered, Refused
from services.ordering.domain.wishes import WhenShort


class MerchantIsClosed(Refused):
    def __init__(self, line: OfferedLine, merchant_id: MerchantId, opens_at: datetime | None) -> None:
        super().__init__(f"{merchant_id} is closed")
        self.line = line
        self.merchant_id = merchant_id
        self.opens_at = opens_at


class MerchantIsSuspended(Refused):
    def __init__(self, line: OfferedLine, merchant_id: MerchantId) -> None:
        super().__init__(f"{merchant_id} does not sell now")
        self.line = line
        self.merchant_id = merchant_id


class IsNotBroughtThere(Refused):
    """The merchant has its goods brought to other places alone."""

    def __init__(self, line: OfferedLine, merchant_id: MerchantId) -> None:
        super().__init__(f"{merchant_id} has nothing brought there")
        self.line = line
        self.merchant_id = merchant_id


class GoodsAreShort(Refused):
    """As far as is known; `available` is how much there is."""

    def __init__(self, line: OfferedLine, available: int) -> None:
        super().__init__(f"of {line.variant_id} {available} are left")
        self.line = line
        self.available = available


@dataclass(frozen=True, slots=True)
class OfferedLine:
    """`product` is None where the projections know nothing of it. `seller_note` is what is said to its merchant."""

    id: CartLineId
    variant_id: VariantId
    quantity: int
    product: OfferedProduct | None
    note: str | None = None
    when_short: WhenShort | None = None
    seller_note: str | None = None


@dataclass(frozen=True, slots=True)
class OfferedProduct:
    """`available` is None while nobody has told how much there is."""

    name: str
    status: ProductStatus
    merchant: OfferedMerchant | None
    merchant_id: MerchantId
    unit: SaleUnit
    price_rupiah: int
    price_basis: int
    gram_per_base: float
    available: int | None
    catch_weight: CatchWeight | None = None
    lacks_licence: bool = False
    category: str = ""


_NOWHERE = GeoPoint(lat=0, lng=0)


@dataclass(frozen=True, slots=True)
class OfferedMerchant:
    """`pickups_per_hour` and `deliveries_per_hour`: orders that it takes for an hour of a later time."""

    id: MerchantId
    status: MerchantStatus
    hours: list[Hours]
    closures: list[Closure]
    always_open: bool
    auto_accept: bool
    accept_within_s: int
    prep_time_s: int
    name: str = ""
    point: GeoPoint = _NOWHERE
    stops: Sequence[Stop] = ()
    pickups_per_hour: int = 0
    deliveries_per_hour: int = 0
    kind: str = ""
    serves_radius_m: int | None = None
    serves_kecamatan: Sequence[str] = ()

    def brings_to(self, point: GeoPoint) -> bool:
        """As far as it has said to whom: whether anybody may be there is not its matter."""
        if self.serves_radius_m is None and not self.serves_kecamatan:
            return True
        return serves(self.point, self.serves_radius_m, self.serves_kecamatan, point)


def for_sale(line: OfferedLine) -> tuple[OfferedProduct, OfferedMerchant]:
    """At some time, and some of it. Raises ProductIsUnavailable or MerchantIsSuspended."""
    product = line.product
    if product is None or product.status is not ProductStatus.PUBLISHED or product.merchant is None:
        lacks = product is not None and product.status is ProductStatus.BLOCKED and product.lacks_licence
        raise off_sale(line.variant_id, lacks_licence=lacks, line_id=line.id)
    if product.merchant.status is not MerchantStatus.ACTIVE:
        raise MerchantIsSuspended(line, product.merchant.id)
    return product, product.merchant


def check_brought(line: OfferedLine, merchant: OfferedMerchant, point: GeoPoint) -> None:
    """Raises IsNotBroughtThere."""
    if not merchant.brings_to(point):
        raise IsNotBroughtThere(line, merchant.id)


def sellable(line: OfferedLine, at: datetime, *, now: bool = True) -> tuple[OfferedProduct, OfferedMerchant]:
    """What is not for `now` asks no merchant to be open. Raises ProductIsUnavailable, MerchantIsSuspended, MerchantIsClosed,
    QuantityInvalid or GoodsAreShort."""
    product, merchant = for_sale(line)
    week = (merchant.hours, merchant.closures, at)
    if now and not trades(*week, always_open=merchant.always_open):
        raise MerchantIsClosed(line, merchant.id, next_opening(*week, always_open=merchant.always_open))
    check_quantity(
        line.variant_id,
        line.quantity,
        minimum=product.unit.min,
        step=product.unit.step,
        maximum=product.unit.max,
        line_id=line.id,
    )
    if product.available is not None and line.quantity > product.available:
        raise GoodsAreShort(line, product.available)
    return product, merchant


def against(line: OfferedLine, at: datetime, point: GeoPoint | None = None) -> list[Refused]:
    """What an order with this line would be refused with now; brought to `point`, if one is said."""
    found = Gathered()
    with found.here():
        sellable(line, at)
    merchant = line.product.merchant if line.product else None
    if merchant is not None and point is not None:
        with found.here():
            check_brought(line, merchant, point)
    return found.refused
