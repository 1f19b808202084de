"""Packing: what a weighing costs, who is asked what, and laws that hold whatever is done in whatever order."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.amounts import capped
from services.contracts.catalog import CatchWeight, MerchantId, SaleUnit, UnitKind, VariantId
from services.contracts.ordering import OrderId, OrderLineId, SellerOrderId
from services.contracts.packing import QuestionKind
from services.ordering.domain.cart import MAX_GOODS_RUPIAH, GoodsAreTooDear, QuantityInvalid, line_total
from services.ordering.domain.order_line import Line, OrderLineState
from services.ordering.domain.packing import LastLine, NotByWeight, Packing, WeightInvalid
from services.ordering.domain.packing_told import told
from services.ordering.domain.question import (
    ANSWER_WITHIN,
    ANSWER_WITHIN_LATER,
    MOST_QUESTIONS,
    WHILE_A_RIDER_COMES,
    IfNotAccepted,
    QuestionIsOpen,
    QuestionsAreTooMany,
    QuestionState,
    Replacement,
    answer_within,
)
from services.ordering.domain.refusal import Refused, WrongState
from services.ordering.domain.wishes import WhenShort

AT = datetime(2026, 11, 29, 1, tzinfo=UTC)
EKOR = SaleUnit(code="ekor", label="ekor", kind=UnitKind.COUNT, base_per_unit=1, step=1, min=1)
IKAT = SaleUnit(code="ikat", label="ikat", kind=UnitKind.COUNT, base_per_unit=1, step=1, min=1)
KILO = SaleUnit(code="kg", label="kg", kind=UnitKind.MASS, base_per_unit=1000, step=250, min=250)
BY_WEIGHT = CatchWeight(price_rupiah=36_000, price_basis=1_000, overrun_percent=10)


def a_line(name: str = "bayam", **changed: Any) -> Line:
    values: dict[str, Any] = {"unit": IKAT, "quantity": 2, "price_rupiah": 2_500, "price_basis": 1, **changed}
    total = line_total(values["price_rupiah"], values["quantity"], values["price_basis"])
    return Line(id=OrderLineId.seeded(name), variant_id=VariantId.seeded(name), name=name, total_rupiah=total, **values)


def chicken(**changed: Any) -> Line:
    """One for about Rp36.000, of a kilogram, and Rp39.600 at most."""
    return a_line("ayam", **{"unit": EKOR, "quantity": 1, "price_rupiah": 36_000, "catch_weight": BY_WEIGHT, **changed})


def chillies(**changed: Any) -> Line:
    return a_line("cabai", unit=KILO, quantity=1_000, price_rupiah=40_000, price_basis=1_000, **changed)


def a_packing(*lines: Line) -> Packing:
    return Packing(
        order_id=OrderId.seeded("order"),
        seller_order_id=SellerOrderId.seeded("part"),
        merchant_id=MerchantId.seeded("wlijo"),
        at=AT,
        within=ANSWER_WITHIN,
        besides_rupiah=0,
        lines=list(lines),
        questions=[],
    )


KANGKUNG = Replacement(VariantId.seeded("kangkung"), "kangkung", IKAT, 2_000, 1)
DEAR = Replacement(VariantId.seeded("brokoli"), "brokoli", IKAT, 9_000, 1)
DUCK = Replacement(VariantId.seeded("bebek"), "bebek", EKOR, 36_000, 1, BY_WEIGHT)


def types(packing: Packing) -> list[str]:
    return [each.type.removeprefix("ordering.").removesuffix(".v1") for each in told(packing)]


# -- weighing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gram", "rupiah"), [(920, 33_120), (1_000, 36_000), (1_080, 38_880), (1_100, 39_600), (1, 36), (14, 504)]
)
def test_up_to_the_cap_it_costs_what_it_weighs_and_nobody_is_asked(gram: int, rupiah: int) -> None:
    packing = a_packing(line := chicken())
    packing.weigh(line, gram)
    assert (line.now_rupiah, line.packed_gram, line.state, packing.questions) == (
        rupiah,
        gram,
        OrderLineState.PACKED,
        [],
    )
    assert (line.quantity, line.total_rupiah) == (1, 36_000)
    assert types(packing) == ["lines_changed"]


def test_30_per_cent_over_costs_the_cap_until_the_buyer_says_yes() -> None:
    packing = a_packing(line := chicken())
    packing.weigh(line, 1_300)
    (question,) = packing.questions
    assert line.now_rupiah == 39_600
    assert (question.kind, question.total_rupiah, question.otherwise, question.otherwise_rupiah, question.gram) == (
        QuestionKind.OVERWEIGHT, 46_800, IfNotAccepted.AT_CAP, 39_600, 1_300,
    )  # fmt: skip
    assert question.answer_by == AT + timedelta(minutes=5)
    packing.answer(question, accept=True)
    assert (line.now_rupiah, line.cap_rupiah) == (46_800, 46_800)


@pytest.mark.parametrize("ends", ["no", "lapse", "lighter"])
def test_without_a_yes_it_stays_at_the_cap_or_costs_what_another_weighs(ends: str) -> None:
    packing = a_packing(line := chicken())
    packing.weigh(line, 1_300)
    (question,) = packing.questions
    match ends:
        case "no":
            packing.answer(question, accept=False)
        case "lapse":
            packing.lapse(question)
        case _:
            packing.weigh(line, 1_050)
    assert line.now_rupiah == (37_800 if ends == "lighter" else 39_600)
    assert not question.is_open
    assert types(packing)[0] == "question_answered"


def test_a_yes_holds_for_what_was_asked_and_for_less() -> None:
    packing = a_packing(line := chicken())
    packing.weigh(line, 1_300)
    packing.answer(packing.questions[0], accept=True)
    packing.weigh(line, 1_250)
    assert (line.now_rupiah, len(packing.questions)) == (45_000, 1)
    packing.weigh(line, 1_400)
    assert (line.now_rupiah, packing.questions[1].total_rupiah) == (46_800, 50_400)


def test_fewer_pieces_have_their_own_cap() -> None:
    packing = a_packing(line := chicken(quantity=2, when_short=WhenShort.DROP))
    packing.pack(line, 1)
    assert (line.now_rupiah, line.cap_rupiah) == (36_000, 39_600)
    packing.weigh(line, 1_300)
    assert (line.now_rupiah, line.now_quantity) == (39_600, 1)
    packing.pack(line, 2)
    assert (line.now_rupiah, line.cap_rupiah, line.packed_gram) == (72_000, 79_200, None)


def test_what_was_said_before_is_known() -> None:
    packing = a_packing(line := chicken(quantity=2), other := a_line())
    packing.weigh(line, 1_300)
    assert packing.is_weighed(line, 1_300)
    assert not packing.is_weighed(line, 1_301)
    packing.pack(line, 1)
    assert packing.is_packed(line, 1)
    assert not packing.is_weighed(line, 1_300)
    packing.pack(other, 2)
    assert packing.is_packed(other, 2)
    packing.replace(other, DEAR, 1)
    assert packing.is_replaced(other, DEAR.variant_id, 1)
    assert not packing.is_packed(other, 2)
    packing.answer(packing.questions[-1], accept=True)
    assert packing.is_replaced(other, DEAR.variant_id, 1)


# -- short and dropped ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wish", [WhenShort.DROP, WhenShort.SIMILAR])
@pytest.mark.parametrize(("quantity", "rupiah"), [(0, 0), (1, 2_500)])
def test_who_wished_so_is_not_asked_when_it_is_short(wish: WhenShort, quantity: int, rupiah: int) -> None:
    packing = a_packing(line := a_line(when_short=wish), chicken())
    packing.pack(line, quantity)
    assert (line.now_rupiah, line.now_quantity, packing.questions) == (rupiah, quantity, [])
    assert packing.goods_rupiah == rupiah + 36_000


@pytest.mark.parametrize(("quantity", "otherwise"), [(0, IfNotAccepted.DROPPED), (1, IfNotAccepted.SHORT)])
def test_else_the_buyer_is_asked_and_without_an_answer_the_rest_is_dropped(
    quantity: int, otherwise: IfNotAccepted
) -> None:
    packing = a_packing(line := a_line(), chicken())
    packing.pack(line, quantity)
    (question,) = packing.questions
    assert (line.now_rupiah, question.kind, question.otherwise) == (5_000, QuestionKind.SHORT, otherwise)
    packing.at = question.answer_by
    packing.lapse_overdue()
    assert (line.now_rupiah, line.now_quantity, question.state) == (2_500 * quantity, quantity, QuestionState.LAPSED)


def test_who_will_not_go_without_wants_something_similar() -> None:
    packing = a_packing(line := a_line(), chicken())
    packing.pack(line, 0)
    packing.answer(packing.questions[0], accept=False)
    assert (line.now_rupiah, line.when_short, line.state) == (5_000, WhenShort.SIMILAR, OrderLineState.OPEN)
    packing.replace(line, KANGKUNG, 2)
    assert [each.name for each in packing.lines if each.is_there] == ["ayam", "kangkung"]


def test_nearly_all_of_what_is_measured_is_no_shortage() -> None:
    packing = a_packing(line := chillies())
    packing.pack(line, 930)
    assert (line.now_rupiah, packing.questions) == (37_200, [])
    packing.pack(line, 890)
    assert (line.now_rupiah, len(packing.questions)) == (37_200, 1)


def test_the_last_line_is_not_dropped() -> None:
    packing = a_packing(line := a_line(when_short=WhenShort.DROP), other := chicken(when_short=WhenShort.ASK))
    packing.pack(other, 0)
    with pytest.raises(LastLine):
        packing.pack(line, 0)
    packing.answer(packing.questions[0], accept=False)
    packing.pack(line, 0)
    with pytest.raises(LastLine):
        packing.pack(other, 0)


@pytest.mark.parametrize("quantity", [-1, 3])
def test_more_than_was_ordered_is_not_packed(quantity: int) -> None:
    packing = a_packing(line := a_line())
    with pytest.raises(QuantityInvalid):
        packing.pack(line, quantity)


@pytest.mark.parametrize("gram", [0, -5, 1_000_001])
def test_no_scale_shows_that(gram: int) -> None:
    packing = a_packing(line := chicken())
    with pytest.raises(WeightInvalid):
        packing.weigh(line, gram)


def test_what_is_sold_as_it_is_counted_is_not_weighed() -> None:
    packing = a_packing(line := a_line())
    with pytest.raises(NotByWeight):
        packing.weigh(line, 500)


# -- replaced ---------------------------------------------------------------------------------------------------------


def test_something_similar_and_no_dearer_comes_at_once() -> None:
    packing = a_packing(line := a_line(when_short=WhenShort.SIMILAR))
    packing.replace(line, KANGKUNG, 2)
    new = packing.lines[1]
    assert (line.state, line.now_rupiah, new.now_rupiah, new.replaces) == (OrderLineState.REPLACED, 0, 4_000, line.id)
    assert packing.questions == []
    (change,) = packing.changes
    assert (change.replaced_by_variant_id, change.replaced_by_quantity, change.replaced_by_rupiah) == (
        KANGKUNG.variant_id, 2, 4_000,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wish", "by", "quantity"),
    [(WhenShort.SIMILAR, DEAR, 1), (WhenShort.ASK, KANGKUNG, 1), (WhenShort.DROP, KANGKUNG, 1)],
)
def test_else_the_buyer_says_yes_first(wish: WhenShort, by: Replacement, quantity: int) -> None:
    packing = a_packing(line := a_line(when_short=wish), chicken())
    packing.replace(line, by, quantity)
    (question,) = packing.questions
    assert (line.now_rupiah, question.otherwise) == (5_000, IfNotAccepted.DROPPED)
    packing.answer(question, accept=True)
    assert packing.lines[-1].now_rupiah == by.price_rupiah * quantity
    assert packing.goods_rupiah == 36_000 + by.price_rupiah * quantity


def test_a_replacement_that_may_weigh_more_than_the_line_could_is_asked() -> None:
    packing = a_packing(line := a_line(price_rupiah=36_000, quantity=1, when_short=WhenShort.SIMILAR))
    packing.replace(line, DUCK, 1)
    assert [each.kind for each in packing.questions] == [QuestionKind.REPLACEMENT]


def test_of_the_last_line_a_no_keeps_what_was_ordered() -> None:
    packing = a_packing(line := a_line())
    packing.replace(line, DEAR, 1)
    (question,) = packing.questions
    assert (question.otherwise, question.otherwise_rupiah) == (IfNotAccepted.KEPT, 5_000)
    packing.answer(question, accept=False)
    assert (line.state, line.now_rupiah) == (OrderLineState.OPEN, 5_000)


# -- questions --------------------------------------------------------------------------------------------------------


def test_a_buyer_is_asked_only_so_often() -> None:
    packing = a_packing(line := chicken())
    for gram in range(MOST_QUESTIONS):
        packing.weigh(line, 1_300 + gram)
    assert [each.is_open for each in packing.questions] == [False] * (MOST_QUESTIONS - 1) + [True]
    with pytest.raises(QuestionsAreTooMany):
        packing.weigh(line, 1_400)


def test_an_answer_at_the_last_moment_is_late_and_another_answer_is_none() -> None:
    packing = a_packing(line := chicken())
    packing.weigh(line, 1_300)
    (question,) = packing.questions
    packing.at = question.answer_by
    with pytest.raises(WrongState) as late:
        packing.answer(question, accept=True)
    assert late.value.current is QuestionState.LAPSED
    packing.at -= timedelta(microseconds=1)
    packing.answer(question, accept=True)
    packing.at += timedelta(hours=1)
    packing.answer(question, accept=True)
    with pytest.raises(WrongState):
        packing.answer(question, accept=False)
    assert line.now_rupiah == 46_800


def test_who_is_ready_waits_for_the_buyer_as_long_as_was_said() -> None:
    packing = a_packing(line := a_line(), chicken())
    packing.pack(line, 0)
    with pytest.raises(QuestionIsOpen) as refused:
        packing.check_answered()
    packing.at = refused.value.until
    packing.lapse_overdue()
    packing.check_answered()
    assert line.state is OrderLineState.DROPPED


def test_an_order_that_would_be_too_dear_is_not_asked_about() -> None:
    packing = a_packing(line := chicken())
    packing.besides_rupiah = MAX_GOODS_RUPIAH - 40_000
    with pytest.raises(GoodsAreTooDear):
        packing.weigh(line, 1_300)


def test_how_long_a_buyer_is_waited_for() -> None:
    soon, tonight = AT + timedelta(minutes=12), AT + timedelta(hours=9)
    assert answer_within(AT, rider_comes=True, wanted_from=None) == WHILE_A_RIDER_COMES
    assert answer_within(AT, rider_comes=False, wanted_from=None) == ANSWER_WITHIN
    assert answer_within(AT, rider_comes=False, wanted_from=soon) == timedelta(minutes=12)
    assert answer_within(AT, rider_comes=False, wanted_from=tonight) == ANSWER_WITHIN_LATER
    assert answer_within(AT, rider_comes=False, wanted_from=AT) == ANSWER_WITHIN


# -- laws -------------------------------------------------------------------------------------------------------------

_LINES = st.lists(
    st.sampled_from([a_line, chicken, chillies]), min_size=1, max_size=3, unique_by=lambda make: make.__name__
)
_ACTS = st.lists(
    st.tuples(
        st.sampled_from(["weigh", "pack", "replace", "yes", "no", "time"]), st.integers(0, 3), st.integers(0, 2_500)
    ),
    max_size=25,
)


class Checked:
    """Does acts as commands do, and knows by itself what the buyer has agreed to of each line."""

    def __init__(self, lines: list[Line]) -> None:
        self.packing = a_packing(*lines)
        self.ordered = [(each.id, each.quantity, each.total_rupiah) for each in lines]
        self.agreed = {each.id: _most(each) for each in lines}

    def do(self, act: str, which: int, number: int) -> None:
        packing = self.packing
        line = packing.lines[which % len(packing.lines)]
        question = packing.questions[which % len(packing.questions)] if packing.questions else None
        match act:
            case "weigh":
                packing.weigh(line, number)
            case "pack":
                packing.pack(line, number % (line.quantity + 2))
            case "replace":
                packing.replace(line, [KANGKUNG, DEAR, DUCK][number % 3], number % 4 + 1)
            case "yes" | "no" if question is not None:
                was_open = question.is_open
                packing.answer(question, accept=act == "yes")
                if was_open and act == "yes":
                    self._agrees(question)
            case "time":
                packing.at += timedelta(seconds=number)
                packing.lapse_overdue()
        for each in packing.lines:
            # What came at once in a line's place may cost what that line might have.
            self.agreed.setdefault(each.id, self.agreed[each.replaces] if each.replaces else 0)

    def _agrees(self, question: Any) -> None:
        if question.kind is QuestionKind.OVERWEIGHT:
            self.agreed[question.line_id] = max(self.agreed[question.line_id], question.total_rupiah)
        elif question.kind is QuestionKind.REPLACEMENT:
            by, new = question.replacement, self.packing.lines[-1]
            self.agreed[new.id] = _most(replace(new, final_rupiah=None)) if by.catch_weight else question.total_rupiah


def _most(line: Line) -> int:
    return capped(line.total_rupiah, line.catch_weight.overrun_percent) if line.catch_weight else line.total_rupiah


@given(makes=_LINES, wishes=st.lists(st.sampled_from(WhenShort), min_size=3, max_size=3), acts=_ACTS)
def test_whatever_is_done_nothing_costs_more_than_was_agreed_and_every_question_ends(
    makes: list[Any], wishes: list[WhenShort], acts: list[tuple[str, int, int]]
) -> None:
    checked = Checked([make(when_short=wish) for make, wish in zip(makes, wishes, strict=False)])
    packing = checked.packing
    for act in acts:
        before, kept = packing.goods_rupiah, deepcopy(checked)
        try:
            checked.do(*act)
        except Refused:
            checked, packing = kept, kept.packing  # as a command's copy is thrown away
            continue
        assert all(each.now_rupiah <= checked.agreed[each.id] for each in packing.lines)
        assert [(each.id, each.quantity, each.total_rupiah) for each in packing.lines][: len(makes)] == checked.ordered
        assert packing.goods_rupiah == sum(each.now_rupiah for each in packing.lines)
        told_by = sum(each.rupiah - each.rupiah_before + (each.replaced_by_rupiah or 0) for each in packing.changes)
        assert before + told_by == packing.goods_rupiah
        packing.changes.clear()
        assert any(each.is_there for each in packing.lines)
        assert all(
            sum(each.is_open and each.line_id == line.id for each in packing.questions) <= 1 for line in packing.lines
        )
    packing.at += ANSWER_WITHIN
    packing.lapse_overdue()
    assert not any(each.is_open for each in packing.questions)
    assert any(each.is_there for each in packing.lines)
    packing.check_answered()


@given(acts=_ACTS)
def test_what_is_paid_by_code_never_comes_to_more_and_its_weight_is_no_question(
    acts: list[tuple[str, int, int]],
) -> None:
    checked = Checked([chicken(most_rupiah=36_000), a_line(most_rupiah=5_000), chillies(most_rupiah=40_000)])
    for act in acts:
        kept = deepcopy(checked)
        try:
            checked.do(*act)
        except Refused:
            checked = kept
        assert checked.packing.goods_rupiah <= 81_000
        assert all(each.kind is not QuestionKind.OVERWEIGHT for each in checked.packing.questions)
