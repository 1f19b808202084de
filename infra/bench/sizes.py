"""What the rows of a database take on disk, table by table, reckoned from the rows themselves.

Of a hundred orders most tables have less than a page, so counting pages would count rounding. Each row is as long as it is stored, with
its line pointer; each entry of a B-tree is made of its keys as PostgreSQL lays them out, entries with equal keys share a posting list as
they do once a page is full, and pages are nine tenths full, as those of keys that rise are. Values out of line are what TOAST has of
them. An index of another kind is taken by its pages. Dead rows are nothing here: autovacuum gives their room to the next. Indexes whose
keys begin with one of few, as a merchant's, are up to a third emptier than this, for their pages fill in many places.
tests/integration/infra/test_sizes.py holds this against the pages of large tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

_PAGE, _HEAP_PAGE, _LEAF = 8192, 8168, 8152
_FULL: Final = 0.9
_LINE: Final = 4
_POSTING: Final = 1350
"""About the largest that a posting list grows."""
_NOT_SHARED: Final = ("numeric", "jsonb", "float4", "float8")
"""Types of which equal keys may look different, so entries keep their own."""
_TABLES = """SELECT c.oid, c.relname, coalesce(r.relname, c.relname) AS whole, c.reltoastrelid::regclass::text AS toast,
        ARRAY(SELECT quote_ident(attname) FROM pg_attribute a
              WHERE a.attrelid = c.oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum) AS columns,
        ARRAY(SELECT quote_ident(attname) FROM pg_attribute a
              WHERE a.attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attlen = -1) AS long
    FROM pg_class c LEFT JOIN pg_class r ON r.oid = pg_partition_root(c.oid)
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY c.relname"""
_INDEXES = """SELECT i.indrelid AS table, c.oid, c.relname, m.amname, i.indisunique, i.indnatts > i.indnkeyatts AS carries,
        ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, true) FROM generate_series(1, i.indnatts) n ORDER BY n) AS keys,
        ARRAY(SELECT CASE attlen WHEN -1 THEN 'v' ELSE attalign::text END FROM pg_attribute a
              WHERE a.attrelid = i.indexrelid ORDER BY attnum) AS alignments,
        ARRAY(SELECT t.typname::text FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
              WHERE a.attrelid = i.indexrelid ORDER BY attnum) AS types,
        pg_get_expr(i.indpred, i.indrelid) AS condition, pg_relation_size(i.indexrelid) AS pages
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'i' ORDER BY c.relname"""


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes; of one order, say, rows are no whole number."""

    rows: float = 0
    heap: float = 0.0
    toast: float = 0.0
    indexes: Mapping[str, float] | None = None

    @property
    def index(self) -> float:
        return sum((self.indexes or {}).values())

    @property
    def all(self) -> float:
        return self.heap + self.toast + self.index

    def __add__(self, other: Size) -> Size:
        return self._joined(other, 1)

    def __sub__(self, other: Size) -> Size:
        return self._joined(other, -1)

    def __truediv__(self, by: int) -> Size:
        shares = {name: size / by for name, size in (self.indexes or {}).items()}
        return Size(self.rows / by, self.heap / by, self.toast / by, shares)

    def _joined(self, other: Size, sign: int) -> Size:
        ours, theirs = self.indexes or {}, other.indexes or {}
        return Size(
            self.rows + sign * other.rows,
            self.heap + sign * other.heap,
            self.toast + sign * other.toast,
            {name: ours.get(name, 0.0) + sign * theirs.get(name, 0.0) for name in {**ours, **theirs}},
        )


def aligned(at: int, to: int) -> int:
    return -(-at // to) * to


def entry_bytes(sizes: Sequence[int | None], alignments: Sequence[str]) -> int:
    """Of one entry without its line pointer. No size is NULL; a `v` is as long as it is, and aligned only when it is not short."""
    at = 0
    for size, alignment in zip(sizes, alignments, strict=True):
        if size is not None:
            at = aligned(at, {"c": 1, "s": 2, "i": 4, "d": 8, "v": 1 if size < 127 else 4}[alignment]) + size
    head = 16 if None in sizes else 8
    return aligned(head + at, 8)


def tree_bytes(entries: Iterable[tuple[int, int]], *, shared: bool) -> float:
    """Of a B-tree's leaves, from the length of an entry and how many have the same keys."""
    used = 0
    for length, same in entries:
        if shared and same > 1:
            lists = -(-(same * 6) // (_POSTING - length)) if length < _POSTING else same
            used += lists * (length + _LINE) + aligned(same * 6, 8)
        else:
            used += same * (length + _LINE)
    return used * _PAGE / _LEAF / _FULL


async def sizes(conn: asyncpg.Connection[Any]) -> dict[str, Size]:
    """By table, a partitioned one with its partitions. As a superuser: what is out of line is nobody else's to read."""
    found: dict[str, Size] = {}
    names: dict[int, str] = {}
    for table in await conn.fetch(_TABLES):
        names[table["oid"]] = table["whole"]
        found[table["whole"]] = found.get(table["whole"], Size()) + await _rows(conn, table)
    for index in await conn.fetch(_INDEXES):
        if index["table"] in names:
            whole = names[index["table"]]
            name = whole if whole == "outbox_archive" else index["relname"]
            found[whole] += Size(indexes={name: await _index(conn, index)})
    return found


async def _rows(conn: asyncpg.Connection[Any], table: asyncpg.Record) -> Size:
    away = " OR ".join(f"pg_column_toast_chunk_id({each}) IS NOT NULL" for each in table["long"]) or "false"
    parts = " + ".join(
        f"CASE WHEN pg_column_toast_chunk_id({each}) IS NOT NULL THEN 18 ELSE coalesce(pg_column_size({each}), 0) END"
        if each in table["long"]
        else f"coalesce(pg_column_size({each}), 0)"
        for each in table["columns"]
    )
    row = await conn.fetchrow(
        f"""SELECT count(*) AS rows, coalesce(sum((CASE WHEN {away} THEN 24 + {parts} ELSE pg_column_size(t) END + 7) / 8 * 8 + {_LINE}), 0)
                AS heap FROM ONLY "{table["relname"]}" t"""
    )
    assert row is not None
    toast = 0.0
    if table["toast"] != "-":
        chunks = await conn.fetchrow(
            f"SELECT count(*), coalesce(sum((32 + pg_column_size(chunk_data) + 7) / 8 * 8 + {_LINE}), 0) FROM {table['toast']}"
        )
        assert chunks is not None
        toast = int(chunks[1]) * _PAGE / _HEAP_PAGE + tree_bytes([(16, int(chunks[0]))], shared=False)
    return Size(int(row["rows"]), int(row["heap"]) * _PAGE / _HEAP_PAGE, toast)


async def _index(conn: asyncpg.Connection[Any], index: asyncpg.Record) -> float:
    if index["amname"] != "btree":
        return float(index["pages"])
    keys = index["keys"]
    shared = not index["indisunique"] and not index["carries"] and not {*index["types"]} & {*_NOT_SHARED}
    rows = await conn.fetch(
        f"""SELECT ARRAY[{", ".join(f"pg_column_size({each})" for each in keys)}] AS sizes,
                {"md5(ROW(" + ", ".join(keys) + ")::text)" if shared else "''"} AS said
            FROM {await conn.fetchval("SELECT $1::oid::regclass::text", index["table"])} WHERE {index["condition"] or "true"}"""
    )
    counted = Counter((row["said"], entry_bytes(row["sizes"], index["alignments"])) for row in rows)
    return tree_bytes(((length, same) for (_, length), same in counted.items()), shared=shared)
