"""The one path of what partners reply, whatever the channel: every reply is answered, and counts once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field

from services.contracts import partner
from services.contracts.delivery import DeliveryId, PartnerId
from services.contracts.partner import (
    Accept,
    Addressed,
    Arrived,
    Decline,
    Delivered,
    Failed,
    JobEvent,
    PickedUp,
    RefusalCode,
    Reply,
    RiderChanged,
    Status,
)
from services.delivery.commands import exchanging, offers, reports
from services.delivery.commands.effect import Effect
from services.delivery.commands.telling import tell
from services.delivery.domain.reading import read_reply
from services.delivery.domain.reply import ReplyRefused, Rules, Sent, TakesNoPart, is_of_use, printable
from services.delivery.store import answering, answers
from services.delivery.store.answers import About, Answered, Came
from services.delivery.store.held import Held
from services.kit.database.db import Connection, Database, Transaction, transaction
from services.kit.database.step import in_step
from services.kit.messaging import outbox

# Refused as too early or for the moment: the same reply may be sent again and then counts.
_NOT_STORED = frozenset({RefusalCode.WRONG_ORDER, RefusalCode.RATE_LIMITED, RefusalCode.ID_REUSED})
_STEPS = frozenset(each.type for each in (Accept, Arrived, PickedUp, Delivered))


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome, which was told to the partner if it was `kept`. `code` is None when the reply was applied; `changed`: now, something."""

    reply_id: str
    job_id: DeliveryId | None
    code: RefusalCode | None = None
    message: str = ""
    field: str | None = None
    kept: bool = True
    changed: bool = dataclass_field(default=False, compare=False)


async def receive_reply(
    conn: Transaction,
    rules: Rules,
    partner_id: PartnerId,
    reply_id: str,
    body: bytes,
    reply_type: str,
    came: Came,
    *,
    carried_back: bool = False,
    by_topic: bool = False,
    member: bool = False,
) -> Answer:
    """Apply or refuse, remember and tell the answer, in the caller's transaction. `partner_id` is whose topic or token it came by.

    An answer that was told before is told again seldom, and not at all when the caller carries it back. `by_topic`: its company uses its
    topic, by which this came. Raises TakesNoPart of a `member` who may not reply, or no more: of who speaks by a channel that
    is not closed to them.
    """
    body_hash = hashlib.sha256(reply_type.encode() + b"\0" + body).digest()
    read = _read(reply_type, body)
    job_id = None if isinstance(read, ReplyRefused) else read.job_id
    begun = await answers.begin(conn, partner_id, reply_id, came, job_id)
    known = begun.known
    if member and not begun.takes_part:
        raise TakesNoPart
    if known is not None and known.body_hash == body_hash:
        answer = _stored(reply_id, known)
        if by_topic:
            await answering.noted(conn, partner_id, of_use=is_of_use(answer.code), by_topic=True)
        if not carried_back and await answers.tell_again(conn, partner_id, reply_id):
            await _tell(conn, partner_id, answer)
        return answer
    if known is not None:
        message = "this id was used before with another body, whose outcome stands; an id is for one reply"
        return await _put_off(
            conn, rules, partner_id, Answer(reply_id, known.job_id, RefusalCode.ID_REUSED, message, "id")
        )
    effect = None
    try:
        if isinstance(read, ReplyRefused):
            raise read
        effect = await _apply(conn, Sent(partner_id, begun.sent_at, rules, by_topic), begun.held, read)
        changed = effect.changed
        answer = Answer(reply_id, job_id, changed=changed)
    except ReplyRefused as refused:
        conn.takes_more()
        changed = refused.counted
        answer = Answer(reply_id, job_id, refused.code, refused.message, refused.field, changed=changed)
    of_use = is_of_use(answer.code)
    if answer.code in _NOT_STORED:
        await answering.noted(conn, partner_id, of_use=of_use, by_topic=by_topic)
        return await _put_off(conn, rules, partner_id, answer)
    if not changed and not rules.may_keep(partner_id):
        await answering.noted(conn, partner_id, of_use=of_use, by_topic=by_topic)
        return replace(answer, kept=False)
    answered = Answered(body_hash, answer.job_id, answer.code, answer.message, answer.field)
    await answers.save(conn, partner_id, reply_id, printable(reply_type), answered, of_use=of_use, by_topic=by_topic)
    return await _tell(conn, partner_id, answer, effect)


