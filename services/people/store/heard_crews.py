"""SQL of what was heard of companies that deliver: who is of one, who rides, and which offers and trips are theirs."""

from __future__ import annotations

from collections.abc import Sequence

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
from services.kit.database.db import Connection, Transaction
from services.people.store.heard_rows import Company as Company
from services.people.store.heard_rows import Offer as Offer
from services.people.store.heard_together import Known


async def put_partner(conn: Connection, event: PartnerChanged) -> tuple[PartnerStatus, bool] | None:
    """As it was told to be before, and whether its webhook failed; None when nothing was heard of it."""
    was = await conn.fetchrow(
        "SELECT status, webhook_fails FROM heard_partner WHERE partner_id = $1 FOR UPDATE", event.partner_id
    )
    await conn.execute(
        """INSERT INTO heard_partner (partner_id, name, status, owners, dispatchers, webhook_fails) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (partner_id) DO UPDATE SET name = excluded.name, status = excluded.status, owners = excluded.owners,
               dispatchers = excluded.dispatchers, webhook_fails = excluded.webhook_fails""",
        event.partner_id,
        event.name,
        event.status,
        [each.subject for each in event.members if each.role is PartnerRole.OWNER],
        [each.subject for each in event.members if each.role is not PartnerRole.OWNER],
        event.webhook_fails_since is not None,
    )
    return (PartnerStatus(was["status"]), was["webhook_fails"]) if was else None


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


async def company(conn: Transaction, partner_id: PartnerId) -> Company:
    """One that nothing was heard of has nobody."""
    known = conn.waiting(Known)
    if known and partner_id in known.companies:
        return known.companies[partner_id]
    row = await conn.fetchrow("SELECT name, owners, dispatchers FROM heard_partner WHERE partner_id = $1", partner_id)
    if row is None:
        return Company(partner_id, "", (), ())
    return Company(partner_id, row["name"], tuple(row["owners"]), tuple(row["dispatchers"]))


async def free_riders(conn: Transaction, partner_id: PartnerId, limit: int) -> list[str]:
    """Those on shift who have no trip, as far as was heard."""
    known = conn.waiting(Known)
    if known and partner_id in known.on_shift:
        return known.free_riders(partner_id)[:limit]
    rows = await conn.fetch(
        """SELECT subject FROM heard_rider r WHERE partner_id = $1 AND on_shift AND subject IS NOT NULL
           AND NOT EXISTS (SELECT FROM heard_trip t WHERE t.rider_id = r.rider_id) ORDER BY rider_id LIMIT $2""",
        partner_id,
        limit,
    )
    return [row["subject"] for row in rows]


async def rider(conn: Transaction, rider_id: RiderId) -> str | None:
    """Who it is as a person, if somebody signs in as them."""
    known = conn.waiting(Known)
    if known and rider_id in known.riders:
        return known.riders[rider_id]
    found: str | None = await conn.fetchval("SELECT subject FROM heard_rider WHERE rider_id = $1", rider_id)
    return found


async def put_offer(
    conn: Transaction, offer_id: OfferId, delivery_id: DeliveryId, partner_id: PartnerId, told: Sequence[str]
) -> None:
    known = conn.waiting(Known)
    if known and delivery_id in known.offers:
        known.put_offer(delivery_id, Offer(offer_id, partner_id, tuple(told)))
        return
    await conn.execute(
        """INSERT INTO heard_offer (offer_id, delivery_id, partner_id, told, heard_at) VALUES ($1, $2, $3, $4, wlijo_now())
           ON CONFLICT (offer_id) DO NOTHING""",
        offer_id,
        delivery_id,
        partner_id,
        list(told),
    )


async def take_offers(conn: Transaction, delivery_id: DeliveryId, offer_id: OfferId | None = None) -> list[Offer]:
    """Those that had not ended, of the trip or this one alone; they have now."""
    known = conn.waiting(Known)
    if known and delivery_id in known.offers:
        return known.take_offers(delivery_id, offer_id)
    rows = await conn.fetch(
        """DELETE FROM heard_offer WHERE delivery_id = $1 AND ($2::uuid IS NULL OR offer_id = $2)
           RETURNING offer_id, partner_id, told""",
        delivery_id,
        offer_id,
    )
    return [Offer(OfferId(row["offer_id"]), PartnerId(row["partner_id"]), tuple(row["told"])) for row in rows]


async def put_trip(
    conn: Transaction, delivery_id: DeliveryId, order_id: OrderId, partner_id: PartnerId, rider_id: RiderId
) -> None:
    if known := conn.waiting(Known):
        known.put_trip(delivery_id, order_id, partner_id, rider_id)
        return
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


async def drop_trip(conn: Transaction, delivery_id: DeliveryId) -> None:
    if known := conn.waiting(Known):
        known.drop_trip(delivery_id)
        return
    await conn.execute("DELETE FROM heard_trip WHERE delivery_id = $1", delivery_id)
