"""What one request to ordering carries."""

from __future__ import annotations

from typing import Final

from joserfc.jwk import KeySet
from strawberry.types import Info as StrawberryInfo

from services.contracts.roles import Role
from services.kit.database.db import Database
from services.kit.database.live import Live
from services.kit.graphql.context import RequestContext
from services.kit.http.identity import Identity
from services.kit.http.rate import RateLimit
from services.kit.photos.made import Place
from services.ordering.domain.load import Policy
from services.ordering.domain.payment import Taker
from services.ordering.store.reading import Viewer

VOUCHER_TRIES: Final = 10
"""Codes that take nothing off, of one caller at once; then one a minute. Of 36**6 codes nobody finds one so."""
VOUCHER_TRIES_PER_SECOND: Final = 1 / 60


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
        voucher_limit: RateLimit | None = None,
        taker: Taker | None = None,
        photos: Place | None = None,
    ) -> None:
        super().__init__(identity)
        self.db = db
        self.live = live
        self.quote_keys = quote_keys
        self.place_limit = place_limit
        self.policy = policy
        self.open_limit = open_limit
        self.tests_only = tests_only
        self.voucher_limit = voucher_limit or RateLimit(burst=VOUCHER_TRIES, per_second=VOUCHER_TRIES_PER_SECOND)
        self.taker = taker
        self.photos = photos

    @property
    def viewer(self) -> Viewer:
        return Viewer(self.identity.subject, self.identity.has(Role.OPS))


Info = StrawberryInfo[Context, None]
