"""SQL of files on their way in: their parts, their rows, and how far each is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from services.catalog.domain.bulk import KEPT, ImportKind, ImportStatus, RowOutcome
from services.catalog.domain.caller import Caller
from services.catalog.domain.ids import ImportId
from services.contracts.catalog import MerchantId
from services.kit.database.db import Connection, Row


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A refusal as it is kept: by the names of the graph."""

    code: str
    message: str
    field: str | None = None
    minimum: int | None = None
    limit: int | None = None
    unit: str | None = None
    status: str | None = None


class ImportView(msgspec.Struct, frozen=True, kw_only=True):
    id: ImportId
    merchant_id: MerchantId
    kind: ImportKind
    status: ImportStatus
    dry_run: bool
    subject: str
    parts: int
    columns: list[str]
    ignored: list[str]
    decimal: str
    rows: int
    position: int
    worked: int
    created: int
    changed: int
    unchanged: int
    refused: int
    problem: Told | None
    attempts: int
    made_at: datetime
    done_at: datetime | None


class RowView(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a file, and what became of it. `cells` are those of the import's columns, None of a row that was cut."""

    row: int
    sku: str
    product: str = ""
    twin: int | None = None
    cells: list[str] | None = None
    outcome: RowOutcome | None = None
    problems: list[Told] = msgspec.field(default_factory=list)


_IMPORT = """
SELECT i.id, i.merchant_id, i.kind, i.status, i.dry_run, i.subject, i.parts, i.columns, i.ignored, i.decimal_sign, i.rows, i.position,
       i.worked, i.created, i.changed, i.unchanged, i.refused, i.problem::text AS problem, i.attempts, i.made_at, i.done_at
FROM bulk_import i
"""
_OWN = "EXISTS (SELECT FROM merchant_member mm WHERE mm.merchant_id = i.merchant_id AND mm.subject = $1)"


async def unfinished(conn: Connection, merchant_id: MerchantId) -> ImportView | None:
    """Of a merchant that this transaction has locked."""
    row = await conn.fetchrow(
        f"{_IMPORT} WHERE i.merchant_id = $1 AND i.status IN ('UPLOADING', 'WAITING', 'WORKING') FOR UPDATE",
        merchant_id,
    )
    return _import(row) if row else None


async def insert(
    conn: Connection,
    id_: ImportId,
    merchant_id: MerchantId,
    kind: ImportKind,
    *,
    dry_run: bool,
    parts: int,
    by: str,
) -> None:
    await conn.execute(
        "INSERT INTO bulk_import (id, merchant_id, kind, status, dry_run, subject, parts) VALUES ($1, $2, $3, 'UPLOADING', $4, $5, $6)",
        id_,
        merchant_id,
        str(kind),
        dry_run,
        by,
        parts,
    )


async def forget(conn: Connection, merchant_id: MerchantId) -> None:
    """Before one more: all but the newest imports of a merchant, and what those were made of."""
    await conn.execute(
        """DELETE FROM bulk_import WHERE merchant_id = $1 AND id NOT IN (
               SELECT id FROM bulk_import WHERE merchant_id = $1 ORDER BY made_at DESC, id DESC LIMIT $2)""",
        merchant_id,
        KEPT - 1,
    )
    await conn.execute(
        "DELETE FROM bulk_part p USING bulk_import i WHERE i.merchant_id = $1 AND p.import_id = i.id", merchant_id
    )
    await conn.execute(
        """UPDATE bulk_row r SET cells = NULL FROM bulk_import i
           WHERE i.merchant_id = $1 AND r.import_id = i.id AND r.cells IS NOT NULL""",
        merchant_id,
    )


async def lock(conn: Connection, caller: Caller, id_: ImportId) -> ImportView | None:
    """None when there is none of a merchant that the caller is of."""
    row = await conn.fetchrow(f"{_IMPORT} WHERE i.id = $2 AND {_OWN} FOR UPDATE OF i", caller.member, id_)
    return _import(row) if row else None


async def put_part(conn: Connection, id_: ImportId, part: int, content: bytes) -> bool:
    """Whether this is what the part is now: one that came before stays."""
    kept: bool = await conn.fetchval(
        """WITH put AS (INSERT INTO bulk_part (import_id, part, content) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING true)
           SELECT EXISTS (SELECT FROM put) OR EXISTS (SELECT FROM bulk_part WHERE import_id = $1 AND part = $2 AND content = $3)""",
        id_,
        part,
        content,
    )
    return kept


async def count_parts(conn: Connection, id_: ImportId) -> int:
    count: int = await conn.fetchval("SELECT count(*) FROM bulk_part WHERE import_id = $1", id_)
    return count


async def content(conn: Connection, id_: ImportId) -> bytes:
    """All parts; there are at most MAX_PARTS."""
    rows = await conn.fetch("SELECT content FROM bulk_part WHERE import_id = $1 ORDER BY part", id_)
    return b"".join(row["content"] for row in rows)


async def move(conn: Connection, id_: ImportId, status: ImportStatus, problem: Told | None = None) -> None:
    """An end drops what the file was made of; only rows of a dry run may be wanted again."""
    ends = status in (ImportStatus.DONE, ImportStatus.REFUSED, ImportStatus.STOPPED)
    await conn.execute(
        """UPDATE bulk_import SET status = $2, problem = $3::jsonb, turn_at = wlijo_now(), attempts = 0,
                  done_at = CASE WHEN $4 THEN wlijo_now() END WHERE id = $1""",
        id_,
        str(status),
        None if problem is None else msgspec.json.encode(problem).decode(),
        ends,
    )
    if ends:
        await conn.execute("DELETE FROM bulk_part WHERE import_id = $1", id_)
        await conn.execute(
            """UPDATE bulk_row r SET cells = NULL FROM bulk_import i
               WHERE i.id = $1 AND r.import_id = i.id AND NOT (i.dry_run AND i.status = 'DONE')""",
            id_,
        )


async def start_again(conn: Connection, id_: ImportId) -> None:
    """A dry run's rows, to be worked off for good."""
    await conn.execute("UPDATE bulk_row SET outcome = NULL, problems = NULL WHERE import_id = $1", id_)
    await conn.execute(
        """UPDATE bulk_import SET status = 'WORKING', dry_run = false, position = 0, worked = 0, created = 0, changed = 0,
                  unchanged = 0, refused = 0, done_at = NULL, turn_at = wlijo_now(), attempts = 0 WHERE id = $1""",
        id_,
    )


async def next_in_turn(conn: Connection) -> ImportView | None:
    """Held: of those that no other worker has, the one that has waited longest since a piece of it was worked off."""
    row = await conn.fetchrow(
        f"""{_IMPORT} JOIN merchant m ON m.id = i.merchant_id WHERE i.status IN ('WAITING', 'WORKING')
            ORDER BY i.turn_at, i.id LIMIT 1 FOR UPDATE OF m, i SKIP LOCKED"""
    )
    return _import(row) if row else None


async def merchant_of(conn: Connection, caller: Caller, id_: ImportId) -> MerchantId | None:
    """None when there is none of a merchant that the caller is of."""
    found = await conn.fetchval(
        f"SELECT i.merchant_id FROM bulk_import i WHERE i.id = $2 AND {_OWN}", caller.member, id_
    )
    return MerchantId(found) if found else None


async def is_kept(conn: Connection, id_: ImportId) -> bool:
    """Whether its rows can be worked off once more."""
    kept: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM bulk_row WHERE import_id = $1 AND cells IS NOT NULL)", id_
    )
    return kept


