"""The ledger's rules: which transfers a delivery makes, paid in cash or before, and which a trip that failed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.contracts.catalog import MerchantId
from services.contracts.kasbon import KasbonId
from services.contracts.ordering import BorneBy
from services.ordering.domain.withholding import Withholding

PLATFORM_PROMOTIONS: Final = "platform:promotions"


def regency_budget(programme: str) -> str:
    """The account of a programme of the regency."""
    return f"regency:{programme}:budget"


def programme_of(account: str) -> str | None:
    """Whose budget the account is; None when it is no programme's."""
    before, _, after = account.partition(":")
    programme, _, what = after.rpartition(":")
    return programme if before == "regency" and what == "budget" else None


class Kind(StrEnum):
    GOODS = "GOODS"
    COMMISSION = "COMMISSION"
    RIDER_SHARE = "RIDER_SHARE"
    PARTNER_SHARE = "PARTNER_SHARE"
    PLATFORM_SHARE = "PLATFORM_SHARE"
    ROUNDING = "ROUNDING"
    CASH_SHORT = "CASH_SHORT"
    CASH_OVER = "CASH_OVER"
    FAILED_TRIP = "FAILED_TRIP"  # a share of the fee, earned by a trip in vain
    TRIP_PAY = "TRIP_PAY"  # beside the fee: for a job that was called off, the way back, waiting
    LOST_GOODS = "LOST_GOODS"
    CLAIM = "CLAIM"  # owed to a buyer whose goods were not what was ordered
    CLAIM_SETTLED = "CLAIM_SETTLED"  # and given
    PPH22 = "PPH22"
    CASH_CARRIED = "CASH_CARRIED"  # of the company's cash, what a rider has in the pocket
    CASH_HANDOVER = "CASH_HANDOVER"
    PAYOUT = "PAYOUT"
    PAYOUT_REVERSED = "PAYOUT_REVERSED"
    DISCOUNT = "DISCOUNT"  # what the buyer was spared, from who promised it
    PAYMENT = "PAYMENT"  # came by code: the provider owes it, and it is the buyer's until the order is handed over
    MDR = "MDR"  # what the provider keeps of it
    REFUND_BORNE = "REFUND_BORNE"  # is to go back, at somebody's cost
    REFUND = "REFUND"  # went back
    KASBON = "KASBON"  # handed over to a buyer who owes it to the merchant
    KASBON_PAID = "KASBON_PAID"
    KASBON_FORGIVEN = "KASBON_FORGIVEN"
    KASBON_TAKEN_BACK = "KASBON_TAKEN_BACK"  # a payment that was none
    KASBON_CLAIMED = "KASBON_CLAIMED"  # a claim takes it off what is owed


@dataclass(frozen=True, slots=True)
class Transfer:
    """`amount_rupiah` > 0 leaves `credit` and is owed by `debit`. `rule` is what a tax, or a trip's pay, was reckoned by; `cause`
    tells apart what happens to an order several times."""

    kind: Kind
    debit: str
    credit: str
    amount_rupiah: int
    rule: str | None = None
    cause: str = ""


def held(test: bool) -> str:
    """Money of buyers that the platform has: paid, and neither handed over for nor given back."""
    return f"{_mark(test)}buyers:held"


def clearing(provider: str, test: bool) -> str:
    """What a provider has taken for the platform, and owes it."""
    return f"{_mark(test)}provider:{provider}:clearing"


def by_hand(test: bool) -> str:
    """What persons have given back for the platform, from its own purse."""
    return f"{_mark(test)}platform:by_hand"


def mdr_account(test: bool) -> str:
    return f"{_mark(test)}platform:mdr"


def kasbon_owed(kasbon_id: KasbonId, *, test: bool) -> str:
    """What one buyer owes one merchant, as a debit. It is between the two: the platform has no part in it."""
    return f"{_mark(test)}kasbon:{kasbon_id}:owed"


