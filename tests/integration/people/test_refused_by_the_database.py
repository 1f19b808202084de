"""What must not be, the database refuses by itself, whatever the code says."""

from __future__ import annotations

import asyncpg
import pytest

from tests.worlds.people import House


async def _person(home: House) -> str:
    signed = await home.signed_in("+6281234590001")
    assert signed
    found = await home.value("SELECT person_id::text FROM phone WHERE number = '+6281234590001'")
    return str(found)


@pytest.mark.parametrize(
    ("statement", "refused"),
    [
        ("INSERT INTO phone VALUES ('+6281234590002', $1::uuid, now())", asyncpg.UniqueViolationError),
        (
            "INSERT INTO phone SELECT '081234590003', gen_random_uuid(), now() WHERE $1 > ''",
            asyncpg.CheckViolationError,
        ),
        (
            "INSERT INTO refresh_token SELECT sha256('x'), id, now() FROM session WHERE person_id = $1::uuid",
            asyncpg.UniqueViolationError,
        ),
        ("UPDATE sign_in_code SET tries = 6 WHERE $1 > ''", asyncpg.CheckViolationError),
        ("UPDATE session SET ended_at = now() WHERE person_id = $1::uuid", asyncpg.CheckViolationError),
        ("INSERT INTO staff_role VALUES ($1::uuid, 'KING', now())", asyncpg.CheckViolationError),
        ("INSERT INTO consent VALUES ($1::uuid, 'terms', 0, now(), NULL)", asyncpg.CheckViolationError),
        ("UPDATE audit SET actor = 'nobody' WHERE $1 > ''", asyncpg.InsufficientPrivilegeError),
        ("DELETE FROM audit WHERE $1 > ''", asyncpg.InsufficientPrivilegeError),
        ("UPDATE person SET name = repeat('x', 81) WHERE id = $1::uuid", asyncpg.CheckViolationError),
        (
            "UPDATE person SET name = 'Siti', erasure_asked_at = now(), erased_at = now() WHERE id = $1::uuid",
            asyncpg.CheckViolationError,
        ),
        ("UPDATE person SET erased_at = now() WHERE id = $1::uuid", asyncpg.CheckViolationError),
    ],
)
async def test_it_is_refused(home: House, statement: str, refused: type[Exception]) -> None:
    person = await _person(home)
    with pytest.raises(refused):
        async with home.db.acquire() as conn:
            await conn.execute(statement, person)
