"""What one GraphQL operation carries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import strawberry
from joserfc.jwk import OKPKey

from services.delivery.commands.following import Errors
from services.delivery.commands.positions import Places
from services.delivery.commands.webhooks import Secrets
from services.delivery.domain.links import Links
from services.delivery.domain.pins import Pins
from services.delivery.domain.reply import Rules
from services.delivery.road_service import RoadService
from services.delivery.store.reading import Viewer
from services.kit.database.db import Database
from services.kit.database.live import Live
from services.kit.graphql.context import RequestContext
from services.kit.http.identity import Identity
from services.kit.http.rate import RateLimit
from services.kit.photos.made import Place


@dataclass(frozen=True, slots=True)
class Means:
    """What the process gives to every operation. `replies_limit`: of what one person says and changes for a company. `tests_only`: every
    trip quoted here is a test."""

    db: Database
    live: Live
    signing_key: OKPKey
    pins: Pins
    quotes_limit: RateLimit
    rules: Rules
    places: Places
    links: Links
    errors: Errors
    replies_limit: RateLimit
    tests_only: bool
    webhooks: Secrets
    road_service: RoadService | None = None
    photos: Place | None = None


class Context(RequestContext):
    def __init__(self, identity: Identity, means: Means) -> None:
        super().__init__(identity)
        self.means = means
        self.db = means.db
        self.viewer = Viewer.of(identity)
        self.caller = self.viewer.caller


Info: TypeAlias = strawberry.Info[Context, None]


def contexts(means: Means) -> Callable[[Identity], Context]:
    return lambda identity: Context(identity, means)