async def wait(conn: Connection, id_: ImportId) -> None:
    await conn.execute("UPDATE bulk_import SET turn_at = wlijo_now() WHERE id = $1", id_)


async def failed(conn: Connection, id_: ImportId) -> int:
    """Behind the others; how often it has failed since a piece of it was worked off."""
    attempts: int = await conn.fetchval(
        "UPDATE bulk_import SET attempts = attempts + 1, turn_at = wlijo_now() WHERE id = $1 RETURNING attempts", id_
    )
    return attempts


async def save_layout(
    conn: Connection, id_: ImportId, columns: Sequence[str], ignored: Sequence[str], decimal: str, rows: int
) -> None:
    await conn.execute(
        """UPDATE bulk_import SET columns = $2, ignored = $3, decimal_sign = $4, rows = $5, status = 'WORKING',
                  turn_at = wlijo_now(), attempts = 0 WHERE id = $1""",
        id_,
        list(columns),
        list(ignored),
        decimal,
        rows,
    )
    await conn.execute("DELETE FROM bulk_part WHERE import_id = $1", id_)


async def insert_rows(conn: Connection, id_: ImportId, rows: Sequence[RowView]) -> None:
    await conn.execute(
        """INSERT INTO bulk_row (import_id, row, sku, product, twin, cells)
           SELECT $1::uuid, u.row, u.sku, u.product, u.twin,
                  CASE WHEN u.cells IS NOT NULL THEN ARRAY(SELECT jsonb_array_elements_text(u.cells)) END
           FROM unnest($2::int[], $3::text[], $4::text[], $5::int[], $6::jsonb[]) AS u (row, sku, product, twin, cells)""",
        id_,
        [each.row for each in rows],
        [each.sku for each in rows],
        [each.product for each in rows],
        [each.twin for each in rows],
        [None if each.cells is None else msgspec.json.encode(each.cells).decode() for each in rows],
    )


