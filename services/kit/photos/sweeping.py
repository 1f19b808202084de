"""Files and rows are held against each other, so that neither outlives the other: what a crash between both left is put right.

A file that no photo has goes after an hour, for one that is being sent has its files before its row. A photo whose file is not there
is not shown until it is: files that come back from a backup bring it back, and a wrong folder takes nothing away.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol
from uuid import UUID

from services.kit import tasks
from services.kit.database.db import TRANSIENT, Connection, Database, transaction
from services.kit.messaging.operations import Say
from services.kit.photos.names import name_in, photo_of
from services.kit.photos.storage import Storage, StorageAway
from services.kit.process.service import Worker

_log = logging.getLogger(__name__)
_AWAY: Final[tuple[type[Exception], ...]] = (*TRANSIENT, StorageAway)
_EVERY_S: Final = 15.0
_ROUNDS_A_PART: Final = 20
"""All 256 parts in 21 hours."""
_ORPHAN_FOR: Final = timedelta(hours=1)
_PAGE: Final = 500
PARTS: Final = tuple(f"{number:02x}" for number in range(256))


@dataclass(frozen=True, slots=True)
class Kept:
    """A photo that has come, with the keys that its files should have."""

    id: UUID
    keys: Sequence[str]
    lost: bool


class Rows(Protocol):
    """SQL of whoever keeps rows of photos. Parts are by the last two digits of a photo's id."""

    async def of_part(self, conn: Connection, part: str, after: UUID | None, limit: int) -> list[Kept]:
        """Photos whose ids end in these two digits, by id."""

    async def claimed_names(self, conn: Connection, ids: Collection[UUID]) -> set[str]:
        """Names of files that these photos have."""

    async def to_go(self, conn: Connection, keys: Sequence[str], after: timedelta) -> None:
        """These files are to go; of one that is to go already, it stays as it was."""

    async def due(self, conn: Connection, limit: int) -> list[str]: ...

    async def gone(self, conn: Connection, keys: Sequence[str]) -> None: ...

    async def lost(self, conn: Connection, ids: Sequence[UUID]) -> None: ...

    async def found_again(self, conn: Connection, ids: Sequence[UUID]) -> None: ...


@dataclass(frozen=True, slots=True)
class Sweeper:
    """Whose rows and which rooms are held against each other."""

    rows: Rows
    rooms: Sequence[str]


@dataclass(slots=True)
class Swept:
    """What was found: files of nobody, photos without a file, such as have theirs again, and files that went."""

    orphans: int = 0
    lost: int = 0
    back: int = 0
    gone: int = 0


async def sweep_part(sweeper: Sweeper, db: Database, storage: Storage, part: str, swept: Swept) -> None:
    """Raises StorageAway."""
    rows = sweeper.rows
    files = {key async for page in _files(sweeper, storage, part) for key in page}
    expected: set[str] = set()
    after: UUID | None = None
    while True:
        async with transaction(db) as conn:
            kept = await rows.of_part(conn, part, after, _PAGE)
            if not kept:
                break
            after = kept[-1].id
            keys: Mapping[UUID, set[str]] = {each.id: set(each.keys) for each in kept}
            expected |= {key for each in keys.values() for key in each}
            lost = [each.id for each in kept if not each.lost and not keys[each.id] <= files]
            back = [each.id for each in kept if each.lost and keys[each.id] <= files]
            await rows.found_again(conn, back)
        # One that came while files were listed is asked for by its name.
        lost = [each for each in lost if not await _all_there(storage, keys[each])]
        async with transaction(db) as conn:
            await rows.lost(conn, lost)
        swept.lost += len(lost)
        swept.back += len(back)
        if lost:
            _log.error("photos have no files", extra={"photos": [str(each) for each in lost[:20]], "count": len(lost)})
    orphans = sorted(files - expected)
    for at in range(0, len(orphans), _PAGE):
        async with transaction(db) as conn:
            await rows.to_go(conn, orphans[at : at + _PAGE], _ORPHAN_FOR)
    swept.orphans += len(orphans)


async def clear(sweeper: Sweeper, db: Database, storage: Storage, swept: Swept) -> None:
    """Files whose time has come go, unless a photo has them after all. Raises StorageAway."""
    rows = sweeper.rows
    while True:
        async with db.acquire() as conn:
            keys = await rows.due(conn, _PAGE)
        if not keys:
            return
        async with db.acquire() as conn:
            claimed = await rows.claimed_names(conn, {found for found in map(_photo_in, keys) if found})
        going = [key for key in keys if name_in(key) not in claimed]
        await storage.delete(going)
        async with transaction(db) as conn:
            await rows.gone(conn, keys)
        swept.gone += len(going)


async def run(sweeper: Sweeper, worker: Worker, storage: Storage | None) -> None:
    """The worker's: what is to go, every few seconds; one part after the other, every few minutes."""
    rounds, at = 0, secrets.randbelow(len(PARTS))
    while not worker.stopping.is_set():
        if storage is not None:
            try:
                swept = Swept()
                await clear(sweeper, worker.db, storage, swept)
                if rounds % _ROUNDS_A_PART == 0:
                    at = (at + 1) % len(PARTS)
                    await sweep_part(sweeper, worker.db, storage, PARTS[at], swept)
                rounds += 1
            except _AWAY as error:
                _log.warning("sweeping of photos pauses: %s", error)
        await tasks.pause(_EVERY_S, worker.stopping)


async def told(sweeper: Sweeper, db: Database, storage: Storage | None, say: Say) -> int:
    """All parts at once, as after a restore, and what was found. 1 when there is no place for photos, or it is away."""
    if storage is None:
        say({"error": "MEDIA_PATH or MEDIA_S3_BUCKET is missing"})
        return 1
    swept = Swept()
    try:
        for part in PARTS:
            await sweep_part(sweeper, db, storage, part, swept)
        await clear(sweeper, db, storage, swept)
    except StorageAway as error:
        say({"error": str(error)})
        return 1
    say({"orphans": swept.orphans, "lost": swept.lost, "back": swept.back, "gone": swept.gone})
    return 0


async def _all_there(storage: Storage, keys: set[str]) -> bool:
    for key in keys:
        if await storage.get(key) is None:
            return False
    return True


async def _files(sweeper: Sweeper, storage: Storage, part: str) -> AsyncIterator[list[str]]:
    for room in sweeper.rooms:
        async for page in storage.keys(f"{room}/{part}"):
            yield page


def _photo_in(key: str) -> UUID | None:
    name = name_in(key)
    return photo_of(name) if name else None
