"""The rules of placing an order: a cart, a contact and a quote, checked against each other and one instant. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from services.contracts.catalog import CatchWeight, MerchantId, SaleUnit, VariantId
from services.contracts.kasbon import KasbonId
from services.contracts.ordering import HandoverWay, IfRefused, OrderId, PaymentId, SellerOrderId
from services.contracts.places import GeoPoint
from services.contracts.quote import Claims
from services.ordering.domain import commission, counter, handover, process, promotion, quote
from services.ordering.domain.cart import CartIsEmpty, check_goods, check_mass, check_merchants, line_mass, line_total
from services.ordering.domain.handover import Chosen, Wanted
from services.ordering.domain.ids import OrderLineId, PromotionId
from services.ordering.domain.ledger import Shares
from services.ordering.domain.offer import OfferedLine, OfferedMerchant, OfferedProduct, check_brought, sellable
from services.ordering.domain.promotion import Basket, Discounts, Goods, Promotion
from services.ordering.domain.refusal import Gathered, Refused
from services.ordering.domain.wishes import WhenShort

MAX_PENDING_EVENTS: Final = 5_000
MAX_PENDING_S: Final = 30.0


class CartHasChanged(Refused):
    """`version` is the present one."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the cart's version is {version}")
        self.version = version


class PriceHasChanged(Refused):
    def __init__(self, total_rupiah: int) -> None:
        super().__init__(f"the total is {total_rupiah} rupiah")
        self.total_rupiah = total_rupiah


class IsBehind(Refused):
    """Too much waits to be told: taking more would only make promises late."""


def check_seen(version: int, seen: int) -> None:
    """`seen` is the cart's version that the buyer agreed to. Raises CartHasChanged: other goods may cost the same."""
    if version != seen:
        raise CartHasChanged(version)


def check_pending(events: int, seconds: float) -> None:
    """So many events wait to be told, the oldest for so long. Raises IsBehind."""
    if events > MAX_PENDING_EVENTS or seconds > MAX_PENDING_S:
        raise IsBehind


@dataclass(frozen=True, slots=True)
class PlacedLine:
    id: OrderLineId
    variant_id: VariantId
    name: str
    unit: SaleUnit
    quantity: int
    price_rupiah: int
    price_basis: int
    total_rupiah: int
    catch_weight: CatchWeight | None = None
    note: str | None = None
    when_short: WhenShort | None = None
    category: str = ""


@dataclass(frozen=True, slots=True)
class PlacedSellerOrder:
    """`accept_within_s`: how long the merchant has to answer this order. `fee_without_rupiah`: of the trip if its stop is left out, where
    the quote says so. `discount_rupiah` is off its goods, whoever bears it."""

    id: SellerOrderId
    merchant: OfferedMerchant
    accept_within_s: int
    lines: list[PlacedLine]
    fee_without_rupiah: int | None = None
    note: str | None = None
    discount_rupiah: int = 0
    commission_rupiah: int = 0

    @property
    def goods_rupiah(self) -> int:
        return sum(line.total_rupiah for line in self.lines)


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
    """An order that may be placed. What is collected has no quote, and a code for its merchant's counter."""

    id: OrderId
    payment_id: PaymentId
    placed_at: datetime
    hold_until: datetime
    seller_orders: list[PlacedSellerOrder]
    delivery_rupiah: int
    shares: Shares
    quote_jti: str | None
    test: bool
    chosen: Chosen = field(default_factory=Chosen)
    if_refused: IfRefused = IfRefused.ASK
    counter_code: str | None = None
    discounts: Discounts = promotion.NOTHING
    kasbon_id: KasbonId | None = None

    @property
    def goods_rupiah(self) -> int:
        return sum(each.goods_rupiah for each in self.seller_orders)

    @property
    def total_rupiah(self) -> int:
        """What the buyer pays."""
        whole = self.goods_rupiah + self.delivery_rupiah
        return whole - self.discounts.goods_rupiah - self.discounts.fee_rupiah

    @property
    def on_kasbon_rupiah(self) -> int:
        """What is owed once it is handed over: the goods, less what is off them."""
        return self.goods_rupiah - self.discounts.goods_rupiah if self.kasbon_id else 0

    @property
    def stock_by(self) -> datetime:
        """Until when catalog has to have answered."""
        return self.placed_at + process.STOCK_WITHIN


@dataclass(frozen=True, slots=True)
class NewIds:
    """Ids for what is about to be: one order, one payment, and as many of the others as it takes."""

    order: OrderId
    payment: PaymentId
    seller_order: Callable[[], SellerOrderId]
    line: Callable[[], OrderLineId]


@dataclass(frozen=True, slots=True)
class Prices:
    """What there is beside the prices of the goods: promotions that the cart meets, its voucher, whether it is the buyer's first order, and
    the rules of the commission."""

    promotions: Sequence[Promotion] = ()
    voucher: PromotionId | None = None
    first_order: bool = True
    rules: Sequence[commission.Rule] = ()


_Sold = tuple[OfferedLine, OfferedProduct, OfferedMerchant]


