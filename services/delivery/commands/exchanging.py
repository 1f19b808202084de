"""Another rider of the company goes on with a trip that is under way: with its goods, and what is to be collected."""

from __future__ import annotations

from services.contracts.delivery import RiderExchanged
from services.contracts.partner import JobChange, RefusalCode, RiderChanged
from services.delivery.commands import naming, planning
from services.delivery.commands.effect import Effect
from services.delivery.commands.trips import expect_word, move, word_due
from services.delivery.domain import job
from services.delivery.domain.reply import ReplyRefused, Sent, own
from services.delivery.domain.trip import ON_TRIP
from services.delivery.store import exchanges
from services.delivery.store.held import Held
from services.kit.database.db import Transaction


async def exchange(conn: Transaction, sent: Sent, held: Held | None, reply: RiderChanged) -> Effect:
    """Who has it already goes on: nothing changes then. Raises ReplyRefused."""
    trip = own(held.trip if held else None, sent.partner_id)
    if trip.status not in ON_TRIP:
        raise ReplyRefused(RefusalCode.ALREADY_DONE, f"the trip is over: it is {trip.status}")
    known = await naming.known(conn, sent, reply)
    if known is not None and known == trip.rider_id:
        await expect_word(conn, trip, sent.rules.policy)
        return Effect(trip, changed=False)
    named = await naming.taking(conn, sent, trip, reply, known, goes_on=True)
    if named.rider_id == trip.rider_id:
        return Effect(trip, changed=False)
    assert trip.rider_id
    since = await exchanges.since(conn, trip.id)
    starts = word_due(trip, sent.rules.policy)
    moved = await move(conn, trip, trip.status, exchanges.RIDER_CHANGED, starts=starts, rider_id=named.rider_id)
    if named.rides:
        await planning.taken_beside(conn, moved, named.rider_id)
    await exchanges.add(conn, trip, since, moved)
    conn.wake(str(trip.id))
    conn.wake(str(sent.partner_id))
    fact = RiderExchanged(
        delivery_id=trip.id,
        order_id=trip.order_id,
        partner_id=sent.partner_id,
        rider_id=named.rider_id,
        was_rider_id=trip.rider_id,
    )
    told = job.changed(moved, sent.partner_id, JobChange.RIDER_CHANGED, rider_id=named.rider_id)
    return Effect(moved, [*named.told, fact, told])
