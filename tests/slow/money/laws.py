"""The laws of money: pure functions over what ordering's database holds. Each answers with the violations that it found, in words.

What an order moved is reckoned anew from what it came to, account by account, and not by the code that booked it. The laws of `AT_REST`
hold once nothing is on its way any more, all others after each step.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from services.contracts.catalog import MerchantId
from services.contracts.claims import ClaimId
from services.contracts.ordering import OrderId, RefundId
from services.contracts.places import WIB
from services.ordering.domain.ids import AttemptId
from services.ordering.domain.mdr import MerchantClass, mdr
from tests.slow.chaos import checks
from tests.slow.money.books import Books, grouped, moved
from tests.slow.money.sale import is_earned, mark_of, name_of, own_discount, sold, taxed

Law = Callable[[Books], Iterator[str]]

_SALE: Final = frozenset({
    "GOODS", "COMMISSION", "RIDER_SHARE", "PARTNER_SHARE", "PLATFORM_SHARE", "DISCOUNT", "ROUNDING", "CASH_SHORT", "CASH_OVER", "PPH22",
    "CASH_CARRIED",
})  # fmt: skip
_POSTED: Final = frozenset({"CASH_HANDOVER", "PAYOUT", "PAYOUT_REVERSED"})
_KNOWN: Final = _SALE | _POSTED | {
    "PAYMENT", "MDR", "REFUND", "REFUND_BORNE", "CLAIM", "CLAIM_SETTLED", "FAILED_TRIP", "LOST_GOODS", "TRIP_PAY",
}  # fmt: skip
_PACKING: Final = ("LINE_WEIGHED", "LINE_PACKED", "LINE_DROPPED", "LINE_REPLACED", "QUESTION_ACCEPTED")
_LEFT: Final = ("PICKED_UP", "COMPLETED", "CANCELLED")


def every_account_is_the_sum_of_its_transfers(books: Books) -> Iterator[str]:
    """And all of them together are nothing: what one has, another owes."""
    kept = Counter({row["account"]: -row["rupiah"] for row in books.balances if row["rupiah"]})
    if kept != (found := moved(books.transfers)):
        yield from (
            f"{each} is kept at {kept[each]}, its transfers make {found[each]}"
            for each in sorted(kept | found)
            if kept[each] != found[each]
        )
    if sum(kept.values()):
        yield f"all accounts together are {sum(kept.values())}"


def nobody_is_owed_negative_cash(books: Books) -> Iterator[str]:
    """Who holds cash holds none that is not there; of nobody's money more is held than came."""
    for row in books.balances:
        account, rupiah = row["account"], row["rupiah"]
        if rupiah < 0 and (account.endswith(":carrying") or (account.endswith(":cash") and "partner:" in account)):
            yield f"{account} has {rupiah} in cash"
        if rupiah > 0 and account.endswith("buyers:held"):
            yield f"{account}: {rupiah} more was given than buyers had paid"
        if rupiah > 0 and account.endswith(":refundable"):
            yield f"{account}: {rupiah} more was given than was owed"
    for order in books.orders:
        held = moved(books.transfers_of[order["id"]])[mark_of(order) + "buyers:held"]
        if held < 0:
            yield f"{name_of(order)}: {-held} more went out than its buyer had paid"


def every_order_ends_or_has_a_timer(books: Books) -> Iterator[str]:
    yield from checks.everything_ends([], books.as_evidence())
    for each in books.claims:
        if each["due_at"] is not None and not each["timers"]:
            yield f"claim {each['id']} is {each['state']} without a timer"


def orders_are_the_sum_of_their_parts(books: Books) -> Iterator[str]:
    lines = grouped(books.lines, "seller_order_id")
    for order in books.orders:
        parts = books.parts_of[order["id"]]
        goods = sum(each["goods_rupiah"] for each in parts if each["left_at"] is None)
        off = order["discount_rupiah"] + order["delivery_discount_rupiah"]
        if order["total_rupiah"] != goods + order["delivery_rupiah"] - off:
            yield f"{name_of(order)}: {goods} of goods and {order['delivery_rupiah']} less {off} are not {order['total_rupiah']}"
        if order["amount_rupiah"] != order["total_rupiah"]:
            yield f"{name_of(order)}: its payment is of {order['amount_rupiah']}"
        for part in parts:
            now = [
                line["total_rupiah"] if line["final_rupiah"] is None else line["final_rupiah"]
                for line in lines[part["id"]]
            ]
            if part["left_at"] is None and sum(now) != part["goods_rupiah"]:
                yield f"{name_of(order)}: a part of {part['goods_rupiah']} has lines of {sum(now)}"


