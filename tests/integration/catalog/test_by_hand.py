"""A new market begins with the usual units and kinds of goods, and what ops have entered otherwise stays."""

from __future__ import annotations

from typing import Any

import pytest

from services.catalog import by_hand
from services.catalog.store import reference
from services.kit.database.db import Database, transaction
from tests.worlds import servers


@pytest.fixture
async def empty(catalog: servers.TestDatabase) -> Any:
    opened = Database(catalog.url)
    await opened.open()
    yield opened
    await opened.close()


async def _run(db: Database) -> Any:
    said: list[Any] = []
    assert await by_hand.usual(db, [], said.append) == 0
    (one,) = said
    return one


async def test_the_usual_is_entered_once(empty: Database) -> None:
    first = await _run(empty)
    assert first["units"] == [each.code for each in by_hand.UNITS]
    assert first["categories"] == list(by_hand.CATEGORIES)
    assert first["synonyms"] == list(by_hand.SYNONYMS)
    assert await _run(empty) == {"units": [], "categories": [], "synonyms": [], "left": []}


async def test_what_is_there_otherwise_stays(empty: Database) -> None:
    async with transaction(empty) as conn:
        await conn.execute("INSERT INTO category VALUES ('buah', 'Buah-buahan')")
        await conn.execute("INSERT INTO sale_unit VALUES ('ons', 'ons', 'MASS', 125)")
        await conn.execute("INSERT INTO synonym VALUES ('unting', 'gedeng')")
    said = await _run(empty)
    assert said["left"] == ["ons", "unting"]
    async with empty.acquire() as conn:
        names = {each.code: each.name for each in await reference.categories(conn)}
        sizes = {each.code: each.base_per_unit for each in await reference.sale_units(conn)}
    assert (names["buah"], sizes["ons"], sizes["kg"]) == ("Buah-buahan", 125, 1_000)
