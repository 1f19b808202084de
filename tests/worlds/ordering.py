"""A small market for ordering's tests: merchants and products as catalog would tell them, a buyer, quotes as delivery would sign them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import time
from typing import Any, TypeVar

import asyncpg
from joserfc.jwk import KeySet, OKPKey

from services.contracts.catalog import (
    Member,
    MemberRole,
    MerchantChanged,
    MerchantId,
    MerchantKind,
    MerchantStatus,
    ProductChanged,
    ProductId,
    ProductStatus,
    ReservationId,
    SaleUnit,
    StockHeld,
    UnitKind,
    VariantId,
    VariantState,
)
from services.contracts.delivery import Delivered, DeliveryAssigned, DeliveryId, PartnerId, PickedUp, QuoteId, RiderId
from services.contracts.ordering import OrderId, PaymentMethod, Slot
from services.contracts.places import GeoPoint, Hours
from services.contracts.quote import place_hash
from services.contracts.roles import Role
from services.kit import jws
from services.kit.database.db import Database, transaction
from services.kit.database.live import Live
from services.kit.http.identity import Identity
from services.kit.http.rate import RateLimit
from services.kit.messaging.envelope import Event
from services.ordering import hears
from services.ordering.commands import buyers as buyers_commands
from services.ordering.commands import carts as carts_commands
from services.ordering.commands import contacts as contacts_commands
from services.ordering.commands import placing as placing_commands
from services.ordering.commands.placing import PlaceOrder
from services.ordering.domain.contact import Contact
from services.ordering.domain.ids import CartId, ContactId
from services.ordering.domain.ledger import Shares
from services.ordering.domain.load import Policy
from services.ordering.schema import SCHEMA
from services.ordering.schema.context import Context
from tests.worlds.servers import TestDatabase

SITI, BUDI = "usr_siti", "usr_budi"
PARTNER, RIVAL, RIDER = PartnerId.seeded("ojek-a"), PartnerId.seeded("ojek-b"), RiderId.seeded("rider")
HOME = Contact("Rumah", "Siti", "081234500001", "Jalan Kapten Suwandak 12", None, -8.1321, 113.2193, "35.08.10", None)
SHARES = Shares(7_000, 2_000, 1_000)

QUOTE_KEY = OKPKey.generate_key("Ed25519", {"kid": "quotes-1"}, private=True)
_STRANGER = OKPKey.generate_key("Ed25519", {"kid": "quotes-1"}, private=True)
KEYS = KeySet([QUOTE_KEY])

T = TypeVar("T")


def a_merchant(name: str = "wlijo", **changed: Any) -> MerchantChanged:
    values: dict[str, Any] = {
        "merchant_id": MerchantId.seeded(name),
        "name": name,
        "kind": MerchantKind.WLIJO,
        "status": MerchantStatus.ACTIVE,
        "kecamatan_code": "35.08.10",
        "pickup_point": GeoPoint(lat=-8.1359, lng=113.2247),
        "hours": [],
        "always_open": True,
        "auto_accept": True,
        "accept_within_s": 300,
        "prep_time_s": 600,
        "members": [Member(subject=f"usr_{name}", role=MemberRole.OWNER)],
        **changed,
    }
    return MerchantChanged(**values)


IKAT = SaleUnit(code="ikat", label="ikat", kind=UnitKind.COUNT, base_per_unit=1, step=1, min=1)
KILO = SaleUnit(code="kg", label="kg", kind=UnitKind.MASS, base_per_unit=1000, step=250, min=250)


def a_variant(name: str = "bayam", **changed: Any) -> VariantState:
    values: dict[str, Any] = {
        "variant_id": VariantId.seeded(name),
        "sku": name.upper(),
        "label": "per ikat",
        "unit": IKAT,
        "price_rupiah": 2_500,
        "price_basis": 1,
        "gram_per_base": 250.0,
        **changed,
    }
    return VariantState(**values)


def a_product(name: str = "bayam", merchant: str = "wlijo", **changed: Any) -> ProductChanged:
    values: dict[str, Any] = {
        "product_id": ProductId.seeded(name),
        "merchant_id": MerchantId.seeded(merchant),
        "name": name,
        "category": "sayur",
        "status": ProductStatus.PUBLISHED,
        "variants": [a_variant(name)],
        **changed,
    }
    return ProductChanged(**values)


def hours(opens: str, closes: str, weekdays: Sequence[int] = range(7)) -> list[Hours]:
    return [
        Hours(weekday=each, opens=time.fromisoformat(opens), closes=time.fromisoformat(closes)) for each in weekdays
    ]


@dataclass(slots=True)
class Market:
    """One ordering database with a pool on it. `owner_url` is the owner's."""

    db: Database
    owner_url: str
    live: Live
    place_limit: RateLimit = field(default_factory=lambda: RateLimit(burst=1000, per_second=1000))
    open_limit: RateLimit = field(default_factory=lambda: RateLimit(burst=1000, per_second=1000))
    # One person of a test stands for many buyers: what a buyer may have standing has tests of its own.
    policy: Policy = field(default_factory=lambda: Policy(open_orders=10_000, of_product=10_000, a_day=10_000))

    async def hear(self, *events: Event) -> None:
        """As the consumer would, without inbox and broker."""
        for event in events:
            assert hears.HANDLERS.event_class(event.type), event.type
            async with transaction(self.db) as conn:
                await hears.HANDLERS.handle(conn, event)

    async def fill_cart(self, subject: str, lines: dict[VariantId, int]) -> CartId:
        async with transaction(self.db) as conn:
            for variant_id, quantity in lines.items():
                await carts_commands.set_cart_line(conn, subject, variant_id, quantity)
            return (await buyers_commands.buyer(conn, subject)).cart_id

    async def contact(self, subject: str, contact: Contact = HOME) -> ContactId:
        async with transaction(self.db) as conn:
            return await contacts_commands.save_contact(conn, subject, contact, idempotency_key=a_key())

    async def now(self) -> float:
        async with self.db.acquire() as conn:
            return float(await conn.fetchval("SELECT extract(epoch FROM wlijo_now())::float8"))

    async def move_clock(self, seconds: float) -> None:
        owner = await asyncpg.connect(self.owner_url)
        try:
            await owner.execute(
                """INSERT INTO clock_shift (shift) VALUES (make_interval(secs => $1))
                   ON CONFLICT (only_row) DO UPDATE SET shift = clock_shift.shift + excluded.shift""",
                seconds,
            )
        finally:
            await owner.close()

    async def quote(
        self, subject: str, merchants: Sequence[str] = ("wlijo",), *, forged: bool = False, **changed: Any
    ) -> str:
        claims = {
            "jti": str(QuoteId.new()),
            "buyer": subject,
            "merchants": sorted(str(MerchantId.seeded(each)) for each in merchants),
            "dropoff": place_hash(HOME.lat, HOME.lng),
            "mass_limit_gram": 20_000,
            "fee": 10_000,
            "rider_share": SHARES.rider_rupiah,
            "partner_share": SHARES.partner_rupiah,
            "platform_share": SHARES.platform_rupiah,
            "tariff": "trf",
            "distance_m": 1_800,
            "duration_s": 600,
            "exp": int(await self.now()) + 600,
            "test": True,
            **changed,
        }
        return jws.sign(claims, _STRANGER if forged else QUOTE_KEY, kind="delivery-quote")

    async def place(self, subject: str, wanted: PlaceOrder, key: str | None = None) -> OrderId:
        async with transaction(self.db) as conn:
            return await placing_commands.place_order(
                conn, subject, wanted, idempotency_key=key or a_key(), quote_keys=KEYS, policy=self.policy
            )

    async def rows(self, statement: str, *arguments: Any) -> list[dict[str, Any]]:
        async with self.db.acquire() as conn:
            return [dict(row) for row in await conn.fetch(statement, *arguments)]

    async def value(self, statement: str, *arguments: Any) -> Any:
        async with self.db.acquire() as conn:
            return await conn.fetchval(statement, *arguments)

    async def told(self) -> list[str]:
        """Types of the events in the outbox, in order."""
        return [row["type"] for row in await self.rows("SELECT type FROM outbox ORDER BY seq")]

    async def fingerprint(self) -> dict[str, Any]:
        """All that a refusal must leave as it was."""
        tables = (
            "orders", "seller_order", "order_line", "payment", "ledger", "order_history", "order_day", "timer", "outbox",
            "outbox_counter", "idempotency", "cart", "cart_line", "contact", "buyer", "job", "contact_read",
            "handover_slot", "handover_limit", "account_balance", "cash_handover", "payout", "cash_limit", "tax_statement", "cart_seller",
            "order_question", "promotion", "promotion_use", "promotion_part", "commission_rule", "payment_attempt",
            "payment_event", "refund", "kasbon", "kasbon_entry",
        )  # fmt: skip
        return {
            table: await self.value(
                f"SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY to_jsonb(t)::text)::text, '') FROM {table} t"
            )
            for table in tables
        }

    def context(self, identity: Identity) -> Context:
        return Context(
            identity,
            db=self.db,
            live=self.live,
            quote_keys=KEYS,
            place_limit=self.place_limit,
            policy=self.policy,
            open_limit=self.open_limit,
        )

    async def ask(self, identity: Identity, document: str, **variables: Any) -> dict[str, Any]:
        """The whole result of a query or mutation: `data` and, if there are any, `errors`."""
        result = await SCHEMA.execute(document, variable_values=variables, context_value=self.context(identity))
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [error.formatted for error in result.errors]
        return answer


