"""What one request of the catalog carries."""

from __future__ import annotations

from services.catalog.domain.caller import Caller
from services.catalog.media.media import Photos
from services.contracts.roles import Role
from services.kit.database.db import Database
from services.kit.graphql.context import RequestContext
from services.kit.http.identity import Identity


class Context(RequestContext):
    """`caller` is whom the catalog's own rows are asked about: a token without the role counts as no member of anything. `photos` is None
    where there is no place for them."""

    def __init__(self, identity: Identity, db: Database, photos: Photos | None = None) -> None:
        super().__init__(identity)
        self.db = db
        self.photos = photos
        self.caller = Caller(
            member=identity.subject if identity.has(Role.MERCHANT) else "",
            ops=identity.has(Role.OPS),
            officer=identity.has(Role.OFFICER),
        )
