"""What promotions take off a cart: which apply, how much each takes, and whose goods it takes it off. Pure.

Each is reckoned from the prices as they stand, so that none depends on another: of a merchant's own that come by themselves the best for
its goods, of the programmes that come by themselves the best for the goods and the best for the fee, and at most one voucher. Then they are
taken off one after the other, each as far as there is something left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.contracts.catalog import MerchantId
from services.ordering.domain.ids import PromotionId
from services.ordering.domain.refusal import Refused


class PromotionKind(StrEnum):
    PERCENT = "PERCENT"
    AMOUNT = "AMOUNT"
    FREE_DELIVERY = "FREE_DELIVERY"


class DiscountBorneBy(StrEnum):
    """Who gives what the buyer does not pay. The order of the values is the one in which they are taken off."""

    MERCHANT = "MERCHANT"
    REGENCY = "REGENCY"
    PLATFORM = "PLATFORM"


class PromotionStatus(StrEnum):
    DRAFT = "DRAFT"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    ENDED = "ENDED"


class Against(StrEnum):
    """Why a voucher takes nothing off."""

    UNKNOWN = "UNKNOWN"
    OVER = "OVER"
    USED_UP = "USED_UP"
    USED_BEFORE = "USED_BEFORE"
    FIRST_ORDER_ONLY = "FIRST_ORDER_ONLY"
    OTHER_PLACE = "OTHER_PLACE"
    OTHER_GOODS = "OTHER_GOODS"
    BELOW_MINIMUM = "BELOW_MINIMUM"


class VoucherDoesNotApply(Refused):
    """`minimum_rupiah` and `until` are there where the reason has them."""

    def __init__(self, why: Against, *, minimum_rupiah: int | None = None, until: datetime | None = None) -> None:
        super().__init__(f"the voucher does not apply: {why}")
        self.why = why
        self.minimum_rupiah = minimum_rupiah
        self.until = until


class PromotionIsGone(Refused):
    """Another was quicker, or it was ended: the total is another than the buyer has seen."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """A promotion as one buyer meets it: `uses_left` and `left_rupiah` are None where there is no limit, `used_by_buyer` are the buyer's
    uses that were not given back. Empty conditions ask for nothing. `value` is per cent or rupiah; a free delivery has none."""

    id: PromotionId
    name_id: str
    name_en: str
    kind: PromotionKind
    value: int
    cap_rupiah: int | None
    minimum_rupiah: int
    merchants: frozenset[MerchantId]
    categories: frozenset[str]
    kecamatan: frozenset[str]
    first_order: bool
    borne_by: DiscountBorneBy
    merchant_id: MerchantId | None
    code: str | None
    status: PromotionStatus
    starts_at: datetime
    ends_at: datetime
    uses_left: int | None
    left_rupiah: int | None
    per_buyer: int | None
    used_by_buyer: int = 0


@dataclass(frozen=True, slots=True)
class Goods:
    """So much of one kind of one merchant's; several may be of the same."""

    merchant_id: MerchantId
    category: str
    rupiah: int


@dataclass(frozen=True, slots=True)
class Basket:
    """What an order is of. `fee_rupiah` is None while the trip is not quoted, `kecamatan_code` while the place is not known: then nothing
    is refused for them."""

    goods: Sequence[Goods]
    fee_rupiah: int | None
    kecamatan_code: str | None
    first_order: bool
    at: datetime


def basket_of(goods: Sequence[Goods], at: datetime, *, first_order: bool, kecamatan_code: str | None = None) -> Basket:
    """Of a cart that somebody looks at: what its trip will cost nobody knows yet."""
    return Basket(goods, None, kecamatan_code, first_order, at)


@dataclass(frozen=True, slots=True)
class Part:
    """What one merchant's goods have of a promotion: `goods_rupiah` of theirs count for it, and `minimum_rupiah` is their part of what the
    buyer had to buy. What becomes of it when the goods become fewer hangs on nothing else."""

    merchant_id: MerchantId
    goods_rupiah: int
    minimum_rupiah: int
    amount_rupiah: int


@dataclass(frozen=True, slots=True)
class Applied:
    """`amount_rupiah` is off the fee where there are no parts, else their sum."""

    promotion: Promotion
    amount_rupiah: int
    parts: Sequence[Part] = ()

    @property
    def whole_fee(self) -> bool:
        """Of a fee that is not known yet all, whatever it will be."""
        return not self.parts and self.amount_rupiah > _UNBOUNDED // 2


