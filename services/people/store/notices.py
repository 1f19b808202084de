"""SQL of notices: what somebody was told, by which channels they want to hear, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.people import PersonId
from services.kit.database.db import Connection, Row
from services.people.domain.ids import NoticeId
from services.people.domain.notices import NoticeKind, NoticeOutcome


@dataclass(frozen=True, slots=True)
class Shown:
    id: NoticeId
    kind: NoticeKind
    about: str
    text: str
    made_at: datetime
    read_at: datetime | None
    outcome: NoticeOutcome
    channel: str | None
    told_at: datetime | None


async def told_of_application(conn: Connection, about: str) -> list[str]:
    """The subjects who were told that it waits."""
    rows = await conn.fetch(
        "SELECT subject FROM notice WHERE kind = 'APPLICATION_WAITING' AND about = $1 ORDER BY subject", about
    )
    return [row["subject"] for row in rows]


async def take_back(conn: Connection, subject: str, about: str, kinds: Sequence[NoticeKind]) -> None:
    """What was told of a matter that begins anew, so that it can be told again. Withdraw it before."""
    await conn.execute(
        "DELETE FROM notice WHERE subject = $1 AND about = $2 AND kind = ANY($3::text[])", subject, about, list(kinds)
    )


def _shown(row: Row) -> Shown:
    return Shown(
        NoticeId(row["id"]),
        NoticeKind(row["kind"]),
        row["about"],
        row["text"],
        row["made_at"],
        row["read_at"],
        NoticeOutcome(row["outcome"]),
        row["channel"],
        row["told_at"],
    )


_COLUMNS = "id, kind, about, text, made_at, read_at, outcome, channel, told_at"


async def of_subject(conn: Connection, subject: str, after: tuple[datetime, UUID] | None, limit: int) -> list[Shown]:
    """The newest first."""
    rows = await conn.fetch(
        f"""SELECT {_COLUMNS} FROM notice WHERE subject = $1 AND kind = ANY($5::text[])
            AND ($2::timestamptz IS NULL OR (made_at, id) < ($2, $3)) ORDER BY made_at DESC, id DESC LIMIT $4""",
        subject,
        *(after or (None, None)),
        limit,
        list(NoticeKind),
    )
    return [_shown(row) for row in rows]


async def mark_read(conn: Connection, subject: str, ids: Sequence[NoticeId]) -> list[Shown]:
    """Those of the subject's among them; one that was read before keeps its time."""
    rows = await conn.fetch(
        f"""UPDATE notice SET read_at = coalesce(read_at, wlijo_now()) WHERE subject = $1 AND id = ANY($2::uuid[])
            RETURNING {_COLUMNS}""",
        subject,
        list(ids),
    )
    return sorted(map(_shown, rows), key=lambda each: (each.made_at, each.id), reverse=True)


async def preferences(conn: Connection, subject: str) -> Mapping[NoticeKind, tuple[str, ...]]:
    rows = await conn.fetch("SELECT kind, channels FROM notice_preference WHERE subject = $1", subject)
    return {NoticeKind(row["kind"]): tuple(row["channels"]) for row in rows if row["kind"] in list(NoticeKind)}


async def prefer(conn: Connection, subject: str, kind: NoticeKind, channels: Sequence[str] | None) -> None:
    """None: as the installation has it."""
    if channels is None:
        await conn.execute("DELETE FROM notice_preference WHERE subject = $1 AND kind = $2", subject, kind)
        return
    await conn.execute(
        """INSERT INTO notice_preference (subject, kind, channels) VALUES ($1, $2, $3)
           ON CONFLICT (subject, kind) DO UPDATE SET channels = excluded.channels""",
        subject,
        kind,
        list(channels),
    )


async def subscribe(conn: Connection, person_id: PersonId, endpoint: str, p256dh: str, auth: str, *, most: int) -> None:
    """A browser is of whoever subscribed with it last; of one person the newest `most` are kept."""
    await conn.execute(
        """INSERT INTO push_subscription (endpoint, person_id, p256dh, auth, made_at) VALUES ($1, $2, $3, $4, wlijo_now())
           ON CONFLICT (endpoint) DO UPDATE SET person_id = excluded.person_id, p256dh = excluded.p256dh, auth = excluded.auth,
               made_at = excluded.made_at""",
        endpoint,
        person_id,
        p256dh,
        auth,
    )
    await conn.execute(
        """DELETE FROM push_subscription WHERE endpoint IN (
               SELECT endpoint FROM push_subscription WHERE person_id = $1 ORDER BY made_at DESC, endpoint OFFSET $2)""",
        person_id,
        most,
    )


async def unsubscribe(conn: Connection, person_id: PersonId, endpoint: str) -> bool:
    done: str = await conn.execute(
        "DELETE FROM push_subscription WHERE person_id = $1 AND endpoint = $2", person_id, endpoint
    )
    return done.endswith(" 1")


async def forget(conn: Connection, limit: int = 1_000) -> bool:
    """Notices of three months ago, and what was heard of orders of a month ago; whether there may be more."""
    most = 0
    for table, column, days in (
        ("notice", "made_at", 90),
        ("heard_order", "placed_at", 30),
        ("early_event", "heard_at", 1),
        ("heard_offer", "heard_at", 1),
        ("heard_trip", "heard_at", 30),
    ):
        done: str = await conn.execute(
            f"""DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table}
                WHERE {column} < wlijo_now() - $2 * interval '1 day' LIMIT $1 FOR UPDATE SKIP LOCKED))""",
            limit,
            days,
        )
        most = max(most, int(done.rpartition(" ")[2]))
    return most >= limit
