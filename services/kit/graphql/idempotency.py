"""A mutation that creates, asked twice, answers twice the same: the answer is stored in the transaction that creates.

    async with transaction(db) as conn:
        claim = await idempotency.claim(conn, caller=subject, mutation="placeOrder", key=idempotency_key, body=input)
        if claim.answer is None:
            order = await commands.place_order(conn, …)          # a refusal raises: rolled back, so nothing is stored
            await claim.store(conn, {"order": str(order.id)})
        …

A twin in flight waits in `claim` until the first commits, and gets its answer; if the first rolls back, it goes on.
"""

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import Enum
from typing import Any
from uuid import UUID

import orjson

from services.kit.coded import BadUserInput, KeyReused
from services.kit.database.db import Connection, only_row
from services.kit.ids import Id

MIN_KEY, MAX_KEY = 16, 64

# One statement claims or reads. An insert that meets a twin in flight waits for its end; the no-op update is what makes
# RETURNING show the row that was there. Past its days a row counts as absent, whether or not it has been purged.
_CLAIM = """
INSERT INTO idempotency AS known (caller, mutation, key, body_hash, created_at)
VALUES ($1, $2, $3, $4, wlijo_now())
ON CONFLICT (caller, mutation, key) DO UPDATE SET
    body_hash = CASE WHEN known.created_at < excluded.created_at - interval '7 days'
                     THEN excluded.body_hash ELSE known.body_hash END,
    answer = CASE WHEN known.created_at < excluded.created_at - interval '7 days' THEN NULL ELSE known.answer END,
    created_at = CASE WHEN known.created_at < excluded.created_at - interval '7 days'
                      THEN excluded.created_at ELSE known.created_at END
RETURNING body_hash, answer::text
"""

STORE = "UPDATE idempotency SET answer = $4::jsonb WHERE caller = $1 AND mutation = $2 AND key = $3"
"""For a command that stores in a statement of its own (a CTE): its parameters are `Claim.row(answer)`."""

PURGE = """
DELETE FROM idempotency WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM idempotency WHERE created_at < (SELECT wlijo_now()) - interval '7 days' LIMIT $1 FOR UPDATE SKIP LOCKED))
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to answer once. `answer` is what was stored when this is a repeat, else None and yours to store."""

    caller: str
    mutation: str
    key: str
    answer: Any | None

    def row(self, answer: Any) -> tuple[str, str, str, str]:
        """The parameters of STORE, the answer as JSON text."""
        return self.caller, self.mutation, self.key, orjson.dumps(answer).decode()

    async def store(self, conn: Connection, answer: Any) -> None:
        """Keep the answer: any JSON value but null. It commits, or not, together with what it tells of."""
        if answer is None:
            raise ValueError("an answer of null would be taken for no answer")
        await conn.execute(STORE, *self.row(answer))


async def claim(conn: Connection, *, caller: str, mutation: str, key: str, body: Any) -> Claim:
    """Must run inside the transaction that creates, before anything else in it.

    Raises BadUserInput for a key of wrong length and KeyReused for a key that came before with another body.
    """
    check_key(key)
    body_hash = canonical_hash(body)
    row = await only_row(conn, _CLAIM, caller, mutation, key, body_hash)
    if row["body_hash"] != body_hash:
        raise KeyReused("this idempotency key was used before with another body")
    stored = row["answer"]
    return Claim(caller, mutation, key, None if stored is None else orjson.loads(stored))


def check_key(key: str) -> None:
    """Raises BadUserInput."""
    if not MIN_KEY <= len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
        raise BadUserInput(f"idempotencyKey is {MIN_KEY} to {MAX_KEY} printable ASCII characters")


async def forget(conn: Connection, caller: str) -> None:
    """All answers to this caller."""
    await conn.execute("DELETE FROM idempotency WHERE caller = $1", caller)


async def purge(conn: Connection, *, limit: int = 1_000) -> bool:
    """Forget answers older than 7 days, at most `limit` of them; whether there may be more. For a worker, now and then."""
    done: str = await conn.execute(PURGE, limit)
    return int(done.rpartition(" ")[2]) >= limit


def canonical_hash(body: Any) -> bytes:
    """SHA-256 of the body's canonical JSON: equal for equal meaning, whatever the order of keys in the request.

    Raises BadUserInput for what JSON cannot say: half a surrogate pair.
    """
    try:
        canonical = orjson.dumps(_plain(body), option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        if "surrogate" not in str(error):
            raise
        raise BadUserInput("a text holds half a surrogate pair") from error
    return hashlib.sha256(canonical).digest()


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return value.value
        case str():
            return str(value)
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date() | time():
            return value.isoformat()
        case UUID() | Id():
            return str(value)
        case Mapping():
            return {str(name): _plain(item) for name, item in value.items()}
        case Sequence():
            return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    raise TypeError(f"no canonical form for {type(value).__name__}")