@dataclass(frozen=True, slots=True)
class Discounts:
    """All that is taken off, in the order in which it is. `against` is why the voucher takes nothing."""

    applied: Sequence[Applied] = ()
    against: VoucherDoesNotApply | None = None

    @property
    def goods_rupiah(self) -> int:
        return sum(each.amount_rupiah for each in self.applied if each.parts)

    @property
    def fee_rupiah(self) -> int:
        return sum(each.amount_rupiah for each in self.applied if not each.parts)

    def of(self, merchant_id: MerchantId) -> int:
        """Off this merchant's goods, whoever bears it."""
        return self._off(merchant_id, DiscountBorneBy)

    def borne_by(self, merchant_id: MerchantId) -> int:
        """Off this merchant's goods, of its own."""
        return self._off(merchant_id, (DiscountBorneBy.MERCHANT,))

    def _off(self, merchant_id: MerchantId, bearers: Iterable[DiscountBorneBy]) -> int:
        by = frozenset(bearers)
        return sum(
            part.amount_rupiah
            for each in self.applied
            if each.promotion.borne_by in by
            for part in each.parts
            if part.merchant_id == merchant_id
        )


NOTHING: Final = Discounts()


def choose(basket: Basket, promotions: Iterable[Promotion], voucher: PromotionId | None = None) -> Discounts:
    """The best for the buyer of what applies, and the voucher's if it does. Neither the sequence of goods nor of promotions matters."""
    taken: list[Promotion] = []
    against = None
    automatic: dict[tuple[DiscountBorneBy | None, MerchantId | None, bool], list[Promotion]] = {}
    for each in promotions:
        if each.id == voucher:
            try:
                check(each, basket)
            except VoucherDoesNotApply as refused:
                against = refused
            else:
                taken.append(each)
        elif each.code is None and not _refuses(each, basket):
            own = each.borne_by is DiscountBorneBy.MERCHANT
            group = (each.borne_by if own else None, each.merchant_id if own else None, _off_fee(each))
            automatic.setdefault(group, []).append(each)
    taken += [min(group, key=lambda each: (-reckoned(each, basket), each.id)) for group in automatic.values()]
    return Discounts(_taken_off(basket, taken), against)


def _refuses(promotion: Promotion, basket: Basket) -> bool:
    try:
        check(promotion, basket)
    except VoucherDoesNotApply:
        return True
    return False


def check(promotion: Promotion, basket: Basket) -> None:
    """Raises VoucherDoesNotApply. What does not run, or not yet, is not there for anybody."""
    if promotion.status is PromotionStatus.ENDED or promotion.ends_at <= basket.at:
        raise VoucherDoesNotApply(Against.OVER, until=promotion.ends_at)
    if promotion.status is not PromotionStatus.RUNNING or basket.at < promotion.starts_at:
        raise VoucherDoesNotApply(Against.UNKNOWN)
    if promotion.uses_left == 0 or promotion.left_rupiah == 0:
        raise VoucherDoesNotApply(Against.USED_UP)
    if promotion.per_buyer is not None and promotion.used_by_buyer >= promotion.per_buyer:
        raise VoucherDoesNotApply(Against.USED_BEFORE)
    if promotion.first_order and not basket.first_order:
        raise VoucherDoesNotApply(Against.FIRST_ORDER_ONLY)
    if promotion.kecamatan and basket.kecamatan_code not in {None, *promotion.kecamatan}:
        raise VoucherDoesNotApply(Against.OTHER_PLACE)
    goods = sum(eligible(promotion, basket).values())
    if not goods or (_off_fee(promotion) and basket.fee_rupiah == 0):
        raise VoucherDoesNotApply(Against.OTHER_GOODS)
    if goods < promotion.minimum_rupiah:
        raise VoucherDoesNotApply(Against.BELOW_MINIMUM, minimum_rupiah=promotion.minimum_rupiah)


def eligible(promotion: Promotion, basket: Basket) -> dict[MerchantId, int]:
    """What counts for it, by merchant; those of whom something does."""
    found: dict[MerchantId, int] = {}
    for each in basket.goods:
        of_merchant = each.merchant_id == promotion.merchant_id if promotion.merchant_id else True
        listed = not promotion.merchants or each.merchant_id in promotion.merchants
        kind = not promotion.categories or each.category in promotion.categories
        if of_merchant and listed and kind and each.rupiah:
            found[each.merchant_id] = found.get(each.merchant_id, 0) + each.rupiah
    return found


def reckoned(promotion: Promotion, basket: Basket) -> int:
    """What it takes off when nothing else does: no more than there is, than its cap and than what is left of its budget."""
    if _off_fee(promotion):
        most = basket.fee_rupiah if basket.fee_rupiah is not None else promotion.cap_rupiah
        amount = _UNBOUNDED if most is None else most
    else:
        goods = sum(eligible(promotion, basket).values())
        by_kind = percent(promotion.value, goods) if promotion.kind is PromotionKind.PERCENT else promotion.value
        amount = min(goods, by_kind)
    return min(each for each in (amount, promotion.cap_rupiah, promotion.left_rupiah) if each is not None)


