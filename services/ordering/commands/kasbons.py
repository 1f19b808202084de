"""What buyer and merchant do with a kasbon. Who decides of credit is the merchant's owner; whoever serves there may note what was paid."""

from __future__ import annotations

from typing import Final

from services.contracts.catalog import MerchantId
from services.contracts.kasbon import KasbonEntryId, KasbonId, KasbonSide
from services.contracts.ordering import SellerOrderId
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.kit.messaging import outbox
from services.ordering.commands.buyers import buyer
from services.ordering.domain.books import check_amount
from services.ordering.domain.ids import BuyerId
from services.ordering.domain.kasbon import (
    MAX_ASKED,
    MAX_ASKED_OF_MERCHANT,
    MAX_OFFERED,
    Kasbon,
    KasbonInput,
    KasbonRequestsAtLimit,
    KasbonState,
    LimitIsWrong,
    check_disputes,
    check_payment,
)
from services.ordering.domain.refusal import Unknown, WrongState
from services.ordering.store import buyers
from services.ordering.store import kasbons as store

OWNER: Final = "OWNER"
NOTE: Final = "noteKasbonPayment"
FORGIVE: Final = "forgiveKasbon"


async def ask(conn: Transaction, subject: str, merchant_id: MerchantId, *, called: str, test: bool) -> KasbonId:
    """By a buyer; who was offered one takes it by that. Raises Unknown or KasbonRequestsAtLimit."""
    who = await buyer(conn, subject)
    at = await store.hold_merchant(conn, merchant_id)
    if at is None:
        raise Unknown("merchantId")
    if not await buyers.lock(conn, who.id):
        raise Unknown
    kasbon = await store.lock_of(conn, who.id, merchant_id, test=test)
    if kasbon is None:
        kasbon = Kasbon(
            KasbonId.new(), who.id, subject, merchant_id, KasbonState.NONE, called, limit_rupiah=0, at=at, test=test
        )
    before = kasbon.state
    kasbon.agree_as_buyer(called)
    if kasbon.state is KasbonState.ASKED and before is not KasbonState.ASKED:
        waits = await store.waiting(conn, who.id, merchant_id)
        if waits.of_buyer >= MAX_ASKED:
            raise KasbonRequestsAtLimit(MAX_ASKED)
        if waits.of_merchant >= MAX_ASKED_OF_MERCHANT:
            raise KasbonRequestsAtLimit(MAX_ASKED_OF_MERCHANT)
    await _save(conn, kasbon)
    return kasbon.id


async def offer(
    conn: Transaction,
    subject: str,
    seller_order_id: SellerOrderId,
    limit_rupiah: int,
    *,
    called: str | None,
    test: bool,
) -> KasbonId:
    """By the merchant's owner, to who has bought there; who has asked for one gets it by that. Raises Unknown, LimitIsWrong, OwnWord or
    KasbonRequestsAtLimit."""
    who = await store.customer(conn, seller_order_id)
    if who is None or await store.role_of(conn, who.merchant_id, subject) != OWNER or who.is_erased:
        raise Unknown("sellerOrderId")
    at = await store.hold_merchant(conn, who.merchant_id)
    if at is None or not await buyers.lock(conn, who.buyer_id):
        raise Unknown("sellerOrderId")
    kasbon = await store.lock_of(conn, who.buyer_id, who.merchant_id, test=test)
    if kasbon is None:
        kasbon = Kasbon(
            KasbonId.new(),
            who.buyer_id,
            who.buyer,
            who.merchant_id,
            KasbonState.NONE,
            who.name,
            limit_rupiah=0,
            at=at,
            test=test,
        )
    before = kasbon.state
    kasbon.agree_as_merchant(subject, limit_rupiah, called or who.name)
    if kasbon.state is KasbonState.OFFERED and before is not KasbonState.OFFERED:
        waits = await store.waiting(conn, who.buyer_id, who.merchant_id)
        if waits.offered >= MAX_OFFERED:
            raise KasbonRequestsAtLimit(MAX_OFFERED)
    await _save(conn, kasbon)
    return kasbon.id


async def accept(conn: Transaction, subject: str, kasbon_id: KasbonId, limit_rupiah: int | None) -> None:
    """By who was asked: the buyer takes what is offered, without a limit; the merchant's owner gives what is asked for, up to one. Raises
    Unknown, WrongState or LimitIsWrong."""
    kasbon, side = await _of(conn, kasbon_id, subject, owner=True)
    if side is KasbonSide.BUYER:
        if kasbon.state not in (KasbonState.OFFERED, KasbonState.OPEN):
            raise _wrong(kasbon)
        kasbon.agree_as_buyer(kasbon.called)
    else:
        if kasbon.state not in (KasbonState.ASKED, KasbonState.OPEN):
            raise _wrong(kasbon)
        if limit_rupiah is None:
            raise LimitIsWrong
        kasbon.agree_as_merchant(subject, limit_rupiah)
    await _save(conn, kasbon)


async def decline(conn: Transaction, subject: str, kasbon_id: KasbonId, words: str | None) -> None:
    """By who was asked, or who asked. Raises Unknown or WrongState."""
    kasbon, side = await _of(conn, kasbon_id, subject, owner=True)
    kasbon.decline(side, subject, words)
    await _save(conn, kasbon)