async def rows_after(conn: Connection, id_: ImportId, position: int, limit: int) -> list[RowView]:
    rows = await conn.fetch(
        """SELECT row, sku, product, twin, cells, outcome, problems::text AS problems FROM bulk_row
           WHERE import_id = $1 AND row > $2 ORDER BY row LIMIT $3""",
        id_,
        position,
        limit,
    )
    return [_row(row) for row in rows]


async def created_before(conn: Connection, id_: ImportId, position: int) -> dict[str, int]:
    """What a dry run would have made of the rows so far: variants by their product's name."""
    rows = await conn.fetch(
        """SELECT product, count(*) AS variants FROM bulk_row
           WHERE import_id = $1 AND row <= $2 AND outcome = 'CREATED' GROUP BY product""",
        id_,
        position,
    )
    return {row["product"]: row["variants"] for row in rows}


async def save_outcomes(conn: Connection, id_: ImportId, outcomes: Mapping[int, tuple[RowOutcome, list[Told]]]) -> None:
    """Of the rows behind the import's position, which moves on."""
    await conn.execute(
        """UPDATE bulk_row r SET outcome = u.outcome, problems = u.problems
           FROM unnest($2::int[], $3::text[], $4::jsonb[]) AS u (row, outcome, problems)
           WHERE r.import_id = $1 AND r.row = u.row""",
        id_,
        list(outcomes),
        [str(outcome) for outcome, _ in outcomes.values()],
        [msgspec.json.encode(told).decode() if told else None for _, told in outcomes.values()],
    )
    counts = [sum(outcome is each for outcome, _ in outcomes.values()) for each in RowOutcome]
    await conn.execute(
        """UPDATE bulk_import SET position = $2, worked = worked + $3, created = created + $4, changed = changed + $5,
                  unchanged = unchanged + $6, refused = refused + $7, turn_at = wlijo_now(), attempts = 0 WHERE id = $1""",
        id_,
        max(outcomes),
        len(outcomes),
        *counts,
    )


async def imports(conn: Connection, caller: Caller, ids: Sequence[ImportId]) -> dict[ImportId, ImportView]:
    rows = await conn.fetch(f"{_IMPORT} WHERE i.id = ANY($2::uuid[]) AND {_OWN}", caller.member, list(ids))
    return {found.id: found for found in map(_import, rows)}


