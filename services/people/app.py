"""Wiring of people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.routing import BaseRoute

from services.kit.process import audit
from services.kit.process.service import Api, Hears, Service
from services.people import by_hand, hears, housekeeping, seed
from services.people.commands import market
from services.people.messages import sender
from services.people.messages.settings import PeopleWorker
from services.people.settings import PeopleApi
from services.people.store import audit as stored


def routes(api: Api) -> Sequence[BaseRoute]:
    from services.people.routes import routes_of  # the api's alone

    return routes_of(api)


SERVICE = Service(
    name="people",
    migrations=Path(__file__).parent / "migrations",
    routes=routes,
    # The oldest facts are past retention where an installation has run for long before people was there.
    one_plan=True,
    # Who is told of what happened can wait a second for it.
    hears=[Hears("people", hears.HANDLERS, joining=True, gather_s=1.0)],
    timers={market.Timer.REMIND: market.remind},
    seed=seed.seed,
    loops={
        "forget": housekeeping.forget,
        "erase": housekeeping.erase,
        "hear": housekeeping.hear,
        **sender.LOOPS,
    },
    by_hand={
        "grant": by_hand.grant,
        "export": by_hand.export,
        "publish": by_hand.publish,
        "audit": audit.by_hand("people", stored.entries),
    },
    api_settings=PeopleApi,
    worker_settings=PeopleWorker,
)
