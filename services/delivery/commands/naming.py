"""Who is to ride, as a company names them: by our id, by its own, or, over HTTP, as they are, which makes them one of its riders."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from services.contracts.delivery import RiderId
from services.contracts.partner import NamedRider, OfRider, RefusalCode
from services.delivery.domain import crew, dispatch
from services.delivery.domain.company import PartnerAction
from services.delivery.domain.crew import INLINE_CASH_LIMIT_RUPIAH, MAX_RIDERS, RiderDetails
from services.delivery.domain.reply import ReplyRefused, Sent
from services.delivery.domain.trip import Trip
from services.delivery.store import companies, partners, riders
from services.kit.database.db import Transaction
from services.kit.invalid import FieldInvalid
from services.kit.messaging.envelope import Told

BY_MACHINE: Final = "machine"
"""Whoever of the company's machine said it, where no person did."""


@dataclass(frozen=True, slots=True)
class Named:
    """`told`: of a rider who was entered by this. `rides`: they have another job now."""

    rider_id: RiderId
    told: tuple[Told, ...] = ()
    rides: bool = False


async def known(conn: Transaction, sent: Sent, reply: OfRider) -> RiderId | None:
    """Of the company's riders who have not ended; an id of ours is believed for now. Raises ReplyRefused."""
    if reply.rider_id is not None:
        return reply.rider_id
    if reply.rider is not None and sent.by_topic:
        # A topic keeps its records for days, and nobody can be forgotten there.
        message = "who somebody is is said over HTTP alone: post this reply there, or enter the rider and name them by external_id"
        raise ReplyRefused(RefusalCode.MALFORMED, message, "rider")
    name = _checked(reply.rider)[0] if reply.rider else reply.external_id
    found = await riders.named(conn, sent.partner_id, name) if name and name.isprintable() else None
    return found.id if found else None


async def taking(
    conn: Transaction, sent: Sent, trip: Trip, reply: OfRider, rider_id: RiderId | None, *, goes_on: bool = False
) -> Named:
    """Who rides this trip from now on, `rider_id` where they are `known`; whoever changes the company or ends the rider waits for the
    commit. `goes_on`: the company has the trip, and finishes it whatever it may take. Raises ReplyRefused, and then nobody was entered."""
    if rider_id is None and reply.rider is not None:
        return await _enter(conn, sent, trip, reply.rider, goes_on=goes_on)
    status, rider = await partners.taking(conn, sent.partner_id, rider_id)
    _check_takes(goes_on or (status is not None and dispatch.may_take(status, test=trip.test)))
    if rider is None:
        said, field = (reply.rider_id, "rider_id") if reply.rider_id else (f"{reply.external_id!r}", "external_id")
        message = f"{said} is no rider of yours: name one whom you have entered, or enter one"
        raise ReplyRefused(RefusalCode.NOT_YOUR_RIDER, message, field)
    await check_cash(conn, trip, rider.cash_limit_rupiah, rider.id, "rider_id" if reply.rider_id else "external_id")
    return Named(rider.id, rides=rider.rides)


def _check_takes(takes: bool) -> None:
    """Raises ReplyRefused."""
    if not takes:
        raise ReplyRefused(RefusalCode.OFFER_WITHDRAWN, "your company gets no jobs now; finish what you carry")


async def check_cash(conn: Transaction, trip: Trip, limit: int | None, rider: RiderId | str, field: str) -> None:
    """With the jobs that they have; whom nobody knows yet has none. Raises ReplyRefused."""
    if limit is None:
        return
    has = await partners.collects(conn, rider) if isinstance(rider, RiderId) else 0
    if (collects := trip.cash_to_collect_rupiah + has) > limit:
        message = f"{rider} may carry {limit} in cash, and {collects} is to be collected with what they have"
        raise ReplyRefused(RefusalCode.OVER_CASH_LIMIT, message, field)


async def _enter(conn: Transaction, sent: Sent, trip: Trip, given: NamedRider, *, goes_on: bool) -> Named:
    """All that refuses comes before the first write."""
    own_id, details = _checked(given)
    company = await partners.lock(conn, sent.partner_id)
    assert company
    _check_takes(goes_on or dispatch.may_take(company.status, test=trip.test))
    there = await riders.named(conn, company.id, own_id)  # by another acceptance, a moment ago
    limit = there.details.cash_limit_rupiah if there else details.cash_limit_rupiah
    await check_cash(conn, trip, limit, there.id if there else own_id, "rider")
    if there is not None:
        return Named(there.id)
    if await riders.count(conn, company.id) >= MAX_RIDERS:
        raise ReplyRefused(RefusalCode.TOO_MANY_RIDERS, f"a company has at most {MAX_RIDERS} riders; end one", "rider")
    made = RiderId.new()
    await riders.add(conn, made, company.id, own_id, details)
    await companies.add_history(
        conn, company.id, PartnerAction.SAVE_RIDER, company.status, by=BY_MACHINE, about=str(made)
    )
    return Named(made, (await riders.told(conn, made),))


def _checked(given: NamedRider) -> tuple[str, RiderDetails]:
    """With the defaults of who is named like this. Raises ReplyRefused."""
    details = RiderDetails(
        given.name, given.plate, given.vehicle, given.has_box, given.cash_limit_rupiah, given.carries_gram
    )
    if details.cash_limit_rupiah is None:
        details = replace(details, cash_limit_rupiah=INLINE_CASH_LIMIT_RUPIAH)
    try:
        own_id = given.plate.upper() if given.external_id is None else given.external_id
        return crew.checked(own_id, details)
    except (FieldInvalid, ExceptionGroup) as error:
        first = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
        field = first.field.rpartition(".")[2] if isinstance(first, FieldInvalid) else "rider"
        raise ReplyRefused(RefusalCode.MALFORMED, f"{field}: {first}", "rider") from None
