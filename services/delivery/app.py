"""Wiring."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.routing import BaseRoute

from services.delivery import by_hand, gauges, hears, partner_lanes, partner_webhooks, photos_of_trips, seed
from services.delivery.commands.following import Errors
from services.delivery.commands.positions import Places
from services.delivery.commands.webhooks import Secrets
from services.delivery.couriers import by_hand as couriers_by_hand
from services.delivery.couriers import notices, working
from services.delivery.domain.links import Links
from services.delivery.partner_api import PartnerApi
from services.delivery.partner_feed import Feed
from services.delivery.road_service import RoadService
from services.delivery.schema import SCHEMA
from services.delivery.schema.context import Means, contexts
from services.delivery.settings import PROOFS_PATH, DeliveryApi, DeliveryWorker
from services.delivery.store import audit as stored
from services.kit.graphql.app import graphql_routes
from services.kit.http.rate import RateLimit
from services.kit.photos import receiving
from services.kit.process import audit
from services.kit.process.service import Api, Hears, Service


def routes(api: Api) -> Sequence[BaseRoute]:
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


SERVICE = Service(
    name="delivery",
    migrations=Path(__file__).parent / "migrations",
    routes=routes,
    one_plan=True,
    hears=[
        Hears("delivery", hears.HANDLERS, given=hears.given),
        Hears("delivery-members", hears.MEMBERS),
    ],
    timers=hears.timers,
    by_hand={
        "prices": by_hand.enter,
        "fare": by_hand.replay,
        "courier": couriers_by_hand.run,
        "photos": photos_of_trips.by_hand,
        "audit": audit.by_hand("delivery", stored.entries),
    },
    loops={
        "replies": partner_lanes.hear_replies,
        "positions": partner_lanes.hear_positions,
        "answers": partner_lanes.forget_answers,
        "webhooks": partner_webhooks.send_webhooks,
        "courier": working.run,
        "webhook_log": partner_webhooks.forget_messages,
        "test_jobs": partner_lanes.forget_test_jobs,
        "places": partner_lanes.forget_places,
        "searches": gauges.watch,
        "photos": photos_of_trips.sweep,
        "foreseen": partner_lanes.write_down_what_is_foreseen,
    },
    seed=seed.seed,
    api_settings=DeliveryApi,
    worker_settings=DeliveryWorker,
    long_bodies={f"{PROOFS_PATH}/upload/": receiving.WITHIN_S},
)
