"""Wiring of the catalog."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.routing import BaseRoute

from services.catalog import by_hand, hears, housekeeping, importing, seed
from services.catalog.commands import licences, loads, needs, photos, reservations, rounds, stocking
from services.catalog.media import sweeping
from services.catalog.settings import CatalogApi, CatalogWorker
from services.catalog.store import audit as stored
from services.kit.photos import receiving
from services.kit.process import audit
from services.kit.process.service import Api, Hears, Service


def routes(api: Api) -> Sequence[BaseRoute]:
    from services.catalog.routes import routes_of  # the api's alone

    return routes_of(api)


SERVICE = Service(
    name="catalog",
    migrations=Path(__file__).parent / "migrations",
    routes=routes,
    hears=[Hears("catalog", hears.HANDLERS), Hears("catalog-trips", hears.TRIPS, joining=True)],
    timers={
        reservations.EXPIRY: reservations.expire,
        licences.TIMER: licences.tick,
        needs.TIMER: needs.apply,
        photos.GOES: photos.go,
        rounds.SILENT: rounds.fall_silent,
        stocking.DAY_IS_OVER: loads.close_day,
    },
    loops={"tidy": housekeeping.tidy, "photos": sweeping.loop, "imports": importing.run},
    one_plan=True,
    seed=seed.seed,
    by_hand={
        "usual": by_hand.usual,
        "audit": audit.by_hand("catalog", stored.entries),
        "photos": sweeping.by_hand,
    },
    api_settings=CatalogApi,
    worker_settings=CatalogWorker,
    long_bodies={"/media/upload/": receiving.WITHIN_S},
)
