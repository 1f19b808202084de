"""What an order that was handed over is to have moved, account by account: reckoned from what it came to, not by the code that books it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from services.contracts.catalog import MerchantId
from services.contracts.delivery import PartnerId, RiderId
from services.ordering.domain.cash import in_cash
from tests.slow.money.books import Books, Row


def mark_of(order: Row) -> str:
    return "test:" if order["test"] else ""


def name_of(order: Row) -> str:
    return f"{order['code']} ({order['state']})"


def is_earned(books: Books, order: Row) -> bool:
    """Whoever brought it has what it cost: by hand, or because it was paid before and handed over; then it is told so before its end."""
    if order["paid_at"] is None:
        return order["collected_rupiah"] is not None
    return order["status"] == "COMPLETED" or order["id"] in books.handed_over


def own_discount(books: Books, part: Row) -> int:
    """What its merchant gives of its own accord."""
    return sum(
        each["amount_rupiah"]
        for each in books.shares
        if each["seller_order_id"] == part["id"] and books.promotion[each["promotion_id"]]["merchant_id"] is not None
    )


def bearer(mark: str, promotion: Row) -> str:
    of_regency = promotion["borne_by"] == "REGENCY"
    return f"{mark}regency:{promotion['programme']}:budget" if of_regency else f"{mark}platform:promotions"


def taxed(books: Books, order: Row, payable: str) -> int:
    return sum(
        each["amount_rupiah"]
        for each in books.transfers_of[order["id"]]
        if each["kind"] == "PPH22" and each["debit_account"] == payable
    )


def company_of(booked: Sequence[Row]) -> str:
    """Of a trip that nobody was told to have begun: whoever said that it was over."""
    named = (each[side] for each in booked for side in ("debit_account", "credit_account") if "partner:" in each[side])
    return next(named, "").rpartition(":")[0]


def sold(books: Books, order: Row, booked: Sequence[Row]) -> Counter[str]:
    """What each account is to be given by the order, less what it is to give."""
    wanted: Counter[str] = Counter()
    mark, total = mark_of(order), order["total_rupiah"]
    partner = f"{mark}partner:{PartnerId(order['partner_id'])}" if order["partner_id"] else company_of(booked)
    if not is_earned(books, order):
        return wanted
    present = [each for each in books.parts_of[order["id"]] if each["left_at"] is None]
    for part in present:
        payable = f"{mark}merchant:{MerchantId(part['merchant_id'])}:payable"
        price = part["goods_rupiah"] - own_discount(books, part)
        tax = taxed(books, order, payable)
        rules = {each["rule"] for each in booked if each["kind"] == "PPH22"}
        if rules:  # half-up of the price, at the rate that is kept with the transfer
            permille = int(next(iter(rules)).rpartition(" ")[2].partition("/")[0])
            tax = (2 * price * permille + 1000) // 2000
        wanted[payable] += price - part["commission_rupiah"] - tax
        wanted[f"{mark}platform:commission"] += part["commission_rupiah"]
        wanted[f"{mark}tax:pph22"] += tax
    for share in books.shares:
        promotion = books.promotion[share["promotion_id"]]
        if share["seller_order_id"] in {each["id"] for each in present} and promotion["merchant_id"] is None:
            wanted[bearer(mark, promotion)] -= share["amount_rupiah"]
    for use in books.uses:
        promotion = books.promotion[use["promotion_id"]]
        if use["order_id"] == order["id"] and promotion["kind"] == "FREE_DELIVERY":
            wanted[bearer(mark, promotion)] -= use["amount_rupiah"]
    if order["way"] == "DELIVERY":
        # Whose job it was may be told later than that it is done, or taken back: its company knows which of its riders it owes.
        riders = f"{partner}:riders"
        told = {each["credit_account"] for each in booked if each["credit_account"].startswith(f"{mark}rider:")}
        known = {f"{mark}rider:{RiderId(order['rider_id'])}:payable"} if order["rider_id"] else told
        rider = next(iter((known & told) or {riders}))
        wanted[rider] += order["rider_share_rupiah"]
        wanted[f"{partner}:payable"] += order["partner_share_rupiah"]
        wanted[f"{mark}platform:fees"] += order["platform_share_rupiah"]
    if order["paid_at"] is not None:
        wanted[f"{mark}buyers:held"] -= total
        # A rider who took cash for what was paid has the buyer's money, and says so.
        over = sum(each["amount_rupiah"] for each in booked if each["kind"] == "CASH_OVER")
        wanted[f"{partner}:cash"] -= over
        wanted[f"{mark}buyers:overpaid"] += over
        return Counter({account: rupiah for account, rupiah in wanted.items() if rupiah})
    collected = order["collected_rupiah"]
    due = total if collected == total else in_cash(total)
    wanted[f"{mark}platform:rounding"] += due - total
    if order["way"] == "DELIVERY":
        wanted[f"{partner}:cash"] -= collected
        wanted[f"{partner}:shortfall"] -= max(0, due - collected)
        wanted[f"{mark}buyers:overpaid"] += max(0, collected - due)
        if any(each["kind"] == "CASH_CARRIED" for each in booked):
            wanted[f"{mark}rider:{RiderId(order['rider_id'])}:carrying"] -= collected
            wanted[f"{partner}:with_riders"] += collected
    else:
        wanted[f"{mark}merchant:{MerchantId(present[0]['merchant_id'])}:cash"] -= due
    return Counter({account: rupiah for account, rupiah in wanted.items() if rupiah})
