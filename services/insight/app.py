"""Wiring of insight."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.routing import BaseRoute

from services.insight import by_hand, hears, loops, rebuilding
from services.insight.settings import InsightWorker
from services.kit.process.service import Api, Hears, Service


def routes(api: Api) -> Sequence[BaseRoute]:
    from services.insight.routes import routes_of  # the api's alone

    return routes_of(api)


SERVICE = Service(
    name="insight",
    migrations=Path(__file__).parent / "migrations",
    routes=routes,
    # The oldest facts are past retention where an installation has run for long before insight was there.
    hears=[
        Hears("insight", hears.HANDLERS, joining=True),
        Hears("insight-complaints", hears.COMPLAINTS, lambda config: (config.counts_tests,), joining=True),
        Hears(rebuilding.SERVING, hears.FACTS, lambda config: (config.counts_tests,), joining=True, gather_s=3.0),
    ],
    loops={"publish": loops.publish, "remember-prices": loops.remember_prices, "rebuild": rebuilding.rebuild},
    by_hand={"publish": by_hand.publish, "prices": by_hand.prices, "rebuild": rebuilding.by_hand},
    worker_settings=InsightWorker,
)