def nothing_is_packed_once_it_has_left(books: Books) -> Iterator[str]:
    left: set[Any] = set()
    for each in books.history:
        if each["order_id"] in left and each["input"] in _PACKING:
            yield f"{OrderId(each['order_id'])}: {each['input']} after its goods had left"
        if each["state"] in _LEFT:
            left.add(each["order_id"])


def a_sale_is_what_its_order_came_to(books: Books) -> Iterator[str]:
    """Who got what of an order that was handed over, to the rupiah: merchants, commission, tax, rider, company, platform, who bears its
    discounts, and the cash or the purse that it came from. Of an order that was not, nothing."""
    for order in books.orders:
        booked = [each for each in books.transfers_of[order["id"]] if each["kind"] in _SALE]
        found, wanted = moved(booked), sold(books, order, booked)
        if found != wanted:
            yield from (
                f"{name_of(order)}: {each} was given {found[each]}, {wanted[each]} is due to it"
                for each in sorted({*found, *wanted})
                if found[each] != wanted[each]
            )


def cash_is_in_one_hand(books: Books) -> Iterator[str]:
    """What a buyer gave at the door came to one company or one merchant, once."""
    for order in books.orders:
        hands = {
            each[side]
            for each in books.transfers_of[order["id"]]
            if each["kind"] in _SALE
            for side in ("debit_account", "credit_account")
            if each[side].endswith(":cash")
        }
        if len(hands) > 1:
            yield f"{name_of(order)}: its cash was counted by {' and by '.join(sorted(hands))}"


def payments_are_what_came(books: Books) -> Iterator[str]:
    """By each code, in the books and at the provider; the provider's fee is of what the order was paid with, once."""
    by_attempt: Counter[str] = Counter()
    for each in books.transfers:
        if each["kind"] == "PAYMENT":
            by_attempt[each["cause"].partition(":")[0]] += each["amount_rupiah"]
    for each in books.attempts:
        booked = by_attempt.pop(str(AttemptId(each["id"])), 0)
        if booked != each["received_rupiah"]:
            yield f"{each['reference']}: {each['received_rupiah']} came, {booked} is booked"
    for stray, rupiah in by_attempt.items():
        yield f"{rupiah} is booked as paid by {stray}, which is no code"
    for order in books.orders:
        fees = [each for each in books.transfers_of[order["id"]] if each["kind"] == "MDR"]
        if fees and (order["paid_at"] is None or len(fees) > 1):
            yield f"{name_of(order)}: its provider kept {len(fees)} fees"
        elif order["paid_at"] is not None:
            day = order["paid_at"].astimezone(WIB).date()
            known = {mdr(order["collected_rupiah"], each, day) for each in MerchantClass}
            if sum(each["amount_rupiah"] for each in fees) not in known:
                yield f"{name_of(order)}: its provider kept {[each['amount_rupiah'] for each in fees]}, the rates say {known}"


