"""What is kept about somebody: all of it is in their copy, told once and sealed, and erasing does what the list says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import asyncpg
import pytest

from services.contracts.people import PersonErased, PersonId
from services.insight import hears
from services.insight.store.personal import PERSONAL
from services.kit.database.db import Database, transaction
from tests.integration.insight.conftest import Insight
from tests.worlds import servers
from tests.worlds.personal import Held, answers
from tests.worlds.regency import Regency

PERSON = PersonId.new()
AT = datetime(2026, 10, 4, tzinfo=UTC)


@pytest.fixture
def migrated(database: Callable[[str], servers.TestDatabase]) -> servers.TestDatabase:
    return database("insight")


@pytest.fixture
async def db(migrated: servers.TestDatabase) -> AsyncIterator[Database]:
    opened = Database(migrated.url)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def held(db: Database, migrated: servers.TestDatabase) -> AsyncIterator[Held]:
    world = Insight(db, Regency())
    await world.count(world.regency.order(AT, buyer=str(PERSON), ends="completed"))
    await world.count(world.regency.order(AT, ends="completed"))
    owner = await asyncpg.connect(migrated.owner_url)
    found = Held(owner, PERSONAL, str(PERSON))
    await found.remember_a_request()
    yield found
    await owner.close()


async def _mark(held: Held) -> str:
    """What stands for them: found by their subject, and in one order of the two."""
    (row,) = await held.rows(PERSONAL.tables[0])
    return str(row["buyer"])


async def test_all_that_is_kept_is_in_the_copy(held: Held) -> None:
    mark = await _mark(held)
    await held.copy([mark])
    await held.nobody_else_has_it([mark])


async def test_the_answer_is_told_once_and_says_nothing_in_clear(db: Database, held: Held) -> None:
    await answers(db, hears.HANDLERS, held, PERSONAL, [await _mark(held)])


async def test_erasing_does_what_the_list_says(db: Database, held: Held) -> None:
    before, mark = await held.snapshot(), await _mark(held)
    async with transaction(db) as conn:
        await hears.HANDLERS.handle(conn, PersonErased(person_id=PERSON, erased_at=AT))
    await held.check_fates(before)
    assert await held.mentioning(mark) == set()