async def take_reply(
    db: Database,
    rules: Rules,
    partner_id: PartnerId,
    reply_id: str,
    body: bytes,
    reply_type: str,
    came: Came,
    *,
    carried_back: bool = False,
    by_topic: bool = False,
    member: bool = False,
) -> Answer:
    """As `receive_reply`, by itself: what is usually one look at the trip and what comes of it, in a step."""

    async def receive(conn: Transaction) -> Answer:
        return await receive_reply(
            conn,
            rules,
            partner_id,
            reply_id,
            body,
            reply_type,
            came,
            carried_back=carried_back,
            by_topic=by_topic,
            member=member,
        )

    if reply_type in _STEPS:
        return await in_step(db, receive)
    async with transaction(db) as conn:
        return await receive(conn)


async def outcome_of(conn: Connection, partner_id: PartnerId, reply_id: str) -> Answer | None:
    """The outcome that stands, to be read again; None for a reply that has none."""
    known = await answers.find(conn, partner_id, reply_id)
    return _stored(reply_id, known) if known else None


async def refuse(conn: Transaction, partner_id: PartnerId, reply_id: str, code: RefusalCode, message: str) -> Answer:
    """An answer without a look inside: too many replies. Not stored."""
    return await _tell(conn, partner_id, Answer(reply_id, None, code, message))


def _stored(reply_id: str, known: Answered) -> Answer:
    return Answer(reply_id, known.job_id, known.code, known.message, known.field)


async def _put_off(conn: Transaction, rules: Rules, partner_id: PartnerId, answer: Answer) -> Answer:
    assert answer.code
    if not rules.may_keep(partner_id):
        return replace(answer, kept=False)
    if await answers.put_off(conn, partner_id, answer.reply_id, answer.code):
        await _tell(conn, partner_id, answer)
    return answer


async def _tell(conn: Transaction, partner_id: PartnerId, answer: Answer, effect: Effect | None = None) -> Answer:
    """With what the reply led to, if it did now: then the trip is known, and that it is one of the partner's."""
    if effect is None:
        about = await answers.about(conn, answer.job_id, partner_id)
    else:
        about = About(effect.trip.test, effect.trip.now, effect.trip.id)
    event: JobEvent
    if answer.code is None:
        assert answer.job_id
        event = partner.ReplyApplied(test=about.test, sent_at=about.now, reply_id=answer.reply_id, job_id=answer.job_id)
    else:
        event = partner.ReplyRefused(
            test=about.test,
            sent_at=about.now,
            reply_id=answer.reply_id,
            code=answer.code,
            message=answer.message,
            job_id=answer.job_id,
            field=answer.field,
        )
    addressed = Addressed(partner_id, event, about.counted_for)
    if effect:
        await tell(conn, effect.trip, *effect.told, addressed)
    else:
        await outbox.append(conn, addressed)
    return answer


def _read(reply_type: str, body: bytes) -> Reply | ReplyRefused:
    try:
        return read_reply(reply_type, body)
    except ReplyRefused as refused:
        return refused


async def _apply(conn: Transaction, sent: Sent, held: Held | None, reply: Reply) -> Effect:
    """Raises ReplyRefused, and then has changed nothing but the count of PIN tries."""
    match reply:
        case Accept():
            return await offers.accept(conn, sent, held, reply)
        case Decline():
            return await offers.decline(conn, sent, held, reply)
        case RiderChanged():
            return await exchanging.exchange(conn, sent, held, reply)
        case Arrived() | PickedUp() | Delivered() | Failed() | Status():
            return await reports.take(conn, sent, held, reply)
        case _:
            raise AssertionError(f"{type(reply).__name__} is not handled")
