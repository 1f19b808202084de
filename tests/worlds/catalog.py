"""What the tests of the catalog have in common: few goods of two merchants, people, and what ordering says of an order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
from starlette.applications import Starlette

from services.catalog import hears, seed
from services.catalog.commands import photos
from services.catalog.domain.caller import Caller
from services.catalog.domain.photo import Made, PhotoPurpose, Size
from services.catalog.media import uploads
from services.catalog.media.media import Photos
from services.catalog.media.names import name_of
from services.catalog.schema import SCHEMA
from services.catalog.schema.context import Context
from services.contracts.catalog import MediaId, MerchantId, ProductId, VariantId
from services.contracts.delivery import (
    Delivered,
    DeliveryCancelled,
    DeliveryEvent,
    DeliveryId,
    DeliveryUnassignable,
    PartnerId,
    PickedUp,
)
from services.contracts.ordering import (
    BorneBy,
    CancelReason,
    OrderCancelled,
    OrderConfirmed,
    OrderEvent,
    OrderId,
    OrderPlaced,
    PaymentMethod,
    PlacedLine,
    PlacedSellerOrder,
    SellerOrderId,
    Slot,
)
from services.contracts.people import PersonId
from services.contracts.places import GeoPoint
from services.kit.database.db import Database, Row, only_row, transaction
from services.kit.database.replica import Replica
from services.kit.graphql.app import graphql_routes
from tests.worlds.asgi import ask
from tests.worlds.tokens import Issuer

SRI, MIN = MerchantId.seeded("sri"), MerchantId.seeded("min")
BAYAM, KELAPA, KLENGKENG = (
    ProductId.seeded("sri/bayam"),
    ProductId.seeded("sri/kelapa"),
    ProductId.seeded("min/klengkeng"),
)
BAYAM_IKAT, KELAPA_PASANG = VariantId.seeded("sri/bayam/ikat"), VariantId.seeded("sri/kelapa/pasang")
KLENGKENG_KG = VariantId.seeded("min/klengkeng/kg")
SOLD_BY = {BAYAM_IKAT: SRI, KELAPA_PASANG: SRI, KLENGKENG_KG: MIN}
HOLD_UNTIL = datetime(2100, 1, 1, tzinfo=UTC)
GOODS: dict[str, Any] = {
    "units": [
        {"code": "ikat", "label": "ikat", "kind": "COUNT", "base_per_unit": 1, "step": 1, "min": 1},
        {"code": "buah", "label": "buah", "kind": "COUNT", "base_per_unit": 1, "step": 1, "min": 1},
        {"code": "kg", "label": "kg", "kind": "MASS", "base_per_unit": 1000, "step": 250, "min": 250},
    ],
    "categories": [{"key": "sayur", "name": "Sayur (vegetables)"}, {"key": "buah", "name": "Buah (fruit)"}],
    "merchants": [
        {
            "key": "sri",
            "name": "Wlijo Bu Sri",
            "slug": "wlijo-bu-sri",
            "kind": "WLIJO",
            "kecamatan_code": "35.08.10",
            "desa": "35.08.10.1011",
            "point": {"lat": -8.1291, "lng": 113.2241},
            "umkm_class": "MIKRO",
            "auto_accept": True,
            "accept_within_s": 300,
            "hours": "always",
            "members": [{"person": "bu-sri", "role": "OWNER"}],
            "route": [
                {
                    "weekdays": [0, 2],
                    "label": "Tompokersan",
                    "point": {"lat": -8.1274, "lng": 113.2263},
                    "arrives_at": "06:15",
                },
                {
                    "weekdays": [2],
                    "label": "Jogoyudan",
                    "point": {"lat": -8.1328, "lng": 113.2212},
                    "arrives_at": "07:10",
                },
            ],
            "products": [
                {
                    "key": "sri/bayam",
                    "name": "Bayam",
                    "description": "Bayam hijau (green spinach)",
                    "category": "sayur",
                    "keeps_for_s": 86400,
                    "variants": [
                        {
                            "key": "sri/bayam/ikat",
                            "sku": "SRI-BAYAM-IKAT",
                            "label": "1 ikat (bunch)",
                            "unit": "ikat",
                            "price_rupiah": 3000,
                            "price_basis": 1,
                            "gram_per_piece": 250,
                            "on_hand": 10,
                        }
                    ],
                },
                {
                    "key": "sri/kelapa",
                    "name": "Kelapa muda",
                    "description": "Kelapa muda utuh (young coconut)",
                    "category": "buah",
                    "origin_desa": "35.08.07.2001",
                    "variants": [
                        {
                            "key": "sri/kelapa/pasang",
                            "sku": "SRI-KELAPA-2",
                            "label": "2 buah (a pair)",
                            "unit": "buah",
                            "price_rupiah": 6000,
                            "price_basis": 2,
                            "gram_per_piece": 1800,
                            "on_hand": 20,
                            "step": 2,
                            "min": 2,
                        }
                    ],
                },
            ],
        },
        {
            "key": "min",
            "name": "Kios Pak Min",
            "slug": "kios-pak-min",
            "kind": "FIXED_STALL",
            "kecamatan_code": "35.08.15",
            "desa": "35.08.15.2001",
            "point": {"lat": -8.1059, "lng": 113.2362},
            "umkm_class": "MIKRO",
            "auto_accept": False,
            "accept_within_s": 300,
            "hours": [{"weekdays": [0, 1, 2, 3, 4, 5, 6], "opens": "05:00", "closes": "11:00"}],
            "members": [{"person": "pak-min", "role": "OWNER"}, {"person": "mbak-yuni", "role": "STAFF"}],
            "route": [],
            "products": [
                {
                    "key": "min/klengkeng",
                    "name": "Klengkeng Kateki",
                    "description": "Kelengkeng khas Lumajang (longan)",
                    "category": "buah",
                    "variants": [
                        {
                            "key": "min/klengkeng/kg",
                            "sku": "MIN-KLENGKENG-KG",
                            "label": "per kg",
                            "unit": "kg",
                            "price_rupiah": 35000,
                            "price_basis": 1000,
                            "on_hand": 5000,
                        }
                    ],
                }
            ],
        },
    ],
}


async def stock_up(db: Database, content: dict[str, Any] = GOODS) -> None:
    async with transaction(db) as conn:
        await seed.seed(conn, content)


class Counting(Database):
    """Keeps the statements that were sent, wake-ups apart. One connection: a new one first learns its types."""

    def __init__(self, url: str) -> None:
        super().__init__(url, size=1)
        self.statements: list[str] = []

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[asyncpg.pool.PoolConnectionProxy[Row]]:
        async with super().acquire() as conn:
            with conn.query_logger(self._seen):
                yield conn

    def _seen(self, record: Any) -> None:
        if "pg_notify" not in record.query:
            self.statements.append(record.query)


@dataclass(frozen=True)
class Graph:
    """The catalog's GraphQL, asked as this or that person."""

    asgi: Starlette
    issuer: Issuer

    @classmethod
    def over(cls, db: Database, photos: Photos | None = None, replica: Replica | None = None) -> Graph:
        """With photos also where they are sent and seen."""
        issuer = Issuer()
        routes = graphql_routes(
            SCHEMA,
            verifier=issuer.verifier(),
            context=lambda identity: Context(identity, db, photos, replica=replica),
        )
        files = uploads.routes(db, photos) if photos is not None else []
        return cls(Starlette(routes=[*routes, *files]), issuer)

    async def answer(self, document: str, *, role: str | None = None, name: str = "siti", **variables: Any) -> Any:
        """The whole answer, errors included."""
        token = self.issuer.token(sub=str(PersonId.seeded(name)), roles=[role]) if role else None
        return await ask(self.asgi, document, token=token, **variables)

    async def data(self, document: str, *, role: str | None = None, name: str = "siti", **variables: Any) -> Any:
        answer = await self.answer(document, role=role, name=name, **variables)
        assert "errors" not in answer, answer
        return answer["data"]

    async def code(self, document: str, *, role: str | None = None, name: str = "siti", **variables: Any) -> str:
        """Of the one error that the operation ends in."""
        (error,) = (await self.answer(document, role=role, name=name, **variables))["errors"]
        return str(error["extensions"]["code"])


