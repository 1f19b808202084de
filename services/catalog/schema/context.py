"""What one request of the catalog carries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from services.catalog.domain.caller import Caller
from services.catalog.media.media import Photos
from services.contracts.roles import Role
from services.kit.database.db import Connection, Database
from services.kit.database.live import Live
from services.kit.database.replica import NotFromReplica, Replica
from services.kit.graphql.context import RequestContext
from services.kit.http.identity import Identity
from services.kit.http.rate import RateLimit

T = TypeVar("T")


def new_positions_limit() -> RateLimit:
    """Of one person, who may be of several merchants: a phone tells where it is once a second at most."""
    return RateLimit(burst=20, per_second=2)


class Context(RequestContext):
    """`caller` is whom the catalog's own rows are asked about: a token without the role counts as no member of anything. `photos` is None
    where there is no place for them."""

    def __init__(
        self,
        identity: Identity,
        db: Database,
        photos: Photos | None = None,
        *,
        live: Live | None = None,
        positions_limit: RateLimit | None = None,
        replica: Replica | None = None,
    ) -> None:
        super().__init__(identity)
        self.db = db
        self.photos = photos
        self.live = live or Live(db)
        self.positions_limit = positions_limit or new_positions_limit()
        self.caller = Caller(
            member=identity.subject if identity.has(Role.MERCHANT) else "",
            ops=identity.has(Role.OPS),
            officer=identity.has(Role.OFFICER),
        )
        self._replica = None if self.caller.member or self.caller.staff else replica
        self._looking = False

    def looks(self) -> None:
        """This operation only looks at the storefront: what it reads may be a moment old. Said by fields of Query alone, so that what a
        mutation answers with, and what ordering and the cart ask of a product, is the present."""
        self._looking = True

    async def read(self, ask: Callable[[Connection], Awaitable[T]]) -> T:
        """What `ask` reads: at the replica, if there is one, for who only looks and sells nothing. An operation that once went to the
        primary stays there: what was found is not looked for where it is not yet."""
        if self._looking and self._replica is not None:
            try:
                return await self._replica.read(ask)
            except NotFromReplica:
                self._replica = None
        async with self.db.acquire() as conn:
            return await ask(conn)
