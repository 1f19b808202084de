"""Who has done something, and why: what stands beside each entry of a history. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.contracts.ordering import SellerOrderId
from services.contracts.reasons import ReasonCode
from services.ordering.domain.process import Input


class ActorKind(StrEnum):
    BUYER = "BUYER"
    MERCHANT = "MERCHANT"
    COMPANY = "COMPANY"  # the ojek company, or its rider
    TIMER = "TIMER"
    PLATFORM = "PLATFORM"
    OFFICER = "OFFICER"  # of the regency, or of operations


@dataclass(frozen=True, slots=True)
class By:
    """`subject` is of the person's token; a timer and the platform have none. `reason` are the person's words. `seller_order_id` is the
    part of the order that it was about, None of the whole."""

    kind: ActorKind
    subject: str | None = None
    reason: str | None = None
    code: ReasonCode | None = None
    seller_order_id: SellerOrderId | None = None


TIMER: Final = By(ActorKind.TIMER)

_K = ActorKind
OF_INPUT: Final[Mapping[str, ActorKind]] = {
    Input.STOCK_HELD: _K.PLATFORM,
    Input.STOCK_REFUSED: _K.PLATFORM,
    Input.STOCK_EXPIRED: _K.PLATFORM,
    Input.STOCK_COMMITTED: _K.PLATFORM,
    Input.STOCK_RELEASED: _K.PLATFORM,
    Input.MERCHANTS_ACCEPTED: _K.MERCHANT,
    Input.MERCHANT_REJECTED: _K.MERCHANT,
    Input.DELIVERY_DUE: _K.TIMER,
    Input.COUNTER_OPENS: _K.PLATFORM,
    Input.HANDED_OVER: _K.MERCHANT,
    Input.FETCH_DEADLINE: _K.TIMER,
    Input.STOCK_DEADLINE: _K.TIMER,
    Input.ACCEPT_DEADLINE: _K.TIMER,
    Input.DELIVERY_DEADLINE: _K.TIMER,
    Input.DELIVERY_ASSIGNED: _K.COMPANY,
    Input.DELIVERY_UNASSIGNED: _K.COMPANY,
    Input.PICKED_UP: _K.COMPANY,
    Input.DELIVERED: _K.COMPANY,
    Input.ATTEMPT_FAILED: _K.COMPANY,
    Input.RETURNED: _K.COMPANY,
    Input.UNASSIGNABLE: _K.PLATFORM,
    Input.DELIVERY_CANCELLED: _K.PLATFORM,
    Input.BUYER_CANCELS: _K.BUYER,
    "PLACED": _K.BUYER,
    "MERCHANT_ACCEPTED": _K.MERCHANT,
    "SELLER_ORDER_READY": _K.MERCHANT,
    "HANDED_OVER_BY_OPS": _K.OFFICER,
    "RIDER_ARRIVED_AT_PICKUP": _K.COMPANY,
    "GOODS_FETCHED": _K.COMPANY,
    "STOP_FAILED": _K.COMPANY,
    "RIDER_WAITED": _K.COMPANY,
    "RIDER_ARRIVED_AT_DROPOFF": _K.COMPANY,
}
"""Whose doing an input is where nobody was written down with it: entries of before, and what only one kind of actor brings."""


def kind_of(given: str) -> ActorKind:
    return OF_INPUT.get(given, ActorKind.PLATFORM)
