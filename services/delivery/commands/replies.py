"""The one path of what partners reply, whatever the channel: every reply is answered, and counts once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from datetime import datetime

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
    Status,
)
from services.delivery.commands import offers, reports
from services.delivery.domain.reading import read_reply
from services.delivery.domain.reply import ReplyRefused, Rules, Sent, is_of_use, printable
from services.delivery.store import answering, answers, clock
from services.delivery.store.answers import Answered
from services.kit.database.db import Connection, Transaction
from services.kit.messaging import outbox

# Refused as too early or for the moment: the same reply may be sent again and then counts.
_NOT_STORED = frozenset({RefusalCode.WRONG_ORDER, RefusalCode.RATE_LIMITED, RefusalCode.ID_REUSED})


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
    appended_at: datetime | None,
    *,
    carried_back: bool = False,
) -> Answer:
    """Apply or refuse, remember and tell the answer, in the caller's transaction. `partner_id` is whose topic or token it came by.

    `appended_at` is the wall clock's instant at which the broker took it (over HTTP: the arrival); None when the broker does not say.
    An answer that was told before is told again seldom, and not at all when the caller carries it back.
    """
    body_hash = hashlib.sha256(reply_type.encode() + b"\0" + body).digest()
    known = await answers.lock(conn, partner_id, reply_id)
    if known is not None and known.body_hash == body_hash:
        answer = _stored(reply_id, known)
        if not carried_back and await answers.tell_again(conn, partner_id, reply_id):
            await _tell(conn, partner_id, answer)
        return answer
    if known is not None:
        message = "this id was used before with another body, whose outcome stands; an id is for one reply"
        return await _put_off(
            conn, rules, partner_id, Answer(reply_id, known.job_id, RefusalCode.ID_REUSED, message, "id")
        )
    job_id = None
    try:
        reply = read_reply(reply_type, body)
        job_id = reply.job_id
        sent_at = await clock.ours(conn, appended_at) if appended_at else None
        changed = await _apply(conn, Sent(partner_id, sent_at, rules), reply)
        answer = Answer(reply_id, job_id, changed=changed)
    except ReplyRefused as refused:
        changed = refused.counted
        answer = Answer(reply_id, job_id, refused.code, refused.message, refused.field, changed=changed)
    if is_of_use(answer.code):
        await answering.answered(conn, partner_id)
    if answer.code in _NOT_STORED:
        return await _put_off(conn, rules, partner_id, answer)
    if not changed and not rules.may_keep(partner_id):
        return replace(answer, kept=False)
    answered = Answered(body_hash, answer.job_id, answer.code, answer.message, answer.field)
    await answers.save(conn, partner_id, reply_id, printable(reply_type), answered)
    return await _tell(conn, partner_id, answer)


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


async def _tell(conn: Transaction, partner_id: PartnerId, answer: Answer) -> Answer:
    about = await answers.about(conn, answer.job_id, partner_id)
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
    await outbox.append(conn, Addressed(partner_id, event, about.counted_for))
    return answer


async def _apply(conn: Transaction, sent: Sent, reply: Reply) -> bool:
    """Whether it changed anything. Raises ReplyRefused, and then has changed nothing but the count of PIN tries."""
    match reply:
        case Accept():
            return await offers.accept(conn, sent, reply)
        case Decline():
            return await offers.decline(conn, sent, reply)
        case Arrived() | PickedUp() | Delivered() | Failed() | Status():
            return await reports.take(conn, sent, reply)
        case _:
            raise AssertionError(f"{type(reply).__name__} is not handled")
