"""Riders as their company has them: entered by its own ids, on shift or not, ended at once."""

from __future__ import annotations

from services.contracts.delivery import PartnerId, RiderId
from services.delivery.commands.crews import check_lives, held
from services.delivery.domain import crew
from services.delivery.domain.caller import Caller, NotFound
from services.delivery.domain.company import PartnerAction
from services.delivery.domain.crew import MAX_RIDERS, RiderDetails, RidersAreTooMany
from services.delivery.store import companies, crews, riders
from services.delivery.store.riders import Rider
from services.kit.database.db import Transaction
from services.kit.messaging import outbox


async def save(
    conn: Transaction, caller: Caller, partner_id: PartnerId, external_id: str, given: RiderDetails, *, by: str
) -> RiderId:
    """Entered, or changed when there is one of this name who has not ended. Raises NotFound, PartnerInState, TextIsInvalid or a group of
    it, CashLimitOutOfRange, CarriesOutOfRange, RidersAreTooMany."""
    named, details = crew.checked(external_id, given)
    found, there = await held(conn, partner_id)
    if caller.machine_of != partner_id:
        crew.check_is_of(there, caller)
    check_lives(found)
    known = await riders.named(conn, partner_id, named)
    if known is not None and known.details == details:
        return known.id
    if known is not None:
        rider_id = known.id
        await riders.change(conn, rider_id, details)
    else:
        if await riders.count(conn, partner_id) >= MAX_RIDERS:
            raise RidersAreTooMany
        rider_id = RiderId.new()
        await riders.add(conn, rider_id, partner_id, named, details)
        await outbox.append(conn, await riders.told(conn, rider_id))
    await companies.add_history(conn, partner_id, PartnerAction.SAVE_RIDER, found.status, by=by, about=str(rider_id))
    return rider_id


async def shift(conn: Transaction, caller: Caller, rider_id: RiderId, *, on_shift: bool) -> None:
    """By the rider, or the company's people. Raises NotFound."""
    rider = await _held(conn, caller, rider_id)
    if rider.on_shift is not on_shift:
        await riders.shift(conn, rider_id, on_shift=on_shift)
        await outbox.append(conn, await riders.told(conn, rider_id))
        conn.wake(str(rider.partner_id))


async def end(conn: Transaction, caller: Caller, rider_id: RiderId, *, by: str) -> PartnerId:
    """From now on they accept nothing and are nobody who signs in; what they carry their company reports. One who has ended stays so.
    Raises NotFound."""
    rider = await _held(conn, caller, rider_id, ended_too=True)
    if rider.ended:
        return rider.partner_id
    await riders.end(conn, rider_id)
    await crews.withdraw_of_rider(conn, rider_id)
    found, _ = await held(conn, rider.partner_id)
    await companies.add_history(
        conn, rider.partner_id, PartnerAction.END_RIDER, found.status, by=by, about=str(rider_id)
    )
    await outbox.append(conn, await riders.told(conn, rider_id))
    conn.wake(str(rider.partner_id))
    for trip_id in await crews.trips_of(conn, [rider.partner_id]):
        conn.wake(str(trip_id))
    return rider.partner_id


async def _held(conn: Transaction, caller: Caller, rider_id: RiderId, *, ended_too: bool = False) -> Rider:
    """Their company held too. Raises NotFound for who is neither the rider nor of the company."""
    rider = await riders.find(conn, rider_id)
    if rider is None:
        raise NotFound
    _, there = await held(conn, rider.partner_id)
    rider = await riders.find(conn, rider_id)
    assert rider
    if caller.machine_of != rider.partner_id and (not caller.person or rider.subject != caller.person):
        crew.check_is_of(there, caller)
    if rider.ended and not ended_too:
        raise NotFound
    return rider
