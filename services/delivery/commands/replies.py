"""The one path of what partners reply, whatever the channel: every reply is answered, and counts once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from services.contracts import delivery as contract
from services.contracts import partner as partner_contract
from services.contracts.delivery import DeliveryId, PartnerId, Place
from services.contracts.partner import (
    REPLIES,
    Accept,
    Addressed,
    Arrived,
    ArrivedAt,
    Decline,
    Delivered,
    Failed,
    JobEvent,
    PickedUp,
    RefusalCode,
    Reply,
    ReportedStatus,
    Status,
)
from services.delivery import store
from services.delivery.commands import trips as commands
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.pins import MAX_TRIES, Pins
from services.delivery.domain.trip import DeliveryStatus, Input, Refused, step
from services.delivery.store import Trip
from services.kit.database.db import Transaction
from services.kit.messaging import outbox
from services.kit.messaging.envelope import Malformed, Told, decode

# Refused as too early or for the moment: the same reply may be sent again and then counts.
_NOT_STORED = frozenset({RefusalCode.WRONG_ORDER, RefusalCode.RATE_LIMITED, RefusalCode.ID_REUSED})
MAX_REPLY_ID = 128


class ReplyRefused(Exception):
    """The reply changes nothing, for this reason."""

    def __init__(self, code: RefusalCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = _printable(message)


def _printable(text: str) -> str:
    """A fault's description may quote what was sent; PostgreSQL's text cannot hold all of that."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:300])


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome that was told to the partner. `code` is None when the reply was applied."""

    reply_id: str
    job_id: DeliveryId | None
    code: RefusalCode | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """What replies are judged by."""

    policy: Policy
    pins: Pins


@dataclass(frozen=True, slots=True)
class _Sent:
    partner_id: PartnerId
    sent_in_time: datetime | None  # on our clock, when the broker took it; None when nobody trustworthy says
    rules: Rules


def is_usable(reply_id: str) -> bool:
    """Whether a reply with this id can be answered at all."""
    return 0 < len(reply_id) <= MAX_REPLY_ID and reply_id.isprintable()


async def receive_reply(
    conn: Transaction,
    rules: Rules,
    partner_id: PartnerId,
    reply_id: str,
    body: bytes,
    reply_type: str,
    appended_at: datetime | None,
) -> Answer:
    """Apply or refuse, remember and tell the answer, in the caller's transaction. `partner_id` is whose topic or token it came by.

    `appended_at` is the wall clock's instant at which the broker took it (over HTTP: the arrival); None when the broker does not say.
    """
    body_hash = hashlib.sha256(reply_type.encode() + b"\0" + body).digest()
    known = await store.answered(conn, partner_id, reply_id)
    if known is not None:
        job_id = DeliveryId(known.delivery_id) if known.delivery_id else None
        if known.body_hash != body_hash:
            answer = Answer(reply_id, job_id, RefusalCode.ID_REUSED, "this id was used before with another body")
        else:
            answer = Answer(reply_id, job_id, RefusalCode(known.code) if known.code else None, known.message)
        return await _tell(conn, partner_id, answer)
    job_id = None
    try:
        reply = _read(reply_type, body)
        job_id = reply.job_id
        sent = _Sent(partner_id, await _on_our_clock(conn, appended_at), rules)
        await _apply(conn, sent, reply)
        answer = Answer(reply_id, job_id)
    except ReplyRefused as refused:
        answer = Answer(reply_id, job_id, refused.code, refused.message)
    if answer.code not in _NOT_STORED:
        await store.remember_answer(
            conn, partner_id, reply_id, body_hash, _printable(reply_type), answer.job_id, answer.code, answer.message
        )
    return await _tell(conn, partner_id, answer)


async def refuse(conn: Transaction, partner_id: PartnerId, reply_id: str, code: RefusalCode, message: str) -> Answer:
    """An answer without a look inside: too many replies, or too large a one. Not stored."""
    return await _tell(conn, partner_id, Answer(reply_id, None, code, message))


async def _tell(conn: Transaction, partner_id: PartnerId, answer: Answer) -> Answer:
    test, now, counted_for = await store.about_job(conn, answer.job_id, partner_id)
    event: JobEvent
    if answer.code is None:
        assert answer.job_id
        event = partner_contract.ReplyApplied(test=test, sent_at=now, reply_id=answer.reply_id, job_id=answer.job_id)
    else:
        event = partner_contract.ReplyRefused(
            test=test,
            sent_at=now,
            reply_id=answer.reply_id,
            code=answer.code,
            message=answer.message,
            job_id=answer.job_id,
        )
    await outbox.append(conn, Addressed(partner_id, event, counted_for))
    return answer


def _read(reply_type: str, body: bytes) -> Reply:
    kind = REPLIES.get(reply_type)
    if kind is None:
        raise ReplyRefused(RefusalCode.MALFORMED, f"no reply has the type {reply_type[:80]!r}")
    try:
        return decode(kind, body)
    except (Malformed, ValueError) as error:
        raise ReplyRefused(RefusalCode.MALFORMED, str(error)) from error


async def _on_our_clock(conn: Transaction, appended_at: datetime | None) -> datetime | None:
    return await store.on_our_clock(conn, appended_at) if appended_at else None


async def _apply(conn: Transaction, sent: _Sent, reply: Reply) -> None:
    """Raises ReplyRefused, and then has changed nothing but the count of PIN tries."""
    match reply:
        case Accept():
            await _accept(conn, sent, reply)
        case Decline():
            await _decline(conn, sent, reply)
        case Arrived():
            place = Place.PICKUP if reply.at is ArrivedAt.PICKUP else Place.DROPOFF
            await _arrived(conn, sent, reply.job_id, place)
        case PickedUp():
            await _picked_up(conn, sent, reply.job_id)
        case Delivered():
            await _delivered(conn, sent, reply)
        case Failed():
            await _failed(conn, sent, reply)
        case Status():
            await _status(conn, sent, reply)
        case _:
            raise AssertionError(f"{type(reply).__name__} is not handled")


async def _accept(conn: Transaction, sent: _Sent, reply: Accept) -> None:
    trip = await store.lock(conn, reply.job_id)
    offers = await store.offers(conn, trip.id) if trip else []
    offer = next((each for each in offers if each.id == reply.offer_id and each.partner_id == sent.partner_id), None)
    if trip is None or offer is None:
        raise ReplyRefused(RefusalCode.NOT_YOUR_JOB, "no such offer was made to you")
    if trip.offer_id == offer.id and trip.status is not DeliveryStatus.CANCELLED:
        if trip.rider_id != reply.rider_id:
            raise ReplyRefused(RefusalCode.ALREADY_DONE, "you have accepted it with another rider")
        return  # the winner again: success
    if trip.partner_id is not None and trip.status is not DeliveryStatus.CANCELLED:
        raise ReplyRefused(RefusalCode.OFFER_TAKEN, "another acceptance came first")
    match offer.state:
        case "ACCEPTED":
            raise ReplyRefused(RefusalCode.NOT_YOUR_JOB, "the job is not yours any more")
        case "DECLINED":
            raise ReplyRefused(RefusalCode.ALREADY_DONE, "you have declined this offer")
        case "WITHDRAWN":
            raise ReplyRefused(RefusalCode.OFFER_WITHDRAWN, "the offer was withdrawn")
    late = offer.state != "OPEN" if sent.sent_in_time is None else sent.sent_in_time > offer.expires_at
    if late:
        raise ReplyRefused(RefusalCode.OFFER_EXPIRED, "the acceptance came after expires_at")
    _judge(trip, Input.ACCEPTED)
    if not await store.rider_of(conn, reply.rider_id, sent.partner_id):
        raise ReplyRefused(RefusalCode.MALFORMED, "rider_id is no rider of yours")
    await commands.assign(conn, trip, offer, reply.rider_id, sent.rules.policy)


async def _decline(conn: Transaction, sent: _Sent, reply: Decline) -> None:
    trip = await store.lock(conn, reply.job_id)
    offers = await store.offers(conn, trip.id) if trip else []
    offer = next((each for each in offers if each.id == reply.offer_id and each.partner_id == sent.partner_id), None)
    if trip is None or offer is None:
        raise ReplyRefused(RefusalCode.NOT_YOUR_JOB, "no such offer was made to you")
    match offer.state:
        case "OPEN":
            await commands.close_offer(conn, trip, offer, "DECLINED", sent.rules.policy)
        case "ACCEPTED":
            raise ReplyRefused(
                RefusalCode.ALREADY_DONE, "you have accepted it; to give the job back send partner.failed.v1"
            )
        case "WITHDRAWN":
            raise ReplyRefused(RefusalCode.OFFER_WITHDRAWN, "the offer was withdrawn")
        case "TIMED_OUT":
            raise ReplyRefused(RefusalCode.OFFER_EXPIRED, "the offer has expired")
        case _:
            raise ReplyRefused(RefusalCode.ALREADY_DONE, "you have declined it before")


async def _own(conn: Transaction, sent: _Sent, job_id: DeliveryId) -> Trip:
    trip = await store.lock(conn, job_id)
    if trip is None or trip.partner_id != sent.partner_id:
        raise ReplyRefused(RefusalCode.NOT_YOUR_JOB, "the job is not, or no longer, yours")
    return trip


def _judge(trip: Trip, happened: Input) -> None:
    onward = step(trip.status, happened)
    if isinstance(onward, Refused):
        raise ReplyRefused(onward.code, _REASONS[onward.code])


_REASONS = {
    RefusalCode.ALREADY_DONE: "that is behind the trip already",
    RefusalCode.WRONG_ORDER: "something before this has not been reported yet",
    RefusalCode.NOT_YOUR_JOB: "the job is not, or no longer, yours",
    RefusalCode.OFFER_TAKEN: "another acceptance came first",
    RefusalCode.OFFER_WITHDRAWN: "the offer was withdrawn",
}


async def _arrived(conn: Transaction, sent: _Sent, job_id: DeliveryId, place: Place) -> None:
    trip = await _own(conn, sent, job_id)
    happened = Input.AT_PICKUP if place is Place.PICKUP else Input.AT_DROPOFF
    _judge(trip, happened)
    fact = contract.RiderArrived(delivery_id=trip.id, order_id=trip.order_id, place=place)
    await commands.progress(conn, trip, happened, [fact], sent.rules.policy)


async def _picked_up(conn: Transaction, sent: _Sent, job_id: DeliveryId) -> None:
    trip = await _own(conn, sent, job_id)
    _judge(trip, Input.PICKED_UP)
    fact = contract.PickedUp(delivery_id=trip.id, order_id=trip.order_id)
    await commands.progress(conn, trip, Input.PICKED_UP, [fact], sent.rules.policy)


async def _delivered(conn: Transaction, sent: _Sent, reply: Delivered) -> None:
    trip = await _own(conn, sent, reply.job_id)
    _judge(trip, Input.DELIVERED)
    if reply.cash_collected_rupiah != trip.cash_to_collect_rupiah:
        raise ReplyRefused(
            RefusalCode.MALFORMED,
            f"cash_collected_rupiah is not {trip.cash_to_collect_rupiah}, which was to be collected",
        )
    if trip.pin_tries >= MAX_TRIES:
        raise ReplyRefused(RefusalCode.WRONG_PIN, f"locked after {MAX_TRIES} wrong PINs; call Wlijo's operations")
    if not sent.rules.pins.fits(trip.id, test=trip.test, shown=reply.pin):
        tries = await store.count_pin_try(conn, trip.id)
        if tries >= MAX_TRIES:
            await outbox.append(conn, commands.pin_locked(trip, sent.partner_id))
        raise ReplyRefused(RefusalCode.WRONG_PIN, f"that is not the buyer's PIN; {MAX_TRIES - tries} tries are left")
    fact = contract.Delivered(
        delivery_id=trip.id,
        order_id=trip.order_id,
        partner_id=sent.partner_id,
        cash_collected_rupiah=reply.cash_collected_rupiah,
        fee_rupiah=trip.fee_rupiah,
        rider_share_rupiah=trip.rider_share_rupiah,
        partner_share_rupiah=trip.partner_share_rupiah,
        platform_share_rupiah=trip.platform_share_rupiah,
        delivered_at=trip.now,
    )
    await commands.progress(conn, trip, Input.DELIVERED, [fact], sent.rules.policy)


async def _failed(conn: Transaction, sent: _Sent, reply: Failed) -> None:
    trip = await _own(conn, sent, reply.job_id)
    _judge(trip, Input.FAILED)
    if trip.status in (DeliveryStatus.ASSIGNED, DeliveryStatus.AT_PICKUP):
        await commands.give_back(conn, trip, reply.code, sent.rules.policy)
        return
    fact = contract.AttemptFailed(delivery_id=trip.id, order_id=trip.order_id, code=reply.code)
    await commands.progress(conn, replace(trip, failure_code=reply.code), Input.FAILED, [fact], sent.rules.policy)


async def _status(conn: Transaction, sent: _Sent, reply: Status) -> None:
    """A word on the trip as it is, or the report that was lost. What takes a proof or a code is not taken from here."""
    trip = await _own(conn, sent, reply.job_id)
    if trip.status.value == reply.status.value:
        await commands.expect_word(conn, trip, sent.rules.policy)
        return
    match reply.status:
        case ReportedStatus.ASSIGNED:
            raise ReplyRefused(RefusalCode.ALREADY_DONE, f"the trip is {trip.status}")
        case ReportedStatus.AT_PICKUP:
            await _arrived(conn, sent, reply.job_id, Place.PICKUP)
        case ReportedStatus.PICKED_UP:
            await _picked_up(conn, sent, reply.job_id)
        case ReportedStatus.AT_DROPOFF:
            await _arrived(conn, sent, reply.job_id, Place.DROPOFF)
        case ReportedStatus.FAILED_ATTEMPT:
            _judge(trip, Input.FAILED)
            raise ReplyRefused(RefusalCode.WRONG_ORDER, "send partner.failed.v1 with its code first")
        case ReportedStatus.DELIVERED:
            _judge(trip, Input.DELIVERED)
            raise ReplyRefused(RefusalCode.WRONG_ORDER, "send partner.delivered.v1 with the PIN first")
        case ReportedStatus.RETURNING:
            _judge(trip, Input.RETURNING)
            await commands.progress(conn, trip, Input.RETURNING, [], sent.rules.policy)
        case ReportedStatus.RETURNED | ReportedStatus.DISPOSED:
            await _returned(conn, sent, trip, disposed=reply.status is ReportedStatus.DISPOSED)


async def _returned(conn: Transaction, sent: _Sent, trip: Trip, *, disposed: bool) -> None:
    happened = Input.DISPOSED if disposed else Input.RETURNED
    _judge(trip, happened)
    assert trip.failure_code
    told: list[Told] = [
        contract.DeliveryReturned(
            delivery_id=trip.id, order_id=trip.order_id, disposed=disposed, code=trip.failure_code
        )
    ]
    await commands.progress(conn, trip, happened, told, sent.rules.policy)
