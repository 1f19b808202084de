"""Who bears a discount pays it: merchants, companies and riders have all that they were promised, and the cash is what the buyer paid."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.catalog import MerchantId
from services.ordering.domain.cash import in_cash
from services.ordering.domain.ledger import (
    PLATFORM_PROMOTIONS,
    Borne,
    Kind,
    Sale,
    Shares,
    Transfer,
    at_the_counter,
    cash_on_delivery,
    regency_budget,
)

ACCOUNTS = (PLATFORM_PROMOTIONS, regency_budget("ongkir-murah"), regency_budget("pasar-murah"))


@st.composite
def sold(draw: st.DrawFn, most: int = 5) -> tuple[list[Sale], list[Borne]]:
    """Sales with what each gives itself, and what others bear of the rest, several times by one account perhaps."""
    sales, borne = [], []
    for n in range(draw(st.integers(1, most))):
        merchant = MerchantId.seeded(str(n))
        goods = draw(st.integers(0, 10**7))
        own = draw(st.integers(0, goods))
        sales.append(Sale(merchant, goods, draw(st.integers(0, goods - own)), discount_rupiah=own))
        left = goods - own
        for _ in range(draw(st.integers(0, 3))):
            amount = draw(st.integers(0, left))
            left -= amount
            borne.append(Borne(draw(st.sampled_from(ACCOUNTS)), merchant, amount))
    return sales, borne


@st.composite
def trips(draw: st.DrawFn) -> tuple[Shares, list[Borne]]:
    shares = Shares(*(draw(st.integers(0, 50_000)) for _ in range(3)))
    left = shares.rider_rupiah + shares.partner_rupiah + shares.platform_rupiah
    borne = []
    for _ in range(draw(st.integers(0, 3))):
        amount = draw(st.integers(0, left))
        left -= amount
        borne.append(Borne(draw(st.sampled_from(ACCOUNTS)), None, amount))
    return shares, borne


def gained(transfers: Sequence[Transfer]) -> dict[str, int]:
    """Credits less debits of each account."""
    found: dict[str, int] = {}
    for each in transfers:
        found[each.credit] = found.get(each.credit, 0) + each.amount_rupiah
        found[each.debit] = found.get(each.debit, 0) - each.amount_rupiah
    return found


def check_is_well_formed(transfers: Sequence[Transfer], *, test: bool) -> None:
    assert all(each.amount_rupiah > 0 and each.debit != each.credit for each in transfers)
    assert len({(each.kind, each.debit, each.credit) for each in transfers}) == len(transfers)
    assert all(account.startswith("test:") == test for each in transfers for account in (each.debit, each.credit))


@given(goods=sold(), trip=trips(), collected=st.none() | st.integers(0, 10**8), test=st.booleans())
def test_everybody_has_what_was_promised_and_the_cash_is_what_was_paid(
    goods: tuple[list[Sale], list[Borne]], trip: tuple[Shares, list[Borne]], collected: int | None, test: bool
) -> None:
    (sales, of_goods), (shares, of_trip) = goods, trip
    borne = [*of_goods, *of_trip]
    fee = shares.rider_rupiah + shares.partner_rupiah + shares.platform_rupiah
    total = sum(sale.goods_rupiah - sale.discount_rupiah for sale in sales) + fee - sum(b.amount_rupiah for b in borne)
    transfers = cash_on_delivery(
        sales,
        shares,
        partner="ptn",
        rider="rid",
        due_rupiah=in_cash(total),
        collected_rupiah=total if collected is None else collected,
        test=test,
        borne=borne,
    )
    check_is_well_formed(transfers, test=test)
    mark = "test:" if test else ""
    found = gained(transfers)
    assert sum(found.values()) == 0
    for sale in sales:
        promised = sale.goods_rupiah - sale.discount_rupiah - sale.commission_rupiah
        assert found.get(f"{mark}merchant:{sale.merchant_id}:payable", 0) == promised
    assert found.get(f"{mark}platform:commission", 0) == sum(sale.commission_rupiah for sale in sales)
    assert found.get(f"{mark}rider:rid:payable", 0) == shares.rider_rupiah
    assert found.get(f"{mark}partner:ptn:payable", 0) == shares.partner_rupiah
    assert found.get(f"{mark}platform:fees", 0) == shares.platform_rupiah
    for account in ACCOUNTS:
        assert found.get(mark + account, 0) == -sum(b.amount_rupiah for b in borne if b.account == account)
    own = (Kind.ROUNDING, Kind.CASH_SHORT, Kind.CASH_OVER)
    cash = f"{mark}partner:ptn:cash"
    assert sum(each.amount_rupiah for each in transfers if each.debit == cash and each.kind not in own) == total
    assert -found.get(cash, 0) == (total if collected is None else collected)


@given(goods=sold(most=1), test=st.booleans())
def test_at_the_counter_the_merchant_keeps_what_it_was_promised_and_owes_the_rest(
    goods: tuple[list[Sale], list[Borne]], test: bool
) -> None:
    (sale,), borne = goods
    total = sale.price_rupiah - sum(each.amount_rupiah for each in borne)
    transfers = at_the_counter(sale, due_rupiah=in_cash(total), test=test, borne=borne)
    check_is_well_formed(transfers, test=test)
    mark = "test:" if test else ""
    found = gained(transfers)
    assert sum(found.values()) == 0
    assert -found.get(f"{mark}merchant:{sale.merchant_id}:cash", 0) == in_cash(total)
    assert found.get(f"{mark}merchant:{sale.merchant_id}:payable", 0) == sale.price_rupiah - sale.commission_rupiah
    assert found.get(f"{mark}platform:commission", 0) == sale.commission_rupiah
    assert found.get(f"{mark}platform:rounding", 0) == in_cash(total) - total


def test_goods_that_are_given_whole_still_pay_their_seller_and_the_commission() -> None:
    merchant = MerchantId.seeded("a")
    transfers = cash_on_delivery(
        [Sale(merchant, 20_000, 1_000)],
        Shares(7_000, 2_000, 1_000),
        partner="ptn",
        rider="rid",
        due_rupiah=0,
        collected_rupiah=0,
        test=False,
        borne=[Borne(regency_budget("pasar"), merchant, 20_000), Borne(regency_budget("pasar"), None, 10_000)],
    )
    assert gained(transfers) == {
        f"merchant:{merchant}:payable": 19_000,
        "platform:commission": 1_000,
        "rider:rid:payable": 7_000,
        "partner:ptn:payable": 2_000,
        "platform:fees": 1_000,
        "regency:pasar:budget": -30_000,
    }
