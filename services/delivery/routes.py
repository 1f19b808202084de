"""What delivery's api answers. Imported by it alone: the graph and what reads tokens take as much memory as all of a worker's own."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute

from services.delivery import photos_of_trips
from services.delivery.commands.following import Errors
from services.delivery.commands.positions import Places
from services.delivery.commands.webhooks import Secrets
from services.delivery.couriers import notices
from services.delivery.domain.links import Links
from services.delivery.partner_api import PartnerApi
from services.delivery.partner_feed import Feed
from services.delivery.road_service import RoadService
from services.delivery.schema import SCHEMA
from services.delivery.schema.context import Means, contexts
from services.delivery.settings import DeliveryApi
from services.kit.graphql.app import graphql_routes
from services.kit.http.rate import RateLimit
from services.kit.process.service import Api


def routes_of(api: Api) -> Sequence[BaseRoute]:
    settings: DeliveryApi = api.settings
    rules = settings.trips.rules(settings.mode)
    places = Places(api.db)
    photos = settings.photos()
    means = Means(
        db=api.db,
        live=api.live,
        signing_key=settings.signing_key(),
        pins=rules.pins,
        quotes_limit=RateLimit(burst=30, per_second=1),
        rules=rules,
        places=places,
        links=Links(rules.pins.key),
        errors=Errors(api.db),
        replies_limit=RateLimit(burst=60, per_second=1),
        tests_only=settings.mode.deliveries_are_tests,
        webhooks=Secrets(settings.trips.handover_pin_key, near=settings.webhooks.near(settings.mode)),
        road_service=RoadService(settings.valhalla_url) if settings.valhalla_url else None,
        photos=photos,
    )
    partners = PartnerApi(api.db, api.verifier, Feed(api.db, api.live), rules, places, photos=photos)
    return [
        *graphql_routes(SCHEMA, verifier=api.verifier, context=contexts(means)),
        *notices.routes(api.db, settings.trips.courier()),
        *partners.routes(),
        *(photos_of_trips.routes(api.db, photos) if photos is not None else ()),
    ]
