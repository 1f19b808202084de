"""Wiring of ordering's processes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.routing import BaseRoute

from services.kit.photos import receiving
from services.kit.process import audit
from services.kit.process.service import Api, Hears, Service
from services.ordering import by_hand, gauges, hears, housekeeping, photos_of_claims, seed
from services.ordering.commands import claim_photos, claims, packing, process, tickets
from services.ordering.domain import claim, ticket
from services.ordering.domain.packing import QUESTION_DEADLINE
from services.ordering.domain.process import Timer
from services.ordering.payments import working
from services.ordering.settings import OrderingApi, OrderingWorker
from services.ordering.store import audit as stored


def routes(api: Api) -> Sequence[BaseRoute]:
    from services.ordering.routes import routes_of  # the api's alone

    return routes_of(api)


SERVICE = Service(
    name="ordering",
    migrations=Path(__file__).parent / "migrations",
    routes=routes,
    one_plan=True,
    hears=[
        Hears("ordering", hears.HANDLERS),
    ],
    timers={
        Timer.STOCK_DEADLINE: process.stock_deadline,
        Timer.ACCEPT_DEADLINE: process.accept_deadline,
        Timer.BUYER_DEADLINE: process.buyer_deadline,
        Timer.PAYMENT_DEADLINE: process.payment_deadline,
        Timer.DELIVERY_DUE: process.delivery_due,
        Timer.FETCH_DEADLINE: process.fetch_deadline,
        Timer.DELIVERY_DEADLINE: process.delivery_deadline,
        QUESTION_DEADLINE: packing.question_deadline,
        claim.DUE: claims.due,
        claim_photos.GOES: claim_photos.go,
        ticket.DUE: tickets.due,
    },
    loops={
        "watch": gauges.watch,
        "erase": housekeeping.erase,
        "slots": housekeeping.slots,
        "carts": housekeeping.carts,
        "photos": photos_of_claims.sweep,
        "payments": working.run,
        "payments_late": working.watch,
    },
    by_hand={
        "attention": by_hand.attention,
        "books": by_hand.books,
        "photos": photos_of_claims.by_hand,
        "audit": audit.by_hand("ordering", stored.entries),
    },
    seed=seed.seed,
    api_settings=OrderingApi,
    worker_settings=OrderingWorker,
    long_bodies={"/claims/photos/upload/": receiving.WITHIN_S},
)
