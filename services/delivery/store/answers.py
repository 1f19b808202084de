"""What partners replied and were answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.contracts.delivery import DeliveryId, PartnerId
from services.contracts.partner import RefusalCode
from services.delivery.domain.reply import told_again_after
from services.delivery.store import answering, held
from services.delivery.store.held import Held
from services.delivery.store.partners import CONNECTED, TAKES_PART
from services.kit.database.db import Connection, Row, Transaction, only_row
from services.kit.database.step import NotInOne, Step
from services.kit.database.writes import Write


@dataclass(frozen=True, slots=True)
class Answered:
    """`code` is None for a reply that was applied."""

    body_hash: bytes
    job_id: DeliveryId | None
    code: RefusalCode | None
    message: str
    field: str | None


@dataclass(frozen=True, slots=True)
class Came:
    """When a reply came, by the clock of who took it: the broker's, or ours so many seconds ago. With neither nobody says."""

    appended_at: datetime | None = None
    waited_s: float | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """Whether this reply was answered before, and how; when it came by our clock; whether its company takes part; and the trip that it is
    about, locked, unless it was answered."""

    known: Answered | None
    sent_at: datetime | None
    takes_part: bool
    held: Held | None


_BEGUN = f"""
SELECT known.*, EXISTS (SELECT FROM partner p WHERE p.id = $2 AND {TAKES_PART} AND {CONNECTED}) AS takes_part, {held.COLUMNS}
FROM reply_known($1, $2, $3, $4, $5) known, {held.held("CASE WHEN known.body_hash IS NULL THEN $6::uuid END")}"""


_LOOK = f"""
SELECT r.body_hash, CASE WHEN $4::float8 IS NULL THEN $3::timestamptz + (wlijo_now() - clock_timestamp())
                         ELSE wlijo_now() - make_interval(secs => $4) END AS sent_at,
       EXISTS (SELECT FROM partner p WHERE p.id = $1 AND {TAKES_PART} AND {CONNECTED}) AS takes_part,
       held.seen, held.stops_seen, held.offers_seen, {held.COLUMNS}
FROM (SELECT) AS known LEFT JOIN reply_inbox r ON r.partner_id = $1 AND r.reply_id = $2, {held.looked_at("$5::uuid")}"""


async def look(conn: Step, partner_id: PartnerId, reply_id: str, came: Came, job_id: DeliveryId | None) -> Begun:
    """As `begin`, of a reply that was not answered before and is about a trip; nothing waits. Two at once: one is overtaken."""
    rows = await conn.look(_LOOK, partner_id, reply_id, came.appended_at, came.waited_s, job_id)
    row = rows[0]
    if row["body_hash"] or row["id"] is None:
        raise NotInOne
    conn.holds("delivery", "id", row["id"], [row["seen"]])
    conn.holds("stop", "delivery_id", row["id"], row["stops_seen"])
    conn.holds("offer", "delivery_id", row["id"], row["offers_seen"])
    return Begun(None, row["sent_at"], row["takes_part"], held.of(row))


async def begin(
    conn: Transaction, partner_id: PartnerId, reply_id: str, came: Came, job_id: DeliveryId | None
) -> Begun:
    """Two at once: one waits for the other, then reads its answer."""
    if isinstance(conn, Step):
        return await look(conn, partner_id, reply_id, came, job_id)
    row = await only_row(
        conn,
        _BEGUN,
        f"{partner_id}:{reply_id}",
        partner_id,
        reply_id,
        came.appended_at,
        came.waited_s,
        job_id,
    )
    known = _answered(row) if row["body_hash"] else None
    return Begun(known, row["sent_at"], row["takes_part"], held.of(row))


async def find(conn: Connection, partner_id: PartnerId, reply_id: str) -> Answered | None:
    """The outcome that stands for this reply."""
    row = await conn.fetchrow(
        "SELECT body_hash, delivery_id, code, message, field FROM reply_inbox WHERE partner_id = $1 AND reply_id = $2",
        partner_id,
        reply_id,
    )
    return _answered(row) if row else None


def _answered(row: Row) -> Answered:
    return Answered(
        row["body_hash"],
        DeliveryId(row["delivery_id"]) if row["delivery_id"] else None,
        RefusalCode(row["code"]) if row["code"] else None,
        row["message"],
        row["field"],
    )


