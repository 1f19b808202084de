"""A new market begins with the usual units and kinds of goods, and what ops have entered otherwise stays."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.catalog import by_hand
from services.catalog.commands import needs
from services.catalog.domain.usual_needs import NEEDED
from services.catalog.store import reference
from services.catalog.usual_goods import USUAL
from services.contracts.licences import LicenceKind
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
    assert first["requirements"] == [
        f"{code} {each.kind}" for code in by_hand.CATEGORIES for each in NEEDED.get(code, ())
    ]
    assert first["commodities"] == list(by_hand.COMMODITIES)
    assert first["templates"] == [each.code for each in USUAL]
    assert not any((await _run(empty)).values())


async def _needed(db: Database) -> dict[tuple[str, str], date | None]:
    async with db.acquire() as conn:
        rows = await conn.fetch("SELECT category_code, kind, applies_from FROM category_requirement")
    return {(row["category_code"], row["kind"]): row["applies_from"] for row in rows}


async def test_the_law_asks_from_its_day_or_a_later_one(empty: Database) -> None:
    await _run(empty)
    needed = await _needed(empty)
    assert needed["camilan", "HALAL"] == date(2026, 10, 17)
    assert {code for code, kind in needed if kind == "PIRT"} == {"kopi", "minuman", "camilan", "kue", "olahan"}
    assert not {code for code, _ in needed} & {"sayur", "buah", "batik"}
    assert not [kind for _, kind in needed if kind == "NIB"]


async def test_a_market_that_sells_already_is_given_time(empty: Database) -> None:
    said: list[Any] = []
    assert await by_hand.usual(empty, ["--needed-from", "2027-03-01"], said.append) == 0
    assert set((await _needed(empty)).values()) == {date(2027, 3, 1)}


async def test_what_ops_ask_for_no_more_is_not_asked_for_again(empty: Database) -> None:
    await _run(empty)
    async with transaction(empty) as conn:
        await needs.save_requirement(conn, "kopi", LicenceKind.PIRT, None, None, by="ops")
        await needs.save_requirement(conn, "kue", LicenceKind.PIRT, date(2030, 1, 1), 3, by="ops")
    assert (await _run(empty))["requirements"] == []
    needed = await _needed(empty)
    assert (needed["kopi", "PIRT"], needed["kue", "PIRT"]) == (None, date(2030, 1, 1))


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