def an_order(
    *lines: tuple[VariantId, int], order_id: OrderId | None = None, hold_until: datetime = HOLD_UNTIL
) -> OrderPlaced:
    """As ordering tells it; each line in a seller order of its own."""
    return OrderPlaced(
        order_id=order_id or OrderId.new(),
        code="LMJ-260201-0001",
        buyer=str(PersonId.seeded("siti")),
        seller_orders=[
            PlacedSellerOrder(
                seller_order_id=SellerOrderId.new(),
                merchant_id=SOLD_BY.get(variant_id, SRI),
                goods_rupiah=3000,
                lines=[PlacedLine(variant_id=variant_id, quantity=quantity)],
            )
            for variant_id, quantity in lines
        ],
        goods_rupiah=3000,
        delivery_rupiah=8000,
        total_rupiah=11000,
        payment_method=PaymentMethod.COD,
        slot=Slot.NOW,
        quote="a quote",
        dropoff=GeoPoint(lat=-8.13, lng=113.22),
        dropoff_kecamatan_code="35.08.10",
        hold_until=hold_until,
        placed_at=hold_until - timedelta(hours=1),
        test=True,
    )


def confirmed(order: OrderPlaced) -> OrderConfirmed:
    return OrderConfirmed(order_id=order.order_id, confirmed_at=order.placed_at, cash_to_collect_rupiah=11000)