def money_goes_back_once(books: Books) -> Iterator[str]:
    """Each task that is done is one transfer, and there is no other; what somebody else paid for has its task too."""
    tasks = {str(RefundId(each["id"])): each for each in books.refunds}
    for order in books.orders:
        went: Counter[str] = Counter()
        borne: Counter[str] = Counter()
        for each in books.transfers_of[order["id"]]:
            if each["kind"] == "REFUND":
                task = tasks.get(each["cause"])
                went[each["cause"]] += 1
                if task is None or task["state"] != "DONE" or task["order_id"] != order["id"]:
                    yield f"{name_of(order)}: {each['amount_rupiah']} went back for {each['cause']}, which is no task that is done"
                elif task["amount_rupiah"] != each["amount_rupiah"]:
                    yield f"{name_of(order)}: {each['amount_rupiah']} went back of {task['amount_rupiah']}"
            if each["kind"] == "REFUND_BORNE":
                back = each["debit_account"].endswith("buyers:held")
                account = each["credit_account"] if back else each["debit_account"]
                borne[account] += -each["amount_rupiah"] if back else each["amount_rupiah"]
                if not back and each["cause"] not in tasks:
                    yield f"{name_of(order)}: {each['amount_rupiah']} is borne for {each['cause']}, which is no task"
        for cause, times in went.items():
            if times > 1:
                yield f"{name_of(order)}: {cause} went back {times} times"
        for account, rupiah in borne.items():
            if rupiah < 0:
                yield f"{name_of(order)}: {account} got {-rupiah} more than it had borne"
        done = [key for key, each in tasks.items() if each["order_id"] == order["id"] and each["state"] == "DONE"]
        yield from (f"{name_of(order)}: {task} is done and nothing went back" for task in done if not went[task])
        asked = sum(each["amount_rupiah"] for each in tasks.values() if each["order_id"] == order["id"])
        came = sum(each["received_rupiah"] for each in books.attempts if each["order_id"] == order["id"])
        paid = came + (order["collected_rupiah"] or 0 if order["paid_at"] is None else 0)
        if asked > paid:
            yield f"{name_of(order)}: {asked} is to go back of {paid}"


def claims_are_given_once(books: Books) -> Iterator[str]:
    owed, given = Counter[str](), Counter[str]()
    for each in books.transfers:
        if each["kind"] == "CLAIM":
            owed[each["credit_account"].removeprefix("test:")] += each["amount_rupiah"]
        if each["kind"] == "CLAIM_SETTLED":
            given[each["debit_account"].removeprefix("test:")] += each["amount_rupiah"]
        if each["kind"] == "REFUND_BORNE" and each["debit_account"].endswith(":refundable"):
            given[each["debit_account"].removeprefix("test:")] += each["amount_rupiah"]
    tasks = {each["id"]: each for each in books.refunds}
    for each in books.claims:
        account = f"claim:{ClaimId(each['id'])}:refundable"
        granted = each["granted_rupiah"] or 0
        settled = granted if each["state"] == "SETTLED" or each["refund_id"] else 0
        if (owed.pop(account, 0), given.pop(account, 0)) != (granted, settled):
            yield f"{account}: {granted} was granted and {settled} settled, the books say otherwise"
        if (task := tasks.get(each["refund_id"])) is not None:
            if task["amount_rupiah"] != granted - each["kasbon_rupiah"]:
                yield f"{account}: {task['amount_rupiah']} goes back of {granted}"
            if (each["state"] == "SETTLED") != (task["state"] == "DONE"):
                yield f"{account}: it is {each['state']}, and what goes back {task['state']}"
    for stray in owed | given:
        yield f"{stray} is of no claim"


def failures_are_of_trips_that_failed(books: Books) -> Iterator[str]:
    """A trip in vain costs its shares and no more, goods that are gone their price, and only of an order that ended so."""
    for order in books.orders:
        trip = [each for each in books.transfers_of[order["id"]] if each["kind"] == "FAILED_TRIP"]
        gone = [each for each in books.transfers_of[order["id"]] if each["kind"] == "LOST_GOODS"]
        if (trip or gone) and order["cancel_reason"] != "DELIVERY_FAILED":
            yield f"{name_of(order)}: a failed trip is booked, and it is {order['status']} for {order['cancel_reason']}"
        paid = sum(each["amount_rupiah"] for each in trip)
        if trip and paid != order["rider_share_rupiah"] + order["partner_share_rupiah"]:
            yield f"{name_of(order)}: its trip in vain cost {paid}"
        goods = sum(each["goods_rupiah"] for each in books.parts_of[order["id"]] if each["left_at"] is None)
        if sum(each["amount_rupiah"] for each in gone) > goods:
            yield f"{name_of(order)}: more goods are gone than it had"


