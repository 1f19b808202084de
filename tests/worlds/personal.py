"""A service's list of columns held against its database: nothing unlisted, a copy that has all, and an erasing that does what it says."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from services.contracts import registry
from services.contracts.export import ExportId
from services.contracts.people import ExportRequested
from services.kit.database.db import Database, transaction
from services.kit.messaging.envelope import decode
from services.kit.messaging.handlers import Handlers
from services.personal import reading, sealing
from services.personal.backbone import BACKBONE
from services.personal.columns import Fate, Personal, Table

_COLUMNS = """SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
              WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                    AND a.attnum > 0 AND NOT a.attisdropped"""
_KEY = """SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
          WHERE i.indrelid = $1::text::regclass AND i.indisprimary ORDER BY a.attname"""
_NOTHING: tuple[Any, ...] = (None, "", 0, 0.0, [])
# Their own tests: no table of tests' clocks, and what is only looked at whole.
_OF_TESTS = {"clock_shift"}


async def complaints(conn: asyncpg.Connection, personal: Personal) -> list[str]:
    """Columns that are in no list, and entries without a column."""
    rows = await conn.fetch(_COLUMNS)
    there = {f"{row['relname']}.{row['attname']}" for row in rows if row["relname"] not in _OF_TESTS}
    tables = [*personal.tables, *BACKBONE]
    listed = [f"{table.name}.{column}" for table in tables for column in table.columns()]
    assert len(set(listed)) == len(listed)
    return [
        *(f"{each} is in no list" for each in sorted(there - set(listed))),
        *(f"there is no {each}" for each in sorted(set(listed) - there)),
    ]


Snapshot = dict[tuple[str, tuple[Any, ...]], dict[str, Any]]


class Held:
    """One person's, in one service. `conn` is the owner's, who sees all."""

    def __init__(self, conn: asyncpg.Connection, personal: Personal, subject: str) -> None:
        self.conn, self.personal, self.subject = conn, personal, subject
        common = [each for each in BACKBONE if each.name in ("idempotency", "event_deed")]
        self.tables = [*personal.tables, *common]

    async def remember_a_request(self) -> None:
        await self.conn.execute(
            """INSERT INTO idempotency (caller, mutation, key, body_hash, answer, created_at)
               VALUES ($1, 'of the tests', 'of-the-tests-0001', '\\x00', '{"id": 1}', now())""",
            self.subject,
        )
        await self.remember_a_deed()

    async def remember_a_deed(self) -> None:
        """As staff, about an event that was stuck."""
        await self.conn.executemany(
            """INSERT INTO event_deed (at, actor, deed, because, consumer, topic, about, seq, reason)
               VALUES (now(), $1, 'DROP', 'of the tests', 'tests', 'tests.things', 'thg_1', 1, 'no')""",
            [(self.subject,), ("usr_another_of_the_tests",)],
        )

    async def rows(self, table: Table) -> list[Any]:
        values = await reading.values(self.conn, self.personal, self.subject)
        return await reading.rows(self.conn, table, values, "t.*")

    async def copy(self, marks: Iterable[str]) -> dict[str, Any]:
        """The section, in which every column that is shown says something, as it is in the table, and every mark is."""
        section: dict[str, Any] = json.loads(json.dumps(await reading.section(self.conn, self.personal, self.subject)))
        found = {each["name"]: each for each in section["tables"]}
        assert set(found) == {each.name for each in self.tables if each.shown}
        for table in self.tables:
            if not table.about_a_person():
                continue
            rows = await self.rows(table)
            silent = [each for each in table.about_a_person() if not any(row[each] is not None for row in rows)]
            unfilled = set(silent) - {each for each, why in table.kept.items() if why.startswith("only who ")}
            assert not unfilled, f"the test's world says nothing in {table.name}.{sorted(unfilled)}"
            if table.shown:
                _is_in_it(table, rows, found[table.name])
        text = json.dumps(section, ensure_ascii=False)
        missing = [each for each in marks if each not in text]
        assert not missing, f"the copy lacks {missing}"
        return section

    async def snapshot(self) -> Snapshot:
        taken: Snapshot = {}
        for table in self.tables:
            if table.about_a_person():
                key = [row["attname"] for row in await self.conn.fetch(_KEY, table.name)] or ["id"]
                for row in await self.rows(table):
                    taken[table.name, tuple(row[each] for each in key)] = dict(row)
        return taken

    async def check_fates(self, before: Snapshot) -> None:
        """After erasing: what the list says of every column, row by row."""
        by_name = {table.name: table for table in self.tables}
        for (name, key), row in before.items():
            table = by_name[name]
            columns = [each["attname"] for each in await self.conn.fetch(_KEY, name)] or ["id"]
            where = " AND ".join(f"{column} = ${n}" for n, column in enumerate(columns, 1))
            now = await self.conn.fetchrow(f"SELECT * FROM {name} WHERE {where}", *key)
            for column in table.about_a_person():
                fate, was = table.fate_of(column), row[column]
                if fate is Fate.DELETED:
                    assert now is None, f"{name} is there still"
                elif fate is Fate.EMPTIED and column in table.sql and was != self.subject:
                    pass  # who somebody else is
                elif fate is Fate.EMPTIED:
                    assert now is None or now[column] in _NOTHING, f"{name}.{column} says something still"
                elif fate is Fate.STAYS and was is not None and table.fate is Fate.STAYS:
                    assert now is not None, f"{name} is gone"
                    assert now[column] is not None, f"{name}.{column} is empty"

    async def mentioning(self, words: str) -> set[str]:
        """Tables that hold it anywhere, in texts or in bytes."""
        tables = {row["relname"] for row in await self.conn.fetch(_COLUMNS)}
        return {
            table
            for table in tables
            if await self.conn.fetchval(
                f"SELECT EXISTS (SELECT FROM {table} t WHERE t::text LIKE '%' || $1 || '%' OR t::text LIKE '%' || $2 || '%')",
                words,
                words.encode().hex(),
            )
        }

    async def nobody_else_has_it(self, marks: Iterable[str]) -> None:
        """What is said to be about nobody has nothing of theirs: not their subject, and no mark."""
        silent = {table.name for table in [*self.personal.tables, *BACKBONE] if not table.about_a_person()}
        for mark in (self.subject, *marks):
            found = await self.mentioning(mark) & silent
            assert not found, f"{mark} is in {found}"


def _is_in_it(table: Table, rows: list[Any], found: dict[str, Any]) -> None:
    plain = [column for column in table.shown if column not in table.sql]
    wanted = [{column: reading.plain(row[column], table.ids.get(column)) for column in plain} for row in rows]
    assert [{column: row[column] for column in plain} for row in found["rows"]] == wanted
    assert all(set(row) == {*table.shown, *table.also} for row in found["rows"])
    assert set(found["fields"]) == {*table.shown, *table.also}


async def answers(
    db: Database, handlers: Handlers, held: Held, personal: Personal, marks: Iterable[str], given: tuple[Any, ...] = ()
) -> None:
    """The service's handler tells its parts once, whatever comes twice; they open to the section, and the outbox has no mark in it."""
    private, public = sealing.key_pair()
    at = datetime(2026, 11, 29, tzinfo=UTC)
    late, asked = (
        ExportRequested(
            export_id=ExportId.new(), subject=held.subject, public_key=public, requested_at=at, expires_at=until
        )
        for until in (at - timedelta(days=365), at + timedelta(days=3_650))
    )
    handlers = handlers.given(*given)
    part = registry.export_parts()[personal.service]
    for event in (late, asked, asked):
        async with transaction(db) as conn:
            await handlers.handle(conn, event)
    rows = await held.conn.fetch("SELECT payload FROM outbox WHERE type = $1 ORDER BY seq", part.type)
    told = [decode(part, bytes(row["payload"])) for row in rows]
    assert {each.export_id for each in told} == {asked.export_id}
    assert [(each.number, each.of) for each in told] == [(n, len(told)) for n in range(1, len(told) + 1)]
    section = sealing.unpacked(b"".join(sealing.opened(each.sealed, private) for each in told))
    wanted = await reading.section(held.conn, personal, held.subject)
    assert section == json.loads(json.dumps(wanted))
    clear = b"".join(bytes(row["payload"]) for row in rows).decode()
    assert [each for each in marks if each in clear or base64.b64encode(each.encode()).decode() in clear] == []