def cancelled(order: OrderPlaced, reason: CancelReason = CancelReason.BUYER_CANCELLED) -> OrderCancelled:
    return OrderCancelled(order_id=order.order_id, reason=reason, borne_by=BorneBy.NOBODY, cancelled_at=order.placed_at)


def picked_up(order: OrderPlaced) -> PickedUp:
    return PickedUp(delivery_id=DeliveryId.new(), order_id=order.order_id)


def delivered(order: OrderPlaced) -> Delivered:
    return Delivered(
        delivery_id=DeliveryId.new(),
        order_id=order.order_id,
        partner_id=PartnerId.new(),
        cash_collected_rupiah=11000,
        fee_rupiah=8000,
        rider_share_rupiah=8000,
        partner_share_rupiah=0,
        platform_share_rupiah=0,
        delivered_at=order.placed_at,
    )


def trip_cancelled(order: OrderPlaced) -> DeliveryCancelled:
    return DeliveryCancelled(delivery_id=DeliveryId.new(), order_id=order.order_id, reason="ORDER_CANCELLED")


def unassignable(order: OrderPlaced) -> DeliveryUnassignable:
    return DeliveryUnassignable(delivery_id=DeliveryId.new(), order_id=order.order_id)


async def hear(db: Database, *events: OrderEvent | DeliveryEvent) -> None:
    """As the consumers do it: one transaction for each."""
    for event in events:
        (handlers,) = [each for each in (hears.HANDLERS, hears.TRIPS) if each.event_class(event.type)]
        async with transaction(db) as conn:
            await handlers.handle(conn, event)


async def stock_of(db: Database, variant_id: VariantId) -> tuple[int, int]:
    """What is for sale or reserved, and what of it is reserved."""
    async with db.acquire() as conn:
        row = await only_row(conn, "SELECT on_hand, reserved FROM stock_item WHERE variant_id = $1", variant_id)
    return row["on_hand"], row["reserved"]


async def on_counter(db: Database, variant_id: VariantId) -> int:
    async with db.acquire() as conn:
        return int(await conn.fetchval("SELECT on_counter FROM stock_item WHERE variant_id = $1", variant_id))


async def told(db: Database, type_like: str = "%") -> list[tuple[str, bytes]]:
    """Type and payload of what waits in the outbox, in order."""
    async with db.acquire() as conn:
        rows = await conn.fetch("SELECT type, payload FROM outbox WHERE type LIKE $1 ORDER BY seq", type_like)
    return [(row["type"], row["payload"]) for row in rows]


async def states(db: Database) -> list[str]:
    """Of all reservations, in the order of their orders' coming."""
    async with db.acquire() as conn:
        return [row["state"] for row in await conn.fetch("SELECT state FROM reservation ORDER BY created_at, id")]


async def a_paper(db: Database, merchant_id: MerchantId, by: str) -> MediaId:
    """The photo of a licence's paper, which has arrived."""
    async with transaction(db) as conn:
        awaited = await photos.request(conn, Caller(member=by), merchant_id, PhotoPurpose.LICENCE, by=by)
        size = Size(name=name_of(awaited.id, b"paper"), width=640, height=480)
        await photos.arrived(conn, awaited.id, Made([size], "#ffffff", b"p" * 32))
    return awaited.id