_UNBOUNDED: Final = 10**12
"""More than any fee: what is said of a fee that is not known yet."""


def percent(value: int, of_rupiah: int) -> int:
    """Half-up."""
    return (2 * of_rupiah * value + 100) // 200


def _taken_off(basket: Basket, taken: Iterable[Promotion]) -> list[Applied]:
    left: dict[MerchantId, int] = {}
    for goods in basket.goods:
        left[goods.merchant_id] = left.get(goods.merchant_id, 0) + goods.rupiah
    fee_left = basket.fee_rupiah if basket.fee_rupiah is not None else _UNBOUNDED
    applied: list[Applied] = []
    for each in sorted(taken, key=_turn):
        wanted = reckoned(each, basket)
        if _off_fee(each):
            amount = min(wanted, fee_left)
            fee_left -= amount
            if amount:
                applied.append(Applied(each, amount))
            continue
        of = eligible(each, basket)
        room = {merchant: min(rupiah, left[merchant]) for merchant, rupiah in of.items()}
        shares = _within(room, min(wanted, sum(room.values())), of)
        minima = allot(min(each.minimum_rupiah, sum(of.values())), of)
        parts = [
            Part(merchant, of[merchant], minima[merchant], shares[merchant])
            for merchant in sorted(of)
            if shares[merchant]
        ]
        for part in parts:
            left[part.merchant_id] -= part.amount_rupiah
        if parts:
            applied.append(Applied(each, sum(part.amount_rupiah for part in parts), parts))
    return applied


_FIRST: Final = {each: n for n, each in enumerate(DiscountBorneBy)}


def _turn(promotion: Promotion) -> tuple[bool, int, PromotionId]:
    """What comes by itself before the voucher, a merchant's own before what others give it."""
    return promotion.code is not None, _FIRST[promotion.borne_by], promotion.id


def _off_fee(promotion: Promotion) -> bool:
    return promotion.kind is PromotionKind.FREE_DELIVERY


def _within(room: Mapping[MerchantId, int], amount: int, weights: Mapping[MerchantId, int]) -> dict[MerchantId, int]:
    """As `allot`, but nobody has more than the room that is left; what does not fit goes to the others. `amount` fits into all the room."""
    shares: dict[MerchantId, int] = {}
    others = dict(weights)
    while True:
        split = allot(amount, others)
        full = [each for each in others if split[each] > room[each]]
        if not full:
            return shares | split
        for each in full:
            shares[each] = room[each]
            amount -= room[each]
            del others[each]


def allot(amount: int, weights: Mapping[MerchantId, int]) -> dict[MerchantId, int]:
    """`amount`, which is at most the sum of the weights, over them in proportion, to the rupiah: what division leaves goes to the largest
    remainders, and of equal ones to the lower id. No share is more than its weight."""
    whole = sum(weights.values())
    if not whole:
        return dict.fromkeys(weights, 0)
    shares = {each: amount * weight // whole for each, weight in weights.items()}
    rest = amount - sum(shares.values())
    for each in sorted(weights, key=lambda each: (-(amount * weights[each] % whole), each))[:rest]:
        shares[each] += 1
    return shares


@dataclass(frozen=True, slots=True)
class Frozen:
    """A part as its order keeps it, with the terms, which do not change once a promotion has run."""

    kind: PromotionKind
    value: int
    goods_rupiah: int
    minimum_rupiah: int
    amount_rupiah: int


def after(part: Frozen, goods_now: int) -> int:
    """What stays of a discount when of the goods that counted for it only so much is left, or was weighed lighter: never more than before,
    never more than the goods. A percentage follows the goods. An amount stays whole while the goods are as much as the buyer had to buy
    for it, and below that becomes less in proportion, so that nobody gains or loses all by one bunch of spinach."""
    if goods_now >= part.goods_rupiah:
        return part.amount_rupiah
    if part.kind is PromotionKind.PERCENT:
        now = percent(part.value, goods_now)
    elif goods_now >= part.minimum_rupiah:
        now = part.amount_rupiah
    else:
        now = part.amount_rupiah * goods_now // part.minimum_rupiah
    return max(0, min(part.amount_rupiah, now, goods_now))


def all_after(parts: Sequence[tuple[Frozen, int]], goods_now: int) -> list[int]:
    """`after` of all the parts on one merchant's goods, each with what is left of the goods that count for it; together never more than
    `goods_now`. They are in the order in which they were taken off."""
    found = []
    left = goods_now
    for part, of_these in parts:
        found.append(min(left, after(part, of_these)))
        left -= found[-1]
    return found


def fee_after(amount_rupiah: int, fee_now: int) -> int:
    """What is off a fee that has become less; it never becomes more."""
    return min(amount_rupiah, fee_now)