def owed_to_merchant(merchant_id: MerchantId, *, test: bool) -> str:
    """What all its buyers owe a merchant, as a credit."""
    return f"{_mark(test)}merchant:{merchant_id}:kasbon"


def _mark(test: bool) -> str:
    return "test:" if test else ""


@dataclass(frozen=True, slots=True)
class Sale:
    """What one merchant sold in the order; `discount_rupiah` is what it gave of its own accord."""

    merchant_id: MerchantId
    goods_rupiah: int
    commission_rupiah: int
    withholding: Withholding | None = None
    discount_rupiah: int = 0

    @property
    def price_rupiah(self) -> int:
        """What the goods are paid for with, by whomever."""
        return self.goods_rupiah - self.discount_rupiah


@dataclass(frozen=True, slots=True)
class Borne:
    """What `account` gives for the goods of a merchant, or for the trip."""

    account: str
    merchant_id: MerchantId | None
    amount_rupiah: int


@dataclass(frozen=True, slots=True)
class Shares:
    """The quoted parts of the delivery fee; their sum is the fee."""

    rider_rupiah: int
    partner_rupiah: int
    platform_rupiah: int

    @property
    def fee_rupiah(self) -> int:
        return self.rider_rupiah + self.partner_rupiah + self.platform_rupiah

    def of(self, fee_rupiah: int) -> Shares:
        """Of another fee, in the same proportion, by largest remainder: the parts make the fee. A tie goes to the rider first."""
        parts = (self.rider_rupiah, self.partner_rupiah, self.platform_rupiah)
        before = self.fee_rupiah
        if before == 0:
            return Shares(fee_rupiah, 0, 0)
        whole = [fee_rupiah * part // before for part in parts]
        by_remainder = sorted(range(3), key=lambda place: -(fee_rupiah * parts[place] % before))
        for place in by_remainder[: fee_rupiah - sum(whole)]:
            whole[place] += 1
        return Shares(*whole)


def cash_on_delivery(
    sales: Sequence[Sale],
    shares: Shares,
    *,
    partner: str,
    rider: str | None,
    carries: bool = False,
    due_rupiah: int,
    collected_rupiah: int,
    test: bool,
    borne: Sequence[Borne] = (),
) -> list[Transfer]:
    """The partner whose rider took the cash owes the order's whole total to those whom it belongs to. `due_rupiah` is what was asked in
    cash: its difference from the total is the platform's gain or loss, in an account of its own, unless the very total was paid. What is
    short of what was asked stays owed by the partner in an account of its own; what is over belongs to the buyer. What the rider
    `carries` of the partner's cash is booked beside, between the two of them. Who bears a discount pays it to those who would have had it
    from the buyer. Test orders move test accounts only.

    The transfers out of the partner's cash for goods, commission and shares sum to the total, always.
    """
    mark = "test:" if test else ""
    cash = f"{mark}partner:{partner}:cash"
    fee = shares.fee_rupiah
    total = sum(sale.price_rupiah for sale in sales) + fee - sum(each.amount_rupiah for each in borne)
    due = total if collected_rupiah == total else due_rupiah
    for_trip = [each for each in borne if each.merchant_id is None]
    trip = _shares(shares, partner, rider, mark)
    wanted = [
        *_goods(cash, sales, borne, mark),
        *_withheld(sales, mark),
        *_trip(cash, trip, fee - sum(each.amount_rupiah for each in for_trip), for_trip, mark),
        Transfer(Kind.ROUNDING, cash, f"{mark}platform:rounding", due - total),
        Transfer(Kind.ROUNDING, f"{mark}platform:rounding", cash, total - due),
        Transfer(Kind.CASH_SHORT, f"{mark}partner:{partner}:shortfall", cash, due - collected_rupiah),
        Transfer(Kind.CASH_OVER, cash, f"{mark}buyers:overpaid", collected_rupiah - due),
        *(
            [
                Transfer(
                    Kind.CASH_CARRIED,
                    f"{mark}rider:{rider}:carrying",
                    f"{mark}partner:{partner}:with_riders",
                    collected_rupiah,
                )
            ]
            if rider and carries
            else []
        ),
    ]
    return [transfer for transfer in wanted if transfer.amount_rupiah > 0]


def paid_before(
    sales: Sequence[Sale],
    shares: Shares,
    *,
    partner: str,
    rider: str | None,
    merchant_id: MerchantId | None,
    test: bool,
    borne: Sequence[Borne] = (),
) -> list[Transfer]:
    """The buyer's money becomes that of those whom it belongs to, once they have the goods: of a trip's company and rider too, unless a
    merchant handed it over. Nobody has taken cash. The transfers out of the purse sum to the order's total, always."""
    mark, purse = _mark(test), held(test)
    wanted = [*_goods(purse, sales, borne, mark), *_withheld(sales, mark)]
    if merchant_id is None:
        for_trip = [each for each in borne if each.merchant_id is None]
        trip = _shares(shares, partner, rider, mark)
        wanted += _trip(purse, trip, shares.fee_rupiah - sum(each.amount_rupiah for each in for_trip), for_trip, mark)
    return [transfer for transfer in wanted if transfer.amount_rupiah > 0]


def at_the_counter(sale: Sale, *, due_rupiah: int, test: bool, borne: Sequence[Borne] = ()) -> list[Transfer]:
    """The merchant took the cash itself, what was asked and no less: it owes it to those whom it belongs to, first of all to itself."""
    mark = "test:" if test else ""
    cash = f"{mark}merchant:{sale.merchant_id}:cash"
    rounding = f"{mark}platform:rounding"
    total = sale.price_rupiah - sum(each.amount_rupiah for each in borne)
    wanted = [
        *_goods(cash, [sale], borne, mark),
        Transfer(Kind.ROUNDING, cash, rounding, due_rupiah - total),
        Transfer(Kind.ROUNDING, rounding, cash, total - due_rupiah),
    ]
    return [transfer for transfer in wanted if transfer.amount_rupiah > 0]


def on_kasbon(sale: Sale, kasbon_id: KasbonId, *, test: bool, borne: Sequence[Borne] = ()) -> list[Transfer]:
    """As at the counter: with the platform the merchant stands as if it had taken the money itself, so what it is to keep of it is owed
    alike. That the buyer has not paid is booked beside, between the two of them."""
    of_goods = [each for each in borne if each.merchant_id is not None]
    owed = sale.price_rupiah - sum(each.amount_rupiah for each in of_goods)
    beside = Transfer(
        Kind.KASBON, kasbon_owed(kasbon_id, test=test), owed_to_merchant(sale.merchant_id, test=test), owed
    )
    return [*at_the_counter(sale, due_rupiah=owed, test=test, borne=of_goods), *([beside] if owed > 0 else [])]


def _goods(cash: str, sales: Sequence[Sale], borne: Sequence[Borne], mark: str) -> list[Transfer]:
    """To each merchant its price less the commission: from the cash what the buyer paid, from those who bear the rest what they bear. What
    of the commission the cash does not hold comes out of what the merchant was given."""
    found: list[Transfer] = []
    commission = 0
    for sale in sales:
        payable = f"{mark}merchant:{sale.merchant_id}:payable"
        given = _together(each for each in borne if each.merchant_id == sale.merchant_id)
        paid = sale.price_rupiah - sum(given.values())
        of_cash = min(paid, sale.commission_rupiah)
        commission += of_cash
        found.append(Transfer(Kind.GOODS, cash, payable, paid - of_cash))
        found += [Transfer(Kind.DISCOUNT, mark + account, payable, amount) for account, amount in given.items()]
        found.append(Transfer(Kind.COMMISSION, payable, f"{mark}platform:commission", sale.commission_rupiah - of_cash))
    return [*found, Transfer(Kind.COMMISSION, cash, f"{mark}platform:commission", commission)]


def _withheld(sales: Sequence[Sale], mark: str) -> list[Transfer]:
    """Of what the merchant is owed, and of all that its goods are paid for with."""
    return [
        Transfer(
            Kind.PPH22,
            f"{mark}merchant:{sale.merchant_id}:payable",
            f"{mark}tax:pph22",
            sale.withholding.of(sale.price_rupiah),
            sale.withholding.rule,
        )
        for sale in sales
        if sale.withholding
    ]


def _shares(shares: Shares, partner: str, rider: str | None, mark: str) -> list[tuple[Kind, str, int]]:
    """Whose the parts of the fee are."""
    rider_account = f"{mark}rider:{rider}:payable" if rider else f"{mark}partner:{partner}:riders"
    return [
        (Kind.RIDER_SHARE, rider_account, shares.rider_rupiah),
        (Kind.PARTNER_SHARE, f"{mark}partner:{partner}:payable", shares.partner_rupiah),
        (Kind.PLATFORM_SHARE, f"{mark}platform:fees", shares.platform_rupiah),
    ]


def _trip(
    cash: str, shares: Sequence[tuple[Kind, str, int]], paid_rupiah: int, borne: Sequence[Borne], mark: str
) -> list[Transfer]:
    """To each its share of the fee, in their order from what the buyer paid and then from those who bear the rest."""
    purses = [(cash, paid_rupiah), *((mark + account, amount) for account, amount in _together(borne).items())]
    found: list[Transfer] = []
    for kind, whose, share in shares:
        while share and purses:
            purse, left = purses[0]
            amount = min(share, left)
            found.append(Transfer(kind if purse == cash else Kind.DISCOUNT, purse, whose, amount))
            share -= amount
            purses[0] = purse, left - amount
            if left == amount:
                purses.pop(0)
    return found


def _together(borne: Iterable[Borne]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in borne:
        found[each.account] = found.get(each.account, 0) + each.amount_rupiah
    return dict(sorted(found.items()))


def failed_trip(
    sales: Sequence[Sale],
    shares: Shares,
    *,
    borne_by: BorneBy,
    partner: str,
    rider: str | None,
    gone: bool,
    test: bool,
) -> list[Transfer]:
    """After ONDC's reason codes: whose fault it was bears the cost, but a buyer who got nothing pays nothing, and the platform stands in.

    A trip in vain by no fault of its company earns rider and company their shares; the platform has earned none. Goods that are `gone`
    are the merchants' in full, less what they gave of their own accord, owed by the company that lost them; a merchant whose fault it was
    bears its own.
    """
    mark = "test:" if test else ""
    losses = f"{mark}platform:losses"
    rider_account = f"{mark}rider:{rider}:payable" if rider else f"{mark}partner:{partner}:riders"
    wanted: list[Transfer] = []
    if borne_by is not BorneBy.PARTNER:
        # Of several merchants nobody can say whose fault it was.
        at_fault = f"{mark}merchant:{sales[0].merchant_id}:payable"
        payer = at_fault if borne_by is BorneBy.MERCHANT and len(sales) == 1 else losses
        wanted += [
            Transfer(Kind.FAILED_TRIP, payer, rider_account, shares.rider_rupiah),
            Transfer(Kind.FAILED_TRIP, payer, f"{mark}partner:{partner}:payable", shares.partner_rupiah),
        ]
    if gone and not (borne_by is BorneBy.MERCHANT and len(sales) == 1):
        payer = f"{mark}partner:{partner}:losses" if borne_by is BorneBy.PARTNER else losses
        wanted += [
            Transfer(Kind.LOST_GOODS, payer, f"{mark}merchant:{sale.merchant_id}:payable", sale.price_rupiah)
            for sale in sales
        ]
    return [transfer for transfer in wanted if transfer.amount_rupiah > 0]
