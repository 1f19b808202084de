"""Wiring."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.routing import BaseRoute

from services.catalog import events as catalog
from services.delivery import handlers, partners_heard, seed
from services.delivery.context import Means, contexts
from services.delivery.feed import Feed
from services.delivery.partner_api import PartnerApi
from services.delivery.replies import Rules
from services.delivery.schema import SCHEMA
from services.delivery.settings import DeliveryApi, DeliveryWorker
from services.kit import process
from services.kit.graphql.app import graphql_routes
from services.kit.rate import RateLimit
from services.ordering import events as ordering


def routes(api: process.Api) -> Sequence[BaseRoute]:
    settings: DeliveryApi = api.settings
    means = Means(
        db=api.db,
        live=api.live,
        signing_key=settings.signing_key(),
        pins=settings.pins(),
        quotes_limit=RateLimit(burst=30, per_second=1),
        tests_only=settings.mode.deliveries_are_tests,
    )
    feed = Feed(api.db, api.live)
    partners = PartnerApi(api.db, api.verifier, feed, Rules(settings.policy(), settings.pins()))
    return [*graphql_routes(SCHEMA, verifier=api.verifier, context=contexts(means)), *partners.routes()]


SERVICE = process.Service(
    name="delivery",
    migrations=Path(__file__).parent / "migrations",
    routes=routes,
    hears=[
        process.Hears(
            consumer="delivery",
            handlers=handlers.handlers,
            sources=frozenset({catalog.SOURCE, ordering.SOURCE}),
        )
    ],
    timers=handlers.timers,
    loops={
        "replies": partners_heard.hear_replies,
        "positions": partners_heard.hear_positions,
        "answers": partners_heard.forget_answers,
    },
    seed=seed.seed,
    api_settings=DeliveryApi,
    worker_settings=DeliveryWorker,
)
