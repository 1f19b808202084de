"""What is owed is paid by a person, who says so with a reference; never more than is owed, whoever else pays at the same time."""

from __future__ import annotations

from dataclasses import dataclass

from services.contracts.cash import PayoutId, PayoutMethod, PayoutReversed, PayoutSent
from services.contracts.catalog import MerchantId
from services.contracts.places import WIB
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.kit.messaging import outbox
from services.ordering.domain.books import PAYEES, Accounts, MoreThanThereIs, check_amount, paid_out, reversed_
from services.ordering.domain.refusal import Unknown
from services.ordering.domain.withholding import check_year
from services.ordering.store import books, reading, withholding
from services.ordering.store import payouts as store
from services.ordering.store.payouts import PayeeId
from services.ordering.store.reading import Viewer

RECORD = "recordPayout"


@dataclass(frozen=True, slots=True)
class NewPayout:
    payee: PayeeId
    method: PayoutMethod
    amount_rupiah: int
    reference: str
    note: str | None


async def record(conn: Transaction, by: str, wanted: NewPayout, *, idempotency_key: str, test: bool) -> PayoutId:
    """By staff. Raises Unknown, AmountIsWrong, NotForThisPayee or MoreThanThereIs."""
    body = [str(wanted.payee), wanted.method, wanted.amount_rupiah, wanted.reference, wanted.note]
    claim = await idempotency.claim(conn, caller=by, mutation=RECORD, key=idempotency_key, body=body)
    if claim.answer is not None:
        return PayoutId.parse(claim.answer["id"])
    if not await store.is_known(conn, wanted.payee):
        raise Unknown("payeeId")
    amount = check_amount("input.amount", wanted.amount_rupiah)
    transfer = paid_out(wanted.payee, wanted.method, amount, test=test)
    owed = -await books.balance(conn, *Accounts(test).owed(wanted.payee))
    if amount > owed:
        raise MoreThanThereIs(max(owed, 0))
    made = PayoutId.new()
    at = await store.insert(
        conn,
        made,
        wanted.payee,
        wanted.method,
        amount,
        reference=wanted.reference,
        note=wanted.note,
        test=test,
        by=by,
    )
    await books.book(conn, made, transfer, at)
    await outbox.append(
        conn,
        PayoutSent(
            payout_id=made,
            payee=PAYEES[type(wanted.payee)],
            payee_id=str(wanted.payee),
            amount_rupiah=amount,
            method=wanted.method,
            reference=wanted.reference,
            sent_at=at,
        ),
    )
    await claim.store(conn, {"id": str(made)})
    conn.wake(str(wanted.payee))
    return made


async def receive(conn: Transaction, subject: str, id: PayoutId) -> None:
    """By who was paid; it changes no account. Saying it again changes nothing. Raises Unknown."""
    if not await store.is_payees(conn, id, subject):
        raise Unknown
    await store.receive(conn, id, subject)


async def take_back(conn: Transaction, by: str, id: PayoutId, because: str) -> None:
    """By staff: it did not arrive, or was a mistake, and is owed again. A payout is taken back once. Raises Unknown."""
    found = await store.lock(conn, id)
    if found is None:
        raise Unknown
    if found.reversed_at is not None:
        return
    at = await store.take_back(conn, id, by, because)
    transfer = reversed_(paid_out(found.payee, found.method, found.amount_rupiah, test=found.test))
    await books.book(conn, id, transfer, at)
    await outbox.append(
        conn,
        PayoutReversed(
            payout_id=id,
            payee=PAYEES[type(found.payee)],
            payee_id=str(found.payee),
            amount_rupiah=found.amount_rupiah,
            reversed_at=at,
        ),
    )
    conn.wake(str(found.payee))


async def state_tax(conn: Transaction, by: str, merchant_id: MerchantId, year: int, *, exempt: bool, note: str) -> None:
    """By an officer, who has seen the merchant's statement of the year, or knows that it does not hold any more. Raises Unknown or
    YearIsWrong."""
    if merchant_id not in await reading.merchants_of(conn, [merchant_id], Viewer(by, sees_all=True)):
        raise Unknown("merchantId")
    if not exempt:
        if not await withholding.end(conn, merchant_id, year, by, note):
            raise Unknown("year")
        return
    check_year(year, (await reading.now(conn)).astimezone(WIB).date())
    await withholding.verify(conn, merchant_id, year, by, note)
