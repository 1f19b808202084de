"""What is kept of replies that change nothing is bounded for each company, and keeps no reply of use from counting."""

from __future__ import annotations

import json

import pytest

from services.contracts.delivery import OfferId, PartnerId
from services.delivery.commands.budget import AT_ONCE, PER_MINUTE, KeptOfNoEffect, Patience
from services.delivery.partner_topics import Replies
from services.kit.database.db import Database, Unavailable
from tests.integration.delivery.test_replies import a_record
from tests.worlds.delivery import CASH, KONCAR, RIDERS, SEMERU, World
from tests.worlds.delivery_counter import Counter


async def kept(world: World, partner: PartnerId) -> tuple[int, int]:
    """Stored answers, and events of outcomes."""
    async with world.db.acquire() as conn:
        stored = await conn.fetchval("SELECT count(*) FROM reply_inbox WHERE partner_id = $1", partner)
    return stored, len([each for each in await world.told_to(partner) if ".reply_" in each.type])


def bounded(world: World, at_once: int) -> None:
    world.budget = KeptOfNoEffect(at_once=at_once, per_minute=0.000_1)


async def test_a_flood_of_junk_is_kept_up_to_the_companys_budget_and_no_rivals_reply_is_lost_for_it(
    world: World,
) -> None:
    """94 GB in 14 days, within all limits."""
    bounded(world, 5)
    job, theirs = await world.trip(SEMERU), await world.trip(KONCAR)
    before = await kept(world, SEMERU)
    reading = Replies(world.db, world.rules, burst=10_000)
    kinds = {
        "sing": {},
        "accept": {"job_id": str(job), "offer_id": str(OfferId.new()), "rider_id": "x"},
        "picked_up": {"job_id": str(theirs)},
        "status": {"job_id": str(job), "status": "ASSIGNED"},  # changes nothing either
        "delivered": {"job_id": str(job), "pin": "1", "cash_collected_rupiah": CASH},  # too early
    }
    for number in range(40):
        for kind, data in kinds.items():
            headers = {"ce_id": f"{kind}{number}", "ce_type": f"partner.{kind}.v1"}
            await reading.take(a_record(SEMERU, headers, json.dumps(data).encode()))
    await reading.take(a_record(SEMERU, {"ce_id": "large", "ce_type": "partner.status.v1"}, b" " * 16_385))
    stored, told = await kept(world, SEMERU)
    assert stored - before[0] <= 5
    assert told - before[1] == 5
    # What changes something counts, is kept and told.
    assert (await world.report(SEMERU, job, "picked_up", reply_id="r1")).code is None
    assert await kept(world, SEMERU) == (stored + 1, told + 1)
    assert (await world.report(KONCAR, theirs, "sing", reply_id="k1")).kept


async def test_beyond_the_budget_an_answer_to_a_request_still_carries_the_outcome(world: World) -> None:
    bounded(world, 1)
    counter = Counter(world)
    for number in range(3):
        answer = await counter.post(SEMERU, "sing", f"r{number}", job_id="x")
        assert (answer.status, answer.json()["outcome"]) == (200, "refused")
    assert await kept(world, SEMERU) == (1, 1)


async def test_no_budget_makes_guessing_pins_free(world: World) -> None:
    job = await world.trip(SEMERU, "picked_up")
    bounded(world, 0)
    right = await world.pin(job)
    body = {"job_id": str(job), "pin": f"{(int(right) + 1) % 1_000_000:06d}", "cash_collected_rupiah": CASH}
    for number in range(8):
        answer = await world.reply(SEMERU, "delivered", body, reply_id=f"try-{number}")
        assert (answer.code, answer.kept) == ("WRONG_PIN", number < 5)
    assert (await world.reply(SEMERU, "delivered", {**body, "pin": right})).code == "WRONG_PIN"
    assert [each.data["change"] for each in await world.told_to(SEMERU) if "job_changed" in each.type] == ["PIN_LOCKED"]


def patience(at_once: int, of_a_job: int = 20) -> Patience:
    return Patience(at_once=at_once, per_second=0.000_1, of_a_job=of_a_job)


