"""Somebody gets a copy of all that is kept about them: every service is asked by an event, answers in sealed parts, which are joined."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from services.contracts import registry
from services.contracts.export import ExportId, ExportPart
from services.contracts.people import ExportRequested, PersonId
from services.kit.database.db import Connection, Transaction
from services.kit.messaging import outbox
from services.kit.messaging.handlers import Inapplicable
from services.people.commands import codes, persons, sessions
from services.people.commands.codes import Prover
from services.people.commands.notices import tell
from services.people.domain.export import (
    MOST_A_DAY,
    MOST_FETCHES,
    Export,
    ExportStatus,
    FetchedTooOften,
    TooManyExports,
)
from services.people.domain.ids import SessionId, person_of
from services.people.domain.notices import NoticeKind
from services.people.domain.refusal import Unknown
from services.people.store import erasures, exports
from services.people.store import persons as stored
from services.people.store.exports import Part, UnderWay
from services.people.store.personal import PERSONAL
from services.personal import reading, sealing

_SERVICE = "people"
_ABOUT = {
    "id": "Salinan semua yang disimpan Wlijo tentang Anda. Waktu dalam WIB, uang dalam rupiah, jarak dalam meter. "
    "Tiap bagian menyebut isinya; `fields` menjelaskan tiap nama, `left_out` apa yang tidak disalin dan sebabnya.",
    "en": "A copy of all that Wlijo keeps about you. Times are in WIB (UTC+7), money in rupiah, distances in metres. Each section "
    "says what is in it; `fields` explains each name in Indonesian, `left_out` what was not copied and why.",
}


async def send_code(conn: Transaction, prover: Prover, person_id: PersonId, address: str) -> datetime:
    """To the number that they have; when it ends. Raises Unknown for who has none, TooManyCodes, TooManyInAll."""
    language = await persons.language(conn, person_id)
    number = await erasures.number(conn, person_id)
    if number is None:
        raise Unknown("they have no number to send a code to")
    return await codes.send(conn, prover, number, address, language, changes=person_id, kind=codes.EXPORT)


async def ask(
    conn: Transaction, prover: Prover, person_id: PersonId, session_id: SessionId | None, guess: str, address: str
) -> Export | None:
    """None when the code is wrong, which is counted: the transaction has to commit. One that is under way goes on. Raises TooManyCodes,
    TooManyExports, SessionHasEnded, Unknown; then the code was not used."""
    await sessions.check(conn, person_id, session_id)
    number = await erasures.number(conn, person_id)
    if number is None:
        raise Unknown("they have no number to prove")
    if not await codes.prove(conn, prover, number, guess, address, changes=person_id, kind=codes.EXPORT):
        return None
    if await stored.lock(conn, person_id) is None:
        raise Unknown("there is no such person")
    return await begin(conn, str(person_id), actor=str(person_id))


async def begin(conn: Transaction, subject: str, *, actor: str) -> Export:
    """One that is under way goes on. Raises TooManyExports, Unknown for a person who is not there."""
    person_id = person_of(subject)
    if person_id is not None and not await stored.stays(conn, person_id):
        raise Unknown("there is no such person")
    await exports.lock_subject(conn, subject)
    for each in await exports.of_subject(conn, subject):
        if each.status is ExportStatus.WAITING:
            return each
        if each.ready_at is None and each.status is ExportStatus.GONE:
            await exports.end(conn, each.id, subject)  # the worker has not come by yet
    if wait_ms := await exports.waits_ms(conn, subject, MOST_A_DAY):
        raise TooManyExports(wait_ms)
    export_id = ExportId.new()
    private, public = sealing.key_pair()
    asked = await exports.add(conn, export_id, subject, private, [*registry.export_parts(), _SERVICE])
    if person_id is not None:
        await stored.write_down(conn, actor, "EXPORT_ASKED", person_id, str(export_id))
    await outbox.append(
        conn,
        ExportRequested(
            export_id=export_id,
            subject=subject,
            public_key=public,
            requested_at=asked.asked_at,
            expires_at=asked.expires_at,
        ),
    )
    own = await reading.section(conn, PERSONAL, subject)
    packed = await asyncio.to_thread(sealing.packed, own)
    await _take(conn, UnderWay(export_id, subject, private, asked.asked_at), Part(_SERVICE, 1, 1, packed))
    found = await exports.find(conn, export_id)
    assert found is not None
    return found


async def take_part(conn: Transaction, event: ExportPart, service: str) -> None:
    """Of a copy that nobody waits for, nothing is kept. Raises Inapplicable for what cannot be opened."""
    subject = await exports.subject_of(conn, event.export_id)
    if subject is None:
        return
    # The person before the copy, as erasing has them.
    if (person_id := person_of(subject)) and not await stored.stays(conn, person_id):
        return
    under_way = await exports.lock(conn, event.export_id)
    if under_way is None:
        return
    try:
        content = await asyncio.to_thread(sealing.opened, event.sealed, under_way.private_key)
        await _take(conn, under_way, Part(service, event.number, event.of, content))
    except sealing.Unreadable as error:
        raise Inapplicable(f"a part of {service} is {error}") from error


async def _take(conn: Transaction, under_way: UnderWay, part: Part) -> None:
    """Raises Unreadable when all is there and cannot be joined."""
    await exports.put_part(conn, under_way.id, part)
    if await exports.still_waits_for(conn, under_way.id):
        return
    contents = await exports.contents(conn, under_way.id)
    document = await asyncio.to_thread(_joined, under_way, contents)
    at = await exports.is_made(conn, under_way.id, document)
    await tell(conn, [under_way.subject], NoticeKind.EXPORT_READY, str(under_way.id), {}, at, None)


def _joined(under_way: UnderWay, contents: Mapping[str, bytes]) -> bytes:
    """Gzip of the document. Raises Unreadable."""
    first = [_SERVICE, *(name for name in registry.NAMES if name != _SERVICE)]
    sections = [sealing.unpacked(contents[name]) for name in first if name in contents]
    document: dict[str, Any] = {
        "export": str(under_way.id),
        "subject": under_way.subject,
        "requested_at": reading.plain(under_way.asked_at),
        "about": _ABOUT,
        "sections": sections,
    }
    return gzip.compress(orjson.dumps(document, option=orjson.OPT_INDENT_2), compresslevel=6, mtime=0)


async def of_subject(conn: Connection, subject: str) -> list[Export]:
    """The newest first."""
    return await exports.of_subject(conn, subject)


async def take(conn: Transaction, export_id: ExportId, subject: str | None, *, actor: str) -> bytes:
    """Gzip of the copy, which is written down. Raises Unknown when there is none of theirs, FetchedTooOften."""
    found, is_there = await exports.fetch(conn, export_id, subject, MOST_FETCHES)
    whose = await exports.subject_of(conn, export_id)
    if not is_there or whose is None:
        raise Unknown("there is no such copy")
    if found is None:
        raise FetchedTooOften
    if person_id := person_of(whose):
        await stored.write_down(conn, actor, "EXPORT_TAKEN", person_id, str(export_id))
    return found


async def delete(conn: Transaction, person_id: PersonId, session_id: SessionId | None, export_id: ExportId) -> None:
    """Gone already, it stays so; one that is being made is made no further. Raises Unknown, SessionHasEnded."""
    await sessions.check(conn, person_id, session_id)
    was_there = await exports.end(conn, export_id, str(person_id))
    if was_there is None:
        raise Unknown("there is no such copy")
    if was_there:
        await stored.write_down(conn, str(person_id), "EXPORT_DELETED", person_id, str(export_id))
