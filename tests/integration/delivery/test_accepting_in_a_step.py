"""An acceptance is one look and one statement: whatever of what it looked at is another meanwhile, it is not written."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence

import pytest

from services.contracts.delivery import DeliveryId, OfferId
from services.delivery.commands import replies
from services.delivery.domain.offer import OfferState
from services.delivery.store import offers
from services.delivery.store.answers import Came
from services.kit.database.db import transaction
from services.kit.database.step import NotInOne, Step, step
from services.kit.ids import EventId
from tests.worlds.delivery import AGUS, CASH, SEMERU, World

Meanwhile = Callable[[World, DeliveryId, OfferId], Awaitable[None]]


async def offered(world: World) -> tuple[DeliveryId, OfferId]:
    job = await world.job()
    while (found := await world.open_offer(job))[1] != SEMERU:
        await world.decline(job, *found)
    return job, found[0]


async def accept(world: World, conn: Step, job: DeliveryId, offer: OfferId) -> replies.Answer:
    body = {"job_id": str(job), "offer_id": str(offer), "rider_id": str(AGUS)}
    return await replies.receive_reply(
        conn, world.rules, SEMERU, str(EventId.new()), json.dumps(body).encode(), "partner.accept.v1", Came()
    )


async def the_rider_gets_another_job(world: World, job: DeliveryId, offer: OfferId) -> None:
    other = await offered(world)
    assert (await world.accept(*other, SEMERU, AGUS)).code is None


async def the_offer_ends(world: World, job: DeliveryId, offer: OfferId) -> None:
    # As a timer does whose offer is not the only one.
    async with transaction(world.db) as conn:
        await offers.close(conn, [offer], OfferState.TIMED_OUT, await world.now())


async def the_company_pauses(world: World, job: DeliveryId, offer: OfferId) -> None:
    async with transaction(world.db) as conn:
        await conn.execute("UPDATE partner SET status = 'PAUSED' WHERE id = $1", SEMERU)


async def another_says_it(world: World, job: DeliveryId, offer: OfferId) -> None:
    assert (await world.accept(job, offer, SEMERU, AGUS)).code is None


ALL: Sequence[tuple[Meanwhile, str]] = [
    (the_rider_gets_another_job, "rider"),
    (the_offer_ends, "offer"),
    (the_company_pauses, "partner"),
    (another_says_it, "delivery"),
]


async def taken(world: World, meanwhile: Meanwhile | None) -> DeliveryId:
    """The trip, after an acceptance that was looked at before and written after something else had happened."""
    job, offer = await offered(world)
    async with step(world.db) as conn:
        assert (await accept(world, conn, job, offer)).code is None
        if meanwhile is not None:
            await meanwhile(world, job, offer)
        await conn.finish()
    return job


async def test_it_is_one_look_at_the_trip_one_at_who_rides_and_one_statement(world: World) -> None:
    assert await world.status(await taken(world, None)) == "ASSIGNED"


@pytest.mark.parametrize(("meanwhile", "_"), ALL)
async def test_what_was_overtaken_is_not_written(world: World, meanwhile: Meanwhile, _: str) -> None:
    with pytest.raises(NotInOne):
        await taken(world, meanwhile)


@pytest.mark.parametrize(("meanwhile", "table"), ALL[:3])
async def test_each_check_is_needed(
    world: World, meanwhile: Meanwhile, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = Step.holds

    def all_but_one(self: Step, of: str, column: str, key: object, versions: Sequence[str], **how: bool) -> None:
        if of != table:
            checks(self, of, column, key, versions, **how)

    monkeypatch.setattr(Step, "holds", all_but_one)
    assert await world.status(await taken(world, meanwhile)) == "ASSIGNED"


async def test_of_two_at_once_with_one_rider_whose_cash_is_enough_for_one_one_is_refused(world: World) -> None:
    async with world.db.acquire() as conn:
        await conn.execute("UPDATE rider SET cash_limit_rupiah = $2 WHERE id = $1", AGUS, 2 * CASH - 1)
    for _ in range(5):
        both = [await offered(world) for _ in range(2)]
        answers = await asyncio.gather(*(world.accept(*each, SEMERU, AGUS) for each in both))
        assert sorted(str(each.code) for each in answers) == ["None", "OVER_CASH_LIMIT"]
        won = both[[each.code for each in answers].index(None)][0]
        for report in ("pickup", "picked_up", "dropoff", "delivered"):
            assert (await world.report(SEMERU, won, report)).code is None
