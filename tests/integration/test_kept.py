"""Every table of every service says what bounds it (services.kit.database.kept), and what is said to remove its rows does."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import asyncpg
import pytest

from services.contracts.registry import NAMES
from services.kit.database.kept import JOINED, Bound, Kept, for_days, for_ever, of_things, until_done
from tests.worlds.kept import complaints, kept_of
from tests.worlds.servers import TestDatabase


@pytest.fixture(params=NAMES)
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def made(service: str, database: Callable[[str], TestDatabase]) -> TestDatabase:
    return database(service)


@pytest.fixture
def peoples(database: Callable[[str], TestDatabase]) -> TestDatabase:
    return database("people")


async def test_every_table_says_what_bounds_it(service: str, made: TestDatabase) -> None:
    conn = await asyncpg.connect(made.owner_url)
    try:
        assert await complaints(conn, kept_of(service)) == []
    finally:
        await conn.close()


async def test_one_that_does_not_is_seen_and_so_is_what_removes_nothing(peoples: TestDatabase) -> None:
    conn = await asyncpg.connect(peoples.owner_url)
    kept = dict(kept_of("people"))
    try:
        await conn.execute("CREATE TABLE diary (id uuid PRIMARY KEY); DROP TABLE push_subscription")
        kept |= {
            "notice": for_days(9, "services.people.store.messages.forget"),
            "messages": until_done("services.people.store.messages.away", "a function that is not there"),
            "consent": for_days(9, "with consent_text"),
            "allowance": for_days(9, "sql outbox_archive_partitions"),
        }
        assert await complaints(conn, kept) == [
            "diary: nothing says what bounds it",
            "push_subscription: there is no such table",
            "allowance: no function outbox_archive_partitions removes its rows",
            "consent: no row goes with one of consent_text",
            "messages: services.people.store.messages.away does not remove its rows",
            "notice: services.people.store.messages.forget does not remove its rows",
        ]
    finally:
        await conn.close()


@pytest.mark.parametrize("name", NAMES)
def test_positions_are_forgotten_where_all_consumers_join(name: str) -> None:
    hears = import_module(f"services.{name}.app").SERVICE.hears
    assert (kept_of(name)["inbox"] == JOINED) == all(each.joining for each in hears)


def test_an_answer_that_contradicts_itself_is_none() -> None:
    for bound, by, days in (
        (Bound.DAYS, "", 9.0),
        (Bound.DAYS, "a.b", 0.0),
        (Bound.EVER, "a.b", 0.0),
        (Bound.DONE, "", 0.0),
    ):
        with pytest.raises(ValueError, match="removed by"):
            Kept(bound, "why", by, days)
    assert all(each.why for each in (for_ever("why"), of_things("a thing"), until_done("a.b", "while")))
