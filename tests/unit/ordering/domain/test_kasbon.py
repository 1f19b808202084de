"""Kasbons as rules: every state answers every input, nobody consents for another, and what is told is what is booked."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.catalog import MerchantId
from services.contracts.kasbon import KasbonEntryId, KasbonId, KasbonSide
from services.ordering.domain.books import MoreThanThereIs, OwnWord
from services.ordering.domain.ids import BuyerId
from services.ordering.domain.kasbon import (
    KASBON,
    MAX_LIMIT_RUPIAH,
    EntryKind,
    Kasbon,
    KasbonHasNoRoom,
    KasbonInput,
    KasbonIsNotOpen,
    KasbonIsOfOneSeller,
    KasbonState,
    LimitIsWrong,
    check_payment,
    check_sellers,
)
from services.ordering.domain.ledger import Borne, Kind, Sale, on_kasbon
from services.ordering.domain.refusal import Refused, WrongState

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
BUYER, OWNER = "usr_siti", "usr_wlijo"
MERCHANT = MerchantId.seeded("m")


def a_kasbon(state: KasbonState = KasbonState.NONE, **changed: object) -> Kasbon:
    kasbon = Kasbon(
        KasbonId.seeded("k"),
        BuyerId.seeded("b"),
        BUYER,
        MERCHANT,
        state,
        "Bu Siti",
        limit_rupiah=0,
        at=NOON,
        test=False,
    )
    for name, value in changed.items():
        setattr(kasbon, name, value)
    return kasbon


def an_open_one(limit: int = 50_000, **changed: object) -> Kasbon:
    return a_kasbon(KasbonState.OPEN, limit_rupiah=limit, buyer_agreed_at=NOON, merchant_agreed_at=NOON, **changed)


def test_every_state_answers_every_input() -> None:
    assert set(KASBON.table) == {(state, each) for state in KasbonState for each in KasbonInput}


def test_the_second_yes_opens_it_whoever_says_it() -> None:
    asked = a_kasbon()
    asked.agree_as_buyer("Bu Siti")
    assert (asked.state, asked.room_rupiah) == (KasbonState.ASKED, 0)
    asked.agree_as_merchant(OWNER, 50_000)
    assert (asked.state, asked.room_rupiah) == (KasbonState.OPEN, 50_000)
    offered = a_kasbon()
    offered.agree_as_merchant(OWNER, 20_000)
    offered.agree_as_buyer("")
    assert (offered.state, offered.limit_rupiah) == (KasbonState.OPEN, 20_000)
    assert [each.kind for each in offered.entries] == [EntryKind.OFFERED, EntryKind.OPENED]


def test_an_answer_of_before_opens_nothing_anew() -> None:
    """Both have to say yes again to one that was ended."""
    kasbon = an_open_one()
    kasbon.close(KasbonSide.BUYER, BUYER, None)
    kasbon.agree_as_merchant(OWNER, 90_000)
    assert (kasbon.state, kasbon.buyer_agreed_at) == (KasbonState.OFFERED, None)


def test_nobody_agrees_with_themselves() -> None:
    kasbon = a_kasbon(KasbonState.ASKED)
    with pytest.raises(OwnWord):
        kasbon.agree_as_merchant(BUYER, 10_000)


@pytest.mark.parametrize("limit", [-1, MAX_LIMIT_RUPIAH + 1])
def test_a_limit_has_its_bounds(limit: int) -> None:
    with pytest.raises(LimitIsWrong):
        an_open_one().set_limit(OWNER, limit)
    with pytest.raises(LimitIsWrong):
        a_kasbon(KasbonState.ASKED).agree_as_merchant(OWNER, limit)


def test_room_is_what_is_neither_owed_nor_held() -> None:
    kasbon = an_open_one(owed_rupiah=20_000, held_rupiah=5_000)
    kasbon.check_room(25_000)
    with pytest.raises(KasbonHasNoRoom) as no:
        kasbon.check_room(25_001)
    assert no.value.room_rupiah == 25_000
    kasbon.set_limit(OWNER, 10_000)
    assert (kasbon.room_rupiah, kasbon.owed_rupiah) == (0, 20_000)
    for state in set(KasbonState) - {KasbonState.OPEN}:
        with pytest.raises(KasbonIsNotOpen):
            a_kasbon(state).check_room(0)


def test_it_is_of_one_seller() -> None:
    check_sellers([MERCHANT])
    check_sellers([])
    with pytest.raises(KasbonIsOfOneSeller):
        check_sellers([MERCHANT, MerchantId.seeded("another")])


def test_only_a_payment_is_taken_back() -> None:
    assert check_payment(EntryKind.PAID, taken_back=False)
    assert not check_payment(EntryKind.PAID, taken_back=True)
    for kind in set(EntryKind) - {EntryKind.PAID}:
        with pytest.raises(WrongState):
            check_payment(kind, taken_back=False)


AMOUNTS = st.integers(1, 60_000)
ACTS = st.one_of(
    st.tuples(st.just("ask"), st.just(0)),
    st.tuples(st.just("offer"), st.integers(0, 80_000)),
    st.tuples(st.just("decline"), st.just(0)),
    st.tuples(st.just("limit"), st.integers(0, 80_000)),
    st.tuples(st.just("close"), st.just(0)),
    st.tuples(st.just("pay"), AMOUNTS),
    st.tuples(st.just("forgive"), AMOUNTS),
    st.tuples(st.just("take_back"), AMOUNTS),
    st.tuples(st.just("dispute"), st.just(0)),
    st.tuples(st.just("erase"), st.just(0)),
)


@given(st.integers(0, 60_000), st.lists(ACTS, max_size=12))
def test_whatever_is_done_the_book_is_the_ledger_and_nothing_is_forgotten(
    owed: int, acts: list[tuple[str, int]]
) -> None:
    kasbon = a_kasbon(owed_rupiah=owed)
    for act, amount in acts:
        before = kasbon.owed_rupiah
        said = len(kasbon.entries)
        moved = 0
        refused: Refused | None = None
        try:
            match act:
                case "ask":
                    kasbon.agree_as_buyer("Bu Siti")
                case "offer":
                    kasbon.agree_as_merchant(OWNER, amount)
                case "decline":
                    kasbon.decline(KasbonSide.BUYER, BUYER, None)
                case "limit":
                    kasbon.set_limit(OWNER, amount)
                case "close":
                    kasbon.close(KasbonSide.MERCHANT, OWNER, None)
                case "pay":
                    kasbon.pay(OWNER, amount, None)
                    moved = -amount
                case "forgive":
                    kasbon.forgive(OWNER, amount, "ikhlas")
                    moved = -amount
                case "take_back":
                    kasbon.take_back(KasbonSide.MERCHANT, OWNER, KasbonEntryId.new(), amount, "salah")
                    moved = amount
                case "dispute":
                    kasbon.dispute(KasbonSide.BUYER, BUYER, KasbonEntryId.new(), "keliru")
                case "erase":
                    kasbon.end_without_its_buyer()
                    assert kasbon.state in (KasbonState.NONE, KasbonState.DECLINED, KasbonState.CLOSED)
        except Refused as no:
            refused = no
        if refused is not None:
            assert amount > before or not isinstance(refused, MoreThanThereIs)
            assert (kasbon.owed_rupiah, len(kasbon.entries)) == (before, said)
        # No interest and no fee: what is owed moves by what was said, and by nothing else.
        assert kasbon.owed_rupiah - before in (0, moved)
        assert kasbon.owed_rupiah >= 0
        if kasbon.state is KasbonState.OPEN:
            assert kasbon.buyer_agreed_at is not None
            assert kasbon.merchant_agreed_at is not None
    assert owed + sum(each.change_rupiah for each in kasbon.entries) == kasbon.owed_rupiah
    booked = dict(kasbon.transfers)
    for each in kasbon.entries:
        if not each.change_rupiah:
            assert each.id not in booked
            continue
        transfer = booked[each.id]
        assert transfer.kind == f"KASBON_{each.kind}"
        sign = 1 if transfer.debit == kasbon.account else -1
        assert sign * transfer.amount_rupiah == each.change_rupiah
        assert kasbon.account in (transfer.debit, transfer.credit)


@given(
    goods=st.integers(0, 500_000),
    own=st.integers(0, 1_000),
    given_=st.integers(0, 1_000),
    permille=st.integers(0, 100),
    test=st.booleans(),
)
def test_what_is_handed_over_is_owed_to_the_merchant_and_the_platform_has_its_commission_alone(
    goods: int, own: int, given_: int, permille: int, test: bool
) -> None:
    own, given_ = min(own, goods), min(given_, goods - min(own, goods))
    commission = (goods - own) * permille // 1000
    sale = Sale(MERCHANT, goods, commission, None, own)
    kasbon = KasbonId.seeded("k")
    moved = on_kasbon(sale, kasbon, test=test, borne=[Borne("platform:promotions", MERCHANT, given_)] if given_ else [])
    mark = "test:" if test else ""
    balances: dict[str, int] = {}
    for each in moved:
        assert each.amount_rupiah > 0
        balances[each.debit] = balances.get(each.debit, 0) + each.amount_rupiah
        balances[each.credit] = balances.get(each.credit, 0) - each.amount_rupiah
    owed = goods - own - given_
    assert sum(balances.values()) == 0
    assert balances.get(f"{mark}kasbon:{kasbon}:owed", 0) == owed
    assert balances.get(f"{mark}merchant:{MERCHANT}:kasbon", 0) == -owed
    with_platform = sum(balances.get(f"{mark}merchant:{MERCHANT}:{name}", 0) for name in ("payable", "cash"))
    assert with_platform == commission - given_
    assert balances.get(f"{mark}platform:commission", 0) == -commission
    assert Kind.ROUNDING not in {each.kind for each in moved}


def test_a_repeat_says_nothing() -> None:
    kasbon = an_open_one()
    kasbon.agree_as_buyer("x")
    kasbon.agree_as_merchant(OWNER, 1)
    kasbon.set_limit(OWNER, 50_000)
    assert (kasbon.entries, kasbon.limit_rupiah) == ([], 50_000)
    with contextlib.suppress(WrongState):
        kasbon.decline(KasbonSide.BUYER, BUYER, None)
    assert kasbon.state is KasbonState.OPEN
