"""What trips and companies mean to who delivers: riders, dispatchers and owners are told what concerns them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from services.contracts.delivery import (
    DeliveryAssigned,
    DeliveryId,
    DeliveryOffered,
    OfferClosed,
    PartnerChanged,
    PartnerStatus,
    ReportOverdue,
    RiderExchanged,
)
from services.contracts.places import WIB
from services.kit.database.db import Transaction
from services.people.commands.notices import tell
from services.people.domain.notices import Facts, NoticeKind
from services.people.store import heard_crews, telling
from services.people.store.heard import Order
from services.people.store.heard_crews import Offer

_ANSWERED_BY_THEMSELVES: Final = "DECLINED"
_REASON_CHARACTERS: Final = 50
_RIDERS_TOLD: Final = 20
"""Of one offer: each message has its price, and one of them takes it."""


async def know_partner(conn: Transaction, event: PartnerChanged, at: datetime, seq: int, event_id: str) -> None:
    """Owners hear of a pause and of its end, all its people of a webhook that fails; what stood so when people began to hear is no news."""
    before = await heard_crews.put_partner(conn, event)
    fails = event.webhook_fails_since is not None
    if before is None or before == (event.status, fails):
        return
    was, failed = before
    facts: Facts = {"company": event.name, "why": _short(event.reason or "-")}
    company = await heard_crews.company(conn, event.partner_id)
    about = f"{event.partner_id}/{seq}"
    if fails != failed:
        kind = NoticeKind.WEBHOOK_FAILS if fails else NoticeKind.WEBHOOK_WORKS
        await tell(conn, company.people, kind, about, facts, at, event_id)
    if was is event.status:
        return
    if event.status is PartnerStatus.PAUSED:
        await tell(conn, company.owners, NoticeKind.PARTNER_PAUSED, about, facts, at, event_id)
    elif was is PartnerStatus.PAUSED and event.status in (PartnerStatus.ACTIVE, PartnerStatus.SANDBOX):
        await tell(conn, company.owners, NoticeKind.PARTNER_RESUMED, about, facts, at, event_id)


async def offered(conn: Transaction, order: Order, event: DeliveryOffered, at: datetime, event_id: str) -> None:
    """Its dispatchers and owners, and some of its riders who are on shift and free; it matters as long as the offer."""
    company = await heard_crews.company(conn, event.partner_id)
    to = sorted({*company.people, *await heard_crews.free_riders(conn, event.partner_id, _RIDERS_TOLD)})
    await heard_crews.put_offer(conn, event.offer_id, event.delivery_id, event.partner_id, to)
    facts: Facts = {
        "code": order.code,
        "company": company.name,
        "until": f"{event.expires_at.astimezone(WIB):%H:%M:%S}",
    }
    await tell(
        conn, to, NoticeKind.JOB_OFFERED, str(event.offer_id), facts, at, event_id, matters_until=event.expires_at
    )


async def offer_closed(conn: Transaction, order: Order, event: OfferClosed, at: datetime, event_id: str) -> None:
    """Who has declined it knows."""
    ended = await heard_crews.take_offers(conn, event.delivery_id, event.offer_id)
    if event.answer == _ANSWERED_BY_THEMSELVES:
        await _answered(conn, ended)
    else:
        await _over(conn, order, ended, at, event_id)


async def assigned(conn: Transaction, order: Order, event: DeliveryAssigned, at: datetime, event_id: str) -> None:
    """The rider has a trip; whoever else held an offer of it holds it no more."""
    ended = await heard_crews.take_offers(conn, event.delivery_id)
    await _answered(conn, [each for each in ended if each.partner_id == event.partner_id])
    await _over(conn, order, [each for each in ended if each.partner_id != event.partner_id], at, event_id)
    await rides(conn, order, event, at, event_id)


async def rides(
    conn: Transaction, order: Order, event: DeliveryAssigned | RiderExchanged, at: datetime, event_id: str
) -> None:
    """The trip is this rider's now."""
    await heard_crews.put_trip(conn, event.delivery_id, event.order_id, event.partner_id, event.rider_id)
    if (rider := await heard_crews.rider(conn, event.rider_id)) is not None:
        company = await heard_crews.company(conn, event.partner_id)
        facts: Facts = {"code": order.code, "company": company.name}
        # A trip that was given back and comes again is another one to the rider.
        about = f"{event.delivery_id}/{event_id}"
        await tell(conn, [rider], NoticeKind.TRIP_ASSIGNED, about, facts, at, event_id)


async def search_over(conn: Transaction, order: Order, delivery_id: DeliveryId, at: datetime, event_id: str) -> None:
    """Nobody is to bring it: what was offered is over."""
    await _over(conn, order, await heard_crews.take_offers(conn, delivery_id), at, event_id)


async def cancelled(conn: Transaction, order: Order, at: datetime, event_id: str) -> None:
    """The rider who is under way."""
    if (trip := await heard_crews.trip_of_order(conn, order.id)) is None:
        return
    delivery_id, rider_id = trip
    if (rider := await heard_crews.rider(conn, rider_id)) is not None:
        await tell(conn, [rider], NoticeKind.TRIP_CANCELLED, str(delivery_id), {"code": order.code}, at, event_id)


async def ended(conn: Transaction, delivery_id: DeliveryId) -> None:
    await heard_crews.drop_trip(conn, delivery_id)


async def overdue(conn: Transaction, order: Order, event: ReportOverdue, at: datetime, event_id: str) -> None:
    """Its owners and dispatchers, once for a trip."""
    company = await heard_crews.company(conn, event.partner_id)
    facts: Facts = {"code": order.code, "company": company.name}
    await tell(conn, company.people, NoticeKind.REPORT_OVERDUE, str(event.delivery_id), facts, at, event_id)


def _short(reason: str) -> str:
    """As much of it as a short message has room for; the whole stands at the company."""
    return reason if len(reason) <= _REASON_CHARACTERS else reason[: _REASON_CHARACTERS - 1] + "…"


async def _answered(conn: Transaction, offers: list[Offer]) -> None:
    """By one of their own: what is not sent yet says nothing any more."""
    for each in offers:
        for subject in each.told:
            await telling.withdraw(conn, subject, [str(each.id)], [NoticeKind.JOB_OFFERED])


async def _over(conn: Transaction, order: Order, ended: list[Offer], at: datetime, event_id: str) -> None:
    for each in ended:
        company = await heard_crews.company(conn, each.partner_id)
        facts: Facts = {"code": order.code, "company": company.name}
        await tell(conn, each.told, NoticeKind.JOB_OFFER_OVER, str(each.id), facts, at, event_id)
