"""What one GraphQL operation carries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from joserfc.jwk import OKPKey

from services.contracts.delivery import DeliveryId, PartnerId, RiderId
from services.contracts.ordering import OrderId
from services.delivery.domain.pins import Pins
from services.delivery.store import reading
from services.delivery.store.reading import DeliveryView, PartnerView, RiderView, Step, Viewer
from services.kit.database.db import Database
from services.kit.database.live import Live
from services.kit.graphql.context import RequestContext
from services.kit.http.identity import Identity
from services.kit.http.rate import RateLimit


@dataclass(frozen=True, slots=True)
class Means:
    """What the process gives to every operation. `tests_only`: every trip quoted here is a test."""

    db: Database
    live: Live
    signing_key: OKPKey
    pins: Pins
    quotes_limit: RateLimit
    tests_only: bool


class Context(RequestContext):
    def __init__(self, identity: Identity, means: Means) -> None:
        super().__init__(identity)
        self.means = means
        self.db = means.db
        self.viewer = Viewer.of(identity)


def contexts(means: Means) -> Callable[[Identity], Context]:
    return lambda identity: Context(identity, means)


async def deliveries(context: Context, ids: list[DeliveryId]) -> list[DeliveryView | None]:
    async with context.db.acquire() as conn:
        return await reading.deliveries(conn, ids, context.viewer)


async def deliveries_of_orders(context: Context, orders: list[OrderId]) -> list[DeliveryView | None]:
    async with context.db.acquire() as conn:
        return await reading.deliveries_of_orders(conn, orders, context.viewer)


async def histories(context: Context, ids: list[DeliveryId]) -> list[list[Step]]:
    async with context.db.acquire() as conn:
        return await reading.histories(conn, ids)


async def partners(context: Context, ids: list[PartnerId]) -> list[PartnerView | None]:
    async with context.db.acquire() as conn:
        return await reading.partners(conn, ids)


async def riders(context: Context, ids: list[RiderId]) -> list[RiderView | None]:
    async with context.db.acquire() as conn:
        return await reading.riders(conn, ids, context.viewer)