_ANSWERED = f"""
noted AS ({answering.NOTED}
), answered AS (
    INSERT INTO reply_inbox (partner_id, reply_id, body_hash, type, delivery_id, code, message, field, answered_at, told_at)
    VALUES ($1, $4, $5, $6, $7, $8, $9, $10, wlijo_now(), wlijo_now()))"""


async def save(
    conn: Transaction,
    partner_id: PartnerId,
    reply_id: str,
    reply_type: str,
    answered: Answered,
    *,
    of_use: bool,
    by_topic: bool,
) -> None:
    """`of_use`: it shows that somebody is awake there; `by_topic`: and uses the topic."""
    arguments = [
        partner_id,
        of_use,
        by_topic,
        reply_id,
        answered.body_hash,
        reply_type,
        answered.job_id,
        answered.code,
        answered.message,
        answered.field,
    ]
    await conn.later(Write(_ANSWERED, arguments, frozenset({"reply_inbox", "partner_answering"})))


async def sign(conn: Connection, partner_id: PartnerId, reply_id: str, subject: str) -> None:
    """Which person has said it."""
    await conn.execute(
        "UPDATE reply_inbox SET said_by = $3 WHERE partner_id = $1 AND reply_id = $2 AND said_by IS NULL",
        partner_id,
        reply_id,
        subject,
    )


async def tell_again(conn: Connection, partner_id: PartnerId, reply_id: str) -> bool:
    """Whether the outcome is to be told once more, for its reply came again; if so, that is noted."""
    row = await only_row(
        conn,
        """SELECT coalesce(told_at, answered_at) AS told_at, tellings, wlijo_now() AS now FROM reply_inbox
           WHERE partner_id = $1 AND reply_id = $2 FOR UPDATE""",
        partner_id,
        reply_id,
    )
    if row["now"] < row["told_at"] + told_again_after(row["tellings"]):
        return False
    await conn.execute(
        "UPDATE reply_inbox SET told_at = $3, tellings = tellings + 1 WHERE partner_id = $1 AND reply_id = $2",
        partner_id,
        reply_id,
        row["now"],
    )
    return True


async def put_off(conn: Connection, partner_id: PartnerId, reply_id: str, code: RefusalCode) -> bool:
    """Whether a refusal that does not stand is to be told; if so, that is noted. The caller holds the reply's lock."""
    row = await conn.fetchrow(
        """SELECT told_at, tellings, wlijo_now() AS now FROM reply_put_off
           WHERE partner_id = $1 AND reply_id = $2 AND code = $3""",
        partner_id,
        reply_id,
        code,
    )
    if row and row["now"] < row["told_at"] + told_again_after(row["tellings"]):
        return False
    await conn.execute(
        """INSERT INTO reply_put_off AS p (partner_id, reply_id, code, told_at) VALUES ($1, $2, $3, wlijo_now())
           ON CONFLICT (partner_id, reply_id, code) DO UPDATE SET told_at = excluded.told_at, tellings = p.tellings + 1""",
        partner_id,
        reply_id,
        code,
    )
    return True


async def forget(conn: Connection, older_than_days: int, limit: int) -> int:
    """How many of a kind were forgotten, at most `limit`; what was put off is forgotten with the answers."""
    forgotten = 0
    for table, at in (("reply_inbox", "answered_at"), ("reply_put_off", "told_at")):
        done: str = await conn.execute(
            f"""DELETE FROM {table} WHERE ctid IN (
                   SELECT ctid FROM {table} WHERE {at} < wlijo_now() - make_interval(days => $1) LIMIT $2)""",
            older_than_days,
            limit,
        )
        forgotten = max(forgotten, int(done.rpartition(" ")[2]))
    return forgotten


@dataclass(frozen=True, slots=True)
class About:
    """What is told beside an answer. `counted_for`: the job, if it was ever offered to the partner; others' are not counted for it."""

    test: bool
    now: datetime
    counted_for: DeliveryId | None


async def about(conn: Connection, job_id: DeliveryId | None, partner_id: PartnerId) -> About:
    row = await only_row(
        conn,
        """SELECT wlijo_now() AS now, d.test, d.id FROM (SELECT) one
           LEFT JOIN delivery d ON d.id = $1 AND EXISTS (SELECT FROM offer o WHERE o.delivery_id = d.id AND o.partner_id = $2)""",
        job_id,
        partner_id,
    )
    return About(bool(row["test"]), row["now"], DeliveryId(row["id"]) if row["id"] else None)
