"""Cash that goes on after the door: stated by one side, confirmed by the other, settled by staff where they do not agree."""

from __future__ import annotations

from services.contracts.cash import CashDisputed, CashHandedOver, CashHandoverId, CashLimitExceeded
from services.contracts.delivery import PartnerId, RiderId
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.kit.messaging import outbox
from services.ordering.domain.books import (
    CASH_HANDOVER,
    MAX_OPEN,
    Accounts,
    CashHandoverInput,
    CashHandoverState,
    MoreThanThereIs,
    OpenHandoversAtLimit,
    OwnWord,
    Parties,
    Side,
    check_amount,
    handed_over,
)
from services.ordering.domain.ledger import Kind
from services.ordering.domain.order import Order
from services.ordering.domain.refusal import Unknown
from services.ordering.store import books
from services.ordering.store import cash as store
from services.ordering.store.cash import CashHandover
from services.ordering.store.reading import Viewer

STATE = "stateCashHandover"


async def state_handover(
    conn: Transaction, viewer: Viewer, parties: Parties, amount_rupiah: int, *, idempotency_key: str, test: bool
) -> CashHandoverId:
    """Nothing is booked until the other side confirms. Raises Unknown to who speaks for neither side, AmountIsWrong, MoreThanThereIs or
    OpenHandoversAtLimit."""
    body = [str(parties.partner_id), str(parties.rider_id), str(parties.merchant_id), amount_rupiah]
    claim = await idempotency.claim(conn, caller=viewer.subject, mutation=STATE, key=idempotency_key, body=body)
    if claim.answer is not None:
        return CashHandoverId.parse(claim.answer["id"])
    sides = await store.sides(conn, parties, viewer.subject, staff=viewer.sees_all)
    if not sides:
        raise Unknown("partnerId")
    check_amount("input.amount", amount_rupiah)
    await store.hold_giver(conn, parties.giver)
    waiting = await store.open_of(conn, parties, test=test)
    if waiting.count >= MAX_OPEN:
        raise OpenHandoversAtLimit
    there = await _there(conn, parties, test=test) - waiting.rupiah
    if amount_rupiah > there:
        raise MoreThanThereIs(max(there, 0))
    made = CashHandoverId.new()
    side = Side.GIVER if Side.GIVER in sides else Side.TAKER
    await store.insert(conn, made, parties, amount_rupiah, side=side, by=viewer.subject, test=test)
    await claim.store(conn, {"id": str(made)})
    _wake(conn, parties)
    return made


async def _there(conn: Transaction, parties: Parties, *, test: bool) -> int:
    """What the giver has to give: a rider what they carry, a company what its riders do not; to a merchant no more than it is owed."""
    at = Accounts(test)
    if parties.rider_id is not None:
        return await books.balance(conn, at.carrying(parties.rider_id))
    till = await books.balance(conn, at.cash(parties.partner_id), at.with_riders(parties.partner_id))
    if parties.merchant_id is None:
        return till
    return min(till, -await books.balance(conn, *at.owed(parties.merchant_id)))


async def confirm_handover(conn: Transaction, viewer: Viewer, id: CashHandoverId) -> None:
    """By the side that did not state it, and another person. Raises Unknown, OwnWord, WrongState or MoreThanThereIs."""
    found = await _answering(conn, viewer, id)
    wanted = CASH_HANDOVER.next(found.state, CashHandoverInput.CONFIRM)
    if wanted is not found.state:
        await _book(conn, found, viewer.subject, found.amount_rupiah, None)


async def dispute_handover(
    conn: Transaction, viewer: Viewer, id: CashHandoverId, *, counted_rupiah: int, reason: str
) -> None:
    """It was another sum: staff have to find out. Raises as `confirm_handover`, and AmountIsWrong."""
    check_amount("counted", counted_rupiah, minimum=0)
    found = await _answering(conn, viewer, id)
    wanted = CASH_HANDOVER.next(found.state, CashHandoverInput.DISPUTE)
    if wanted is found.state:
        return
    await store.dispute(conn, id, counted_rupiah, viewer.subject, reason)
    await outbox.append(
        conn,
        CashDisputed(
            partner_id=found.parties.partner_id,
            cash_handover_id=id,
            leg=found.parties.leg,
            amount_rupiah=found.amount_rupiah,
            counted_rupiah=counted_rupiah,
            rider_id=found.parties.rider_id,
            merchant_id=found.parties.merchant_id,
        ),
    )
    _wake(conn, found.parties)


