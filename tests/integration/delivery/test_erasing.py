"""A rider who is erased as a person stays a rider of their company, and is nobody that signs in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from services.contracts.people import PersonErased, PersonId
from services.delivery import hears
from services.kit.database.db import transaction
from tests.worlds.delivery import World

PERSON = PersonId.new()


async def test_a_rider_is_no_person_any_more(world: World) -> None:
    async with transaction(world.db) as conn:
        rider = await conn.fetchval("SELECT id FROM rider ORDER BY id LIMIT 1")
        await conn.execute("UPDATE rider SET subject = $2 WHERE id = $1", rider, str(PERSON))
        before = await conn.fetchrow("SELECT id, name, plate FROM rider WHERE id = $1", rider)
    told = PersonErased(person_id=PERSON, erased_at=datetime(2026, 11, 28, tzinfo=UTC))
    for _ in range(2):
        async with transaction(world.db) as conn:
            await hears.HANDLERS.given(cast(Any, None)).handle(conn, told)
            assert await conn.fetchval("SELECT count(*) FROM rider WHERE subject = $1", str(PERSON)) == 0
            assert await conn.fetchrow("SELECT id, name, plate FROM rider WHERE id = $1", rider) == before