@pytest.mark.usefixtures("rates_stand_still")
async def test_over_http_a_company_whose_replies_change_nothing_waits_before_they_are_looked_at(world: World) -> None:
    job = await world.trip(KONCAR)
    counter = Counter(world, patience=patience(3))
    answers = [
        await counter.post(SEMERU, "picked_up", "a", job_id=str(job)),  # another's
        await counter.post(SEMERU, "picked_up", "a", job_id=str(job)),  # said again
        await counter.ask("POST", "replies", SEMERU, body=b"{"),
        await counter.post(SEMERU, "picked_up", "b", job_id=str(job)),
    ]
    assert [answer.status for answer in answers] == [200, 200, 400, 429]
    assert answers[3].json()["code"] == "RATE_LIMITED"
    assert int(answers[3].headers["retry-after"]) >= 1
    # Events, outcomes and the rival are as before; and no database is asked for one who is to wait.
    assert (await counter.ask("GET", "events", SEMERU)).status == 200
    assert (await counter.ask("GET", "replies/a", SEMERU)).status == 200
    assert (await counter.post(KONCAR, "picked_up", "k", job_id=str(job))).json()["outcome"] == "applied"
    await world.db.close()
    assert (await counter.post(SEMERU, "picked_up", "c", job_id=str(job))).status == 429


async def test_what_changes_something_and_what_our_fault_kept_from_it_use_up_no_patience(world: World) -> None:
    job = await world.trip(SEMERU)
    counter = Counter(world, patience=patience(1))
    for kind, data in (("arrived", {"at": "pickup"}), ("picked_up", {}), ("arrived", {"at": "dropoff"})):
        answer = await counter.post(SEMERU, kind, f"{kind}{data}", job_id=str(job), **data)
        assert (answer.status, answer.json()["outcome"]) == (200, "applied")
    await world.db.close()
    for number in range(3):
        assert (await counter.post(SEMERU, "sing", f"r{number}", job_id="x")).status == 503


async def test_on_the_topic_a_flood_of_no_effect_is_passed_unjudged_but_for_jobs_that_the_company_has(
    world: World,
) -> None:
    job, theirs = await world.trip(SEMERU), await world.trip(KONCAR)
    reading = Replies(world.db, world.rules, burst=10_000, patience=patience(2, of_a_job=3))

    async def say(reply_id: str, kind: str, partner: PartnerId = SEMERU, **data: object) -> None:
        headers = {"ce_id": reply_id, "ce_type": f"partner.{kind}.v1"}
        await reading.take(a_record(partner, headers, json.dumps(data).encode()))

    before = await kept(world, SEMERU)
    for number in range(20):
        await say(f"junk{number}", "picked_up", job_id=str(theirs))
    assert await kept(world, SEMERU) == (before[0] + 2, before[1] + 2)
    # A job of its own is judged in the midst of them: all that has an effect, and of what has none so many.
    await say("here", "arrived", job_id=str(job), at="pickup")
    await say("fetched", "picked_up", job_id=str(job))
    assert await world.status(job) == "PICKED_UP"
    for number in range(9):
        await say(f"again{number}", "picked_up", job_id=str(job))
    assert await kept(world, SEMERU) == (before[0] + 2 + 2 + 3, before[1] + 2 + 2 + 3)
    await say("mine", "status", KONCAR, job_id=str(theirs), status="AT_PICKUP")
    assert await world.status(theirs) == "AT_PICKUP"


async def test_an_offer_is_accepted_in_the_midst_of_the_companys_own_junk(world: World) -> None:
    offered = await world.job()
    offer, asked = await world.open_offer(offered)
    reading = Replies(world.db, world.rules, burst=10_000, patience=patience(0))
    rider = str(RIDERS[asked])
    accept = json.dumps({"job_id": str(offered), "offer_id": str(offer), "rider_id": rider}).encode()
    for number in range(5):
        await reading.take(a_record(asked, {"ce_id": f"junk{number}", "ce_type": "partner.sing.v1"}, b"{}"))
    await reading.take(a_record(asked, {"ce_id": "mine", "ce_type": "partner.accept.v1"}, accept))
    assert await world.status(offered) == "ASSIGNED"


async def test_a_flood_beyond_the_budget_costs_no_transaction() -> None:
    """So it is passed at the speed of memory, and its company's offers are held for nothing."""
    rules = World(Database("postgresql://nowhere")).rules
    spent = Replies(Database("postgresql://nowhere"), rules.__class__(rules.policy, rules.pins, Spent()), burst=1)
    record = a_record(SEMERU, {"ce_id": "r", "ce_type": "partner.sing.v1"}, b"{}")
    with pytest.raises(Unavailable):
        await spent.take(record)
    for _ in range(3):
        await spent.take(record)  # a database that is not there is not asked


class Spent:
    def allows(self, partner_id: PartnerId) -> bool:
        return False


def test_what_a_company_can_fill_in_two_weeks_is_a_few_hundred_megabytes() -> None:
    rows = AT_ONCE + PER_MINUTE * 60 * 24 * 14
    assert rows * 1_500 < 400_000_000
