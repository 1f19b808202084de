"""The catalog's photos as they are sent to `/media/upload/{token}` and seen below `/media`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from starlette.routing import BaseRoute

from services.catalog.commands import photos as commands
from services.catalog.domain.caller import NotFound
from services.catalog.domain.photo import EDGES, Media, PhotoInState
from services.catalog.media.media import Photos
from services.catalog.media.names import ROOMS
from services.catalog.store import photos as stored
from services.contracts.catalog import MediaId
from services.kit.database.db import Connection, Database, Transaction
from services.kit.photos import serving
from services.kit.photos.serving import AnotherCame, Awaited, NoneAwaited
from services.kit.photos.sizes import Made


def routes(db: Database, photos: Photos) -> list[BaseRoute]:
    return serving.routes(db, photos.place, _Rows(), private_room=ROOMS[True], public_room=ROOMS[False])


class _Rows:
    async def find(self, conn: Connection, photo: UUID) -> Awaited | None:
        found = await stored.find(conn, MediaId(photo))
        return _awaited(found) if found else None

    async def arrived(self, conn: Transaction, photo: UUID, made: Made) -> Awaited:
        """Raises NoneAwaited and AnotherCame."""
        try:
            return _awaited(await commands.arrived(conn, MediaId(photo), made))
        except NotFound as error:
            raise NoneAwaited from error
        except PhotoInState as error:
            raise AnotherCame from error

    async def now(self, conn: Connection) -> datetime:
        return await stored.now(conn)


def _awaited(found: Media) -> Awaited:
    return Awaited(
        name=str(found.id),
        edges=EDGES[found.purpose],
        room=ROOMS[found.purpose.private],
        private=found.purpose.private,
        overdue=found.overdue,
        return_to=found.return_to,
        source=found.source,
        sizes=found.sizes,
    )
