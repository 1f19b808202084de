"""Wiring."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.routing import BaseRoute

from services.contracts import catalog, ordering
from services.delivery import hears as handlers
from services.delivery import partner_topics, seed
from services.delivery.commands.replies import Rules
from services.delivery.partner_api import PartnerApi
from services.delivery.partner_feed import Feed
from services.delivery.schema import SCHEMA
from services.delivery.schema.context import Means, contexts
from services.delivery.settings import DeliveryApi, DeliveryWorker
from services.kit.graphql.app import graphql_routes
from services.kit.http.rate import RateLimit
from services.kit.process import main as process


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
        "replies": partner_topics.hear_replies,
        "positions": partner_topics.hear_positions,
        "answers": partner_topics.forget_answers,
    },
    seed=seed.seed,
    api_settings=DeliveryApi,
    worker_settings=DeliveryWorker,
)
