"""What was heard of the market, as its statements find it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.contracts.delivery import OfferId, PartnerId
from services.contracts.ordering import HandoverWay, OrderId, SellerOrderId


@dataclass(frozen=True, slots=True)
class Order:
    id: OrderId
    code: str
    buyer: str
    cash_rupiah: int
    is_over: bool
    way: HandoverWay = HandoverWay.DELIVERY
    slot_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A seller order, and who is of its merchant."""

    id: SellerOrderId
    merchant: str
    members: tuple[str, ...]
    accept_within_s: int
    goods_rupiah: int
    is_answered: bool


@dataclass(frozen=True, slots=True)
class Company:
    id: PartnerId
    name: str
    owners: tuple[str, ...]
    dispatchers: tuple[str, ...]

    @property
    def people(self) -> tuple[str, ...]:
        return (*self.owners, *self.dispatchers)


@dataclass(frozen=True, slots=True)
class Offer:
    """`told` are those who were told of it."""

    id: OfferId
    partner_id: PartnerId
    told: tuple[str, ...]
