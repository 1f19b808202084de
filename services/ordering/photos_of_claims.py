"""Photos of claims as they are sent and seen below `/claims/photos`, and their files held against their rows. They lie where all photos do,
in a room of their own."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from starlette.routing import BaseRoute

from services.kit.database.db import Connection, Database, Transaction
from services.kit.messaging.operations import Say
from services.kit.photos import serving, sweeping
from services.kit.photos.made import Place
from services.kit.photos.serving import Awaited
from services.kit.photos.settings import MediaSettings
from services.kit.photos.sizes import Made
from services.kit.process import settings as settings_of
from services.kit.process.service import Worker
from services.ordering.commands import claim_photos as commands
from services.ordering.domain.claim_photo import EDGES, ROOM, ClaimPhoto, ClaimPhotoId
from services.ordering.store import claim_photos as stored

SWEEPER: Final = sweeping.Sweeper(stored, (ROOM,))


def routes(db: Database, place: Place) -> list[BaseRoute]:
    return serving.routes(db, place, _Rows(), private_room=ROOM)


class _Rows:
    async def find(self, conn: Connection, photo: UUID) -> Awaited | None:
        found = await stored.find(conn, ClaimPhotoId(photo))
        return _awaited(found) if found else None

    async def arrived(self, conn: Transaction, photo: UUID, made: Made) -> Awaited:
        """Raises NoneAwaited and AnotherCame."""
        return _awaited(await commands.arrived(conn, ClaimPhotoId(photo), made))

    async def now(self, conn: Connection) -> datetime:
        return await stored.now(conn)


def _awaited(found: ClaimPhoto) -> Awaited:
    return Awaited(
        name=str(found.id),
        edges=EDGES,
        room=ROOM,
        private=True,
        overdue=found.overdue,
        return_to=found.return_to,
        source=found.source,
        sizes=found.sizes,
    )


async def sweep(worker: Worker) -> None:
    await sweeping.run(SWEEPER, worker, worker.settings.media.storage())


async def by_hand(db: Database, argv: Sequence[str], say: Say) -> int:
    """The verb `photos`: all parts at once, as after a restore. 1 when there is no place for photos, or it is away."""
    argparse.ArgumentParser(
        prog="python -m services.ordering photos",
        description="holds files of photos of claims and their rows against each other, and says what was found",
    ).parse_args(list(argv))
    return await sweeping.told(SWEEPER, db, settings_of.load(MediaSettings).storage(), say)
