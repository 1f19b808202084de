"""Many small questions of one operation as one statement each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar

from services.contracts.delivery import DeliveryId, PartnerId, RiderId
from services.contracts.ordering import OrderId, SellerOrderId
from services.delivery.commands import following
from services.delivery.domain.tariff import TariffRule
from services.delivery.domain.trip import DeliveryStatus, Pickup
from services.delivery.domain.webhook import Webhook
from services.delivery.schema.context import Context
from services.delivery.store import (
    audit,
    companies,
    crews,
    plans,
    positions,
    rates,
    reach,
    reading,
    reading_crews,
    reading_webhooks,
    searches,
    shares,
)
from services.delivery.store import following as stored
from services.delivery.store import stops as stored_stops
from services.delivery.store import webhooks as stored_webhooks
from services.delivery.store.companies import HistoryView, InsideView, RegistrationView
from services.delivery.store.crews import InvitationView, MemberView
from services.delivery.store.plans import Carried
from services.delivery.store.positions import Seen
from services.delivery.store.rates import RateView
from services.delivery.store.reach import ReachView
from services.delivery.store.reading import DeliveryView, PartnerView, PickupView, RiderView, Step
from services.delivery.store.reading_crews import OfferView
from services.delivery.store.searches import AskedView, DecisionView
from services.delivery.store.shares import DayView
from services.kit.database.db import Connection


async def deliveries(context: Context, ids: list[DeliveryId]) -> list[DeliveryView | None]:
    async with context.db.acquire() as conn:
        return await reading.deliveries(conn, ids, context.viewer)


async def deliveries_of_orders(context: Context, orders: list[OrderId]) -> list[DeliveryView | None]:
    async with context.db.acquire() as conn:
        return await reading.deliveries_of_orders(conn, orders, context.viewer)


async def pickups(context: Context, seller_orders: list[SellerOrderId]) -> list[PickupView | None]:
    async with context.db.acquire() as conn:
        found = await reading.pickups(conn, seller_orders, context.viewer)
        await _write_down(conn, context, (each.rider for each in found if each))
    return found


async def foreseen(context: Context, ids: list[DeliveryId]) -> list[tuple[datetime, DeliveryStatus] | None]:
    """Of trips that the caller has been shown."""
    async with context.db.acquire() as conn:
        found = await following.foreseen(conn, ids)
    return [found.get(each) for each in ids]


async def links(context: Context, ids: list[DeliveryId]) -> list[bytes | None]:
    """Of trips that are the caller's."""
    async with context.db.acquire() as conn:
        found = await stored.links(conn, ids)
    return [found.get(each) for each in ids]


async def trail(context: Context, key: DeliveryId, rider_id: RiderId, limit: int) -> list[Seen]:
    """For operators: not shown, if it cannot be written down."""
    async with context.db.acquire() as conn:
        await audit.trail_shown(conn, context.identity.subject, rider_id, key)
        return await positions.trail(conn, key, limit)


async def plans_of(context: Context, ids: list[RiderId]) -> list[Carried]:
    """Of riders whose inside the caller has been shown."""
    async with context.db.acquire() as conn:
        found = await plans.carried(conn, ids)
    return [found.get(each, Carried()) for each in ids]


async def asked(context: Context, ids: list[DeliveryId]) -> list[list[AskedView]]:
    """For staff."""
    async with context.db.acquire() as conn:
        found = await searches.asked(conn, ids)
    return [found[each] for each in ids]


async def decisions(context: Context, ids: list[DeliveryId]) -> list[list[DecisionView]]:
    """For staff."""
    async with context.db.acquire() as conn:
        found = await searches.decisions(conn, ids)
    return [found[each] for each in ids]


async def histories(context: Context, ids: list[DeliveryId]) -> list[list[Step]]:
    async with context.db.acquire() as conn:
        return await reading.histories(conn, ids)


async def stops(context: Context, ids: list[DeliveryId]) -> list[list[Pickup]]:
    """Of trips that the caller has been shown."""
    async with context.db.acquire() as conn:
        found = await stored_stops.of_trips(conn, ids)
    return [found[each] for each in ids]


async def partners(context: Context, ids: list[PartnerId]) -> list[PartnerView | None]:
    async with context.db.acquire() as conn:
        return await reading.partners(conn, ids, context.viewer)


async def riders(context: Context, ids: list[RiderId]) -> list[RiderView | None]:
    async with context.db.acquire() as conn:
        found = await reading_crews.riders(conn, ids, context.viewer)
        await _write_down(conn, context, found)
    return found