def trips_pay_once_and_at_no_buyers_cost(books: Books) -> Iterator[str]:
    """Beside the fee, by a rule: for a job that was called off or a way back, of an order that was cancelled, and never by more than its
    shares; for waiting, at the cost of the merchant that was waited for. Whose fault it was has nothing of it."""
    for order in books.orders:
        paid: Counter[tuple[str, str]] = Counter()
        mark = mark_of(order)
        merchants = {str(MerchantId(each["merchant_id"])) for each in books.parts_of[order["id"]]}
        for each in books.transfers_of[order["id"]]:
            if each["kind"] != "TRIP_PAY":
                continue
            cause, payer, payee = each["cause"], each["debit_account"], each["credit_account"]
            paid[cause, payee] += 1
            if paid[cause, payee] > 1 or not each["rule"]:
                yield f"{name_of(order)}: {payee} is paid twice, or by no rule, for {cause}"
            of_merchant = payer.removeprefix(f"{mark}merchant:").removesuffix(":payable")
            if cause.startswith("WAITED:"):
                if of_merchant != cause.removeprefix("WAITED:") or of_merchant not in merchants:
                    yield f"{name_of(order)}: {payer} pays for {cause}"
                continue
            if of_merchant not in merchants and payer != f"{mark}platform:losses":
                yield f"{name_of(order)}: {payer} pays for {cause}"
            share = (
                order["rider_share_rupiah"]
                if ":riders" in payee or "rider:" in payee
                else order["partner_share_rupiah"]
            )
            if (
                cause not in ("CALLED_OFF", "WAY_BACK")
                or order["status"] != "CANCELLED"
                or order["borne_by"] == "PARTNER"
            ):
                yield f"{name_of(order)}: {payee} is paid for {cause}, and it is {order['status']} at {order['borne_by']}'s cost"
            if each["amount_rupiah"] > share:
                yield f"{name_of(order)}: {payee} is paid {each['amount_rupiah']} for {cause} of a share of {share}"


def hands_and_payouts_are_booked_once(books: Books) -> Iterator[str]:
    """Cash that both sides confirmed is one transfer of what they agreed on; a payout is one, and one back when it was taken back."""
    posted = grouped(books.transfers, "posting_id")
    known = {each["id"] for each in (*books.handovers, *books.payouts)}
    for each in books.handovers:
        kinds = [row["kind"] for row in posted.get(each["id"], ())]
        if kinds != (["CASH_HANDOVER"] if each["state"] == "CONFIRMED" else []):
            yield f"hand-over {each['id']} is {each['state']} and booked as {kinds}"
    for each in books.payouts:
        rows = posted.get(each["id"], ())
        wanted = ["PAYOUT", "PAYOUT_REVERSED"] if each["reversed_at"] else ["PAYOUT"]
        if [row["kind"] for row in rows] != wanted or any(
            row["amount_rupiah"] != each["amount_rupiah"] for row in rows
        ):
            yield f"payout {each['id']} of {each['amount_rupiah']} is booked as {[dict(row) for row in rows]}"
    for posting, rows in posted.items():
        if posting is not None and posting not in known:
            yield f"{[row['kind'] for row in rows]} of {posting}, which nobody stated"


def promotions_are_their_uses(books: Books) -> Iterator[str]:
    """Never above a budget or a number of uses, never twice by one order, none of an order that was cancelled and cost nothing."""
    uses = grouped(books.uses, "promotion_id")
    ended = {each["id"] for each in books.orders if each["status"] == "CANCELLED" and not is_earned(books, each)}
    for each in books.promotions:
        live = [use for use in uses.get(each["id"], ()) if use["given_back_at"] is None]
        spent = sum(use["amount_rupiah"] for use in live)
        if (each["used"], each["spent_rupiah"]) != (len(live), spent):
            yield f"{each['name_id']} says {each['used']} uses of {each['spent_rupiah']}, there are {len(live)} of {spent}"
        if each["uses"] is not None and len(live) > each["uses"]:
            yield f"{each['name_id']} was used {len(live)} times of {each['uses']}"
        if each["budget_rupiah"] is not None and spent > each["budget_rupiah"]:
            yield f"{each['name_id']} has spent {spent} of {each['budget_rupiah']}"
        most = Counter(use["buyer_id"] for use in live)
        if each["per_buyer"] is not None and most and max(most.values()) > each["per_buyer"]:
            yield f"{each['name_id']} was used {max(most.values())} times by one buyer"
        yield from (
            f"{each['name_id']} is used by {use['order_id']}, which was cancelled"
            for use in live
            if use["order_id"] in ended
        )


