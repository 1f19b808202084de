"""SQL of persons, their numbers, and what was done to their rights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.contracts.amounts import Language
from services.contracts.people import PersonId
from services.kit.database.db import Connection, only_row
from services.people.domain.ids import AuditId


@dataclass(frozen=True, slots=True)
class Person:
    id: PersonId
    name: str | None
    language: Language
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a number is; `is_silent` when nothing was heard of them for so long that it may be another's by now."""

    person_id: PersonId
    is_silent: bool


@dataclass(frozen=True, slots=True)
class Added:
    """Whose the number is now, and since when they are a person; None when they were one before."""

    person_id: PersonId
    registered_at: datetime | None


async def lock_owner(conn: Connection, phone: str, silent_days: int, *, proved: bool = False) -> Owner | None:
    """Whoever else asks for this number waits until the transaction ends. One who has `proved` it, and was not silent, is seen now."""
    row = await conn.fetchrow(
        """WITH owner AS MATERIALIZED (
               SELECT n.person_id, p.seen_at <= wlijo_now() - $2 * interval '1 day' AS is_silent
               FROM phone n JOIN person p ON p.id = n.person_id WHERE n.number = $1 FOR UPDATE OF n),
           seen AS (UPDATE person SET seen_at = wlijo_now() FROM owner WHERE $3 AND NOT is_silent AND id = person_id)
           SELECT person_id, is_silent FROM owner""",
        phone,
        silent_days,
        proved,
    )
    return Owner(PersonId(row["person_id"]), row["is_silent"]) if row else None


async def give_number(conn: Connection, phone: str, person_id: PersonId) -> PersonId:
    """The number to this person, unless it was given to another at the same time: then whose it is. One they had before is given up."""
    await conn.execute("DELETE FROM phone WHERE person_id = $1 AND number <> $2", person_id, phone)
    row = await only_row(
        conn,
        """INSERT INTO phone AS n (number, person_id, since) VALUES ($1, $2, wlijo_now())
           ON CONFLICT (number) DO UPDATE SET number = n.number RETURNING person_id""",
        phone,
        person_id,
    )
    return PersonId(row["person_id"])


async def take_number(conn: Connection, phone: str) -> None:
    await conn.execute("DELETE FROM phone WHERE number = $1", phone)


async def add(conn: Connection, phone: str, person_id: PersonId, language: Language) -> Added:
    """Somebody new with this number, unless it was given to another at the same time: then that one, and nothing is added."""
    row = await only_row(
        conn,
        """WITH number AS (
               INSERT INTO phone AS n (number, person_id, since) VALUES ($1, $2, wlijo_now())
               ON CONFLICT (number) DO UPDATE SET number = n.number RETURNING person_id),
           added AS (
               INSERT INTO person (id, language, registered_at, seen_at)
               SELECT $2, $3, wlijo_now(), wlijo_now() FROM number WHERE person_id = $2 RETURNING registered_at)
           SELECT person_id, (SELECT registered_at FROM added) AS registered_at FROM number""",
        phone,
        person_id,
        language,
    )
    return Added(PersonId(row["person_id"]), row["registered_at"])


async def is_known(conn: Connection, person_id: PersonId) -> bool:
    """Also who was erased."""
    return bool(await conn.fetchval("SELECT true FROM person WHERE id = $1", person_id))


async def lock(conn: Connection, person_id: PersonId) -> Person | None:
    """None for who was erased, too."""
    row = await conn.fetchrow(
        "SELECT name, language, registered_at FROM person WHERE id = $1 AND erased_at IS NULL FOR UPDATE", person_id
    )
    return Person(person_id, row["name"], Language(row["language"]), row["registered_at"]) if row else None


async def stays(conn: Connection, person_id: PersonId) -> bool:
    """Whether they are there, and then until the transaction ends: what is written for them is there to be erased."""
    return bool(
        await conn.fetchval("SELECT true FROM person WHERE id = $1 AND erased_at IS NULL FOR KEY SHARE", person_id)
    )


async def seen(conn: Connection, person_id: PersonId) -> None:
    await conn.execute("UPDATE person SET seen_at = wlijo_now() WHERE id = $1", person_id)


async def save(conn: Connection, person_id: PersonId, name: str | None, language: Language) -> None:
    await conn.execute("UPDATE person SET name = $2, language = $3 WHERE id = $1", person_id, name, language)


async def write_down(conn: Connection, actor: str, action: str, person_id: PersonId, detail: str | None = None) -> None:
    """In the audit, which nobody changes. No name and no number may be in it."""
    await conn.execute(
        "INSERT INTO audit (id, told_at, actor, action, person_id, detail) VALUES ($1, wlijo_now(), $2, $3, $4, $5)",
        AuditId.new(),
        actor,
        action,
        person_id,
        detail,
    )


async def written_down_lately(conn: Connection, actor: str) -> int:
    """How much of what they did, within a day."""
    count: int = await conn.fetchval(
        "SELECT count(*) FROM audit WHERE actor = $1 AND told_at > wlijo_now() - interval '1 day'", actor
    )
    return count
