"""The rules of placing an order: a cart, a contact and a quote, checked against each other and one instant. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from services.contracts.catalog import MerchantId, MerchantStatus, ProductStatus, VariantId
from services.contracts.ordering import OrderId, PaymentId, SellerOrderId
from services.contracts.places import GeoPoint, Hours, is_open
from services.contracts.quote import Claims, NotAQuote, claims_of, merchant_texts, place_hash
from services.ordering.domain import cart as domain
from services.ordering.domain import process as process_manager
from services.ordering.domain.ids import OrderLineId
from services.ordering.domain.ledger import Shares, commission

MAX_PENDING_EVENTS: Final = 5_000
MAX_PENDING_S: Final = 30.0


def read_claims(payload: Mapping[str, Any]) -> Claims:
    """Raises QuoteIsInvalid."""
    try:
        return claims_of(payload)
    except NotAQuote as error:
        raise domain.QuoteIsInvalid(str(error)) from error


@dataclass(frozen=True, slots=True)
class OfferedLine:
    """A line of the cart with what the projections say now; None where they know nothing of it."""

    variant_id: VariantId
    quantity: int
    product: OfferedProduct | None


@dataclass(frozen=True, slots=True)
class OfferedProduct:
    name: str
    status: ProductStatus
    merchant: OfferedMerchant | None
    merchant_id: MerchantId
    unit_label: str
    minimum: int
    step: int
    price_rupiah: int
    price_basis: int
    gram_per_base: float


@dataclass(frozen=True, slots=True)
class OfferedMerchant:
    id: MerchantId
    status: MerchantStatus
    hours: list[Hours]
    always_open: bool
    auto_accept: bool
    accept_within_s: int
    prep_time_s: int


@dataclass(frozen=True, slots=True)
class PlacedLine:
    id: OrderLineId
    variant_id: VariantId
    name: str
    unit_label: str
    quantity: int
    price_rupiah: int
    price_basis: int
    total_rupiah: int


@dataclass(frozen=True, slots=True)
class PlacedSellerOrder:
    id: SellerOrderId
    merchant: OfferedMerchant
    lines: list[PlacedLine]

    @property
    def goods_rupiah(self) -> int:
        return sum(line.total_rupiah for line in self.lines)

    @property
    def commission_rupiah(self) -> int:
        return commission(self.goods_rupiah)


@dataclass(frozen=True, slots=True)
class Dropoff:
    """The exact place, which stays with the contact, and the kecamatan that it lies in."""

    lat: float
    lng: float
    kecamatan_code: str

    @property
    def rounded(self) -> GeoPoint:
        """To about a hundred metres, for everybody else."""
        return GeoPoint(lat=round(self.lat, 3), lng=round(self.lng, 3))


@dataclass(frozen=True, slots=True)
class Placement:
    """An order that may be placed."""

    id: OrderId
    payment_id: PaymentId
    placed_at: datetime
    hold_until: datetime
    seller_orders: list[PlacedSellerOrder]
    delivery_rupiah: int
    shares: Shares
    mass_gram: int
    quote_jti: str
    test: bool

    @property
    def goods_rupiah(self) -> int:
        return sum(each.goods_rupiah for each in self.seller_orders)

    @property
    def total_rupiah(self) -> int:
        return self.goods_rupiah + self.delivery_rupiah


@dataclass(frozen=True, slots=True)
class NewIds:
    """Ids for what is about to be: one order, one payment, and as many of the others as it takes."""

    order: OrderId
    payment: PaymentId
    seller_order: Callable[[], SellerOrderId]
    line: Callable[[], OrderLineId]


def place(
    *,
    buyer: str,
    lines: Sequence[OfferedLine],
    dropoff: Dropoff,
    claims: Claims,
    total_rupiah: int,
    at: datetime,
    ids: NewIds,
) -> Placement:
    """Everything that the projections know to speak against it raises: see domain's refusals. `at` is the database's clock."""
    if not lines:
        raise domain.CartIsEmpty
    sellable = [(line, *_sellable(line, at)) for line in lines]
    mass_gram = sum(domain.line_mass(line.quantity, product.gram_per_base) for line, product, _ in sellable)
    _check_quote(claims, buyer, {merchant.id for _, _, merchant in sellable}, dropoff, mass_gram, at)
    by_merchant: dict[MerchantId, PlacedSellerOrder] = {}
    for line, product, merchant in sellable:
        seller_order = by_merchant.get(merchant.id)
        if seller_order is None:
            seller_order = by_merchant[merchant.id] = PlacedSellerOrder(ids.seller_order(), merchant, [])
        seller_order.lines.append(
            PlacedLine(
                id=ids.line(),
                variant_id=line.variant_id,
                name=product.name,
                unit_label=product.unit_label,
                quantity=line.quantity,
                price_rupiah=product.price_rupiah,
                price_basis=product.price_basis,
                total_rupiah=domain.line_total(product.price_rupiah, line.quantity, product.price_basis),
            )
        )
    slowest = max(each.merchant.accept_within_s for each in by_merchant.values())
    placement = Placement(
        id=ids.order,
        payment_id=ids.payment,
        placed_at=at,
        hold_until=process_manager.hold_until(at, timedelta(seconds=slowest)),
        seller_orders=list(by_merchant.values()),
        delivery_rupiah=claims.fee,
        shares=Shares(claims.rider_share, claims.partner_share, claims.platform_share),
        mass_gram=mass_gram,
        quote_jti=claims.jti,
        test=claims.test,
    )
    if placement.total_rupiah != total_rupiah:
        raise domain.PriceHasChanged(placement.total_rupiah)
    return placement


def _sellable(line: OfferedLine, at: datetime) -> tuple[OfferedProduct, OfferedMerchant]:
    product = line.product
    if product is None or product.status is not ProductStatus.PUBLISHED or product.merchant is None:
        raise domain.ProductIsUnavailable(line.variant_id)
    merchant = product.merchant
    if merchant.status is not MerchantStatus.ACTIVE:
        raise domain.MerchantIsSuspended(merchant.id)
    if not merchant.always_open and not is_open(merchant.hours, at):
        raise domain.MerchantIsClosed(merchant.id, domain.next_opening(merchant.hours, at))
    domain.check_quantity(line.variant_id, line.quantity, minimum=product.minimum, step=product.step)
    return product, merchant


def _check_quote(
    claims: Claims, buyer: str, merchants: set[MerchantId], dropoff: Dropoff, mass_gram: int, at: datetime
) -> None:
    if claims.buyer != buyer:
        raise domain.QuoteIsInvalid("the quote was made for somebody else")
    if sorted(claims.merchants) != merchant_texts(merchants):
        raise domain.QuoteIsInvalid("the quote was made for other merchants")
    if claims.dropoff != place_hash(dropoff.lat, dropoff.lng):
        raise domain.QuoteIsInvalid("the quote was made for another place")
    expires_at = datetime.fromtimestamp(claims.exp, UTC)
    if expires_at <= at:
        raise domain.QuoteIsExpired(expires_at)
    if mass_gram > claims.mass_limit_gram:
        raise domain.IsTooHeavy(mass_gram, claims.mass_limit_gram)
