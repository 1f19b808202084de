"""Catalog, ordering and delivery on their databases, with what they tell each other carried by hand: the test says which news is late."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from services.catalog import hears as catalog_hears
from services.contracts.delivery import DeliveryId, PartnerId
from services.contracts.ordering import OrderId
from services.delivery import hears as delivery_hears
from services.kit.database.db import Database, transaction
from services.kit.messaging.envelope import Event, decode
from services.kit.messaging.handlers import Handlers
from services.ordering import hears as ordering_hears
from tests.worlds import catalog as goods
from tests.worlds.delivery import World, a_world
from tests.worlds.ordering import QUOTE_KEY, SITI, Market, an_order, market
from tests.worlds.servers import TestDatabase

Link: TypeAlias = tuple[str, str]
"""Who tells, and who hears."""
LINKS: tuple[Link, ...] = tuple(
    (teller, hearer)
    for teller in ("catalog", "ordering", "delivery")
    for hearer in ("catalog", "ordering", "delivery")
    if teller != hearer
)
HEARS: Mapping[str, tuple[Handlers, ...]] = {
    "catalog": (catalog_hears.HANDLERS, catalog_hears.TRIPS),
    "ordering": (ordering_hears.HANDLERS,),
    "delivery": (delivery_hears.HANDLERS,),
}
TOTAL, WANTED = 16_000, 2


@dataclass
class Town:
    catalog: Database
    ordering: Market
    delivery: World
    read: dict[Link, int] = field(default_factory=dict)

    async def carry(self, link: Link, most: int = 1_000) -> int:
        """The next events of one service to another, in their order; how many."""
        teller, hearer = link
        async with self._db(teller).acquire() as conn:
            rows = await conn.fetch(
                "SELECT seq, type, payload FROM outbox WHERE seq > $1 AND topic NOT LIKE 'partner.%' ORDER BY seq LIMIT $2",
                self.read.get(link, 0),
                most,
            )
        for row in rows:
            kind = next((known for each in HEARS[hearer] if (known := each.event_class(row["type"]))), None)
            if kind:
                await self._hear(hearer, decode(kind, row["payload"]))
            self.read[link] = row["seq"]
        return len(rows)

    async def carry_all(self, *late: Link) -> None:
        """Until nothing is on its way but what is late."""
        while sum([await self.carry(link) for link in LINKS if link not in late]):
            pass

    async def order(self) -> tuple[OrderId, DeliveryId]:
        """Placed, confirmed, and offered to a company."""
        wanted = await an_order(self.ordering, lines={"sri/bayam/ikat": WANTED}, merchants=("sri",), total=TOTAL)
        order_id = await self.ordering.place(SITI, wanted)
        await self.carry_all()
        return order_id, await self.delivery.delivery_of(order_id)

    async def accept(self, job: DeliveryId) -> PartnerId:
        offer, partner = await self.delivery.open_offer(job)
        assert (await self.delivery.accept(job, offer, partner)).code is None
        return partner

    async def hand_over(self, job: DeliveryId, partner: PartnerId) -> str | None:
        """The refusal, if it is one."""
        body = {"job_id": str(job), "pin": "000000", "cash_collected_rupiah": TOTAL}
        return (await self.delivery.reply(partner, "delivered", body)).code

    async def truth(self, order_id: OrderId) -> dict[str, Any]:
        """What each of them has in the end: order, trip, payment, booked, and what is there and for sale."""
        (order,) = await self.ordering.rows("SELECT status, attention FROM orders WHERE id = $1", order_id)
        async with self.catalog.acquire() as conn:
            stock = await conn.fetchrow(
                "SELECT on_hand + on_counter AS there, on_hand - reserved AS for_sale FROM stock_item WHERE variant_id = $1",
                goods.BAYAM_IKAT,
            )
        assert stock
        return {
            "order": order["status"],
            "attention": order["attention"],
            "trip": await self.delivery.status(await self.delivery.delivery_of(order_id)),
            "payment": await self.ordering.value("SELECT status FROM payment WHERE order_id = $1", order_id),
            "booked": await self.ordering.value(
                "SELECT coalesce(sum(amount_rupiah), 0)::bigint FROM ledger WHERE order_id = $1", order_id
            ),
            "there": stock["there"],
            "for sale": stock["for_sale"],
        }

    def _db(self, service: str) -> Database:
        return {"catalog": self.catalog, "ordering": self.ordering.db, "delivery": self.delivery.db}[service]

    async def _hear(self, hearer: str, event: Event) -> None:
        if hearer == "ordering":
            await self.ordering.hear(event)
        elif hearer == "delivery":
            await self.delivery.hear(event)
        else:
            handlers = next(each for each in HEARS["catalog"] if each.event_class(event.type))
            async with transaction(self.catalog) as conn:
                await handlers.handle(conn, event)


@asynccontextmanager
async def a_town(databases: Mapping[str, TestDatabase]) -> AsyncIterator[Town]:
    """`databases` by service, fresh ones."""
    async with AsyncExitStack() as stack:
        db = Database(databases["catalog"].url)
        await db.open()
        stack.push_async_callback(db.close)
        await goods.stock_up(db)
        sellers = await stack.enter_async_context(market(databases["ordering"]))
        riders = await stack.enter_async_context(a_world(databases["delivery"].url))
        riders.key = QUOTE_KEY
        made = Town(db, sellers, riders)
        await made.carry_all()
        yield made
