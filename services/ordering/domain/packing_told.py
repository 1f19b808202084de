"""What packing tells: lines that changed, questions asked and ended. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from services.contracts.packing import LinesChanged, QuestionAnswered, QuestionAsked
from services.kit.messaging.envelope import Event
from services.ordering.domain.packing import Packing
from services.ordering.domain.question import QuestionState

_ANSWERS = {QuestionState.ACCEPTED: True, QuestionState.DECLINED: False}


def told(packing: Packing) -> Iterator[Event]:
    """What ended is told before what is asked in its place."""
    changed = sorted((each for each in packing.questions if each.changed), key=lambda each: each.is_open)
    for each in changed:
        if not each.is_open:
            yield QuestionAnswered(
                order_id=packing.order_id,
                question_id=each.id,
                seller_order_id=packing.seller_order_id,
                merchant_id=packing.merchant_id,
                line_id=each.line_id,
                accepted=_ANSWERS.get(each.state),
                answered_at=packing.at,
            )
    if packing.changes:
        yield LinesChanged(
            order_id=packing.order_id,
            seller_order_id=packing.seller_order_id,
            merchant_id=packing.merchant_id,
            lines=packing.changes,
            changed_at=packing.at,
        )
    for each in changed:
        if each.is_open:
            yield QuestionAsked(
                order_id=packing.order_id,
                question_id=each.id,
                seller_order_id=packing.seller_order_id,
                merchant_id=packing.merchant_id,
                line_id=each.line_id,
                kind=each.kind,
                name=packing.line(each.line_id).name,
                total_rupiah=each.total_rupiah,
                otherwise_rupiah=each.otherwise_rupiah,
                asked_at=each.asked_at,
                answer_by=each.answer_by,
            )
