"""A service's answer to somebody's wish for a copy of what is kept about them."""

from __future__ import annotations

import asyncio

from services.contracts.export import ExportPart
from services.contracts.people import ExportRequested
from services.kit.database.db import Connection, Transaction
from services.kit.messaging import outbox
from services.personal import reading
from services.personal.columns import Personal


async def answer(conn: Transaction, asked: ExportRequested, personal: Personal, part: type[ExportPart]) -> None:
    """Once: asked again, or when nobody waits any more, nothing is told."""
    if await _is_over(conn, asked, part.topic):
        return
    from services.personal import sealing  # the cryptography, with the first who asks

    section = await reading.section(conn, personal, asked.subject)
    pieces = await asyncio.to_thread(lambda: sealing.sealed(sealing.packed(section), asked.public_key))
    told = [
        part(export_id=asked.export_id, number=number, of=len(pieces), sealed=piece)
        for number, piece in enumerate(pieces, 1)
    ]
    await outbox.append(conn, *told)


async def _is_over(conn: Connection, asked: ExportRequested, topic: str) -> bool:
    return bool(
        await conn.fetchval(
            """SELECT wlijo_now() > $3 OR EXISTS (SELECT FROM outbox_counter WHERE topic = $1 AND aggregate = $2)""",
            topic,
            str(asked.export_id),
            asked.expires_at,
        )
    )