def place(
    *,
    buyer: str,
    lines: Sequence[OfferedLine],
    dropoff: Dropoff,
    claims: Claims | None,
    total_rupiah: int,
    at: datetime,
    ids: NewIds,
    wanted: Wanted = handover.NOW,
    if_refused: IfRefused = IfRefused.ASK,
    test: bool = False,
    prices: Prices = Prices(),
    pay_within: timedelta = timedelta(),
) -> Placement:
    """`claims` are of what is brought, and say whether it is a `test`. Everything that the projections know to speak against it raises, as
    `sellable`, `handover.choose`, the cart's checks and `quote.check` do; what speaks against several lines, or against the cart as a
    whole for several reasons, raises as a group. `at` is the database's clock. Goods are held for `pay_within`
    more: until they are paid."""
    if not lines:
        raise CartIsEmpty
    brought_to = GeoPoint(lat=dropoff.lat, lng=dropoff.lng) if wanted.way is HandoverWay.DELIVERY else None
    found = _sold(lines, at, now=wanted.is_now, brought_to=brought_to)
    sellers = {merchant.id: merchant for _, _, merchant in found}
    merchants = set(sellers)
    mass_gram = sum(line_mass(line.quantity, product.gram_per_base) for line, product, _ in found)
    _check_size(found, len(merchants), mass_gram)
    chosen = handover.choose(list(sellers.values()), wanted, at)
    slot_of = dict(zip(sellers, chosen.slots, strict=True)) if chosen.slots else {}
    if wanted.way is HandoverWay.DELIVERY:
        if claims is None:
            raise quote.QuoteIsInvalid("what is brought needs delivery's quote")
        quote.check(
            claims, buyer=buyer, merchants=merchants, lat=dropoff.lat, lng=dropoff.lng, mass_gram=mass_gram, at=at
        )
        test = claims.test
    else:
        claims = None
    fees = dict(zip(claims.merchants, claims.without, strict=False)) if claims else {}
    by_merchant: dict[MerchantId, PlacedSellerOrder] = {}
    for line, product, merchant in found:
        seller_order = by_merchant.get(merchant.id)
        if seller_order is None:
            within = handover.answer_within(merchant, slot_of.get(merchant.id), at)
            seller_order = by_merchant[merchant.id] = PlacedSellerOrder(
                ids.seller_order(),
                merchant,
                int(within.total_seconds()),
                [],
                fees.get(str(merchant.id)),
                line.seller_note,
            )
        seller_order.lines.append(
            PlacedLine(
                id=ids.line(),
                variant_id=line.variant_id,
                name=product.name,
                unit=product.unit,
                quantity=line.quantity,
                price_rupiah=product.price_rupiah,
                price_basis=product.price_basis,
                total_rupiah=line_total(product.price_rupiah, line.quantity, product.price_basis),
                catch_weight=product.catch_weight,
                note=line.note,
                when_short=line.when_short,
                category=product.category,
            )
        )
    slowest = max(each.accept_within_s for each in by_merchant.values())
    kept_until = chosen.ends + handover.KEPT_FOR if chosen.ends else None
    fee = claims.fee if claims else 0
    discounts = promotion.choose(
        _basket(by_merchant.values(), fee, dropoff.kecamatan_code, at, first_order=prices.first_order),
        prices.promotions,
        prices.voucher,
    )
    placement = Placement(
        id=ids.order,
        payment_id=ids.payment,
        placed_at=at,
        hold_until=process.hold_until(at, timedelta(seconds=slowest), kept_until, pay_within),
        seller_orders=[_priced(each, discounts, prices.rules, at) for each in by_merchant.values()],
        delivery_rupiah=fee,
        shares=Shares(claims.rider_share, claims.partner_share, claims.platform_share) if claims else Shares(0, 0, 0),
        quote_jti=claims.jti if claims else None,
        test=test,
        chosen=chosen,
        if_refused=if_refused,
        counter_code=counter.new_code(test=test) if chosen.place else None,
        discounts=discounts,
    )
    if placement.total_rupiah != total_rupiah:
        raise PriceHasChanged(placement.total_rupiah)
    return placement


def _basket(
    sellers: Iterable[PlacedSellerOrder], fee: int, kecamatan_code: str, at: datetime, *, first_order: bool
) -> Basket:
    goods = [Goods(each.merchant.id, line.category, line.total_rupiah) for each in sellers for line in each.lines]
    return Basket(goods, fee, kecamatan_code, first_order, at)


def _priced(
    seller: PlacedSellerOrder, discounts: Discounts, rules: Sequence[commission.Rule], at: datetime
) -> PlacedSellerOrder:
    merchant = seller.merchant
    sold = [(line.total_rupiah, commission.permille(rules, merchant.kind, line.category, at)) for line in seller.lines]
    return replace(
        seller,
        discount_rupiah=discounts.of(merchant.id),
        commission_rupiah=commission.commission(sold, discounts.borne_by(merchant.id)),
    )


def _sold(lines: Sequence[OfferedLine], at: datetime, *, now: bool, brought_to: GeoPoint | None) -> list[_Sold]:
    found: list[_Sold] = []
    refused = Gathered()
    for line in lines:
        with refused.here():
            product, merchant = sellable(line, at, now=now)
            if brought_to is not None:
                check_brought(line, merchant, brought_to)
            found.append((line, product, merchant))
    refused.tell()
    return found


def _check_size(found: Sequence[_Sold], merchants: int, mass_gram: int) -> None:
    refused = Gathered()
    with refused.here():
        check_merchants(merchants)
    with refused.here():
        check_mass(mass_gram)
    with refused.here():
        check_goods(sum(line_total(each.price_rupiah, line.quantity, each.price_basis) for line, each, _ in found))
    refused.tell()
