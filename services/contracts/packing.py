"""What ordering tells of packing: lines that are not packed as they were ordered, and what their buyer is asked."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import msgspec

from services.contracts.catalog import MerchantId, VariantId
from services.contracts.ordering import OrderEvent, OrderLineId, SellerOrderId
from services.kit.ids import Id


class QuestionId(Id, prefix="qst"):
    pass


class LineChange(StrEnum):
    """What became of a line while it was packed: weighed, less of it or nothing, or other goods in its place."""

    WEIGHED = "WEIGHED"
    DROPPED = "DROPPED"
    REPLACED = "REPLACED"


class QuestionKind(StrEnum):
    """What a merchant who packs asks the buyer: heavier than agreed, not all there, or other goods in its place."""

    OVERWEIGHT = "OVERWEIGHT"
    SHORT = "SHORT"
    REPLACEMENT = "REPLACEMENT"


class ChangedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Quantities are base units, and the sums what the line comes to, before and now. What replaces it has a line of its own, of so much of
    another variant."""

    line_id: OrderLineId
    variant_id: VariantId
    name: str
    change: LineChange
    quantity_before: int
    quantity: int
    rupiah_before: int
    rupiah: int
    packed_gram: int | None = None
    replaced_by_variant_id: VariantId | None = None
    replaced_by_quantity: int | None = None
    replaced_by_rupiah: int | None = None


class LinesChanged(OrderEvent, frozen=True, kw_only=True):
    """What is packed is not what was ordered. What replaces a line was in its merchant's hand: no stock was held for it."""

    type: ClassVar[str] = "ordering.lines_changed.v1"

    seller_order_id: SellerOrderId
    merchant_id: MerchantId
    lines: list[ChangedLine]
    changed_at: datetime


class QuestionAsked(OrderEvent, frozen=True, kw_only=True):
    """The buyer may answer until `answer_by`. `total_rupiah` is what the line comes to with a yes, `otherwise_rupiah` without."""

    type: ClassVar[str] = "ordering.question_asked.v1"

    question_id: QuestionId
    seller_order_id: SellerOrderId
    merchant_id: MerchantId
    line_id: OrderLineId
    kind: QuestionKind
    name: str
    total_rupiah: int
    otherwise_rupiah: int
    asked_at: datetime
    answer_by: datetime


class QuestionAnswered(OrderEvent, frozen=True, kw_only=True):
    """It is open no longer. `accepted` is null when nobody answered: in time, or before its merchant did otherwise."""

    type: ClassVar[str] = "ordering.question_answered.v1"

    question_id: QuestionId
    seller_order_id: SellerOrderId
    merchant_id: MerchantId
    line_id: OrderLineId
    accepted: bool | None
    answered_at: datetime
