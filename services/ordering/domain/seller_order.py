"""A seller order: one merchant's part of an order, its state machine and its working copy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.contracts.catalog import MerchantId
from services.contracts.ordering import SellerOrderId
from services.ordering.domain.machine import Cell, Machine
from services.ordering.domain.withholding import Withholding


class SellerOrderStatus(StrEnum):
    """All that apps were told to expect; the machine says which can be reached (nobody reports PACKING)."""

    AWAITING_MERCHANT = "AWAITING_MERCHANT"
    ACCEPTED = "ACCEPTED"
    PACKING = "PACKING"
    READY = "READY"
    HANDED_OVER = "HANDED_OVER"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"
    RETURNED = "RETURNED"


class SellerOrderInput(StrEnum):
    ACCEPT = "ACCEPT"
    REJECT = "REJECT"
    EXPIRE = "EXPIRE"
    READY = "READY"
    HAND_OVER = "HAND_OVER"
    COMPLETE = "COMPLETE"
    CANCEL = "CANCEL"
    WRITE_OFF = "WRITE_OFF"  # the order ended, and the goods will not come back


_S, same, no = SellerOrderStatus, Cell.SAME, Cell.NO
# A cancelled order leaves what a merchant has ended by itself as it is; goods already handed over come back, or are written off.
# fmt: off
SELLER_ORDER: Final = Machine(SellerOrderStatus.AWAITING_MERCHANT, SellerOrderInput, {
    #                      ACCEPT       REJECT       EXPIRE      READY     HAND_OVER       COMPLETE      CANCEL        WRITE_OFF
    _S.AWAITING_MERCHANT: (_S.ACCEPTED, _S.REJECTED, _S.EXPIRED, no,       no,             no,           _S.CANCELLED, _S.CANCELLED),
    _S.ACCEPTED:          (same,        no,          same,       _S.READY, _S.HANDED_OVER, _S.COMPLETED, _S.CANCELLED, _S.CANCELLED),
    _S.READY:             (same,        no,          same,       same,     _S.HANDED_OVER, _S.COMPLETED, _S.CANCELLED, _S.CANCELLED),
    _S.HANDED_OVER:       (same,        no,          same,       same,     same,           _S.COMPLETED, _S.RETURNED,  _S.CANCELLED),
    _S.COMPLETED:         (same,        no,          same,       same,     same,           same,         same,         same),
    _S.REJECTED:          (no,          same,        same,       no,       no,             no,           same,         same),
    _S.EXPIRED:           (no,          no,          same,       no,       no,             no,           same,         same),
    _S.CANCELLED:         (no,          no,          same,       no,       no,             no,           same,         same),
    _S.RETURNED:          (no,          no,          same,       no,       no,             no,           same,         same),
})
# fmt: on


@dataclass(slots=True)
class SellerOrder:
    """A working copy; `changed` says that it is to be saved. `goods_rupiah` is of what counts now: nothing, once the order went on without
    this part (`left_at`). `fee_without_rupiah`: what the trip costs without its stop, where the quote says so. `asks`: so many questions
    of it wait for the buyer."""

    id: SellerOrderId
    merchant_id: MerchantId
    status: SellerOrderStatus
    goods_rupiah: int
    commission_rupiah: int
    accept_within_s: int
    prep_time_s: int
    auto_accept: bool
    accept_by: datetime | None = None
    ready_at: datetime | None = None
    reject_reason: str | None = None
    fee_without_rupiah: int | None = None
    left_at: datetime | None = None
    withholding: Withholding | None = None
    asks: int = 0
    changed: bool = False
    discount_rupiah: int = 0

    def is_worth(self, goods_rupiah: int) -> None:
        """The goods come to this now. The commission follows in proportion, half-up: its rate was frozen when they were sold."""
        before = self.goods_rupiah
        if before:
            self.commission_rupiah = (2 * self.commission_rupiah * goods_rupiah + before) // (2 * before)
        self.goods_rupiah, self.changed = goods_rupiah, True

    def leave(self, at: datetime) -> None:
        """The order goes on without it."""
        self.left_at, self.changed = at, True
        self.goods_rupiah = self.commission_rupiah = self.discount_rupiah = 0

    def to(self, given: SellerOrderInput) -> bool:
        """Whether it moved. Raises WrongState."""
        wanted = SELLER_ORDER.next(self.status, given)
        moved = wanted is not self.status
        self.status = wanted
        self.changed = self.changed or moved
        return moved
