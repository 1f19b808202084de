"""What a trip pays beside its fee: booked by whose fault it was, by the rule that delivery went by. Pure."""

from __future__ import annotations

from typing import Final

from services.contracts.catalog import MerchantId
from services.contracts.delivery import TripPay
from services.contracts.ordering import BorneBy
from services.ordering.domain.ledger import Kind, Transfer

CALLED_OFF: Final = "CALLED_OFF"
WAY_BACK: Final = "WAY_BACK"


def waited_at(merchant_id: MerchantId) -> str:
    return f"WAITED:{merchant_id}"


def trip_pay(pay: TripPay, cause: str, *, borne_by: BorneBy, merchants: list[MerchantId], test: bool) -> list[Transfer]:
    """A company whose fault it was has nothing of it. A merchant pays when it was its fault, and it is known which; for a buyer who got
    nothing, and for nobody's fault, the platform stands in."""
    if borne_by is BorneBy.PARTNER:
        return []
    mark = "test:" if test else ""
    its_own = borne_by is BorneBy.MERCHANT and len(merchants) == 1
    payer = f"{mark}merchant:{merchants[0]}:payable" if its_own else f"{mark}platform:losses"
    rider = f"{mark}rider:{pay.rider_id}:payable" if pay.rider_id else f"{mark}partner:{pay.partner_id}:riders"
    wanted = [
        Transfer(Kind.TRIP_PAY, payer, rider, pay.rider_rupiah, pay.rule, cause),
        Transfer(Kind.TRIP_PAY, payer, f"{mark}partner:{pay.partner_id}:payable", pay.partner_rupiah, pay.rule, cause),
    ]
    return [each for each in wanted if each.amount_rupiah > 0]
