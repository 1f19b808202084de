"""Wiring."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.routing import BaseRoute

from services.delivery import by_hand, gauges, hears, partner_lanes, partner_webhooks, photos_of_trips, seed
from services.delivery.couriers import by_hand as couriers_by_hand
from services.delivery.couriers import working
from services.delivery.settings import PROOFS_PATH, DeliveryApi, DeliveryWorker
from services.delivery.store import audit as stored
from services.kit.photos import receiving
from services.kit.process import audit
from services.kit.process.service import Api, Hears, Service


def routes(api: Api) -> Sequence[BaseRoute]:
    from services.delivery.routes import routes_of  # the api's alone

    return routes_of(api)


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
