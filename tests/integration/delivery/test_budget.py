"""What is kept of replies that change nothing is bounded for each company, and keeps no reply of use from counting."""

from __future__ import annotations

import json

import pytest

from services.contracts.delivery import OfferId, PartnerId
from services.delivery.commands.budget import AT_ONCE, PER_MINUTE, KeptOfNoEffect
from services.delivery.partner_topics import Replies
from services.kit.database.db import Database, Unavailable
from tests.integration.delivery.test_replies import a_record
from tests.worlds.delivery import CASH, KONCAR, SEMERU, World
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
