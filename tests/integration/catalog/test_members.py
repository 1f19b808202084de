"""Who is erased is of no merchant any more, and that is told."""

from __future__ import annotations

from datetime import UTC, datetime

from services.catalog import hears
from services.contracts.catalog import MerchantChanged
from services.contracts.people import PersonErased, PersonId
from services.kit.database.db import Database, transaction

PERSON = PersonId.new()


async def _hear(db: Database) -> None:
    async with transaction(db) as conn:
        await hears.HANDLERS.handle(conn, PersonErased(person_id=PERSON, erased_at=datetime(2026, 11, 28, tzinfo=UTC)))


async def test_a_membership_ends_with_its_person(db: Database) -> None:
    async with db.acquire() as conn:
        merchants = [row["id"] for row in await conn.fetch("SELECT id FROM merchant ORDER BY id LIMIT 2")]
        for merchant in merchants:
            await conn.execute("INSERT INTO merchant_member VALUES ($1, $2, 'OWNER')", merchant, str(PERSON))
        others = await conn.fetchval("SELECT count(*) FROM merchant_member WHERE subject <> $1", str(PERSON))
        told = await conn.fetchval("SELECT count(*) FROM outbox WHERE type = $1", MerchantChanged.type)
    for _ in range(2):
        await _hear(db)
        async with db.acquire() as conn:
            assert await conn.fetchval("SELECT count(*) FROM merchant_member") == others
            rows = await conn.fetch("SELECT payload FROM outbox WHERE type = $1 ORDER BY seq", MerchantChanged.type)
    assert len(rows) == told + len(merchants) == told + 2
    assert not any(str(PERSON).encode() in bytes(row["payload"]) for row in rows[told:])
