"""Wiring."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.routing import BaseRoute

from services.delivery import by_hand, hears, partner_lanes, seed
from services.delivery.partner_api import PartnerApi
from services.delivery.partner_feed import Feed
from services.delivery.schema import SCHEMA
from services.delivery.schema.context import Means, contexts
from services.delivery.settings import DeliveryApi, DeliveryWorker
from services.delivery.store import audit as stored
from services.kit.graphql.app import graphql_routes
from services.kit.http.rate import RateLimit
from services.kit.process import audit
from services.kit.process.service import Api, Hears, Service


def routes(api: Api) -> Sequence[BaseRoute]:
    settings: DeliveryApi = api.settings
    rules = settings.trips.rules(settings.mode)
    means = Means(
        db=api.db,
        live=api.live,
        signing_key=settings.signing_key(),
        pins=rules.pins,
        quotes_limit=RateLimit(burst=30, per_second=1),
        rules=rules,
        replies_limit=RateLimit(burst=60, per_second=1),
        tests_only=settings.mode.deliveries_are_tests,
    )
    partners = PartnerApi(api.db, api.verifier, Feed(api.db, api.live), rules)
    return [*graphql_routes(SCHEMA, verifier=api.verifier, context=contexts(means)), *partners.routes()]


SERVICE = Service(
    name="delivery",
    migrations=Path(__file__).parent / "migrations",
    routes=routes,
    hears=[
        Hears("delivery", hears.HANDLERS, given=hears.given),
        Hears("delivery-members", hears.MEMBERS),
    ],
    timers=hears.timers,
    by_hand={"prices": by_hand.enter, "audit": audit.by_hand("delivery", stored.entries)},
    loops={
        "replies": partner_lanes.hear_replies,
        "positions": partner_lanes.hear_positions,
        "answers": partner_lanes.forget_answers,
    },
    seed=seed.seed,
    api_settings=DeliveryApi,
    worker_settings=DeliveryWorker,
)
