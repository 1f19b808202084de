"""In which order a rider with several jobs visits their stops: decided when a job is taken beside others, and kept."""

from __future__ import annotations

from services.contracts.delivery import RiderId
from services.delivery.domain import insertion
from services.delivery.domain.trip import Trip
from services.delivery.store import plans
from services.kit.database.db import Transaction

_WHATEVER_M = 1_000_000


async def taken_beside(conn: Transaction, trip: Trip, rider_id: RiderId) -> None:
    """The rider has it now, beside what they had. Its stops go where the way grows least and every promise is kept; where none is, whoever
    gave it to them knew why: they come after all others. What is ahead keeps its order."""
    carried = (await plans.carried(conn, [rider_id], trip.now))[rider_id]
    new = next(each for each in carried.jobs if each.id == trip.id)
    others = [each for each in carried.jobs if each.id != trip.id]
    ahead = tuple(visit for visit in carried.ahead if visit.job_id != trip.id)
    if not ahead:
        return
    found = insertion.insert(
        carried.point or ahead[0].point,
        trip.now,
        ahead,
        new.visits,
        aboard_gram=sum(each.gram for each in others if each.is_fetched),
        capacity_gram=carried.carries_gram,
        most_added_m=_WHATEVER_M,
    )
    await plans.keep(conn, rider_id, found.visits if found else (*ahead, *new.visits), trip.now)
