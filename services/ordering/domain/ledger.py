"""The ledger's rules: which transfers a delivery paid in cash makes, and which a trip that failed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.contracts.catalog import MerchantId
from services.contracts.ordering import BorneBy
from services.ordering.domain.withholding import Withholding

COMMISSION_PERMILLE: Final = 0
"""What the platform keeps of the goods: nothing, for now. Stated, so that changing it is a change here."""


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
    LOST_GOODS = "LOST_GOODS"
    CLAIM = "CLAIM"  # owed to a buyer whose goods were not what was ordered
    CLAIM_SETTLED = "CLAIM_SETTLED"  # and given
    PPH22 = "PPH22"
    CASH_CARRIED = "CASH_CARRIED"  # of the company's cash, what a rider has in the pocket
    CASH_HANDOVER = "CASH_HANDOVER"
    PAYOUT = "PAYOUT"
    PAYOUT_REVERSED = "PAYOUT_REVERSED"


@dataclass(frozen=True, slots=True)
class Transfer:
    """`amount_rupiah` > 0 leaves `credit` and is owed by `debit`. `rule` is what a tax was reckoned by."""

    kind: Kind
    debit: str
    credit: str
    amount_rupiah: int
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """What one merchant sold in the order."""

    merchant_id: MerchantId
    goods_rupiah: int
    commission_rupiah: int
    withholding: Withholding | None = None


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


def commission(goods_rupiah: int) -> int:
    """Half-up."""
    return (2 * goods_rupiah * COMMISSION_PERMILLE + 1000) // 2000


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
) -> list[Transfer]:
    """The partner whose rider took the cash owes the order's whole total to those whom it belongs to. `due_rupiah` is what was asked in
    cash: its difference from the total is the platform's gain or loss, in an account of its own, unless the very total was paid. What is
    short of what was asked stays owed by the partner in an account of its own; what is over belongs to the buyer. What the rider
    `carries` of the partner's cash is booked beside, between the two of them. Test orders move test accounts only.

    The transfers out of the partner's cash for goods, commission and shares sum to the total, always.
    """
    mark = "test:" if test else ""
    cash = f"{mark}partner:{partner}:cash"
    rider_account = f"{mark}rider:{rider}:payable" if rider else f"{mark}partner:{partner}:riders"
    platform = f"{mark}platform:fees"
    total = (
        sum(sale.goods_rupiah for sale in sales) + shares.rider_rupiah + shares.partner_rupiah + shares.platform_rupiah
    )
    due = total if collected_rupiah == total else due_rupiah
    wanted = [
        *(
            Transfer(Kind.GOODS, cash, f"{mark}merchant:{sale.merchant_id}:payable",
                     sale.goods_rupiah - sale.commission_rupiah)
            for sale in sales
        ),
        *(
            Transfer(Kind.PPH22, f"{mark}merchant:{sale.merchant_id}:payable", f"{mark}tax:pph22",
                     sale.withholding.of(sale.goods_rupiah), sale.withholding.rule)
            for sale in sales if sale.withholding
        ),
        Transfer(Kind.COMMISSION, cash, f"{mark}platform:commission", sum(sale.commission_rupiah for sale in sales)),
        Transfer(Kind.RIDER_SHARE, cash, rider_account, shares.rider_rupiah),
        Transfer(Kind.PARTNER_SHARE, cash, f"{mark}partner:{partner}:payable", shares.partner_rupiah),
        Transfer(Kind.PLATFORM_SHARE, cash, platform, shares.platform_rupiah),
        Transfer(Kind.ROUNDING, cash, f"{mark}platform:rounding", due - total),
        Transfer(Kind.ROUNDING, f"{mark}platform:rounding", cash, total - due),
        Transfer(Kind.CASH_SHORT, f"{mark}partner:{partner}:shortfall", cash, due - collected_rupiah),
        Transfer(Kind.CASH_OVER, cash, f"{mark}buyers:overpaid", collected_rupiah - due),
        *(
            [Transfer(Kind.CASH_CARRIED, f"{mark}rider:{rider}:carrying", f"{mark}partner:{partner}:with_riders", collected_rupiah)]
            if rider and carries else []
        ),
    ]  # fmt: skip
    return [transfer for transfer in wanted if transfer.amount_rupiah > 0]


def at_the_counter(sale: Sale, *, due_rupiah: int, test: bool) -> list[Transfer]:
    """The merchant took the cash itself, what was asked and no less: it owes it to those whom it belongs to, first of all to itself."""
    mark = "test:" if test else ""
    cash = f"{mark}merchant:{sale.merchant_id}:cash"
    rounding = f"{mark}platform:rounding"
    wanted = [
        Transfer(Kind.GOODS, cash, f"{mark}merchant:{sale.merchant_id}:payable",
                 sale.goods_rupiah - sale.commission_rupiah),
        Transfer(Kind.COMMISSION, cash, f"{mark}platform:commission", sale.commission_rupiah),
        Transfer(Kind.ROUNDING, cash, rounding, due_rupiah - sale.goods_rupiah),
        Transfer(Kind.ROUNDING, rounding, cash, sale.goods_rupiah - due_rupiah),
    ]  # fmt: skip
    return [transfer for transfer in wanted if transfer.amount_rupiah > 0]


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
    are the merchants' in full, owed by the company that lost them; a merchant whose fault it was bears its own.
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
            Transfer(Kind.LOST_GOODS, payer, f"{mark}merchant:{sale.merchant_id}:payable", sale.goods_rupiah)
            for sale in sales
        ]
    return [transfer for transfer in wanted if transfer.amount_rupiah > 0]