def a_key() -> str:
    return secrets.token_hex(16)


def buyer(subject: str = SITI) -> Identity:
    return Identity(subject, frozenset({Role.BUYER}))


def merchant(name: str = "wlijo") -> Identity:
    return Identity(f"usr_{name}", frozenset({Role.MERCHANT}))


OPS = Identity("usr_ops", frozenset({Role.OPS}))


_TABLES = (
    "idempotency", "outbox", "outbox_counter", "inbox", "inbox_waiting", "dead_letter", "timer", "clock_shift", "audit",
    "review_history", "review", "ticket_entry", "ticket", "claim_history", "claim_photo", "claim_photo_gone", "claim",
    "kasbon_entry",
    "contact_read", "job", "order_mark_settled", "order_history", "ledger", "payment_event", "refund", "payment_attempt", "payment",
    "promotion_part", "promotion_use", "order_question", "order_line",
    "seller_order", "orders", "kasbon", "order_day", "promotion", "commission_rule",
    "cart_line", "cart_seller", "cart", "contact", "buyer", "merchant", "merchant_member", "product", "variant", "stock_level", "partner",
    "handover_slot", "handover_limit", "account_balance", "cash_handover", "payout", "cash_limit", "tax_statement", "withholding_rule",
    "partner_member", "rider_person",
)  # fmt: skip


