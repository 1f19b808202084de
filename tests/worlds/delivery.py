"""A small world for delivery's tests: two ojek companies and one in its sandbox, two merchants, orders with real quotes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc.jwk import KeySet, OKPKey

from services.contracts.catalog import MerchantChanged, MerchantId, MerchantKind, MerchantStatus, VariantId
from services.contracts.delivery import DeliveryId, OfferId, PartnerId, PartnerStatus, QuoteId, RiderId
from services.contracts.ordering import (
    BorneBy,
    CancellationRequested,
    CancelReason,
    OrderCancelled,
    OrderConfirmed,
    OrderId,
    OrderPlaced,
    PaymentMethod,
    PlacedLine,
    PlacedSellerOrder,
    SellerOrderId,
    Slot,
)
from services.contracts.partner import DropCode, Location
from services.contracts.people import PersonId
from services.contracts.places import GeoPoint
from services.contracts.quote import place_hash
from services.delivery import seed
from services.delivery.commands import endings, partners, replies
from services.delivery.commands.positions import Places
from services.delivery.commands.replies import Answer
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.ending import DeliveryOutcome, Ending
from services.delivery.domain.offer import Offer
from services.delivery.domain.pins import Pins
from services.delivery.domain.quote import Quote, sign
from services.delivery.domain.reply import Budget, Rules
from services.delivery.hears import HANDLERS, Given, timers_of
from services.delivery.store import answering, offers
from services.delivery.store.answers import Came
from services.kit.database.db import Database, transaction
from services.kit.ids import EventId
from services.kit.messaging.envelope import Event
from services.kit.messaging.timers import Timers
from services.kit.secret import Secret

SEMERU, KONCAR, SANDBOXED = PartnerId.seeded("semeru"), PartnerId.seeded("koncar"), PartnerId.seeded("sandboxed")
AGUS, DEWI, RINI, BOT = (RiderId.seeded(name) for name in ("agus", "dewi", "rini", "bot"))
RIDERS = {SEMERU: AGUS, KONCAR: RINI, SANDBOXED: BOT}
MALL, KIOS = MerchantId.seeded("mall"), MerchantId.seeded("kios")
MALL_AT, KIOS_AT = GeoPoint(lat=-8.1359, lng=113.2247), GeoPoint(lat=-8.1301, lng=113.2249)
HOME = GeoPoint(lat=-8.112233, lng=113.236789)
BUYER = str(PersonId.seeded("siti"))
CASH = 65_000

SEED: dict[str, Any] = {
    "tariffs": [
        {
            "key": "goods-1",
            "version": 1,
            "service": "GOODS",
            "zone_code": "I",
            "valid_from": "2022-09-10",
            "min_fee_rupiah": 8_000,
            "included_m": 4_000,
            "per_km_rupiah": 2_000,
            "rider_share_pct": 80,
            "partner_share_pct": 12,
            "platform_share_pct": 8,
            "legal_basis": "for tests",
            "binding": False,
        }
    ],
    "zones": [
        {
            "key": "station",
            "name": "Station",
            "kind": "RESTRICTED",
            "effect": "DENY_PICKUP",
            "reason": "no pick up here",
            "boundary": [
                {"lat": -7.99, "lng": 113.25},
                {"lat": -7.99, "lng": 113.26},
                {"lat": -8.0, "lng": 113.26},
                {"lat": -8.0, "lng": 113.25},
            ],
        }
    ],
    "partners": [
        {
            "key": "semeru",
            "name": "Ojek Semeru",
            "status": "ACTIVE",
            "riders": [
                {"key": "agus", "name": "Agus", "plate": "N 1 A", "person": "agus"},
                {"key": "dewi", "name": "Dewi", "plate": "N 2 B"},
            ],
        },
        {
            "key": "koncar",
            "name": "Ojek Minak Koncar",
            "status": "ACTIVE",
            "riders": [{"key": "rini", "name": "Rini", "plate": "N 3 C"}],
        },
        {
            "key": "sandboxed",
            "name": "Ojek Baru",
            "status": "SANDBOX",
            "riders": [{"key": "bot", "name": "Bot", "plate": "N 4 D"}],
        },
    ],
}


def a_merchant(merchant_id: MerchantId, at: GeoPoint, **changes: Any) -> MerchantChanged:
    given: dict[str, Any] = {
        "merchant_id": merchant_id,
        "name": "Mall UMKM",
        "kind": MerchantKind.HUB,
        "status": MerchantStatus.ACTIVE,
        "kecamatan_code": "35.08.10",
        "pickup_point": at,
        "hours": [],
        "always_open": True,
        "auto_accept": True,
        "accept_within_s": 300,
        "prep_time_s": 0,
        "members": [],
    }
    return MerchantChanged(**{**given, **changes})


def a_key() -> OKPKey:
    return OKPKey.generate_key("Ed25519", {"kid": "quotes"})


def a_quote(**changes: Any) -> Quote:
    given: dict[str, Any] = {
        "id": QuoteId.new(),
        "buyer": BUYER,
        "merchants": (MALL, KIOS),
        "dropoff": place_hash(HOME.lat, HOME.lng),
        "mass_limit_gram": 5_000,
        "fee_rupiah": 10_000,
        "rider_share_rupiah": 8_000,
        "partner_share_rupiah": 1_200,
        "platform_share_rupiah": 800,
        "tariff": "GOODS-I-v1",
        "distance_m": 4_321,
        "duration_s": 900,
        "expires_at": datetime(2026, 1, 1, tzinfo=UTC),
        "test": False,
    }
    return Quote(**{**given, **changes})


def an_order_placed(order_id: OrderId, quote: str, **changes: Any) -> OrderPlaced:
    given: dict[str, Any] = {
        "order_id": order_id,
        "code": "LMJ-260101-0001",
        "buyer": BUYER,
        "seller_orders": [
            PlacedSellerOrder(
                seller_order_id=SellerOrderId.new(),
                merchant_id=MALL,
                goods_rupiah=55_000,
                lines=[PlacedLine(variant_id=VariantId.new(), quantity=2)],
            )
        ],
        "goods_rupiah": 55_000,
        "delivery_rupiah": 10_000,
        "total_rupiah": CASH,
        "payment_method": PaymentMethod.COD,
        "slot": Slot.NOW,
        "quote": quote,
        "dropoff": GeoPoint(lat=-8.112, lng=113.237),
        "dropoff_kecamatan_code": "35.08.15",
        "hold_until": datetime(2026, 1, 1, 1, tzinfo=UTC),
        "placed_at": datetime(2026, 1, 1, tzinfo=UTC),
        "test": False,
    }
    return OrderPlaced(**{**given, **changes})


@dataclass
class Told:
    """One event in the outbox, as its receiver will see it."""

    type: str
    aggregate: str
    seq: int
    key: str
    topic: str
    data: dict[str, Any]


@dataclass
class World:
    """Delivery's rules over a real database, without processes: events are handed to handlers, timers fired by hand."""

    db: Database
    key: OKPKey = field(default_factory=a_key)
    policy: Policy = field(default_factory=Policy)
    pins: Pins = field(default_factory=lambda: Pins(Secret("a secret of the tests")))

    budget: Budget | None = None

    @property
    def rules(self) -> Rules:
        return Rules(self.policy, self.pins, self.budget)

    async def begin(self) -> None:
        async with transaction(self.db) as conn:
            await seed.seed(conn, SEED)
        await self.hear(a_merchant(MALL, MALL_AT))
        await self.hear(a_merchant(KIOS, KIOS_AT, name="Kios Cak Di"))

    async def hear(self, event: Event) -> None:
        handlers = HANDLERS.given(Given(self.policy, KeySet([self.key])))
        async with transaction(self.db) as conn:
            await handlers.handle(conn, event)

    async def place(self, **quote: Any) -> OrderId:
        order_id = OrderId.new()
        await self.hear(an_order_placed(order_id, sign(a_quote(**quote), self.key)))
        return order_id

    async def confirm(self, order_id: OrderId, cash: int = CASH, ready_at: datetime | None = None) -> None:
        confirmed_at = datetime(2026, 1, 1, tzinfo=UTC)
        await self.hear(
            OrderConfirmed(order_id=order_id, confirmed_at=confirmed_at, cash_to_collect_rupiah=cash, ready_at=ready_at)
        )

    async def cancel(self, order_id: OrderId) -> None:
        await self.hear(
            OrderCancelled(
                order_id=order_id,
                reason=CancelReason.BUYER_CANCELLED,
                borne_by=BorneBy.BUYER,
                cancelled_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
        )

    async def pause(self, partner: PartnerId) -> None:
        async with transaction(self.db) as conn:
            await partners.set_status(conn, partner, PartnerStatus.PAUSED, "said by ops")

    async def call_off(self, order_id: OrderId) -> None:
        await self.hear(
            CancellationRequested(
                order_id=order_id, reason=CancelReason.BUYER_CANCELLED, requested_at=datetime(2026, 1, 1, tzinfo=UTC)
            )
        )

    async def end(self, job: DeliveryId, outcome: DeliveryOutcome, **said: Any) -> None:
        """As ops do."""
        async with transaction(self.db) as conn:
            await endings.end_delivery(conn, job, Ending(outcome, "a person said so", **said), "usr_ops")

    async def job(self, **quote: Any) -> DeliveryId:
        """A confirmed order's trip, its first offer made."""
        order_id = await self.place(**quote)
        await self.confirm(order_id)
        return await self.delivery_of(order_id)

    async def trip(self, partner: PartnerId, *reports: str, **quote: Any) -> DeliveryId:
        """A trip that this partner has, with these reports made."""
        job = await self.job(**quote)
        while (offer := await self.open_offer(job))[1] != partner:
            await self.decline(job, *offer)
        assert (await self.accept(job, *offer)).code is None
        for report in reports:
            assert (await self.report(partner, job, report)).code is None
        return job

    async def rides_at(self, partner: PartnerId, *places: Location) -> list[DropCode | None]:
        """Told at once, as any channel tells; why each was dropped."""
        found = await Places(self.db, every_s=0).tell(partner, places)
        return [each.code if each else None for each in found]

    async def now(self) -> datetime:
        async with self.db.acquire() as conn:
            at: datetime = await conn.fetchval("SELECT wlijo_now()")
        return at

    async def delivery_of(self, order_id: OrderId) -> DeliveryId:
        async with self.db.acquire() as conn:
            return DeliveryId(await conn.fetchval("SELECT id FROM delivery WHERE order_id = $1", order_id))

    async def order_of(self, job: DeliveryId) -> OrderId:
        async with self.db.acquire() as conn:
            return OrderId(await conn.fetchval("SELECT order_id FROM delivery WHERE id = $1", job))

    async def status(self, job: DeliveryId) -> str:
        async with self.db.acquire() as conn:
            return str(await conn.fetchval("SELECT status FROM delivery WHERE id = $1", job))

    async def offers(self, job: DeliveryId) -> list[Offer]:
        async with self.db.acquire() as conn:
            return await offers.of_trip(conn, job)

    async def open_offer(self, job: DeliveryId) -> tuple[OfferId, PartnerId]:
        [offer] = [each for each in await self.offers(job) if each.state == "OPEN"]
        return offer.id, offer.partner_id

    async def reply(
        self,
        partner: PartnerId,
        kind: str,
        body: dict[str, Any] | bytes,
        *,
        reply_id: str | None = None,
        appended_at: datetime | None = None,
        by_topic: bool = False,
    ) -> Answer:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await replies.take_reply(
            self.db,
            self.rules,
            partner,
            reply_id or str(EventId.new()),
            sent,
            f"partner.{kind}.v1" if kind.replace("_", "").isalpha() else kind,
            Came(appended_at),
            by_topic=by_topic,
        )

    async def accept(
        self, job: DeliveryId, offer: OfferId, partner: PartnerId, rider: RiderId | None = None, **sent: Any
    ) -> Answer:
        body = {"job_id": str(job), "offer_id": str(offer), "rider_id": str(rider or RIDERS[partner])}
        return await self.reply(partner, "accept", body, **sent)

    async def decline(self, job: DeliveryId, offer: OfferId, partner: PartnerId, **sent: Any) -> Answer:
        return await self.reply(
            partner, "decline", {"job_id": str(job), "offer_id": str(offer), "reason": "busy"}, **sent
        )

    async def report(self, partner: PartnerId, job: DeliveryId, report: str, **sent: Any) -> Answer:
        """`pickup`, `picked_up`, `dropoff`, `delivered`, `failed`, or a status."""
        known: dict[str, tuple[str, dict[str, Any]]] = {
            "pickup": ("arrived", {"at": "pickup"}),
            "dropoff": ("arrived", {"at": "dropoff"}),
            "picked_up": ("picked_up", {}),
            "delivered": ("delivered", {"pin": await self.pin(job), "cash_collected_rupiah": CASH}),
            "failed": ("failed", {"code": "BUYER_UNREACHABLE"}),
        }
        kind, body = known.get(report, ("status", {"status": report}))
        return await self.reply(partner, kind, {"job_id": str(job), **body}, **sent)

    async def pin(self, job: DeliveryId) -> str:
        async with self.db.acquire() as conn:
            test = await conn.fetchval("SELECT test FROM delivery WHERE id = $1", job)
        return self.pins.of(job, test=bool(test))

    async def told(self, *, topic: str | None = None) -> list[Told]:
        """What waits in the outbox, in its order."""
        async with self.db.acquire() as conn:
            rows = await conn.fetch(
                "SELECT * FROM outbox WHERE $1::text IS NULL OR topic = $1 OR topic LIKE $1 || '.%' ORDER BY seq", topic
            )
        return [
            Told(
                row["type"], row["aggregate"], row["aggregateseq"], row["key"], row["topic"], json.loads(row["payload"])
            )
            for row in rows
        ]

    async def told_to(self, partner: PartnerId) -> list[Told]:
        return await self.told(topic=f"partner.{partner}")

    async def move_clock(self, by: timedelta) -> None:
        async with self.db.acquire() as conn:
            await conn.execute(
                """INSERT INTO clock_shift AS c (shift) VALUES ($1)
                   ON CONFLICT (only_row) DO UPDATE SET shift = c.shift + excluded.shift""",
                by,
            )

    async def read_all_replies(self, partners: Sequence[PartnerId] = (SEMERU, KONCAR, SANDBOXED)) -> None:
        """As the reader of replies notes when nothing lies unread."""
        async with self.db.acquire() as conn:
            await conn.execute(
                """INSERT INTO reply_reading (partner_id, partition, read_to)
                   SELECT p, n, wlijo_now() FROM unnest($1::uuid[]) p, generate_series(0, 2) n
                   ON CONFLICT (partner_id, partition) DO UPDATE SET read_to = excluded.read_to""",
                [*partners],
            )

    async def use_topic(self, *partners: PartnerId) -> None:
        """As replies of use on their topics leave it."""
        async with self.db.acquire() as conn:
            for each in partners:
                await answering.noted(conn, each, of_use=True, by_topic=True)

    async def pass_by(self, seconds: int, *, step_s: int = 5) -> None:
        """The clock goes on in steps, and timers fire as they are due."""
        for _ in range(0, seconds, step_s):
            await self.move_clock(timedelta(seconds=step_s))
            await self.fire()

    async def fire(self) -> int:
        """All timers that are due; how many."""
        timers, count = Timers(self.db, timers_of(self.policy)), 0
        while await timers.fire_one():
            count += 1
        return count

    async def state(self) -> list[Any]:
        """Everything but answers and outbox: what a refusal must leave as it was."""
        async with self.db.acquire() as conn:
            return [
                await conn.fetch(f"SELECT t::text FROM {table} t ORDER BY 1")
                for table in (
                    "delivery",
                    "delivery_history",
                    "delivery_ending",
                    "offer",
                    "stop",
                    "position",
                    "timer",
                    "partner",
                    "rider",
                )
            ]


def kinds(told: Sequence[Told]) -> list[str]:
    """`ordering.order_placed.v1` as `order_placed`."""
    return [each.type.split(".")[1] for each in told]


@asynccontextmanager
async def a_world(url: str) -> AsyncIterator[World]:
    db = Database(url, one_plan=True)
    await db.open()
    try:
        made = World(db)
        await made.begin()
        yield made
    finally:
        await db.close()