async def riders_of(
    context: Context, partner_id: PartnerId, after: tuple[str, RiderId] | None, limit: int
) -> list[RiderView]:
    """A page of one company's."""
    async with context.db.acquire() as conn:
        found = await reading_crews.riders_of(conn, partner_id, context.viewer, after, limit)
        await _write_down(conn, context, found)
    return found


async def jobs_of_riders(context: Context, ids: list[RiderId]) -> list[list[DeliveryId]]:
    async with context.db.acquire() as conn:
        return await reading_crews.jobs_of_riders(conn, ids)


async def offers(context: Context, ids: list[PartnerId]) -> list[list[OfferView]]:
    async with context.db.acquire() as conn:
        return await reading_crews.offers(conn, ids, context.viewer)


async def insides(context: Context, ids: list[PartnerId]) -> list[InsideView | None]:
    async with context.db.acquire() as conn:
        found = {row.partner_id: row for row in await companies.insides(conn, context.caller, ids)}
    return [found.get(each) for each in ids]


async def rates_of(
    context: Context, ids: list[PartnerId]
) -> list[tuple[date, TariffRule | None, list[RateView]] | None]:
    """Today in WIB, the rule of tomorrow, and what was entered; of companies whose rates the caller may see."""
    async with context.db.acquire() as conn:
        found = await rates.of_companies(conn, context.caller, ids)
        if not found:
            return [None] * len(ids)
        today = next(iter(found.values()))[0]
        rule = await rates.rule_on(conn, today + timedelta(days=1))
    return [(today, rule, found[each][1]) if each in found else None for each in ids]


async def reaches(context: Context, ids: list[PartnerId]) -> list[ReachView | None]:
    async with context.db.acquire() as conn:
        found = await reach.views(conn, context.caller, ids)
    return [found.get(each) for each in ids]


async def registrations(context: Context, ids: list[PartnerId]) -> list[RegistrationView | None]:
    async with context.db.acquire() as conn:
        found = {row.partner_id: row for row in await companies.registrations(conn, context.caller, ids)}
        await _note_shown(conn, context, "REGISTRATION_SHOWN", found)
    return [found.get(each) for each in ids]


async def company_histories(context: Context, ids: list[PartnerId]) -> list[list[HistoryView]]:
    async with context.db.acquire() as conn:
        rows = await companies.histories(conn, context.caller, ids)
    return _grouped(ids, rows)


async def company_days(context: Context, ids: list[PartnerId]) -> list[list[DayView]]:
    async with context.db.acquire() as conn:
        rows = await shares.days(conn, context.caller, ids)
    return _grouped(ids, rows)


async def members(context: Context, ids: list[PartnerId]) -> list[list[MemberView]]:
    async with context.db.acquire() as conn:
        rows = await crews.views(conn, context.caller, ids)
        await _note_shown(conn, context, "MEMBERS_SHOWN", {row.partner_id for row in rows})
    return _grouped(ids, rows)


async def invitations(context: Context, ids: list[PartnerId]) -> list[list[InvitationView]]:
    async with context.db.acquire() as conn:
        rows = await crews.invitations(conn, context.caller, ids)
    return _grouped(ids, rows)


async def webhooks(context: Context, ids: list[PartnerId]) -> list[Webhook | None]:
    async with context.db.acquire() as conn:
        found = {row.partner_id: row for row in await stored_webhooks.seen(conn, context.caller, ids)}
    return [found.get(each) for each in ids]


async def heard_at(context: Context, ids: list[PartnerId]) -> list[datetime | None]:
    async with context.db.acquire() as conn:
        found = await reading_webhooks.heard_at(conn, ids)
    return [found.get(each) for each in ids]


class _OfPartner(Protocol):
    @property
    def partner_id(self) -> PartnerId: ...


R = TypeVar("R", bound=_OfPartner)


def _grouped(keys: Sequence[PartnerId], rows: Sequence[R]) -> list[list[R]]:
    groups: dict[PartnerId, list[R]] = {key: [] for key in keys}
    for row in rows:
        groups[row.partner_id].append(row)
    return [groups[key] for key in keys]


async def _note_shown(conn: Connection, context: Context, action: str, ids: Iterable[PartnerId]) -> None:
    """What staff are shown of a company's people: not shown, if it cannot be written down."""
    if context.caller.staff and (shown := sorted(set(ids))):
        await audit.shown(conn, context.identity.subject, action, shown)


async def _write_down(conn: Connection, context: Context, riders: Iterable[RiderView | None]) -> None:
    """What staff are shown of riders: not shown, if it cannot be written down."""
    if (context.viewer.ops or context.viewer.officer) and (ids := sorted({each.id for each in riders if each})):
        await audit.riders_shown(conn, context.identity.subject, ids)
