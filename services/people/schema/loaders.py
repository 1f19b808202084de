"""Many small questions of one operation as one statement each."""

from __future__ import annotations

from collections.abc import Sequence

from services.contracts.people import PersonId
from services.people.schema.context import Context
from services.people.store import reading
from services.people.store.reading import PersonView


async def persons(context: Context, ids: list[PersonId]) -> Sequence[PersonView | None]:
    async with context.db.acquire() as conn:
        found = await reading.persons(conn, context.person_id, ids)
    return [found.get(person_id) for person_id in ids]
