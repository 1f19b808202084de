"""Files and rows are held against each other, so that neither outlives the other: what a crash between both left is put right.

A file that no photo has goes after an hour, for one that is being sent has its files before its row. A photo whose file is not there
is not shown until it is: files that come back from a backup bring it back, and a wrong folder takes nothing away.
"""

from __future__ import annotations

import argparse
import logging
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from services.catalog.media.names import ROOMS, key_of, media_of, name_in
from services.catalog.media.storage import Storage, StorageAway
from services.catalog.store import photo_files
from services.contracts.catalog import MediaId
from services.kit import tasks
from services.kit.database.db import TRANSIENT, Database, transaction
from services.kit.messaging.operations import Say
from services.kit.process import settings as settings_of
from services.kit.process.service import Worker

_log = logging.getLogger(__name__)
_AWAY: Final[tuple[type[Exception], ...]] = (*TRANSIENT, StorageAway)
_EVERY_S: Final = 15.0
_ROUNDS_A_PART: Final = 20
"""All 256 parts in 21 hours."""
_ORPHAN_FOR: Final = timedelta(hours=1)
_PAGE: Final = 500
PARTS: Final = tuple(f"{number:02x}" for number in range(256))


@dataclass(slots=True)
class Swept:
    """What was found: files of nobody, photos without a file, such as have theirs again, and files that went."""

    orphans: int = 0
    lost: int = 0
    back: int = 0
    gone: int = 0


async def sweep_part(db: Database, storage: Storage, part: str, swept: Swept) -> None:
    """Raises StorageAway."""
    files = {key async for page in _files(storage, part) for key in page}
    expected: set[str] = set()
    after: MediaId | None = None
    while True:
        async with transaction(db) as conn:
            kept = await photo_files.of_part(conn, part, after, _PAGE)
            if not kept:
                break
            after = kept[-1].id
            keys = {each.id: {key_of(name, private=each.purpose.private) for name in each.names} for each in kept}
            expected |= {key for each in keys.values() for key in each}
            lost = [each.id for each in kept if not each.lost and not keys[each.id] <= files]
            back = [each.id for each in kept if each.lost and keys[each.id] <= files]
            await photo_files.found_again(conn, back)
        # One that came while files were listed is asked for by its name.
        lost = [each for each in lost if not await _all_there(storage, keys[each])]
        async with transaction(db) as conn:
            await photo_files.lost(conn, lost)
        swept.lost += len(lost)
        swept.back += len(back)
        if lost:
            _log.error("photos have no files", extra={"photos": [str(each) for each in lost[:20]], "count": len(lost)})
    orphans = sorted(files - expected)
    for at in range(0, len(orphans), _PAGE):
        async with transaction(db) as conn:
            await photo_files.to_go(conn, orphans[at : at + _PAGE], _ORPHAN_FOR)
    swept.orphans += len(orphans)


async def clear(db: Database, storage: Storage, swept: Swept) -> None:
    """Files whose time has come go, unless a photo has them after all. Raises StorageAway."""
    while True:
        async with db.acquire() as conn:
            keys = await photo_files.due(conn, _PAGE)
        if not keys:
            return
        async with db.acquire() as conn:
            claimed = await photo_files.claimed_names(conn, {found for found in map(_media_in, keys) if found})
        going = [key for key in keys if name_in(key) not in claimed]
        await storage.delete(going)
        async with transaction(db) as conn:
            await photo_files.gone(conn, keys)
        swept.gone += len(going)


async def loop(worker: Worker) -> None:
    """The worker's: what is to go, every few seconds; one part after the other, every few minutes."""
    storage = worker.settings.media.storage()
    rounds, at = 0, secrets.randbelow(len(PARTS))
    while not worker.stopping.is_set():
        if storage is not None:
            try:
                swept = Swept()
                await clear(worker.db, storage, swept)
                if rounds % _ROUNDS_A_PART == 0:
                    at = (at + 1) % len(PARTS)
                    await sweep_part(worker.db, storage, PARTS[at], swept)
                rounds += 1
            except _AWAY as error:
                _log.warning("sweeping of photos pauses: %s", error)
        await tasks.pause(_EVERY_S, worker.stopping)


async def by_hand(db: Database, argv: Sequence[str], say: Say) -> int:
    """The verb `photos`: all parts at once, as after a restore. 1 when there is no place for photos, or it is away."""
    from services.catalog.settings import MediaSettings

    argparse.ArgumentParser(
        prog="python -m services.catalog photos",
        description="holds files of photos and their rows against each other, and says what was found",
    ).parse_args(list(argv))
    found = settings_of.load(MediaSettings)
    storage = found.storage()
    if storage is None:
        say({"error": "MEDIA_PATH or MEDIA_S3_BUCKET is missing"})
        return 1
    swept = Swept()
    try:
        for part in PARTS:
            await sweep_part(db, storage, part, swept)
        await clear(db, storage, swept)
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


async def _files(storage: Storage, part: str) -> AsyncIterator[list[str]]:
    for room in ROOMS:
        async for page in storage.keys(f"{room}/{part}"):
            yield page


def _media_in(key: str) -> MediaId | None:
    name = name_in(key)
    return media_of(name) if name else None
