"""What one request of the catalog carries."""

from __future__ import annotations

from services.catalog.domain.caller import Caller
from services.catalog.media.media import Photos
from services.contracts.roles import Role
from services.kit.database.db import Database
from services.kit.database.live import Live
from services.kit.graphql.context import RequestContext
from services.kit.http.identity import Identity
from services.kit.http.rate import RateLimit


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
