"""Packing one merchant's part: lines are weighed, short, dropped or replaced; what the buyer has not agreed to is asked. Pure.

A question changes no sum while it is open, but that a line which weighs too much is charged at its cap at once: a yes may raise it. What is
done without a yes is decided when it is asked, so that its deadline has nothing to decide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from services.contracts.catalog import MerchantId, VariantId
from services.contracts.ordering import OrderId, OrderLineId, SellerOrderId
from services.contracts.packing import ChangedLine, LineChange, QuestionId, QuestionKind
from services.ordering.domain.cart import MAX_QUANTITY, QuantityInvalid, check_goods, check_quantity, line_total
from services.ordering.domain.order import Order
from services.ordering.domain.order_line import LINE, Line, LineInput
from services.ordering.domain.process import State
from services.ordering.domain.question import (
    MOST_QUESTIONS,
    IfNotAccepted,
    Question,
    QuestionInput,
    QuestionIsOpen,
    QuestionsAreTooMany,
    QuestionState,
    Replacement,
    answer_within,
)
from services.ordering.domain.refusal import Refused, WrongState
from services.ordering.domain.seller_order import SellerOrder, SellerOrderStatus
from services.ordering.domain.wishes import WhenShort

QUESTION_DEADLINE: Final = "order.question_deadline"
"""The kind of the timer that each open question has, by its id. It is none of the process's: an order may have several."""
MAX_GRAM: Final = MAX_QUANTITY
_PACKED_IN: Final = frozenset(State) - {
    State.CALLED_OFF,
    State.CALLED_OFF_UNDERWAY,
    State.PICKED_UP,
    State.COMPLETED,
    State.CANCELLED,
}


class NotByWeight(Refused):
    """What is not priced by weight is packed by its quantity."""

    def __init__(self, line: Line) -> None:
        super().__init__(f"{line.name} is not priced by weight")
        self.line_id = line.id
        self.variant_id = line.variant_id


class WeightInvalid(Refused):
    def __init__(self) -> None:
        super().__init__(f"it weighs 1 to {MAX_GRAM} grams")


class LastLine(Refused):
    """Of this merchant: an order without it is called off as its whole part."""

    def __init__(self, line: Line) -> None:
        super().__init__(f"{line.name} is the last of this part; cancel the part")
        self.line_id = line.id
        self.variant_id = line.variant_id


def packs(order: Order, seller: SellerOrder) -> bool:
    """Whether it is packed now: not before it is accepted, not once it is ready, and not once the goods may have left, or were paid for as
    they were."""
    return seller.status is SellerOrderStatus.ACCEPTED and order.state in _PACKED_IN and not order.is_booked


def check_packs(order: Order, seller: SellerOrder) -> None:
    """Raises WrongState."""
    if not packs(order, seller):
        raise WrongState(seller.status, LineInput.PACK)


