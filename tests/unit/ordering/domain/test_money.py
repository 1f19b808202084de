"""Money and measure in ordering: half-up per line, splits that sum exactly, transfers that lose nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.catalog import MerchantId, MerchantStatus, ProductStatus, VariantId
from services.contracts.ordering import BorneBy, OrderId, PaymentId, SellerOrderId
from services.contracts.quote import Claims, place_hash
from services.ordering.domain import placing
from services.ordering.domain.cart import (
    MAX_GOODS_RUPIAH,
    MAX_QUANTITY,
    GoodsAreTooDear,
    QuantityInvalid,
    check_quantity,
    line_mass,
    line_total,
)
from services.ordering.domain.cash import CASH_STEP_RUPIAH, in_cash
from services.ordering.domain.contact import ContactInvalid, phone_e164
from services.ordering.domain.ids import CartLineId, OrderLineId
from services.ordering.domain.ledger import Kind, Sale, Shares, Transfer, cash_on_delivery, failed_trip
from services.ordering.domain.offer import OfferedLine, OfferedMerchant, OfferedProduct
from services.ordering.domain.placing import Placement
from tests.worlds.ordering import IKAT

AT = datetime(2026, 2, 1, 3, 30, tzinfo=UTC)  # a Sunday, 10:30 WIB

rupiah = st.integers(min_value=0, max_value=50_000_000)
quantities = st.integers(min_value=1, max_value=MAX_QUANTITY)
bases = st.sampled_from([1, 2, 3, 100, 250, 1000])


@given(price=rupiah, quantity=quantities, basis=bases)
def test_a_line_is_rounded_half_up_once(price: int, quantity: int, basis: int) -> None:
    exact = Decimal(price) * quantity / basis
    assert line_total(price, quantity, basis) == int(exact.to_integral_value(ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("price", "quantity", "basis", "total"),
    [(36_115, 1_250, 1000, 45_144), (6_000, 3, 2, 9_000), (1, 1, 2, 1), (1, 1, 3, 0), (5, 1, 2, 3), (0, 7, 1, 0)],
)
def test_known_lines(price: int, quantity: int, basis: int, total: int) -> None:
    assert line_total(price, quantity, basis) == total


@pytest.mark.parametrize(
    ("quantity", "gram", "mass"), [(3, 250.0, 750), (3, 0.1, 1), (10, 0.1, 1), (11, 0.1, 2), (1, 0.0, 0)]
)
def test_mass_is_rounded_up(quantity: int, gram: float, mass: int) -> None:
    assert line_mass(quantity, gram) == mass


def a_merchant(n: int) -> OfferedMerchant:
    return OfferedMerchant(MerchantId.seeded(str(n)), MerchantStatus.ACTIVE, [], [], True, True, 300, 600)


def a_line(n: int, merchant: int, price: int, quantity: int, basis: int) -> OfferedLine:
    seller = a_merchant(merchant)
    product = OfferedProduct("sayur", ProductStatus.PUBLISHED, seller, seller.id, IKAT, price, basis, 0.0, None)
    return OfferedLine(CartLineId.new(), VariantId.seeded(str(n)), quantity, product)


def claims_for(lines: list[OfferedLine], shares: tuple[int, int, int]) -> Claims:
    merchants = sorted({str(line.product.merchant_id) for line in lines if line.product})
    return Claims(
        jti="quo", buyer="usr", tariff="t", distance_m=1, duration_s=1, merchants=merchants,
        dropoff=place_hash(-8.1, 113.2), mass_limit_gram=0,
        fee=sum(shares), rider_share=shares[0], partner_share=shares[1], platform_share=shares[2],
        exp=int(AT.timestamp()) + 1, test=False,
    )  # fmt: skip


goods = st.lists(st.tuples(st.integers(0, 4), rupiah, quantities, bases), min_size=1, max_size=20)
parts = st.tuples(st.integers(0, 100_000), st.integers(0, 100_000), st.integers(0, 100_000))


def balances(transfers: Sequence[Transfer]) -> dict[str, int]:
    """Debits less credits of each account."""
    found: dict[str, int] = {}
    for each in transfers:
        found[each.debit] = found.get(each.debit, 0) + each.amount_rupiah
        found[each.credit] = found.get(each.credit, 0) - each.amount_rupiah
    return found


@given(goods=goods, shares=parts)
def test_the_split_by_merchant_sums_to_the_total_exactly(
    goods: list[tuple[int, int, int, int]], shares: tuple[int, int, int]
) -> None:
    lines = [a_line(n, *each) for n, each in enumerate(goods)]
    total = sum(line_total(price, quantity, basis) for _, price, quantity, basis in goods)

    def place() -> Placement:
        return placing.place(
            buyer="usr",
            lines=lines,
            dropoff=placing.Dropoff(-8.1, 113.2, "35.08.10"),
            claims=claims_for(lines, shares),
            total_rupiah=total + sum(shares),
            at=AT,
            ids=placing.NewIds(OrderId.new(), PaymentId.new(), SellerOrderId.new, OrderLineId.new),
        )

    if total > MAX_GOODS_RUPIAH:
        with pytest.raises(GoodsAreTooDear):
            place()
        return
    placement = place()
    assert sum(each.goods_rupiah for each in placement.seller_orders) == placement.goods_rupiah == total
    assert placement.total_rupiah == total + sum(shares)
    assert sum(len(each.lines) for each in placement.seller_orders) == len(lines)
    assert len({each.merchant.id for each in placement.seller_orders}) == len(placement.seller_orders)


sales = st.lists(st.tuples(rupiah, st.integers(0, 1000)), min_size=1, max_size=6)


@given(total=rupiah)
def test_what_is_asked_in_cash_is_the_nearest_that_coins_can_pay(total: int) -> None:
    asked = in_cash(total)
    assert asked % CASH_STEP_RUPIAH == 0
    assert -CASH_STEP_RUPIAH // 2 < asked - total <= CASH_STEP_RUPIAH // 2
    assert in_cash(asked) == asked


def test_half_a_step_is_rounded_up() -> None:
    assert [in_cash(total) for total in (0, 49, 50, 16_049, 16_050, 16_069)] == [0, 0, 100, 16_000, 16_100, 16_100]


@pytest.mark.parametrize(
    ("total", "collected", "rounding", "short", "over"),
    [
        (16_069, 16_100, -31, 0, 0),  # as asked: the platform has 31 that nobody else is owed
        (16_020, 16_000, 20, 0, 0),
        (16_069, 16_069, 0, 0, 0),  # the buyer had the coins: the very total is never short
        (16_069, 16_000, -31, 100, 0),
        (16_020, 16_500, 20, 0, -500),
    ],
)
def test_what_rounding_changes_is_booked_beside_what_is_short_or_over(
    total: int, collected: int, rounding: int, short: int, over: int
) -> None:
    sold = [Sale(MerchantId.seeded("a"), total - 6_000, 0)]
    found = balances(
        cash_on_delivery(
            sold,
            Shares(4_000, 1_500, 500),
            partner="ptn",
            rider="rid",
            due_rupiah=in_cash(total),
            collected_rupiah=collected,
            test=False,
        )
    )
    assert found["partner:ptn:cash"] == collected
    booked = [found.get(each, 0) for each in ("platform:rounding", "partner:ptn:shortfall", "buyers:overpaid")]
    assert booked == [rounding, short, over]


@given(sales=sales, shares=parts, collected=st.integers(0, 10**9), exact=st.booleans(), test=st.booleans())
def test_transfers_lose_nothing_and_owe_each_party_its_own(
    sales: list[tuple[int, int]], shares: tuple[int, int, int], collected: int, exact: bool, test: bool
) -> None:
    sold = [
        Sale(MerchantId.seeded(str(n)), amount, amount * permille // 1000) for n, (amount, permille) in enumerate(sales)
    ]
    total = sum(sale.goods_rupiah for sale in sold) + sum(shares)
    asked = in_cash(total)
    collected = total if exact else collected
    due = total if collected == total else asked
    transfers = cash_on_delivery(
        sold,
        Shares(*shares),
        partner="ptn",
        rider="rid",
        due_rupiah=asked,
        collected_rupiah=collected,
        test=test,
    )
    assert all(each.amount_rupiah > 0 for each in transfers)
    own = [each for each in transfers if each.kind not in (Kind.CASH_SHORT, Kind.CASH_OVER, Kind.ROUNDING)]
    assert sum(each.amount_rupiah for each in own) == total
    found = balances(transfers)
    mark = "test:" if test else ""
    assert sum(found.values()) == 0
    assert found.get(f"{mark}partner:ptn:cash", 0) == collected
    assert found.get(f"{mark}partner:ptn:shortfall", 0) == max(0, due - collected)
    assert found.get(f"{mark}buyers:overpaid", 0) == -max(0, collected - due)
    assert found.get(f"{mark}platform:rounding", 0) == total - due
    for sale in sold:
        assert found.get(f"{mark}merchant:{sale.merchant_id}:payable", 0) == sale.commission_rupiah - sale.goods_rupiah
    assert all(account.startswith("test:") == test for account in found)
    assert len({(each.kind, each.debit, each.credit) for each in transfers}) == len(transfers)


@pytest.mark.parametrize("quantity", [0, -250, 100, 249, 251, 375, 1_000_250])
def test_a_quantity_off_its_unit_is_refused(quantity: int) -> None:
    with pytest.raises(QuantityInvalid):
        check_quantity(VariantId.seeded("x"), quantity, minimum=250, step=250)


@pytest.mark.parametrize("quantity", [250, 500, 1_000_000])
def test_a_quantity_on_its_unit_is_taken(quantity: int) -> None:
    check_quantity(VariantId.seeded("x"), quantity, minimum=250, step=250)


@pytest.mark.parametrize(
    "given_text", ["081234500001", "0812-3450-0001", "62 812 3450 0001", "+62 (812) 3450.0001", "+6281234500001"]
)
def test_a_phone_has_one_form(given_text: str) -> None:
    assert phone_e164(given_text) == "+6281234500001"


def test_a_phone_of_elsewhere_is_taken_as_it_is() -> None:
    assert phone_e164("+65 6123 4567") == "+6561234567"


@pytest.mark.parametrize(
    "given_text",
    ["", "0", "12345678", "+62", "+620812345678", "0812345", "+62812345678901234", "٠٨١٢٣٤٥٠٠٠٠١", "call me"],
)
def test_what_is_no_phone_is_refused(given_text: str) -> None:
    with pytest.raises(ContactInvalid):
        phone_e164(given_text)


def test_a_place_is_bound_by_its_sixth_decimal() -> None:
    here = place_hash(-8.132100, 113.219300)
    assert here == place_hash(-8.1321, 113.2193)
    assert here != place_hash(-8.132101, 113.2193)
    assert len(here) == 64


SALES = [Sale(MerchantId.seeded(name), goods, 0) for name, goods in (("wlijo", 5_000), ("kios", 8_000))]


def failed(borne_by: BorneBy, *, gone: bool, merchants: int = 2) -> dict[str, int]:
    """What each account has gained, by the last two words of its name."""
    gained: dict[str, int] = {}
    for each in failed_trip(
        SALES[:merchants],
        Shares(7_000, 2_000, 1_000),
        borne_by=borne_by,
        partner="P",
        rider="R",
        gone=gone,
        test=False,
    ):
        assert each.kind in (Kind.FAILED_TRIP, Kind.LOST_GOODS)
        for account, change in ((each.credit, each.amount_rupiah), (each.debit, -each.amount_rupiah)):
            gained[account] = gained.get(account, 0) + change
    return gained


def test_goods_that_its_company_lost_are_owed_by_it_in_full_and_the_trip_earns_nothing() -> None:
    wlijo, kios = (f"merchant:{sale.merchant_id}:payable" for sale in SALES)
    assert failed(BorneBy.PARTNER, gone=True) == {wlijo: 5_000, kios: 8_000, "partner:P:losses": -13_000}
    assert failed(BorneBy.PARTNER, gone=False) == {}


@pytest.mark.parametrize("borne_by", [BorneBy.BUYER, BorneBy.PLATFORM])
def test_a_trip_in_vain_earns_its_shares_and_the_platform_stands_in_for_a_buyer_who_got_nothing(
    borne_by: BorneBy,
) -> None:
    earned = {"rider:R:payable": 7_000, "partner:P:payable": 2_000}
    assert failed(borne_by, gone=False) == {**earned, "platform:losses": -9_000}
    wlijo, kios = (f"merchant:{sale.merchant_id}:payable" for sale in SALES)
    assert failed(borne_by, gone=True) == {**earned, wlijo: 5_000, kios: 8_000, "platform:losses": -22_000}


@pytest.mark.parametrize("gone", [False, True])
def test_one_merchant_bears_its_own_fault_and_of_several_nobody_can_say_which(gone: bool) -> None:
    wlijo, kios = (f"merchant:{sale.merchant_id}:payable" for sale in SALES)
    earned = {"rider:R:payable": 7_000, "partner:P:payable": 2_000}
    assert failed(BorneBy.MERCHANT, gone=gone, merchants=1) == {**earned, wlijo: -9_000}
    lost = {wlijo: 5_000, kios: 8_000} if gone else {}
    assert failed(BorneBy.MERCHANT, gone=gone) == {**earned, **lost, "platform:losses": -9_000 - sum(lost.values())}


@given(
    goods=st.lists(rupiah, min_size=1, max_size=4),
    shares=st.tuples(rupiah, rupiah, rupiah),
    borne_by=st.sampled_from(BorneBy),
    gone=st.booleans(),
    test=st.booleans(),
    rider=st.sampled_from([None, "R"]),
)
def test_no_failed_trip_costs_its_buyer_or_mixes_tests_with_money(
    goods: list[int], shares: tuple[int, int, int], borne_by: BorneBy, gone: bool, test: bool, rider: str | None
) -> None:
    sales = [Sale(MerchantId.seeded(str(n)), each, 0) for n, each in enumerate(goods)]
    booked = failed_trip(sales, Shares(*shares), borne_by=borne_by, partner="P", rider=rider, gone=gone, test=test)
    accounts = {account for each in booked for account in (each.debit, each.credit)}
    assert not any("buyer" in account or account.endswith(":cash") for account in accounts)
    assert all(account.startswith("test:") == test for account in accounts)
    assert all(each.amount_rupiah > 0 and each.debit != each.credit for each in booked)
    assert len({(each.kind, each.debit, each.credit) for each in booked}) == len(booked)