async def emptied(made: TestDatabase) -> TestDatabase:
    """The same database as if nothing had happened: far cheaper than another copy for each test."""
    owner = await asyncpg.connect(made.owner_url)
    try:
        await owner.execute(";".join(f"DELETE FROM {table}" for table in _TABLES))
    finally:
        await owner.close()
    return made


@asynccontextmanager
async def market(made: TestDatabase, *, connections: int = 8) -> AsyncIterator[Market]:
    """`connections` 1 lets a test count all that is said; then nobody listens."""
    await emptied(made)
    db = Database(made.url, size=connections, one_plan=True)
    await db.open()
    live = Live(db)
    listening = asyncio.create_task(live.run()) if connections > 1 else None
    try:
        yield Market(db, made.owner_url, live)
    finally:
        if listening:
            listening.cancel()
            await asyncio.wait({listening})
        await db.close()


async def an_order(
    world: Market,
    subject: str = SITI,
    *,
    lines: dict[str, int] | None = None,
    merchants: Sequence[str] = ("wlijo",),
    total: int = 15_000,
    **quoted: Any,
) -> PlaceOrder:
    """A filled cart, a contact and a quote, ready to be placed: two ikat of bayam, Rp5,000, and Rp10,000 for the trip."""
    cart_id = await world.fill_cart(
        subject, {VariantId.seeded(name): quantity for name, quantity in (lines or {"bayam": 2}).items()}
    )
    return PlaceOrder(
        cart_id=cart_id,
        cart_version=await _version(world, cart_id),
        contact_id=await world.contact(subject),
        slot=Slot.NOW,
        payment_method=PaymentMethod.COD,
        quote=await world.quote(subject, merchants, **quoted),
        total_rupiah=total,
    )


async def _version(world: Market, cart_id: CartId) -> int:
    return int(await world.value("SELECT version FROM cart WHERE id = $1", cart_id))


async def seen_now(world: Market, wanted: PlaceOrder) -> PlaceOrder:
    """The same of the cart as it is by now."""
    return replace(wanted, cart_version=await _version(world, wanted.cart_id))


async def placed(world: Market, **kwargs: Any) -> OrderId:
    return await world.place(SITI, await an_order(world, **kwargs))


async def hold(world: Market, order_id: OrderId) -> None:
    await world.hear(
        StockHeld(
            reservation_id=ReservationId.new(),
            order_id=str(order_id),
            expires_at=await world.value("SELECT hold_until FROM orders WHERE id = $1", order_id),
        )
    )


def assigned(order_id: OrderId, delivery_id: DeliveryId, partner: PartnerId = PARTNER) -> DeliveryAssigned:
    return DeliveryAssigned(delivery_id=delivery_id, order_id=order_id, partner_id=partner, rider_id=RIDER)


def fetched(order_id: OrderId, delivery_id: DeliveryId) -> PickedUp:
    return PickedUp(delivery_id=delivery_id, order_id=order_id)


async def handed_over(world: Market, order_id: OrderId, delivery_id: DeliveryId, cash: int = 15_000) -> Delivered:
    return Delivered(
        delivery_id=delivery_id,
        order_id=order_id,
        partner_id=PARTNER,
        cash_collected_rupiah=cash,
        fee_rupiah=10_000,
        rider_share_rupiah=SHARES.rider_rupiah,
        partner_share_rupiah=SHARES.partner_rupiah,
        platform_share_rupiah=SHARES.platform_rupiah,
        delivered_at=await world.value("SELECT wlijo_now()"),
    )


async def state_of(world: Market, order_id: OrderId) -> tuple[str, str]:
    """Process state and status."""
    row = (await world.rows("SELECT state, status FROM orders WHERE id = $1", order_id))[0]
    return row["state"], row["status"]