async def imports_of_merchants(
    conn: Connection,
    caller: Caller,
    ids: Sequence[MerchantId],
    after: Sequence[tuple[datetime, UUID] | None],
    limits: Sequence[int],
) -> list[list[ImportView]]:
    """A page for each of these merchants, the newest first; of merchants that the caller is of."""
    rows = await conn.fetch(
        f"""SELECT asked.n, page.* FROM unnest($2::uuid[], $3::timestamptz[], $4::uuid[], $5::int[])
                WITH ORDINALITY AS asked (merchant_id, made_at, last, page_size, n)
            CROSS JOIN LATERAL (
                {_IMPORT} WHERE i.merchant_id = asked.merchant_id AND {_OWN}
                AND (asked.made_at IS NULL OR (i.made_at, i.id) < (asked.made_at, asked.last))
                ORDER BY i.made_at DESC, i.id DESC LIMIT asked.page_size
            ) AS page ORDER BY asked.n, page.made_at DESC, page.id DESC""",
        caller.member,
        list(ids),
        [key[0] if key else None for key in after],
        [key[1] if key else None for key in after],
        list(limits),
    )
    pages: list[list[ImportView]] = [[] for _ in ids]
    for row in rows:
        pages[row["n"] - 1].append(_import(row))
    return pages


async def reports(
    conn: Connection,
    ids: Sequence[ImportId],
    after: Sequence[int],
    limits: Sequence[int],
    problems_only: Sequence[bool],
) -> list[list[RowView]]:
    """Of imports that the caller may see, a page of each: rows that were worked off, in their order."""
    rows = await conn.fetch(
        """SELECT asked.n, page.* FROM unnest($1::uuid[], $2::int[], $3::int[], $4::bool[])
               WITH ORDINALITY AS asked (import_id, last, page_size, problems_only, n)
           CROSS JOIN LATERAL (
               SELECT r.row, r.sku, r.product, r.twin, NULL AS cells, r.outcome, r.problems::text AS problems FROM bulk_row r
               WHERE r.import_id = asked.import_id AND r.row > asked.last AND r.outcome IS NOT NULL
                 AND (NOT asked.problems_only OR r.problems IS NOT NULL) ORDER BY r.row LIMIT asked.page_size
           ) AS page ORDER BY asked.n, page.row""",
        list(ids),
        list(after),
        list(limits),
        list(problems_only),
    )
    pages: list[list[RowView]] = [[] for _ in ids]
    for row in rows:
        pages[row["n"] - 1].append(_row(row))
    return pages


def _import(row: Row) -> ImportView:
    return ImportView(
        id=ImportId(row["id"]),
        merchant_id=MerchantId(row["merchant_id"]),
        kind=ImportKind(row["kind"]),
        status=ImportStatus(row["status"]),
        dry_run=row["dry_run"],
        subject=row["subject"],
        parts=row["parts"],
        columns=row["columns"],
        ignored=row["ignored"],
        decimal=row["decimal_sign"],
        rows=row["rows"],
        position=row["position"],
        worked=row["worked"],
        created=row["created"],
        changed=row["changed"],
        unchanged=row["unchanged"],
        refused=row["refused"],
        problem=_told(row["problem"], Told),
        attempts=row["attempts"],
        made_at=row["made_at"],
        done_at=row["done_at"],
    )


def _row(row: Row) -> RowView:
    return RowView(
        row=row["row"],
        sku=row["sku"],
        product=row["product"],
        twin=row["twin"],
        cells=row["cells"],
        outcome=RowOutcome(row["outcome"]) if row["outcome"] else None,
        problems=_told(row["problems"], list[Told]) or [],
    )


def _told(text: str | None, kind: Any) -> Any:
    return None if text is None else msgspec.json.decode(text, type=kind)
