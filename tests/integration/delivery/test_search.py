"""A search lasts its time: pauses between rounds, what is remembered of answers and silence, how long unread replies hold an offer."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.contracts.delivery import DeliveryId, PartnerId, PartnerStatus
from services.delivery.commands import partners
from services.delivery.partner_topics import Replies
from services.delivery.store import answering
from services.kit.database.db import transaction
from tests.integration.delivery.test_replies import a_record
from tests.worlds.delivery import KONCAR, SEMERU, World, kinds


async def alone(world: World, partner: PartnerId) -> None:
    """The other company gets no jobs."""
    async with transaction(world.db) as conn:
        other = KONCAR if partner == SEMERU else SEMERU
        await partners.set_status(conn, other, PartnerStatus.PAUSED, "rain")


async def asked_at(world: World, job: DeliveryId) -> list[int]:
    """When the job was offered, in seconds since its search began."""
    async with world.db.acquire() as conn:
        rows = await conn.fetch(
            """SELECT extract(epoch FROM o.offered_at - d.created_at)::integer AS s
               FROM offer o JOIN delivery d ON d.id = o.delivery_id WHERE d.id = $1 ORDER BY 1""",
            job,
        )
    return [row["s"] for row in rows]


async def unanswered(world: World, partner: PartnerId) -> int:
    async with world.db.acquire() as conn:
        found = await conn.fetchval("SELECT unanswered FROM partner_answering WHERE partner_id = $1", partner)
    return found or 0


async def test_quick_declines_of_the_only_company_do_not_end_the_search(world: World) -> None:
    """Three of them within 1.7 s did, though ten minutes are promised."""
    await alone(world, SEMERU)
    job = await world.job()
    for _ in range(4):
        offer, partner = await world.open_offer(job)
        assert (await world.decline(job, offer, partner)).code is None
        assert await world.status(job) == "REQUESTED"  # nobody may be asked now
        while await world.status(job) == "REQUESTED":
            await world.pass_by(5)
    first, *others = await asked_at(world, job)
    pauses = [later - earlier for earlier, later in itertools.pairwise([first, *others])]
    assert pauses == [pytest.approx(seconds, abs=6) for seconds in (60, 120, 240)]
    assert await world.status(job) == "UNASSIGNABLE"
    [*_, last] = await world.told(topic="delivery.deliveries")
    assert last.type == "delivery.delivery_unassignable.v1"
    async with world.db.acquire() as conn:
        lasted = await conn.fetchval(
            """SELECT max(at) - min(at) FROM delivery_history WHERE delivery_id = $1 AND status IN ('REQUESTED', 'UNASSIGNABLE')""",
            job,
        )
        assert await conn.fetchval("SELECT count(*) FROM timer") == 0
    assert lasted >= timedelta(seconds=600)


async def test_a_company_is_asked_for_a_job_so_often_and_no_more_though_the_search_goes_on(world: World) -> None:
    await alone(world, SEMERU)
    world.policy = replace(world.policy, rounds=2)
    job = await world.job()
    for _ in range(2):
        await world.decline(job, *await world.open_offer(job))
        while await world.status(job) == "REQUESTED":
            await world.pass_by(5)
    assert await world.status(job) == "UNASSIGNABLE"
    assert await asked_at(world, job) == [0, pytest.approx(60, abs=6)]


async def test_a_company_that_comes_while_all_others_have_declined_is_asked(world: World) -> None:
    await alone(world, SEMERU)
    job = await world.job()
    await world.decline(job, *await world.open_offer(job))
    async with transaction(world.db) as conn:
        await partners.set_status(conn, KONCAR, PartnerStatus.ACTIVE, "dry again")
    await world.pass_by(10)
    assert (await world.open_offer(job))[1] == KONCAR


async def test_a_job_accepted_and_given_back_goes_round_with_pauses_and_not_for_ever(world: World) -> None:
    """It went round twelve times within 1.9 s."""
    await alone(world, SEMERU)
    job, taken = await world.job(), []
    for _ in range(400):
        if await world.status(job) == "OFFERED":
            offer, partner = await world.open_offer(job)
            assert (await world.accept(job, offer, partner)).code is None
            assert (await world.report(partner, job, "failed")).code is None
            async with world.db.acquire() as conn:
                taken.append(await conn.fetchval("SELECT wlijo_now()"))
        await world.pass_by(5)
    assert len(taken) == 2
    assert taken[1] - taken[0] >= timedelta(seconds=120)
    assert await world.status(job) == "UNASSIGNABLE"


async def test_silence_counts_against_a_company_until_it_answers_something(world: World) -> None:
    """Who sleeps has the fewest jobs, and was asked first for every order, thirty seconds each."""
    job = await world.job()
    _, sleeper = await world.open_offer(job)
    awake = KONCAR if sleeper == SEMERU else SEMERU
    await world.pass_by(30)
    assert await unanswered(world, sleeper) == 1
    for _ in range(3):  # though they make it the busier one
        offer, partner = await world.open_offer(job)
        assert partner == awake
        await world.accept(job, offer, awake)
        job = await world.job()
    # After a while it has its turn once; then for twice as long not.
    await world.accept(job, (await world.open_offer(job))[0], awake)
    await world.pass_by(30)
    probe = await world.job()
    assert (await world.open_offer(probe))[1] == sleeper
    await world.pass_by(30)
    assert await unanswered(world, sleeper) == 2
    assert (await world.open_offer(await world.job()))[1] == awake
    # Whatever it answers shows that it is awake, be it too late.
    late = (await world.offers(probe))[0]
    assert (await world.decline(probe, late.id, sleeper)).code == "OFFER_EXPIRED"
    assert await unanswered(world, sleeper) == 0
    assert (await world.open_offer(await world.job()))[1] == sleeper


async def test_each_offer_that_a_company_lets_expire_doubles_the_time_for_which_it_comes_last(world: World) -> None:
    job = await world.job()
    _, sleeper = await world.open_offer(job)
    awake = KONCAR if sleeper == SEMERU else SEMERU

    async def taken_by_the_other(job: DeliveryId) -> None:
        offer, partner = await world.open_offer(job)
        assert partner == awake
        await world.accept(job, offer, awake)

    await world.pass_by(30)
    await taken_by_the_other(job)
    await world.pass_by(35)  # a minute since it was asked
    job = await world.job()
    assert (await world.open_offer(job))[1] == sleeper
    await world.pass_by(30)
    await taken_by_the_other(job)
    await world.pass_by(40)  # more than a minute
    await taken_by_the_other(await world.job())
    await world.pass_by(60)  # more than two
    assert (await world.open_offer(await world.job()))[1] == sleeper


@pytest.mark.parametrize("kind", ["arrived", "sing"])
async def test_junk_is_no_sign_that_a_company_is_awake(world: World, kind: str) -> None:
    _, sleeper = await world.open_offer(await world.job())
    await world.pass_by(30)
    assert (await world.reply(sleeper, kind, b"{}")).code is not None
    assert await unanswered(world, sleeper) == 1


async def test_an_offer_is_held_for_unread_replies_of_a_company_that_uses_its_topic_and_not_for_ever(
    world: World,
) -> None:
    job = await world.job()
    first, partner = await world.open_offer(job)
    await world.use_topic(partner)
    await world.read_all_replies()  # read up to now, which is before the offer's end
    await world.move_clock(timedelta(seconds=31))
    assert await world.fire() == 1
    assert await world.open_offer(job) == (first, partner)
    await world.move_clock(timedelta(seconds=13))
    await world.fire()
    assert await world.open_offer(job) == (first, partner)
    in_time = datetime.now(UTC) - timedelta(seconds=20)
    await world.move_clock(timedelta(seconds=1))
    await world.fire()
    assert (await world.open_offer(job))[1] != partner
    # What comes to light now still counts, as long as nobody else has the job.
    assert (await world.accept(job, first, partner, appended_at=in_time - timedelta(seconds=20))).code is None
    assert await world.status(job) == "ASSIGNED"


async def test_an_offer_whose_replies_have_been_read_beyond_its_end_is_held_no_longer(world: World) -> None:
    job = await world.job()
    _, partner = await world.open_offer(job)
    await world.use_topic(partner)
    await world.move_clock(timedelta(seconds=33))
    await world.read_all_replies()
    await world.fire()
    assert (await world.open_offer(job))[1] != partner


async def test_an_offer_of_a_company_that_never_used_its_topic_ends_in_time_whatever_is_unread_there(
    world: World,
) -> None:
    """A frozen broker, or a topic that nobody reads yet, held it open."""
    job = await world.job()
    _, partner = await world.open_offer(job)
    await world.move_clock(timedelta(seconds=31))
    await world.fire()
    assert (await world.open_offer(job))[1] != partner


async def test_only_what_is_of_use_makes_a_company_one_that_uses_its_topic(world: World) -> None:
    job = await world.trip(SEMERU)
    reading = Replies(world.db, world.rules)

    async def uses(partner: PartnerId) -> bool:
        async with world.db.acquire() as conn:
            return (await answering.heard(conn, partner, 3)).uses_topic

    await reading.take(a_record(SEMERU, {"ce_id": "j1", "ce_type": "partner.sing.v1"}, b"{}"))
    await reading.take(
        a_record(KONCAR, {"ce_id": "j2", "ce_type": "partner.picked_up.v1"}, b'{"job_id": "%s"}' % str(job).encode())
    )
    assert (await uses(SEMERU), await uses(KONCAR)) == (False, False)
    assert kinds(await world.told_to(KONCAR))[-1] == "reply_refused"
    await reading.take(
        a_record(SEMERU, {"ce_id": "r1", "ce_type": "partner.picked_up.v1"}, b'{"job_id": "%s"}' % str(job).encode())
    )
    assert (await uses(SEMERU), await uses(KONCAR)) == (True, False)