async def set_limit(conn: Transaction, subject: str, kasbon_id: KasbonId, limit_rupiah: int) -> None:
    """By the merchant's owner. Raises Unknown, WrongState or LimitIsWrong."""
    kasbon = await _of_merchant(conn, kasbon_id, subject, owner=True)
    kasbon.set_limit(subject, limit_rupiah)
    await _save(conn, kasbon)


async def close(conn: Transaction, subject: str, kasbon_id: KasbonId, words: str | None) -> None:
    """By either side, for what is new. Raises Unknown or WrongState."""
    kasbon, side = await _of(conn, kasbon_id, subject, owner=True)
    kasbon.close(side, subject, words)
    await _save(conn, kasbon)


async def note_payment(
    conn: Transaction, subject: str, kasbon_id: KasbonId, amount_rupiah: int, words: str | None, *, idempotency_key: str
) -> None:
    """By any of the merchant's people, who has the money. Raises Unknown, AmountIsWrong or MoreThanThereIs."""
    body = [str(kasbon_id), amount_rupiah, words]
    claim = await idempotency.claim(conn, caller=subject, mutation=NOTE, key=idempotency_key, body=body)
    if claim.answer is not None:
        return
    kasbon = await _of_merchant(conn, kasbon_id, subject)
    entry = kasbon.pay(subject, check_amount("amount", amount_rupiah), words)
    await _save(conn, kasbon)
    await claim.store(conn, {"id": str(entry)})


async def forgive(
    conn: Transaction, subject: str, kasbon_id: KasbonId, amount_rupiah: int, words: str, *, idempotency_key: str
) -> None:
    """By the merchant's owner, in writing. Raises Unknown, AmountIsWrong or MoreThanThereIs."""
    body = [str(kasbon_id), amount_rupiah, words]
    claim = await idempotency.claim(conn, caller=subject, mutation=FORGIVE, key=idempotency_key, body=body)
    if claim.answer is not None:
        return
    kasbon = await _of_merchant(conn, kasbon_id, subject, owner=True)
    entry = kasbon.forgive(subject, check_amount("amount", amount_rupiah), words)
    await _save(conn, kasbon)
    await claim.store(conn, {"id": str(entry)})


async def take_back(conn: Transaction, subject: str, entry_id: KasbonEntryId, words: str) -> KasbonId:
    """A payment that was noted was none, says either side. Once; saying it again changes nothing. Raises Unknown or WrongState."""
    kasbon, side, told = await _entry(conn, entry_id, subject)
    if check_payment(told.kind, taken_back=told.taken_back):
        kasbon.take_back(side, subject, entry_id, -told.change_rupiah, words)
        await _save(conn, kasbon)
    return kasbon.id


async def dispute(conn: Transaction, subject: str, entry_id: KasbonEntryId, words: str) -> KasbonId:
    """By either side: it is written beside the entry. Raises Unknown or KasbonRequestsAtLimit."""
    kasbon, side, told = await _entry(conn, entry_id, subject)
    check_disputes(told.disputes)
    kasbon.dispute(side, subject, entry_id, words)
    await _save(conn, kasbon)
    return kasbon.id


async def of_erased(conn: Transaction, buyer_id: BuyerId) -> None:
    """Nothing is asked, offered or bought any more. What is owed stays, with the name by which the merchant knows who owes it, until it is
    paid or forgiven."""
    for kasbon_id in await store.of_erased(conn, buyer_id):
        kasbon = await store.lock(conn, kasbon_id)
        assert kasbon is not None
        kasbon.end_without_its_buyer()
        if kasbon.entries:
            await _save(conn, kasbon)


def _wrong(kasbon: Kasbon) -> WrongState:
    return WrongState(kasbon.state, KasbonInput.BUYER_AGREES)


async def _entry(conn: Transaction, entry_id: KasbonEntryId, subject: str) -> tuple[Kasbon, KasbonSide, store.Told]:
    seen = await store.entry(conn, entry_id)
    if seen is None:
        raise Unknown("id")
    kasbon, side = await _of(conn, seen.kasbon_id, subject)
    told = await store.entry(conn, entry_id)  # as it is under the lock
    assert told is not None
    return kasbon, side, told


async def _of_merchant(conn: Transaction, kasbon_id: KasbonId, subject: str, *, owner: bool = False) -> Kasbon:
    kasbon, side = await _of(conn, kasbon_id, subject, owner=owner)
    if side is not KasbonSide.MERCHANT:
        raise Unknown("id")
    return kasbon


async def _of(
    conn: Transaction, kasbon_id: KasbonId, subject: str, *, owner: bool = False
) -> tuple[Kasbon, KasbonSide]:
    """Locked, and which side the caller is on. Raises Unknown for who is on neither, and with `owner` for the merchant's other people."""
    kasbon = await store.lock(conn, kasbon_id)
    if kasbon is None:
        raise Unknown("id")
    if kasbon.buyer == subject:
        return kasbon, KasbonSide.BUYER
    role = await store.role_of(conn, kasbon.merchant_id, subject)
    if role is None or (owner and role != OWNER):
        raise Unknown("id")
    return kasbon, KasbonSide.MERCHANT


async def _save(conn: Transaction, kasbon: Kasbon) -> None:
    if not kasbon.entries:
        return  # it was said before
    await store.save(conn, kasbon)
    await outbox.append(conn, *kasbon.events)
    conn.wake(str(kasbon.id))
    conn.wake(str(kasbon.merchant_id))
