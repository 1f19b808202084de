"""SQL of what was heard of companies that deliver: who is of one, who rides, and which offers and trips are theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.contracts.delivery import (
    DeliveryId,
    OfferId,
    PartnerChanged,
    PartnerId,
    PartnerRole,
    PartnerStatus,
    RiderChanged,
    RiderId,
)
from services.contracts.ordering import OrderId
from services.kit.database.db import Connection


@dataclass(frozen=True, slots=True)
class Company:
    id: PartnerId
    name: str
    owners: tuple[str, ...]
    dispatchers: tuple[str, ...]

    @property
    def people(self) -> tuple[str, ...]:
        return (*self.owners, *self.dispatchers)


@dataclass(frozen=True, slots=True)
class Offer:
    """`told` are those who were told of it."""

    id: OfferId
    partner_id: PartnerId
    told: tuple[str, ...]


async def put_partner(conn: Connection, event: PartnerChanged) -> PartnerStatus | None:
    """As it was told to be before; None when nothing was heard of it."""
    was = await conn.fetchval("SELECT status FROM heard_partner WHERE partner_id = $1 FOR UPDATE", event.partner_id)
    await conn.execute(
        """INSERT INTO heard_partner (partner_id, name, status, owners, dispatchers) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (partner_id) DO UPDATE SET name = excluded.name, status = excluded.status, owners = excluded.owners,
               dispatchers = excluded.dispatchers""",
        event.partner_id,
        event.name,
        event.status,
        [each.subject for each in event.members if each.role is PartnerRole.OWNER],
        [each.subject for each in event.members if each.role is not PartnerRole.OWNER],
    )
    return PartnerStatus(was) if was else None


async def put_rider(conn: Connection, event: RiderChanged) -> None:
    """Who has ended is nobody's any more."""
    await conn.execute(
        """INSERT INTO heard_rider (rider_id, partner_id, subject, on_shift) VALUES ($1, $2, $3, $4)
           ON CONFLICT (rider_id) DO UPDATE SET partner_id = excluded.partner_id, subject = excluded.subject,
               on_shift = excluded.on_shift""",
        event.rider_id,
        event.partner_id,
        event.subject,
        event.on_shift,
    )


async def company(conn: Connection, partner_id: PartnerId) -> Company:
    """One that nothing was heard of has nobody."""
    row = await conn.fetchrow("SELECT name, owners, dispatchers FROM heard_partner WHERE partner_id = $1", partner_id)
    if row is None:
        return Company(partner_id, "", (), ())
    return Company(partner_id, row["name"], tuple(row["owners"]), tuple(row["dispatchers"]))


async def free_riders(conn: Connection, partner_id: PartnerId, limit: int) -> list[str]:
    """Those on shift who have no trip, as far as was heard."""
    rows = await conn.fetch(
        """SELECT subject FROM heard_rider r WHERE partner_id = $1 AND on_shift AND subject IS NOT NULL
           AND NOT EXISTS (SELECT FROM heard_trip t WHERE t.rider_id = r.rider_id) ORDER BY rider_id LIMIT $2""",
        partner_id,
        limit,
    )
    return [row["subject"] for row in rows]


async def rider(conn: Connection, rider_id: RiderId) -> str | None:
    """Who it is as a person, if somebody signs in as them."""
    found: str | None = await conn.fetchval("SELECT subject FROM heard_rider WHERE rider_id = $1", rider_id)
    return found


async def put_offer(
    conn: Connection, offer_id: OfferId, delivery_id: DeliveryId, partner_id: PartnerId, told: Sequence[str]
) -> None:
    await conn.execute(
        """INSERT INTO heard_offer (offer_id, delivery_id, partner_id, told, heard_at) VALUES ($1, $2, $3, $4, wlijo_now())
           ON CONFLICT (offer_id) DO NOTHING""",
        offer_id,
        delivery_id,
        partner_id,
        list(told),
    )


async def take_offers(conn: Connection, delivery_id: DeliveryId, offer_id: OfferId | None = None) -> list[Offer]:
    """Those that had not ended, of the trip or this one alone; they have now."""
    rows = await conn.fetch(
        """DELETE FROM heard_offer WHERE delivery_id = $1 AND ($2::uuid IS NULL OR offer_id = $2)
           RETURNING offer_id, partner_id, told""",
        delivery_id,
        offer_id,
    )
    return [Offer(OfferId(row["offer_id"]), PartnerId(row["partner_id"]), tuple(row["told"])) for row in rows]


async def put_trip(
    conn: Connection, delivery_id: DeliveryId, order_id: OrderId, partner_id: PartnerId, rider_id: RiderId
) -> None:
    await conn.execute(
        """INSERT INTO heard_trip (delivery_id, order_id, partner_id, rider_id, heard_at) VALUES ($1, $2, $3, $4, wlijo_now())
           ON CONFLICT (delivery_id) DO UPDATE SET partner_id = excluded.partner_id, rider_id = excluded.rider_id""",
        delivery_id,
        order_id,
        partner_id,
        rider_id,
    )


async def trip_of_order(conn: Connection, order_id: OrderId) -> tuple[DeliveryId, RiderId] | None:
    row = await conn.fetchrow("SELECT delivery_id, rider_id FROM heard_trip WHERE order_id = $1", order_id)
    return (DeliveryId(row["delivery_id"]), RiderId(row["rider_id"])) if row else None


async def drop_trip(conn: Connection, delivery_id: DeliveryId) -> None:
    await conn.execute("DELETE FROM heard_trip WHERE delivery_id = $1", delivery_id)
