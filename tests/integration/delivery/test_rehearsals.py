"""Test jobs that a company orders for itself: offered to it alone, played by a robot, judged, counted for nothing, and forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.delivery import DeliveryId, FailureCode, PartnerId, PartnerStatus
from services.contracts.partner import RefusalCode
from services.delivery.commands import reassigning, rehearsals, searching
from services.delivery.domain.caller import Caller, NotFound
from services.delivery.domain.company import PartnerInState
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.incident import Incident
from services.delivery.domain.partner import UnknownPartner
from services.delivery.domain.rehearsal import MAX_AN_HOUR, MAX_OPEN, RehearsalsAreTooFast, RehearsalsAreTooMany
from services.delivery.domain.rehearsal import TestScenario as Scenario
from services.delivery.domain.reply import ReplyRefused
from services.delivery.domain.verdict import TestExpectation as Expected
from services.delivery.domain.verdict import TestVerdict as Verdict
from services.delivery.domain.verdict import judge
from services.delivery.store import board
from services.delivery.store import rehearsals as stored
from services.delivery.store.reading import Viewer
from services.kit.database.db import transaction
from tests.worlds.delivery import KONCAR, RINI, SANDBOXED, SEMERU, World, kinds

MACHINE = Viewer(buyer=None, partner_id=SANDBOXED, ops=False)


async def order(world: World, scenario: Scenario, *, of: PartnerId = SANDBOXED, key: str = "") -> DeliveryId:
    async with transaction(world.db) as conn:
        return await rehearsals.request(
            conn,
            Caller(),
            of,
            scenario,
            world.policy,
            machine=of,
            by="cli_machine",
            idempotency_key=key or f"a test job {DeliveryId.new()}",
        )


async def verdict(world: World, job: DeliveryId) -> tuple[Verdict, dict[Expected, bool | None], str]:
    async with world.db.acquire() as conn:
        [view] = await stored.of_partner(conn, SANDBOXED, MACHINE, job)
    found, findings = judge(view.scenario, view.course)
    why = " ".join(each.detail or "" for each in findings if each.met is False)
    return found, {each.expected: each.met for each in findings}, why


async def take(world: World, job: DeliveryId, *reports: str) -> None:
    offer_id, partner = await world.open_offer(job)
    assert (await world.accept(job, offer_id, partner)).code is None
    for each in reports:
        await world.pass_by(5)
        assert (await world.report(SANDBOXED, job, each)).code is None


async def deliver(world: World, job: DeliveryId, cash: int) -> Any:
    body = {"job_id": str(job), "pin": "000000", "cash_collected_rupiah": cash}
    return await world.reply(SANDBOXED, "delivered", body)


async def cash_of(world: World, job: DeliveryId) -> int:
    async with world.db.acquire() as conn:
        return int(await conn.fetchval("SELECT cash_to_collect_rupiah FROM delivery WHERE id = $1", job))


async def told_of(world: World, job: DeliveryId) -> list[str]:
    return [
        each.data.get("change") or each.data.get("reason") or kinds([each])[0]
        for each in await world.told()
        if each.key == str(job)
    ]


async def test_it_is_offered_to_the_company_alone_and_no_fact_of_it_is_told(world: World) -> None:
    facts = len(await world.told(topic="delivery.deliveries"))
    job = await order(world, Scenario.PLAIN)
    assert [(each.partner_id, each.state) for each in await world.offers(job)] == [(SANDBOXED, "OPEN")]
    await take(world, job, "pickup", "picked_up", "dropoff")
    assert (await verdict(world, job))[0] is Verdict.RUNNING
    assert (await deliver(world, job, 0)).code is None
    found, met, why = await verdict(world, job)
    assert (found, why) == (Verdict.PASSED, "")
    assert met == dict.fromkeys(
        (Expected.OFFERED, Expected.ACCEPTED, Expected.DELIVERED, Expected.NOTHING_REFUSED), True
    )
    assert len(await world.told(topic="delivery.deliveries")) == facts
    assert "GOODS_READY" in await told_of(world, job)
    assert all(each.data["test"] for each in await world.told_to(SANDBOXED))


_ENDED = {
    Scenario.CASH: ("DELIVERED", "GOODS_READY"),
    Scenario.SEVERAL_PICKUPS: ("DELIVERED", "GOODS_READY"),
    Scenario.GOODS_LATE: ("DELIVERED", "GOODS_READY"),
    Scenario.CASH_CHANGED: ("DELIVERED", "CASH_CHANGED"),
    Scenario.STOP_LEFT_OUT: ("DELIVERED", "STOP_LEFT_OUT"),
    Scenario.CANCELLED_ON_THE_WAY: ("DELIVERED", "ORDER_CANCELLED"),
    Scenario.HAZARD: ("DELIVERED", "AREA_OPEN"),
    Scenario.REPORT_REQUESTED: ("DELIVERED", "report_requested"),
}


@pytest.mark.parametrize("scenario", _ENDED)
async def test_a_whole_trip_of_each_scenario_passes(world: World, scenario: Scenario) -> None:
    job = await order(world, scenario)
    await take(world, job, "pickup")
    await world.pass_by(35)
    assert (await world.report(SANDBOXED, job, "picked_up")).code is None
    await world.pass_by(15)
    assert (await deliver(world, job, await cash_of(world, job))).code is None
    status, told = _ENDED[scenario]
    found, _, why = await verdict(world, job)
    assert (found, why, await world.status(job)) == (Verdict.PASSED, "", status)
    assert told in await told_of(world, job)


async def test_a_locked_pin_is_brought_back(world: World) -> None:
    job = await order(world, Scenario.PIN_LOCKED)
    await take(world, job, "pickup", "picked_up")
    await world.pass_by(5)
    assert "PIN_LOCKED" in await told_of(world, job)
    assert (await deliver(world, job, 0)).code == "WRONG_PIN"
    for each in ("failed", "RETURNING", "RETURNED"):
        assert (await world.report(SANDBOXED, job, each)).code is None
    await world.pass_by(5)
    assert (await verdict(world, job))[0] is Verdict.PASSED


@pytest.mark.parametrize(
    ("scenario", "reason"),
    [
        (Scenario.CANCELLED_BEFORE_PICKUP, "ORDER_CANCELLED"),
        (Scenario.HAZARD_BEFORE_PICKUP, "AREA_CLOSED"),
        (Scenario.CANCELLED_AT_ONCE, "ORDER_CANCELLED"),
    ],
)
async def test_a_job_that_ends_under_way_is_to_be_let_go(world: World, scenario: Scenario, reason: str) -> None:
    good, bad = await order(world, scenario), await order(world, scenario)
    for job in (good, bad):
        await take(world, job)
    await world.pass_by(30)
    assert [await world.status(job) for job in (good, bad)] == ["CANCELLED", "CANCELLED"]
    assert reason in await told_of(world, good)
    assert (await world.report(SANDBOXED, bad, "picked_up")).code == "NOT_YOUR_JOB"
    assert (await verdict(world, good))[0] is Verdict.PASSED
    found, met, why = await verdict(world, bad)
    assert (found, met[Expected.NOTHING_REFUSED]) == (Verdict.FAILED, False)
    assert "report nothing of it after that" in why


async def test_who_takes_a_job_at_once_and_hurries_on_is_told_that_it_is_cancelled(world: World) -> None:
    job = await order(world, Scenario.CANCELLED_AT_ONCE)
    offer_id, partner = await world.open_offer(job)
    assert (await world.accept(job, offer_id, partner)).code is None
    await world.fire()
    assert await world.status(job) == "CANCELLED"
    await world.pass_by(5)
    assert (await verdict(world, job))[0] is Verdict.PASSED


async def test_what_goes_wrong_is_explained(world: World) -> None:
    silent, hasty, short = [await order(world, each) for each in (Scenario.PLAIN, Scenario.PLAIN, Scenario.CASH)]
    await take(world, hasty)
    await world.reply(SANDBOXED, "delivered", {"job_id": str(hasty), "pin": "000000", "cash_collected_rupiah": 0})
    await take(world, short, "picked_up")
    await deliver(world, short, 65_000)
    assert "in the order accept, arrived, picked_up" in (await verdict(world, hasty))[2]
    assert "cash_collected_rupiah was 65000, and 65200 was to be collected" in (await verdict(world, short))[2]
    await world.read_all_replies()
    await world.pass_by(640, step_s=20)
    found, met, why = await verdict(world, silent)
    assert (found, met[Expected.ACCEPTED]) == (Verdict.FAILED, False)
    assert "offers had no answer" in why
    assert "partner.accept.v1" in why


@pytest.mark.parametrize(
    ("scenario", "what"),
    [
        (Scenario.CASH_CHANGED, "CASH_CHANGED is told as you take it"),
        (Scenario.PIN_LOCKED, "PIN_LOCKED is told at your picked_up"),
        (Scenario.HAZARD, "AREA_CLOSED is told at your picked_up"),
        (Scenario.CANCELLED_ON_THE_WAY, "ORDER_CANCELLED is told at your picked_up"),
        (Scenario.CANCELLED_BEFORE_PICKUP, "ORDER_CANCELLED is told as you take it"),
        (Scenario.REPORT_REQUESTED, "report_requested.v1 is told as you take it"),
    ],
)
async def test_a_system_that_outruns_the_robot_has_not_passed(world: World, scenario: Scenario, what: str) -> None:
    job = await order(world, scenario)
    offer_id, partner = await world.open_offer(job)
    await world.accept(job, offer_id, partner)
    assert (await world.report(SANDBOXED, job, "picked_up")).code is None
    assert (await deliver(world, job, await cash_of(world, job))).code is None
    await world.pass_by(90)
    found, met, why = await verdict(world, job)
    assert (found, met[Expected.PLAYED]) == (Verdict.FAILED, False)
    assert what in why
    assert "Give each step half a second or more" in why


async def test_what_is_refused_and_names_no_job_is_explained_too(world: World) -> None:
    job = await order(world, Scenario.PLAIN)
    await world.reply(SANDBOXED, "accept", {"job": "dlv_1"})
    found, _, why = await verdict(world, job)
    assert found is Verdict.FAILED
    assert "MALFORMED: job_id is missing" in why


async def test_it_counts_for_nothing(world: World) -> None:
    job = await order(world, Scenario.PLAIN, of=SEMERU)
    offer_id, _ = await world.open_offer(job)
    await world.accept(job, offer_id, SEMERU)
    expires = await order(world, Scenario.PLAIN, of=SEMERU)
    await world.read_all_replies()
    await world.pass_by(35)
    assert (await world.offers(expires))[0].state == "TIMED_OUT"
    async with transaction(world.db) as conn:
        [semeru] = [each for each in await board.companies(conn, await world.now()) if each.partner_id == SEMERU]
    found = (semeru.accepted_today, semeru.unanswered, semeru.open_now, semeru.last_offered_at, semeru.free)
    assert found == (0, 0, 0, None, True)


async def test_a_repeat_is_the_same_one_and_there_are_so_many_and_no_more(world: World) -> None:
    first = await order(world, Scenario.PLAIN, key="the same key, said twice")
    assert await order(world, Scenario.PLAIN, key="the same key, said twice") == first
    for _ in range(MAX_OPEN - 1):
        await order(world, Scenario.PLAIN)
    with pytest.raises(RehearsalsAreTooMany):
        await order(world, Scenario.PLAIN)
    await order(world, Scenario.PLAIN, of=SEMERU)
    async with world.db.acquire() as conn:
        assert (await stored.standing(conn, SANDBOXED)).open == MAX_OPEN


async def test_an_hour_has_so_many_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsals, "MAX_AN_HOUR", 2)
    assert MAX_AN_HOUR > MAX_OPEN
    for _ in range(2):
        job = await order(world, Scenario.PLAIN)
        async with transaction(world.db) as conn:
            await rehearsals.end(conn, Caller(), job, machine=SANDBOXED, by="cli_machine")
    with pytest.raises(RehearsalsAreTooFast) as refused:
        await order(world, Scenario.PLAIN)
    assert 3_500 < refused.value.wait_s <= 3_600


async def test_only_its_own_company_orders_and_ends_one(world: World) -> None:
    job = await order(world, Scenario.PLAIN)
    async with transaction(world.db) as conn:
        with pytest.raises(NotFound):
            await rehearsals.end(conn, Caller(), job, machine=KONCAR, by="cli_other")
    async with transaction(world.db) as conn:
        with pytest.raises(NotFound):
            await rehearsals.request(
                conn,
                Caller(),
                SANDBOXED,
                Scenario.PLAIN,
                Policy(),
                machine=KONCAR,
                by="x",
                idempotency_key="another's machine",
            )
    await world.pause(SANDBOXED)
    with pytest.raises(PartnerInState) as refused:
        await order(world, Scenario.PLAIN)
    assert refused.value.status is PartnerStatus.PAUSED


async def test_one_that_is_left_lying_ends_by_itself_and_is_forgotten_in_time(world: World) -> None:
    lying, carried = await order(world, Scenario.PLAIN), await order(world, Scenario.PLAIN)
    await take(world, lying)
    await take(world, carried, "picked_up")
    await world.move_clock(timedelta(hours=1, minutes=1))
    await world.fire()
    assert [await world.status(job) for job in (lying, carried)] == ["CANCELLED", "DISPOSED"]
    found, _, why = await verdict(world, carried)
    assert found is Verdict.FAILED
    assert "it lay in PICKED_UP until its hour was over" in why
    real = await world.job()
    await world.move_clock(timedelta(days=15))
    async with transaction(world.db) as conn:
        assert await stored.forget(conn, 100) == 2
    assert await world.status(real)
    assert await world.status(lying) == "None"


async def test_staff_give_it_to_no_other_company(world: World) -> None:
    job = await order(world, Scenario.PLAIN, of=SEMERU)
    with pytest.raises(UnknownPartner):
        async with transaction(world.db) as conn:
            await searching.offer_to(conn, job, KONCAR, "uji", world.rules.policy, by="usr_ops")
    assert {each.partner_id for each in await world.offers(job)} <= {SEMERU}


async def test_staff_hand_it_on_to_no_rider_of_another_company(world: World) -> None:
    job = await order(world, Scenario.PLAIN, of=SEMERU)
    offer_id, partner = await world.open_offer(job)
    assert (await world.accept(job, offer_id, partner)).code is None
    said = Incident(FailureCode.BREAKDOWN, "uji", RINI)
    with pytest.raises(ReplyRefused) as refused:
        async with transaction(world.db) as conn:
            await reassigning.reassign(conn, job, said, "usr_ops", world.policy)
    assert refused.value.code is RefusalCode.NOT_YOUR_RIDER
    async with world.db.acquire() as conn:
        assert await conn.fetchval("SELECT partner_id FROM delivery WHERE id = $1", job) == SEMERU.uuid
