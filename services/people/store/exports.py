"""SQL of copies of what is kept about somebody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.contracts.export import ExportId
from services.kit.database.db import Connection, Row, Transaction, only_row
from services.people.domain.export import KEPT_DAYS, ROW_KEPT_DAYS, Export, ExportStatus

_COLUMNS = "id, asked_at, expires_at, ready_at, gone_at, waits_for, expires_at <= wlijo_now() AS is_late"


@dataclass(frozen=True, slots=True)
class UnderWay:
    """One that is being made, held until the transaction ends."""

    id: ExportId
    subject: str
    private_key: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    service: str
    number: int
    of: int
    content: bytes


def _export(row: Row) -> Export:
    status = ExportStatus.READY if row["ready_at"] else ExportStatus.WAITING
    if row["gone_at"] or row["is_late"]:
        status = ExportStatus.GONE
    waits_for = tuple(row["waits_for"]) if status is ExportStatus.WAITING else ()
    return Export(ExportId(row["id"]), status, row["asked_at"], row["expires_at"], row["ready_at"], waits_for)


async def lock_subject(conn: Transaction, subject: str) -> None:
    """Whoever else asks for one of theirs waits until the transaction ends."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('export/' || $1, 0))", subject)


async def add(conn: Connection, id: ExportId, subject: str, private_key: str, waits_for: Sequence[str]) -> Export:
    """The subject is locked."""
    row = await only_row(
        conn,
        f"""INSERT INTO export (id, subject, private_key, waits_for, asked_at, expires_at)
            VALUES ($1, $2, $3, $4, wlijo_now(), wlijo_now() + $5 * interval '1 day') RETURNING {_COLUMNS}""",
        id,
        subject,
        private_key,
        list(waits_for),
        KEPT_DAYS,
    )
    return _export(row)


async def of_subject(conn: Connection, subject: str, limit: int = 20) -> list[Export]:
    """The newest first."""
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM export WHERE subject = $1 ORDER BY asked_at DESC, id DESC LIMIT $2", subject, limit
    )
    return [_export(row) for row in rows]


async def find(conn: Connection, id: ExportId) -> Export | None:
    row = await conn.fetchrow(f"SELECT {_COLUMNS} FROM export WHERE id = $1", id)
    return _export(row) if row else None


async def waits_ms(conn: Connection, subject: str, most: int) -> int:
    """How long until another may be asked for, in milliseconds; 0 at once."""
    found = await conn.fetchval(
        """SELECT extract(epoch FROM asked_at + interval '1 day' - wlijo_now()) * 1000 FROM export
           WHERE subject = $1 AND asked_at > wlijo_now() - interval '1 day' ORDER BY asked_at DESC OFFSET $2 LIMIT 1""",
        subject,
        most - 1,
    )
    return 0 if found is None else max(1, int(found))


async def subject_of(conn: Connection, id: ExportId) -> str | None:
    found: str | None = await conn.fetchval("SELECT subject FROM export WHERE id = $1", id)
    return found


async def lock(conn: Connection, id: ExportId) -> UnderWay | None:
    """None when it is made, or gone, or nobody waits for it any more."""
    row = await conn.fetchrow(
        """SELECT subject, private_key, asked_at FROM export
           WHERE id = $1 AND private_key IS NOT NULL AND expires_at > wlijo_now() FOR UPDATE""",
        id,
    )
    return UnderWay(id, row["subject"], row["private_key"], row["asked_at"]) if row else None


async def put_part(conn: Connection, id: ExportId, part: Part) -> None:
    """One that is there stays."""
    await conn.execute(
        """INSERT INTO export_part (export_id, service, number, of_parts, content) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (export_id, service, number) DO NOTHING""",
        id,
        part.service,
        part.number,
        part.of,
        part.content,
    )


async def still_waits_for(conn: Connection, id: ExportId) -> list[str]:
    """After a part has come: those whose parts are not all there."""
    row = await only_row(
        conn,
        """UPDATE export SET waits_for = ARRAY(
               SELECT each FROM unnest(waits_for) AS each WHERE each NOT IN (
                   SELECT service FROM export_part WHERE export_id = $1 GROUP BY service HAVING count(*) = max(of_parts))
               ORDER BY each)
           WHERE id = $1 RETURNING waits_for""",
        id,
    )
    return list(row["waits_for"])


async def contents(conn: Connection, id: ExportId) -> dict[str, bytes]:
    """What each service has answered, its parts joined."""
    rows = await conn.fetch(
        """SELECT service, string_agg(content, ''::bytea ORDER BY number) AS content FROM export_part
           WHERE export_id = $1 GROUP BY service ORDER BY service""",
        id,
    )
    return {row["service"]: bytes(row["content"]) for row in rows}


async def is_made(conn: Connection, id: ExportId, document: bytes) -> datetime:
    """With the key and the parts gone; since when."""
    await conn.execute("DELETE FROM export_part WHERE export_id = $1", id)
    row = await only_row(
        conn,
        """UPDATE export SET document = $2, private_key = NULL, ready_at = wlijo_now() WHERE id = $1 RETURNING ready_at""",
        id,
        document,
    )
    at: datetime = row["ready_at"]
    return at


async def fetch(conn: Connection, id: ExportId, subject: str | None, most: int) -> tuple[bytes | None, bool]:
    """The copy of the subject's, or of whosever it is when None, counted; whether there is one, fetched too often when it is not to be
    had."""
    row = await conn.fetchrow(
        """UPDATE export SET fetched = least(fetched + 1, $3 + 1) WHERE id = $1 AND ($2::text IS NULL OR subject = $2)
           AND document IS NOT NULL AND expires_at > wlijo_now()
           RETURNING CASE WHEN fetched <= $3 THEN document END AS document""",
        id,
        subject,
        most,
    )
    return (row["document"] if row else None), row is not None


async def end(conn: Connection, id: ExportId, subject: str) -> bool | None:
    """Its copy, key and parts go: whether anything was there; None when there is no such one of the subject's."""
    await conn.execute(
        "DELETE FROM export_part p USING export e WHERE e.id = p.export_id AND e.id = $1 AND e.subject = $2",
        id,
        subject,
    )
    is_new = await conn.fetchval(
        """UPDATE export SET document = NULL, private_key = NULL, gone_at = wlijo_now()
           WHERE id = $1 AND subject = $2 AND gone_at IS NULL RETURNING true""",
        id,
        subject,
    )
    if is_new:
        return True
    there = await conn.fetchval("SELECT true FROM export WHERE id = $1 AND subject = $2", id, subject)
    return False if there else None


async def forget(conn: Connection, limit: int = 100) -> bool:
    """What has expired, and rows of weeks ago; whether there may be more."""
    late = await conn.fetch(
        """SELECT id, subject FROM export WHERE expires_at <= wlijo_now() AND gone_at IS NULL
           ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED""",
        limit,
    )
    for row in late:
        await end(conn, ExportId(row["id"]), row["subject"])
    done: str = await conn.execute(
        """DELETE FROM export WHERE ctid = ANY(ARRAY(
               SELECT ctid FROM export WHERE expires_at < wlijo_now() - $2 * interval '1 day' LIMIT $1 FOR UPDATE SKIP LOCKED))""",
        limit,
        ROW_KEPT_DAYS,
    )
    return len(late) >= limit or int(done.rpartition(" ")[2]) >= limit