async def withdraw_handover(conn: Transaction, viewer: Viewer, id: CashHandoverId) -> None:
    """By who stated it, or by staff. Raises Unknown or WrongState."""
    found = await store.lock(conn, id)
    if found is None or not (viewer.sees_all or found.stated_by == viewer.subject):
        raise Unknown
    wanted = CASH_HANDOVER.next(found.state, CashHandoverInput.WITHDRAW)
    if wanted is not found.state:
        await store.end(conn, id, CashHandoverState.WITHDRAWN, viewer.subject, amount=found.amount_rupiah)
        _wake(conn, found.parties)


async def settle_handover(
    conn: Transaction, viewer: Viewer, id: CashHandoverId, *, amount_rupiah: int, reason: str
) -> None:
    """By staff, who have found out what it was, or because nobody is left to confirm it. Raises Unknown, AmountIsWrong, OwnWord,
    WrongState or MoreThanThereIs."""
    check_amount("amount", amount_rupiah)
    found = await store.lock(conn, id) if viewer.sees_all else None
    if found is None:
        raise Unknown
    wanted = CASH_HANDOVER.next(found.state, CashHandoverInput.SETTLE)
    if wanted is found.state:
        return
    if found.stated_by == viewer.subject or await store.sides(conn, found.parties, viewer.subject, staff=False):
        raise OwnWord("somebody else has to settle it")
    await _book(conn, found, viewer.subject, amount_rupiah, reason)


async def set_limit(conn: Transaction, viewer: Viewer, partner_id: PartnerId, limit_rupiah: int) -> None:
    """Raises Unknown or AmountIsWrong."""
    if partner_id not in await store.companies_of(conn, [partner_id], viewer.subject, staff=viewer.sees_all):
        raise Unknown("partnerId")
    await store.set_limit(conn, partner_id, check_amount("limit", limit_rupiah, minimum=0), viewer.subject)


async def watch_limit(conn: Transaction, partner_id: PartnerId, rider_id: RiderId, order: Order) -> None:
    """After a rider collected: whether they carry too much by it. Whom to offer a job is delivery's to decide."""
    taken = next((each for each in order.transfers if each.kind is Kind.CASH_CARRIED), None)
    if taken is None:
        return
    carried, limit = await store.carried_and_most(conn, taken.debit, partner_id, taken.amount_rupiah)
    if carried > limit >= carried - taken.amount_rupiah:
        await outbox.append(
            conn,
            CashLimitExceeded(partner_id=partner_id, rider_id=rider_id, carried_rupiah=carried, limit_rupiah=limit),
        )
        conn.wake(str(partner_id))


async def _answering(conn: Transaction, viewer: Viewer, id: CashHandoverId) -> CashHandover:
    found = await store.lock(conn, id)
    sides = await store.sides(conn, found.parties, viewer.subject, staff=viewer.sees_all) if found else set()
    if found is None or not sides:
        raise Unknown
    if found.state in (CashHandoverState.STATED, CashHandoverState.DISPUTED) and (
        found.stated_by == viewer.subject or found.stated_side.other not in sides
    ):
        raise OwnWord("the other side confirms it")
    return found


async def _book(conn: Transaction, found: CashHandover, by: str, amount: int, note: str | None) -> None:
    at = await store.end(conn, found.id, CashHandoverState.CONFIRMED, by, amount=amount, note=note)
    await books.book(conn, found.id, handed_over(found.parties, amount, test=found.test), at)
    await outbox.append(
        conn,
        CashHandedOver(
            partner_id=found.parties.partner_id,
            cash_handover_id=found.id,
            leg=found.parties.leg,
            amount_rupiah=amount,
            handed_over_at=at,
            rider_id=found.parties.rider_id,
            merchant_id=found.parties.merchant_id,
        ),
    )
    _wake(conn, found.parties)


def _wake(conn: Transaction, parties: Parties) -> None:
    for each in (parties.partner_id, parties.rider_id, parties.merchant_id):
        if each is not None:
            conn.wake(str(each))