@dataclass(slots=True)
class Packing:
    """One part as it is packed: its lines, and the questions of it that are open. `besides_rupiah` are the order's other goods."""

    order_id: OrderId
    seller_order_id: SellerOrderId
    merchant_id: MerchantId
    at: datetime
    within: timedelta
    besides_rupiah: int
    lines: list[Line]
    questions: list[Question]
    changes: list[ChangedLine] = field(default_factory=list)
    new_line: Callable[[], OrderLineId] = OrderLineId.new
    new_question: Callable[[], QuestionId] = QuestionId.new

    @classmethod
    def of(cls, order: Order, seller: SellerOrder, lines: list[Line], questions: list[Question]) -> Packing:
        if order.never_rises:
            for line in lines:
                line.most_rupiah = next(
                    (each.most_rupiah for each in lines if each.id == line.replaces), line.total_rupiah
                )
        if (room := order.room_rupiah) is not None:
            for line in lines:
                line.most_rupiah = min(
                    line.now_rupiah + room, *((line.most_rupiah,) if line.most_rupiah is not None else ())
                )
        return cls(
            order_id=order.id,
            seller_order_id=seller.id,
            merchant_id=seller.merchant_id,
            at=order.at,
            within=answer_within(order.at, rider_comes=order.state is State.ASSIGNED, wanted_from=order.slot_from),
            besides_rupiah=sum(each.goods_rupiah for each in order.sellers if each is not seller),
            lines=lines,
            questions=questions,
        )

    @property
    def goods_rupiah(self) -> int:
        return sum(line.now_rupiah for line in self.lines)

    @property
    def changed(self) -> bool:
        return any(each.changed for each in self.lines) or any(each.changed for each in self.questions)

    def line(self, line_id: OrderLineId) -> Line:
        return next(each for each in self.lines if each.id == line_id)

    def question(self, question_id: QuestionId) -> Question | None:
        return next((each for each in self.questions if each.id == question_id), None)

    # -- by the merchant ----------------------------------------------------------------------------------------------

    def is_weighed(self, line: Line, gram: int) -> bool:
        """Whether this was said before."""
        asked = self._asked(line)
        return line.packed_gram == gram and line.is_there and (asked is None or asked.kind is QuestionKind.OVERWEIGHT)

    def weigh(self, line: Line, gram: int) -> None:
        """All pieces that are packed of it together. Up to the cap it costs what it weighs; above it costs the cap, and the buyer is asked
        for the rest; of what is paid by code it costs what was paid for it, and nothing is asked. Raises NotByWeight, WeightInvalid,
        WrongState, GoodsAreTooDear or QuestionsAreTooMany."""
        if line.catch_weight is None:
            raise NotByWeight(line)
        if not 1 <= gram <= MAX_GRAM:
            raise WeightInvalid
        before = _Before(line)
        line.weigh(gram)
        self._withdraw(line)
        self._note(line, LineChange.WEIGHED, before)
        if (rupiah := line.weighs(gram)) > line.cap_rupiah and line.most_rupiah is None:
            quantity = line.now_quantity
            self._ask(line, QuestionKind.OVERWEIGHT, quantity, rupiah, IfNotAccepted.AT_CAP, line.now_rupiah, gram=gram)

    def is_packed(self, line: Line, quantity: int) -> bool:
        asked = self._asked(line)
        if asked is not None and asked.kind is not QuestionKind.OVERWEIGHT:
            return asked.asks_the_same(QuestionKind.SHORT, quantity, None, None)
        return line.packed_quantity == quantity and (line.is_there or quantity == 0)

    def pack(self, line: Line, quantity: int) -> None:
        """So much of it is there; 0 is none. The buyer's wish decides whether that is asked first. Raises QuantityInvalid, WrongState,
        LastLine or QuestionsAreTooMany."""
        if not 0 <= quantity <= line.quantity:
            raise QuantityInvalid(line.variant_id, 0, 1, line.quantity, None)
        LINE.next(line.state, LineInput.PACK if quantity else LineInput.DROP)
        if quantity == 0 and not self._others_stay(line):
            raise LastLine(line)
        self._withdraw(line)
        if line.may_be_short(quantity):
            self._short(line, quantity)
        else:
            otherwise = IfNotAccepted.SHORT if quantity else IfNotAccepted.DROPPED
            rupiah = line.priced(quantity)
            self._ask(line, QuestionKind.SHORT, quantity, rupiah, otherwise, rupiah)

    def is_replaced(self, line: Line, variant_id: VariantId, quantity: int) -> bool:
        asked = self._asked(line)
        if asked is not None:
            return asked.asks_the_same(QuestionKind.REPLACEMENT, quantity, None, variant_id)
        return any(
            (each.replaces, each.variant_id, each.quantity) == (line.id, variant_id, quantity) for each in self.lines
        )

    def replace(self, line: Line, by: Replacement, quantity: int) -> None:
        """At once where the buyer wished something similar and it cannot come to more; else the buyer is asked. Raises QuantityInvalid,
        WrongState, GoodsAreTooDear or QuestionsAreTooMany."""
        unit = by.unit
        check_quantity(by.variant_id, quantity, minimum=unit.min, step=unit.step, maximum=unit.max)
        LINE.next(line.state, LineInput.REPLACE)
        self._withdraw(line)
        offered = self._offered(line, by, quantity)
        fine = offered.priced(quantity) <= line.total_rupiah and offered.cap_rupiah <= line.cap_of(line.quantity)
        if line.when_short is WhenShort.SIMILAR and fine:
            self._replaced(line, offered)
            return
        otherwise = IfNotAccepted.DROPPED if self._others_stay(line) else IfNotAccepted.KEPT
        without = 0 if otherwise is IfNotAccepted.DROPPED else line.now_rupiah
        self._ask(
            line, QuestionKind.REPLACEMENT, quantity, offered.priced(quantity), otherwise, without, replacement=by
        )

    def check_answered(self) -> None:
        """Raises QuestionIsOpen."""
        waited_for = [each.answer_by for each in self.questions if each.is_open]
        if waited_for:
            raise QuestionIsOpen(max(waited_for))

    # -- what ends a question -----------------------------------------------------------------------------------------

    def answer(self, question: Question, *, accept: bool) -> None:
        """By the buyer. Raises WrongState once it is over, and of another answer than was given."""
        given = QuestionInput.ACCEPT if accept else QuestionInput.DECLINE
        if question.is_overdue(self.at):
            raise WrongState(QuestionState.LAPSED, given)
        if question.to(given, self.at):
            self._answered(question)

    def lapse_overdue(self) -> None:
        for each in self.questions:
            if each.is_overdue(self.at):
                self.lapse(each)

    def lapse(self, question: Question) -> None:
        """Nobody has answered it in time, or the goods have left: what was said to be done otherwise is."""
        if question.to(QuestionInput.LAPSE, self.at):
            self._answered(question)

    def lapse_all(self) -> None:
        for each in self.questions:
            self.lapse(each)

    def withdraw_all(self) -> None:
        """There is nothing to be packed any more."""
        for each in self.questions:
            each.to(QuestionInput.WITHDRAW, self.at)

    def _answered(self, question: Question) -> None:
        line, is_yes = self.line(question.line_id), question.state is QuestionState.ACCEPTED
        match question.kind:
            case QuestionKind.OVERWEIGHT if is_yes:
                before = _Before(line)
                line.agreed_rupiah = line.final_rupiah = question.total_rupiah
                line.changed = True
                self._note(line, LineChange.WEIGHED, before)
            case QuestionKind.SHORT if question.state is QuestionState.DECLINED:
                # Without it is not what the buyer wants: something like it, then.
                line.when_short, line.changed = WhenShort.SIMILAR, True
            case QuestionKind.SHORT:
                self._short(line, question.quantity)
            case QuestionKind.REPLACEMENT if is_yes and question.replacement is not None:
                self._replaced(line, self._offered(line, question.replacement, question.quantity))
            case QuestionKind.REPLACEMENT if question.otherwise is IfNotAccepted.DROPPED:
                self._short(line, 0)
            case _:
                pass  # at its cap it is already, or as it was

    # -- what is done to a line ---------------------------------------------------------------------------------------

    def _short(self, line: Line, quantity: int) -> None:
        before = _Before(line)
        if quantity:
            line.pack(quantity)
        else:
            line.go(LineInput.DROP)
        if (line.now_quantity, line.now_rupiah) != (before.quantity, before.rupiah):
            self._note(line, LineChange.DROPPED, before)

    def _offered(self, line: Line, by: Replacement, quantity: int) -> Line:
        return Line(
            id=self.new_line(),
            variant_id=by.variant_id,
            name=by.name,
            unit=by.unit,
            quantity=quantity,
            price_rupiah=by.price_rupiah,
            price_basis=by.price_basis,
            total_rupiah=line_total(by.price_rupiah, quantity, by.price_basis),
            catch_weight=by.catch_weight,
            when_short=line.when_short,
            replaces=line.id,
            most_rupiah=line.most_rupiah,
            is_new=True,
        )

    def _replaced(self, line: Line, offered: Line) -> None:
        before = _Before(line)
        line.go(LineInput.REPLACE)
        offered.pack(offered.quantity)
        self.lines.append(offered)
        self._note(line, LineChange.REPLACED, before, offered)

    def _others_stay(self, line: Line) -> bool:
        """Whether the part has goods without this line, however the buyer answers."""
        going = {each.line_id for each in self.questions if each.is_open and each.otherwise is IfNotAccepted.DROPPED}
        return any(each.is_there and each is not line and each.id not in going for each in self.lines)

    # -- questions ----------------------------------------------------------------------------------------------------

    def _asked(self, line: Line) -> Question | None:
        return next((each for each in self.questions if each.is_open and each.line_id == line.id), None)

    def _ask(
        self,
        line: Line,
        kind: QuestionKind,
        quantity: int,
        rupiah: int,
        otherwise: IfNotAccepted,
        otherwise_rupiah: int,
        *,
        gram: int | None = None,
        replacement: Replacement | None = None,
    ) -> None:
        if line.questions >= MOST_QUESTIONS:
            raise QuestionsAreTooMany
        check_goods(self.besides_rupiah + self.goods_rupiah - line.now_rupiah + rupiah)
        question = Question(
            id=self.new_question(),
            line_id=line.id,
            kind=kind,
            total_rupiah=rupiah,
            otherwise=otherwise,
            otherwise_rupiah=otherwise_rupiah,
            asked_at=self.at,
            answer_by=self.at + self.within,
            quantity=quantity,
            gram=gram,
            replacement=replacement,
            changed=True,
        )
        line.questions += 1
        self.questions.append(question)

    def _withdraw(self, line: Line) -> None:
        """Its merchant does otherwise."""
        if (asked := self._asked(line)) is not None:
            asked.to(QuestionInput.WITHDRAW, self.at)

    def _note(self, line: Line, change: LineChange, before: _Before, by: Line | None = None) -> None:
        self.changes.append(
            ChangedLine(
                line_id=line.id,
                variant_id=line.variant_id,
                name=line.name,
                change=change,
                quantity_before=before.quantity,
                quantity=line.now_quantity,
                rupiah_before=before.rupiah,
                rupiah=line.now_rupiah,
                packed_gram=line.packed_gram,
                replaced_by_variant_id=by.variant_id if by else None,
                replaced_by_quantity=by.quantity if by else None,
                replaced_by_rupiah=by.now_rupiah if by else None,
            )
        )


class _Before:
    """What a line came to before it was changed."""

    def __init__(self, line: Line) -> None:
        self.quantity = line.now_quantity
        self.rupiah = line.now_rupiah
