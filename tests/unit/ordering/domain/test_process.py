"""The order's process: its table is total, it always comes to an end, and what it does to an order adds up."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.contracts.catalog import MerchantId
from services.contracts.delivery import FailureCode, PartnerId, RiderId
from services.contracts.ordering import (
    BorneBy,
    CancellationRefused,
    CancellationRequested,
    CancelReason,
    CashCollected,
    Goods,
    HandoverWay,
    IfRefused,
    LeftBecause,
    OrderAgreed,
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderHandedOver,
    OrderId,
    OrderRepriced,
    OrderStarted,
    PartReady,
    PaymentId,
    PaymentVoided,
    SellerOrderId,
    SellerOrderLeft,
)
from services.ordering.domain.cash import in_cash
from services.ordering.domain.ids import PromotionId
from services.ordering.domain.ledger import Kind, Shares
from services.ordering.domain.order import Order
from services.ordering.domain.payment import PaymentStatus
from services.ordering.domain.process import (
    DELIVER_WITHIN,
    REMIND_AFTER,
    STATUS,
    TIMER,
    TIMER_INPUT,
    Action,
    Input,
    OrderStatus,
    State,
    Timer,
    hold_until,
)
from services.ordering.domain.process_table import TABLE
from services.ordering.domain.promotion import (
    Basket,
    DiscountBorneBy,
    Frozen,
    Promotion,
    PromotionKind,
    PromotionStatus,
    choose,
)
from services.ordering.domain.promotion import Goods as Bought
from services.ordering.domain.refusal import WrongState
from services.ordering.domain.seller_order import SellerOrder, SellerOrderStatus
from services.ordering.domain.steps import FAULT, Facts
from services.ordering.domain.used import Use, UsePart

AT = datetime(2026, 2, 1, 3, 30, tzinfo=UTC)
ENDS = {State.COMPLETED, State.CANCELLED}
WAITED = {(State.AGREED, State.CONFIRMED), (State.AWAIT_BUYER, State.AWAIT_PAYMENT)}
"""What waited for its time goes on."""
WAYS = st.sampled_from(["now", "later", "collected"])
CALLED_OFF = {State.CALLED_OFF, State.CALLED_OFF_UNDERWAY}


SLOT = AT + timedelta(hours=5)


def an_order(*, auto_accept: bool = True, merchants: int = 1, way: str = "now") -> Order:
    goods = 5_000
    order = _an_order(goods, auto_accept, merchants)
    if way != "now":
        order.slot_from, order.slot_to = SLOT, SLOT + timedelta(hours=1)
    if way == "collected":
        order.way = HandoverWay.PICKUP
        order.delivery_rupiah, order.shares, order.total_rupiah = 0, Shares(0, 0, 0), goods * merchants
        order.cash_due_rupiah = in_cash(order.total_rupiah)
    return order


def _an_order(goods: int, auto_accept: bool, merchants: int) -> Order:
    return Order(
        id=OrderId.seeded("one"),
        at=AT,
        placed_at=AT,
        state=State.AWAIT_STOCK,
        delivery_rupiah=10_000,
        total_rupiah=goods * merchants + 10_000,
        cash_due_rupiah=in_cash(goods * merchants + 10_000),
        shares=Shares(7_000, 2_000, 1_000),
        test=False,
        payment_id=PaymentId.seeded("one"),
        payment_status=PaymentStatus.DUE,
        sellers=[
            SellerOrder(
                id=SellerOrderId.seeded(str(n)),
                merchant_id=MerchantId.seeded(str(n)),
                status=SellerOrderStatus.AWAITING_MERCHANT,
                goods_rupiah=goods,
                commission_rupiah=0,
                accept_within_s=300,
                prep_time_s=600,
                auto_accept=auto_accept,
            )
            for n in range(merchants)
        ],
    )


FACTS = Facts(
    partner_id=PartnerId.seeded("a"),
    rider_id=RiderId.seeded("r"),
    collected_rupiah=15_000,
    failure=FailureCode.BUYER_REFUSED,
)


def came_to(order: Order, state: State) -> bool:
    return order.state is state


def is_marked(order: Order) -> bool:
    return order.attention is not None


def test_every_state_answers_every_input() -> None:
    assert set(TABLE) == set(State)
    for state in State:
        assert set(TABLE[state]) == set(Input), state


def test_every_state_that_is_no_end_has_a_timer_and_the_timer_leads_out_or_reminds() -> None:
    assert {state for state in State if TIMER[state] is None} == ENDS
    assert set(TIMER_INPUT) == set(Timer)
    for state, timer in TIMER.items():
        if timer is not None:
            step = TABLE[state][TIMER_INPUT[timer]]
            assert step.to in ENDS or Action.REMIND in step.actions or (state, step.to) in WAITED, state


def test_an_end_is_an_end() -> None:
    for state in ENDS:
        assert {step.to for step in TABLE[state].values()} == {state}


def test_every_cancellation_has_a_reason_and_somebody_who_bears_it() -> None:
    for state in State:
        for given_input, step in TABLE[state].items():
            cancels = Action.CANCEL in step.actions
            assert cancels == (step.to is State.CANCELLED and state is not State.CANCELLED), (state, given_input)
            asks = Action.CALL_OFF in step.actions
            assert not (cancels and asks)
            answered = state in CALLED_OFF and given_input is Input.DELIVERY_CANCELLED  # then the request says it
            asked_again = state in CALLED_OFF and asks
            assert (step.reason is None) == (not (cancels or asks) or answered or asked_again), (state, given_input)
            if cancels and step.borne_by is None:
                # then the failure's code says it, or whether it was packed for who was to collect it
                assert answered or given_input is Input.RETURNED or state is State.AT_COUNTER
    assert set(FAULT) == set(FailureCode)


def test_the_pickup_is_the_pivot_from_which_no_clock_and_no_buyer_turns_back() -> None:
    leads_to_cancelled = {given for given, step in TABLE[State.PICKED_UP].items() if step.to is State.CANCELLED}
    assert leads_to_cancelled == {Input.RETURNED, Input.DELIVERY_CANCELLED}
    assert Action.REFUSE in TABLE[State.PICKED_UP][Input.BUYER_CANCELS].actions


def test_before_the_confirmation_the_buyer_cancels_and_after_it_delivery_is_asked() -> None:
    before = {
        *(State.AWAIT_STOCK, State.ACCEPTED_EARLY, State.AWAIT_MERCHANTS, State.AWAIT_BUYER),
        *(State.AWAIT_PAYMENT, State.AGREED, State.AT_COUNTER),
    }
    for state in before:
        assert TABLE[state][Input.BUYER_CANCELS].to is State.CANCELLED
    for state in set(State) - ENDS - before - {State.PICKED_UP}:
        assert TABLE[state][Input.BUYER_CANCELS].to in CALLED_OFF
    assert TABLE[State.CANCELLED][Input.BUYER_CANCELS].actions == ()
    assert Action.REFUSE in TABLE[State.COMPLETED][Input.BUYER_CANCELS].actions


def test_from_the_confirmation_on_only_what_delivery_tells_ends_an_order() -> None:
    """Ordering cannot know whether the goods have left: whatever else it hears, it asks."""
    told_by_delivery = {Input.DELIVERED, Input.RETURNED, Input.UNASSIGNABLE, Input.DELIVERY_CANCELLED}
    for state in (State.CONFIRMED, State.ASSIGNED, State.UNASSIGNED, *CALLED_OFF, State.PICKED_UP):
        assert {given for given, step in TABLE[state].items() if step.to in ENDS} <= told_by_delivery, state


def test_what_is_called_off_is_asked_for_again_until_delivery_answers() -> None:
    order = an_order()
    order.take(Input.STOCK_HELD)
    order.take(Input.BUYER_CANCELS)
    assert came_to(order, State.CALLED_OFF)
    assert order.status is OrderStatus.CONFIRMED
    assert order.timer_due == AT + REMIND_AFTER
    order.take(Input.BUYER_CANCELS)
    order.at += REMIND_AFTER
    order.take(Input.DELIVERY_DEADLINE)
    assert is_marked(order)
    asked = [event for event in order.events if isinstance(event, CancellationRequested)]
    assert [(each.reason, each.requested_at) for each in asked] == [(CancelReason.BUYER_CANCELLED, AT)] * 2
    order.take(Input.DELIVERY_CANCELLED)
    assert came_to(order, State.CANCELLED)
    assert (order.cancel_reason, order.borne_by) == (CancelReason.BUYER_CANCELLED, BorneBy.BUYER)
    assert not is_marked(order)
    (cancelled,) = [event for event in order.events if isinstance(event, OrderCancelled)]
    assert cancelled.goods is Goods.AT_COUNTER


@pytest.mark.parametrize("late", [False, True])
def test_an_order_whose_goods_had_left_carries_on_and_says_so_once(late: bool) -> None:
    order = an_order()
    order.take(Input.STOCK_HELD)
    if late:
        order.at += DELIVER_WITHIN
    order.take(Input.DELIVERY_DEADLINE if late else Input.BUYER_CANCELS)
    order.take(Input.PICKED_UP)
    assert came_to(order, State.PICKED_UP)
    assert order.attention is None
    assert order.timer_due == max(AT + DELIVER_WITHIN, order.at + REMIND_AFTER)
    with pytest.raises(WrongState):
        order.take(Input.BUYER_CANCELS)
    order.take(Input.DELIVERED, FACTS)
    assert came_to(order, State.COMPLETED)
    assert order.payment_status is PaymentStatus.COLLECTED
    kinds = [type(event) for event in order.events]
    assert kinds.count(CancellationRefused) == 1
    assert OrderCancelled not in kinds


def test_a_reminder_takes_no_contradictions_place_and_ends_with_what_it_waited_for() -> None:
    order = an_order()
    for given_input in (Input.STOCK_HELD, Input.PICKED_UP, Input.DELIVERY_DEADLINE):
        order.take(given_input)
    assert order.attention == "DELIVERY_DEADLINE in PICKED_UP"
    order.take(Input.STOCK_REFUSED)
    order.take(Input.DELIVERY_DEADLINE)
    assert order.attention == "STOCK_REFUSED in PICKED_UP"
    order.take(Input.DELIVERED, FACTS)
    assert order.attention == "STOCK_REFUSED in PICKED_UP"


def test_cash_that_was_taken_is_booked_in_every_state() -> None:
    for state in set(State) - {State.COMPLETED}:
        assert Action.BOOK_CASH in TABLE[state][Input.DELIVERED].actions, state


def test_a_hold_outlives_the_last_deadline() -> None:
    order = an_order(auto_accept=False)
    until = hold_until(order.placed_at, timedelta(seconds=300))
    order.at = order.placed_at + timedelta(minutes=15)
    order.take(Input.STOCK_HELD)
    assert order.timer_due is not None
    assert order.timer_due < until


def test_who_accepts_by_itself_confirms_the_order_when_the_stock_is_held() -> None:
    order = an_order(merchants=3)
    order.take(Input.STOCK_HELD)
    assert (order.state, order.status) == (State.CONFIRMED, OrderStatus.CONFIRMED)
    confirmed = [event for event in order.events if isinstance(event, OrderConfirmed)]
    assert confirmed == [
        OrderConfirmed(
            order_id=order.id,
            confirmed_at=AT,
            cash_to_collect_rupiah=25_000,
            ready_at=max(each.ready_at for each in order.sellers if each.ready_at),
            parts_ready=[
                PartReady(merchant_id=each.merchant_id, ready_at=each.ready_at)
                for each in order.sellers
                if each.ready_at
            ],
        )
    ]


def test_one_merchant_who_rejects_cancels_for_all_when_the_buyer_wants_all_or_nothing() -> None:
    order = an_order(auto_accept=False, merchants=2)
    order.if_refused = IfRefused.CANCEL
    order.take(Input.STOCK_HELD)
    order.accept(order.sellers[0])
    order.reject(order.sellers[1], "habis")
    assert order.state is State.CANCELLED
    assert [each.status for each in order.sellers] == [SellerOrderStatus.CANCELLED, SellerOrderStatus.REJECTED]
    assert order.borne_by is BorneBy.MERCHANT


moves = st.lists(
    st.tuples(st.sampled_from(Input), st.integers(min_value=0, max_value=1), st.integers(min_value=0, max_value=400)),
    max_size=40,
)
cash = st.integers(min_value=0, max_value=30_000)


def move(order: Order, given_input: Input, merchant: int, facts: Facts) -> None:
    """What the merchants say goes through their seller orders, as in life; all else is fed as it is."""
    match given_input:
        case Input.MERCHANTS_ACCEPTED:
            order.accept(order.sellers[merchant])
        case Input.MERCHANT_REJECTED:
            order.reject(order.sellers[merchant], "habis")
        case Input.ACCEPT_DEADLINE:
            order.accept_deadline()
        case Input.HANDED_OVER:
            order.hand_over(order.sellers[0])
        case Input.COUNTER_OPENS | Input.BUYER_IS_ASKED:
            pass  # by the order alone
        case Input.BUYER_GOES_ON:
            order.go_on()
        case Input.MERCHANT_CANCELS:
            order.cancel_part(order.sellers[merchant], LeftBecause.MERCHANT_CANCELLED)
        case _:
            order.take(given_input, facts)


@st.composite
def an_offer(draw: st.DrawFn) -> Promotion:
    """Of one merchant for its own goods, or of platform or regency, for some merchants or all, or off the fee."""
    borne_by = draw(st.sampled_from(DiscountBorneBy))
    own = borne_by is DiscountBorneBy.MERCHANT
    kind = draw(st.sampled_from([PromotionKind.PERCENT, PromotionKind.AMOUNT] if own else list(PromotionKind)))
    value = {
        PromotionKind.PERCENT: st.integers(1, 100),
        PromotionKind.AMOUNT: st.integers(1, 25_000),
        PromotionKind.FREE_DELIVERY: st.just(0),
    }
    merchants = st.sampled_from([MerchantId.seeded(str(n)) for n in range(4)])
    return Promotion(
        id=PromotionId.new(),
        name_id="x",
        name_en="x",
        kind=kind,
        value=draw(value[kind]),
        cap_rupiah=draw(st.none() | st.integers(1, 12_000)),
        minimum_rupiah=draw(st.just(0) | st.integers(1, 20_000)),
        merchants=frozenset() if own else draw(st.frozensets(merchants, max_size=3)),
        categories=frozenset(draw(st.sets(st.just("sayur")))),
        kecamatan=frozenset(),
        first_order=False,
        borne_by=borne_by,
        merchant_id=draw(merchants) if own else None,
        code=draw(st.sampled_from([None, "HEMAT10"])),
        status=PromotionStatus.RUNNING,
        starts_at=AT,
        ends_at=AT + timedelta(days=1),
        uses_left=None,
        left_rupiah=draw(st.none() | st.integers(1, 12_000)),
        per_buyer=None,
    )


offers = st.lists(an_offer(), max_size=6)


def promised_by(order: Order, offers: list[Promotion]) -> None:
    """As placing takes them off: of each merchant 3,000 is vegetables, the rest fruit."""
    goods = [
        Bought(each.merchant_id, category, rupiah)
        for each in order.sellers
        for category, rupiah in (("sayur", 3_000), ("buah", each.goods_rupiah - 3_000))
    ]
    basket = Basket(goods, order.delivery_rupiah, "35.08.10", first_order=True, at=AT)
    chosen = choose(basket, offers, next((each.id for each in offers if each.code), None))
    of = {each.merchant_id: each for each in order.sellers}
    for each in chosen.applied:
        terms = each.promotion
        parts = [
            UsePart(
                of[part.merchant_id].id,
                Frozen(terms.kind, terms.value, part.goods_rupiah, part.minimum_rupiah, part.amount_rupiah),
                of[part.merchant_id].goods_rupiah,
                part.amount_rupiah,
            )
            for part in each.parts
        ]
        account = None if terms.borne_by is DiscountBorneBy.MERCHANT else str(terms.borne_by)
        order.uses.append(Use(terms.id, account, not parts, each.amount_rupiah, parts))
        for part in each.parts:
            of[part.merchant_id].discount_rupiah += part.amount_rupiah
    order.total_rupiah -= chosen.goods_rupiah + chosen.fee_rupiah
    order.cash_due_rupiah = in_cash(order.total_rupiah)


acts = st.lists(
    st.tuples(
        st.sampled_from(
            ["accept", "reject", "silent", "buyer leaves out", "merchant gives back", "go on", "held", "deadline"]
        ),
        st.integers(min_value=0, max_value=3),
    ),
    max_size=14,
)


def act(order: Order, what: str, merchant: int) -> None:
    seller = order.sellers[merchant]
    match what:
        case "accept":
            order.accept(seller)
        case "reject":
            order.reject(seller, "habis")
        case "silent":
            seller.accept_by = seller.accept_by and order.at
            order.accept_deadline()
        case "buyer leaves out":
            order.cancel_part(seller, LeftBecause.BUYER_CANCELLED)
        case "merchant gives back":
            order.cancel_part(seller, LeftBecause.MERCHANT_CANCELLED)
        case "go on":
            order.go_on()
        case "held":
            order.take(Input.STOCK_HELD)
        case _:
            order.take(Input.BUYER_DEADLINE)


@settings(max_examples=300, deadline=None)
@given(
    acts=acts,
    wish=st.sampled_from(IfRefused),
    fees=st.lists(st.integers(5_000, 10_000), min_size=4, max_size=4),
    offers=offers,
)
def test_an_order_that_goes_on_costs_what_its_parts_cost_and_never_more_than_before(
    acts: list[tuple[str, int]], wish: IfRefused, fees: list[int], offers: list[Promotion]
) -> None:
    order = an_order(auto_accept=False, merchants=4)
    order.if_refused = wish
    promised_by(order, offers)
    for seller, fee in zip(order.sellers, fees, strict=True):
        seller.fee_without_rupiah = fee
    for what, merchant in acts:
        total, fee = order.total_rupiah, order.delivery_rupiah
        goods = {each.id: (each.goods_rupiah, each.discount_rupiah) for each in order.sellers}
        uses = {each.promotion_id: each.amount_rupiah for each in order.uses}
        with contextlib.suppress(WrongState):
            act(order, what, merchant)
        assert order.total_rupiah == (
            order.goods_rupiah - order.discount_rupiah + order.delivery_rupiah - order.delivery_discount_rupiah
        )
        assert 0 <= order.delivery_discount_rupiah <= order.delivery_rupiah
        for use in order.uses:
            assert 0 <= use.amount_rupiah <= uses[use.promotion_id]
            assert use.off_delivery or use.amount_rupiah == sum(part.amount_rupiah for part in use.parts)
        for seller in order.sellers:
            of_uses = [part for use in order.uses for part in use.parts if part.seller_order_id == seller.id]
            assert seller.discount_rupiah == sum(part.amount_rupiah for part in of_uses) <= seller.goods_rupiah
            # One who leaves takes its own along, and nothing of another's.
            assert (seller.goods_rupiah, seller.discount_rupiah) in (goods[seller.id], (0, 0))
        assert order.shares.fee_rupiah == order.delivery_rupiah
        assert order.total_rupiah <= total
        assert order.delivery_rupiah <= fee
        present = order.present()
        paid = sum(sale.price_rupiah for sale in order.sales()) + order.shares.fee_rupiah
        assert paid - sum(each.amount_rupiah for each in order.given) == order.total_rupiah
        assert order.goods_rupiah == sum(each.goods_rupiah for each in present)
        assert present or order.state is State.CANCELLED
        assert order.state is not State.CANCELLED or order.ended_at
        if order.state in (State.AGREED, State.CONFIRMED):
            assert {each.status for each in present} <= {SellerOrderStatus.ACCEPTED, SellerOrderStatus.READY}
            asked = any(
                each.status in (SellerOrderStatus.REJECTED, SellerOrderStatus.EXPIRED) for each in order.sellers
            )
            assert not asked or order.if_refused is not IfRefused.CANCEL
    if order.goods_rupiah != 20_000 or order.delivery_rupiah != 10_000:
        told = [event for event in order.events if isinstance(event, OrderRepriced)]
        assert (told[-1].total_rupiah, told[-1].delivery_rupiah) == (order.total_rupiah, order.delivery_rupiah)
    left = [event.seller_order_id for event in order.events if isinstance(event, SellerOrderLeft)]
    assert sorted(left) == sorted(each.id for each in order.sellers if each.left_at)


@settings(max_examples=300, deadline=None)
@given(moves=moves, auto_accept=st.booleans(), collected=cash, failure=st.sampled_from([None, *FailureCode]), way=WAYS)
@example(
    moves=[(Input.STOCK_HELD, 0, 0), (Input.DELIVERED, 0, 0), (Input.HANDED_OVER, 0, 0)],
    auto_accept=True,
    collected=1,
    failure=None,
    way="collected",
)
def test_whatever_comes_in_whatever_order_the_books_and_the_events_stay_true(
    moves: list[tuple[Input, int, int]], auto_accept: bool, collected: int, failure: FailureCode | None, way: str
) -> None:
    order = an_order(auto_accept=auto_accept, merchants=1 if way == "collected" else 2, way=way)
    if way == "collected":
        moves = [(given_input, 0, seconds) for given_input, _, seconds in moves]
    facts = Facts(FACTS.partner_id, FACTS.rider_id, collected, failure, Goods.GONE if collected % 2 else Goods.RETURNED)
    for given_input, merchant, seconds in moves:
        order.at += timedelta(seconds=seconds)
        was = (order.state, order.status, order.payment_status, len(order.events), len(order.transfers))
        try:
            move(order, given_input, merchant, facts)
        except WrongState:
            # Refused before anything moved: what a caller throws away had not changed either.
            assert was == (order.state, order.status, order.payment_status, len(order.events), len(order.transfers))
        assert order.status is STATUS[order.state]
        assert (order.ended_at is not None) == (order.state in ENDS)
        assert (order.cancel_reason is not None) == (order.state is State.CANCELLED)
        assert order.state in ENDS or order.timer is None or order.timer is TIMER[order.state]
        if order.state in (
            State.CONFIRMED,
            State.ASSIGNED,
            State.UNASSIGNED,
            State.PICKED_UP,
            *CALLED_OFF,
            State.AGREED,
            State.AT_COUNTER,
        ):
            assert SellerOrderStatus.AWAITING_MERCHANT not in {each.status for each in order.sellers}
    if order.payment_status is PaymentStatus.COLLECTED:
        differs = {Kind.CASH_SHORT, Kind.CASH_OVER} & {each.kind for each in order.transfers}
        assert bool(differs) == (order.collected_rupiah not in (order.total_rupiah, order.cash_due_rupiah))
        assert order.attention or not differs
    kinds = [type(event) for event in order.events]
    for once in (
        OrderAgreed, OrderHandedOver, OrderConfirmed, OrderStarted,
        OrderCompleted, OrderCancelled, CancellationRefused, PaymentVoided, CashCollected,
    ):  # fmt: skip
        assert kinds.count(once) <= 1
    assert not (OrderCompleted in kinds and OrderCancelled in kinds)
    balances: dict[str, int] = {}
    for transfer in order.transfers:
        balances[transfer.debit] = balances.get(transfer.debit, 0) + transfer.amount_rupiah
        balances[transfer.credit] = balances.get(transfer.credit, 0) - transfer.amount_rupiah
    assert sum(balances.values()) == 0
    taken = (order.collected_rupiah or 0) if order.payment_status is PaymentStatus.COLLECTED else 0
    with_rider = balances.get(f"partner:{FACTS.partner_id}:cash", 0)
    at_counter = balances.get(f"merchant:{order.sellers[0].merchant_id}:cash", 0)
    assert with_rider + at_counter == taken
    # Who says first that they took it has it; of an order that is collected nobody but the merchant says so unless a company errs.
    assert not (with_rider and at_counter)
    assert not at_counter or OrderHandedOver in kinds
    assert not with_rider or Input.DELIVERED in {given for given, _, _ in moves}
    assert way == "collected" or OrderHandedOver not in kinds
    assert way != "collected" or OrderConfirmed not in kinds
    assert order.frees_slot == (way != "now" and order.state is State.CANCELLED)
    if order.payment_status is not PaymentStatus.COLLECTED:
        assert {transfer.kind for transfer in order.transfers} <= {Kind.FAILED_TRIP, Kind.LOST_GOODS}
        assert order.cancel_reason is CancelReason.DELIVERY_FAILED or order.transfers == []
    if order.state is State.COMPLETED:
        assert order.payment_status is PaymentStatus.COLLECTED
        assert {each.status for each in order.present()} == {
            SellerOrderStatus.COMPLETED
        }  # who left before had no part in it


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("given_input", Input)
def test_each_step_agrees_with_the_orders_own_machine(state: State, given_input: Input) -> None:
    step = TABLE[state][given_input]
    if Action.REFUSE in step.actions:
        assert step.actions == (Action.REFUSE,)
        assert step.to is state
    if Action.COMPLETE in step.actions:
        assert step.actions.index(Action.BOOK_CASH) < step.actions.index(Action.COMPLETE)
    starts = STATUS[state] is OrderStatus.CONFIRMED and STATUS[step.to] in (
        OrderStatus.IN_PROGRESS,
        OrderStatus.COMPLETED,
    )
    if given_input is Input.HANDED_OVER:
        starts = False  # no rider had it
    assert (Action.START in step.actions) == starts
