"""The list of columns (services.personal) is whole in every service, and its checker sees what is missing."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import asyncpg
import pytest

from services.contracts.registry import NAMES, SERVICES, export_parts
from services.personal.columns import Fate, Personal, Table
from tests.worlds.personal import complaints
from tests.worlds.servers import TestDatabase


def personal(service: str) -> Personal:
    found: Personal = import_module(f"services.{service}.store.personal").PERSONAL
    return found


@pytest.fixture(params=NAMES)
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def made(service: str, database: Callable[[str], TestDatabase]) -> TestDatabase:
    return database(service)


@pytest.fixture
def peoples(database: Callable[[str], TestDatabase]) -> TestDatabase:
    return database("people")


async def test_every_column_is_in_the_list(service: str, made: TestDatabase) -> None:
    conn = await asyncpg.connect(made.owner_url)
    try:
        assert await complaints(conn, personal(service)) == []
        assert personal(service).service == service
    finally:
        await conn.close()


async def test_one_that_is_not_is_seen_and_so_is_an_entry_without_a_column(peoples: TestDatabase) -> None:
    conn = await asyncpg.connect(peoples.owner_url)
    try:
        await conn.execute("CREATE TABLE diary (id uuid PRIMARY KEY, said text)")
        await conn.execute("ALTER TABLE person ADD COLUMN nickname text")
        await conn.execute("ALTER TABLE phone DROP COLUMN since")
        assert await complaints(conn, personal("people")) == [
            "diary.id is in no list",
            "diary.said is in no list",
            "person.nickname is in no list",
            "there is no phone.since",
        ]
    finally:
        await conn.close()


def test_every_service_answers_when_a_copy_is_wanted() -> None:
    """People asks, and has its own part at hand."""
    assert set(export_parts()) == {each.name for each in SERVICES} - {"people"}
    for name, part in export_parts().items():
        assert (part.type, part.topic) == (f"{name}.export_part.v1", f"{name}.exports")
        handlers = import_module(f"services.{name}.hears").HANDLERS
        assert handlers.event_class("people.export_requested.v1") is not None


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"shown": {"a": "a"}}, "rows and fate"),
        ({"shown": {"a": "a"}, "nobody": "a"}, "twice"),
        ({"shown": {"a": "a"}, "rows": "FROM x", "fate": Fate.DELETED}, "title"),
        ({"kept": {"a": "why"}, "rows": "FROM x", "fate": Fate.STAYS}, "for a reason"),
        ({"kept": {"a": "why"}, "rows": "FROM x", "fate": Fate.DELETED, "but": {"b": Fate.STAYS}}, "nothing is known"),
    ],
)
def test_a_list_that_contradicts_itself_is_none(wrong: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Table(name="x", **wrong)  # type: ignore[arg-type]
