"""What rows are reckoned to take is what the pages of large tables say, rows and indexes of many shapes."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from infra.bench import sizes
from tests.worlds import servers

_MADE = """
CREATE TABLE thing (
    id uuid PRIMARY KEY DEFAULT uuidv7(), at timestamptz NOT NULL DEFAULT clock_timestamp(), kind text NOT NULL, name text, amount bigint,
    few integer, said jsonb, payload bytea
);
CREATE INDEX thing_kind ON thing (kind, at);
CREATE INDEX thing_of_few ON thing (few);
CREATE INDEX thing_name ON thing (name text_pattern_ops) WHERE name IS NOT NULL;
CREATE UNIQUE INDEX thing_amount ON thing (amount, id) INCLUDE (few);
CREATE TABLE told (seq bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL, said text NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE told_1 PARTITION OF told FOR VALUES FROM ('2026-01-01') TO ('2026-01-02');
CREATE TABLE told_2 PARTITION OF told FOR VALUES FROM ('2026-01-02') TO ('2026-01-03');
CREATE INDEX told_seq ON told (seq);
"""
_FILLED = """
INSERT INTO thing (kind, name, amount, few, said, payload)
SELECT 'KIND_' || n % 7, CASE WHEN n % 3 = 0 THEN lpad(n::text, 8, '0') END, n, CASE WHEN n % 5 > 0 THEN n % 40 END,
       jsonb_build_object('n', n, 'words', repeat('kata ', 12)),
       CASE WHEN n % 50 = 0 THEN (SELECT string_agg(sha256((n * 1000 + m)::text::bytea), '' ORDER BY m) FROM generate_series(1, 200) m) END
FROM generate_series(1, 30000) n;
INSERT INTO told (at, said)
SELECT timestamptz '2026-01-01 12:00+00' + n % 2 * interval '1 day', 'told ' || n FROM generate_series(1, 30000) n;
"""
_PAGES = """SELECT regexp_replace(regexp_replace(relname, '^pg_toast_[0-9]+(_index)?$', 'toast'), '^told_[12]', 'told'),
    sum(pg_relation_size(oid))::bigint FROM pg_class
    WHERE relnamespace IN ('public'::regnamespace, 'pg_toast'::regnamespace) AND relkind IN ('r', 'i', 't') GROUP BY 1"""


@pytest.fixture
async def conn(postgres: servers.Postgres) -> AsyncIterator[asyncpg.Connection[Any]]:
    admin = await asyncpg.connect(postgres.admin_url)
    name = f"sizes_{secrets.token_hex(4)}"
    await admin.execute(f"CREATE DATABASE {name}")
    inside = await asyncpg.connect(f"{postgres.admin_url.rpartition('/')[0]}/{name}")
    await inside.execute(_MADE)
    yield inside
    await inside.close()
    await admin.execute(f"DROP DATABASE {name}")
    await admin.close()


async def test_rows_are_reckoned_as_the_pages_say(conn: asyncpg.Connection[Any]) -> None:
    before = await sizes.sizes(conn)
    await conn.execute(_FILLED)
    found = {name: size - before[name] for name, size in (await sizes.sizes(conn)).items()}
    thing, told = found["thing"], found["told"]
    assert (set(found), thing.rows, told.rows) == ({"thing", "told"}, 30_000, 30_000)
    pages = dict(await conn.fetch(_PAGES))
    reckoned = {
        "thing": thing.heap,
        "told": told.heap,
        "toast": thing.toast,
        "told_seq_idx": told.index,
        **(thing.indexes or {}),
    }
    ratios = {name: size / pages[name] for name, size in reckoned.items()}
    # Values out of line leave a rest in each page, and keys of a few values that come in turn leave half of each.
    assert 0.6 < ratios.pop("toast") < 1.1
    assert 0.5 < ratios.pop("thing_of_few") < 1.1
    assert {name: ratio for name, ratio in ratios.items() if not 0.9 < ratio < 1.1} == {}


def test_entries_are_laid_out_as_an_index_has_them() -> None:
    """Aligned, with a map of NULLs where there are any; equal keys once, with six bytes for each row."""
    assert sizes.entry_bytes([16], ["c"]) == 24
    assert sizes.entry_bytes([13, 8], ["v", "d"]) == 8 + 24
    assert sizes.entry_bytes([200, 4], ["v", "i"]) == 8 + 208
    assert sizes.entry_bytes([None, 8], ["v", "d"]) == 16 + 8
    alone, shared = sizes.tree_bytes([(24, 10)], shared=False), sizes.tree_bytes([(24, 10)], shared=True)
    assert round(alone / shared, 3) == round(280 / (28 + 64), 3)