def statements_are_the_books(books: Books) -> Iterator[str]:
    """What a merchant reads begins with nothing, leads line by line to what it is owed, and says of its sales what they came to."""
    sales: dict[tuple[str, bool], list[tuple[int, int, int]]] = defaultdict(list)
    for order in books.orders:
        if is_earned(books, order):
            for part in books.parts_of[order["id"]]:
                if part["left_at"] is None:
                    account = f"{mark_of(order)}merchant:{MerchantId(part['merchant_id'])}:payable"
                    tax = taxed(books, order, account)
                    key = str(MerchantId(part["merchant_id"])), order["test"]
                    sales[key].append(
                        (part["goods_rupiah"] - own_discount(books, part), part["commission_rupiah"], tax)
                    )
    for each in books.statements:
        sums, who = each.found.sums, each.merchant
        if each.found.opening or each.found.closing != each.owed or each.last != each.owed or each.of_lines != sums.all:
            yield f"{who}: from {each.found.opening} to {each.found.closing}, its lines to {each.last}, and it is owed {each.owed}"
        price, commission, tax = (
            (sum(column) for column in zip(*sales[who, each.test], strict=True)) if sales[who, each.test] else (0, 0, 0)
        )
        told = sums.earned + sums.discount, -sums.commission, -sums.tax
        if told != (price, commission, tax):
            yield f"{who}: its statement says {told} of price, commission and tax, its sales {(price, commission, tax)}"


def every_rupiah_has_a_cause(books: Books) -> Iterator[str]:
    """No transfer is of a kind, or of an order, that no law knows."""
    orders = {each["id"] for each in books.orders}
    for each in books.transfers:
        if each["kind"] not in _KNOWN or (each["kind"] in _POSTED) != (each["posting_id"] is not None):
            yield f"{each['amount_rupiah']} as {each['kind']} is of no kind that is known"
        if each["order_id"] is not None and each["order_id"] not in orders:
            yield f"{each['amount_rupiah']} as {each['kind']} is of no order"


def nothing_is_held(books: Books) -> Iterator[str]:
    """Every buyer's money is somebody's, every task has ended, and each provider tells the same."""
    for order in books.orders:
        held = moved(books.transfers_of[order["id"]])[mark_of(order) + "buyers:held"]
        if held:
            yield f"{name_of(order)}: {held} of its buyer's money is held and it is {order['status']}"
        if order["status"] not in ("COMPLETED", "CANCELLED"):
            yield f"{name_of(order)} has not ended: {order['state']}"
    yield from (f"refund {each['id']} is {each['state']}" for each in books.refunds if each["state"] != "DONE")
    yield from (f"claim {each['id']} is {each['state']}" for each in books.claims if each["due_at"] is not None)
    for reference, (paid, back) in books.at_provider.items():
        ours = next((each for each in books.attempts if each["reference"] == reference), None)
        if ours is None or ours["received_rupiah"] != paid:
            yield f"{reference}: the provider had {paid}, we know of {ours and ours['received_rupiah']}"
        done = sum(
            each["amount_rupiah"]
            for each in books.refunds
            if ours and each["attempt_id"] == ours["id"] and each["proof"] is None
        )
        if done != back:
            yield f"{reference}: the provider gave {back} back, we say {done}"


AT_REST: Final[Mapping[str, Law]] = {"nothing is held": nothing_is_held}
LAWS: Final[Mapping[str, Law]] = {
    law.__name__.replace("_", " "): law
    for law in (
        every_account_is_the_sum_of_its_transfers,
        nobody_is_owed_negative_cash,
        every_order_ends_or_has_a_timer,
        orders_are_the_sum_of_their_parts,
        nothing_is_packed_once_it_has_left,
        a_sale_is_what_its_order_came_to,
        cash_is_in_one_hand,
        payments_are_what_came,
        money_goes_back_once,
        claims_are_given_once,
        failures_are_of_trips_that_failed,
        trips_pay_once_and_at_no_buyers_cost,
        hands_and_payouts_are_booked_once,
        promotions_are_their_uses,
        statements_are_the_books,
        every_rupiah_has_a_cause,
    )
}


def judge(books: Books, *, at_rest: bool) -> dict[str, list[str]]:
    """The laws that are broken, and by what."""
    laws = {**LAWS, **(AT_REST if at_rest else {})}
    found = {name: list(law(books)) for name, law in laws.items()}
    return {name: said for name, said in found.items() if said}
