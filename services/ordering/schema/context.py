"""What one request to ordering carries."""

from __future__ import annotations

from joserfc.jwk import KeySet
from strawberry.types import Info as StrawberryInfo

from services.contracts.roles import Role
from services.kit.database.db import Database
from services.kit.database.live import Live
from services.kit.graphql.context import RequestContext
from services.kit.http.identity import Identity
from services.kit.http.rate import RateLimit
from services.ordering.domain.load import Policy
from services.ordering.store.reading import Viewer


class Context(RequestContext):
    def __init__(
        self,
        identity: Identity,
        *,
        db: Database,
        live: Live,
        quote_keys: KeySet,
        place_limit: RateLimit,
        policy: Policy,
        open_limit: RateLimit,
        tests_only: bool = False,
    ) -> None:
        super().__init__(identity)
        self.db = db
        self.live = live
        self.quote_keys = quote_keys
        self.place_limit = place_limit
        self.policy = policy
        self.open_limit = open_limit
        self.tests_only = tests_only

    @property
    def viewer(self) -> Viewer:
        return Viewer(self.identity.subject, self.identity.has(Role.OPS))


Info = StrawberryInfo[Context, None]
