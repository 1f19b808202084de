"""What partners reply: each answered, each counted once, none that does not fit changing anything."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.contracts.delivery import DeliveryId, OfferId, RiderId
from services.contracts.partner import RefusalCode
from services.delivery.commands.replies import Answer
from services.delivery.partner_topics import Replies
from services.delivery.store import trips
from services.kit.messaging.consumer import Record
from tests.worlds.delivery import AGUS, CASH, KONCAR, RINI, SEMERU, Told, World, kinds


async def refused(world: World, answer: Answer, code: RefusalCode, before: list[Any]) -> Told:
    """It was refused so, the partner was told so, and nothing was changed."""
    assert answer.code is code
    assert await world.state() == before
    told = (await world.told())[-1]
    assert told.type == "partner.reply_refused.v1"
    assert (told.data["reply_id"], told.data["code"]) == (answer.reply_id, str(code))
    return told


async def test_a_trip_from_acceptance_to_handover_with_every_report(world: World) -> None:
    job = await world.trip(SEMERU, "pickup", "picked_up", "dropoff", "delivered")
    assert await world.status(job) == "DELIVERED"
    facts = await world.told(topic="delivery.deliveries")
    assert kinds(facts)[-5:] == ["delivery_assigned", "rider_arrived", "picked_up", "rider_arrived", "delivered"]
    assert [each.seq for each in facts] == [*range(1, len(facts) + 1)]
    delivered = facts[-1].data
    assert delivered.pop("delivered_at").endswith("Z")
    assert delivered == {
        "delivery_id": str(job),
        "order_id": str(await world.order_of(job)),
        "partner_id": str(SEMERU),
        "cash_collected_rupiah": CASH,
        "fee_rupiah": 10_000,
        "rider_share_rupiah": 8_000,
        "partner_share_rupiah": 1_200,
        "platform_share_rupiah": 800,
        "proven_by": "PIN",
        "proof_id": None,
    }
    to_partner = await world.told_to(SEMERU)
    assert kinds(to_partner)[-6:] == ["job_assigned", *["reply_applied"] * 5]
    assert [each.seq for each in to_partner] == [*range(1, len(to_partner) + 1)]
    async with world.db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM timer") == 0


async def test_the_arrivals_may_be_skipped(world: World) -> None:
    job = await world.trip(SEMERU, "picked_up", "delivered")
    assert await world.status(job) == "DELIVERED"


async def test_goods_that_could_not_be_handed_over_come_back(world: World) -> None:
    job = await world.trip(SEMERU, "picked_up", "dropoff", "failed", "dropoff", "failed", "RETURNING", "RETURNED")
    assert await world.status(job) == "RETURNED"
    facts = await world.told(topic="delivery.deliveries")
    assert kinds(facts)[-5:] == [
        "rider_arrived",
        "attempt_failed",
        "rider_arrived",
        "attempt_failed",
        "delivery_returned",
    ]
    assert (facts[-1].data["disposed"], facts[-1].data["code"]) == (False, "BUYER_UNREACHABLE")
    other = await world.trip(SEMERU, "picked_up", "failed", "DISPOSED")
    assert await world.status(other) == "DISPOSED"
    assert (await world.told(topic="delivery.deliveries"))[-1].data["disposed"] is True


async def test_reports_that_come_repeated_or_backwards_change_nothing(world: World) -> None:
    job = await world.trip(SEMERU, "pickup", "picked_up")
    before = await world.state()
    for report in ("pickup", "picked_up", "ASSIGNED", "AT_PICKUP"):
        await refused(world, await world.report(SEMERU, job, report), RefusalCode.ALREADY_DONE, before)
    await world.report(SEMERU, job, "delivered")
    before = await world.state()
    for report in ("pickup", "picked_up", "dropoff", "delivered", "failed", "RETURNING", "RETURNED", "AT_DROPOFF"):
        await refused(world, await world.report(SEMERU, job, report), RefusalCode.ALREADY_DONE, before)


async def test_a_report_that_comes_early_may_be_sent_again_and_then_counts(world: World) -> None:
    job = await world.trip(SEMERU)
    before = await world.state()
    for report in ("dropoff", "delivered", "RETURNING", "RETURNED", "DISPOSED", "DELIVERED", "AT_DROPOFF"):
        await refused(
            world, await world.report(SEMERU, job, report, reply_id=f"r-{report}"), RefusalCode.WRONG_ORDER, before
        )
    await world.report(SEMERU, job, "picked_up")
    assert (await world.report(SEMERU, job, "delivered", reply_id="r-delivered")).code is None
    assert await world.status(job) == "DELIVERED"


async def test_the_same_reply_gets_the_same_answer_and_counts_once(world: World) -> None:
    job = await world.trip(SEMERU)
    first = await world.report(SEMERU, job, "pickup", reply_id="reply-1")
    before, told = await world.state(), len(await world.told())
    again = await world.report(SEMERU, job, "pickup", reply_id="reply-1")
    assert (first, again) == (Answer("reply-1", job), Answer("reply-1", job))
    assert await world.state() == before
    assert len(await world.told()) == told

    backwards = await world.report(SEMERU, job, "ASSIGNED", reply_id="reply-2")
    await world.report(SEMERU, job, "picked_up")
    assert backwards.code == "ALREADY_DONE"
    assert await world.report(SEMERU, job, "ASSIGNED", reply_id="reply-2") == backwards


async def test_an_old_id_with_a_new_body_is_refused(world: World) -> None:
    job = await world.trip(SEMERU)
    await world.report(SEMERU, job, "pickup", reply_id="reply-1")
    before = await world.state()
    answer = await world.report(SEMERU, job, "picked_up", reply_id="reply-1")
    await refused(world, answer, RefusalCode.ID_REUSED, before)
    body = {"job_id": str(job), "at": "pickup"}
    other_type = await world.reply(SEMERU, "picked_up", body, reply_id="reply-1")
    await refused(world, other_type, RefusalCode.ID_REUSED, before)
    assert (await world.report(SEMERU, job, "pickup", reply_id="reply-1")).code is None
    await world.report(KONCAR, job, "pickup", reply_id="reply-1")
    assert (await world.told_to(KONCAR))[-1].data["code"] == "NOT_YOUR_JOB"


async def test_an_acceptance_after_the_offers_end_is_refused_by_the_brokers_time(world: World) -> None:
    job = await world.job()
    offer, partner = await world.open_offer(job)
    before = await world.state()
    late = datetime.now(UTC) + timedelta(seconds=31)
    await refused(world, await world.accept(job, offer, partner, appended_at=late), RefusalCode.OFFER_EXPIRED, before)


async def test_an_acceptance_of_an_offer_that_was_timed_out_is_refused(world: World) -> None:
    job = await world.job()
    offer, partner = await world.open_offer(job)
    await world.move_clock(timedelta(seconds=31))
    await world.read_all_replies()
    await world.fire()
    before = await world.state()
    await refused(world, await world.accept(job, offer, partner), RefusalCode.OFFER_EXPIRED, before)
    await refused(world, await world.decline(job, offer, partner), RefusalCode.OFFER_EXPIRED, before)


async def test_an_offer_taken_by_another_is_refused(world: World) -> None:
    job = await world.job()
    offer, partner = await world.open_offer(job)
    await world.decline(job, offer, partner)
    second, other = await world.open_offer(job)
    await world.accept(job, second, other)
    before = await world.state()
    await refused(world, await world.accept(job, offer, partner), RefusalCode.OFFER_TAKEN, before)


async def test_an_offer_that_one_declined_cannot_be_accepted_and_a_job_accepted_not_declined(world: World) -> None:
    job = await world.job()
    offer, partner = await world.open_offer(job)
    await world.decline(job, offer, partner)
    before = await world.state()
    await refused(world, await world.accept(job, offer, partner), RefusalCode.ALREADY_DONE, before)
    await refused(world, await world.decline(job, offer, partner), RefusalCode.ALREADY_DONE, before)
    second, other = await world.open_offer(job)
    await world.accept(job, second, other)
    before = await world.state()
    await refused(world, await world.decline(job, second, other), RefusalCode.ALREADY_DONE, before)


async def test_anothers_job_and_anothers_offer_are_nobodys(world: World) -> None:
    job = await world.trip(SEMERU)
    fresh = await world.job()
    offer, holder = await world.open_offer(fresh)
    rival = KONCAR if holder == SEMERU else SEMERU
    before = await world.state()
    for report in ("pickup", "picked_up", "delivered", "failed", "AT_PICKUP"):
        await refused(world, await world.report(KONCAR, job, report), RefusalCode.NOT_YOUR_JOB, before)
    told = await refused(world, await world.accept(fresh, offer, rival), RefusalCode.NOT_YOUR_JOB, before)
    # What was never offered to a partner has no counter in its topic: it is told beside its own name.
    assert (told.aggregate, told.key) == (f"{rival}:{rival}", str(rival))
    await refused(world, await world.accept(fresh, OfferId.new(), holder), RefusalCode.NOT_YOUR_JOB, before)
    nobody = DeliveryId.new()
    await refused(world, await world.accept(nobody, offer, holder), RefusalCode.NOT_YOUR_JOB, before)
    body = {"job_id": str(nobody), "at": "pickup"}
    await refused(world, await world.reply(SEMERU, "arrived", body), RefusalCode.NOT_YOUR_JOB, before)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("arrived", b"not json"),
        ("arrived", b""),
        ("arrived", b"\xff\xfe"),
        ("arrived", b"[" * 5_000),
        ("arrived", b"[]"),
        ("arrived", {"at": "pickup"}),
        ("arrived", {"job_id": 7, "at": "pickup"}),
        ("arrived", {"job_id": "JOB", "at": "home"}),
        ("arrived", {"job_id": "dlv_nonsense", "at": "pickup"}),
        ("arrived", {"job_id": str(AGUS), "at": "pickup"}),
        ("accept", {"job_id": "JOB"}),
        ("accept", {"job_id": "JOB", "offer_id": "JOB", "rider_id": "JOB"}),
        ("delivered", {"job_id": "JOB", "pin": 123456, "cash_collected_rupiah": CASH}),
        ("delivered", {"job_id": "JOB", "pin": "1" * 17, "cash_collected_rupiah": CASH}),
        ("delivered", {"job_id": "JOB", "pin": "123456", "cash_collected_rupiah": -1}),
        ("delivered", {"job_id": "JOB", "pin": "123456", "cash_collected_rupiah": 1.5}),
        ("failed", {"job_id": "JOB", "code": "TIRED"}),
        ("status", {"job_id": "JOB", "status": "ASLEEP"}),
        ("decline", {"job_id": "JOB", "offer_id": str(OfferId.new()), "reason": "x" * 201}),
    ],
)
async def test_a_reply_that_cannot_be_read_is_answered_and_changes_nothing(
    world: World, kind: str, body: dict[str, Any] | bytes
) -> None:
    job = await world.trip(SEMERU, "picked_up")
    if isinstance(body, dict):
        body = json.loads(json.dumps(body).replace("JOB", str(job)))
    before = await world.state()
    answer = await world.reply(SEMERU, kind, body)
    await refused(world, answer, RefusalCode.MALFORMED, before)


@pytest.mark.parametrize("kind", ["partner.sing.v1", "partner.accept.v2", "", "\0"])
async def test_a_reply_of_an_unknown_type_is_answered_and_changes_nothing(world: World, kind: str) -> None:
    job = await world.trip(SEMERU, "picked_up")
    before = await world.state()
    for body in (json.dumps({"job_id": str(job)}).encode(), b"\0", b""):
        await refused(world, await world.reply(SEMERU, kind, body), RefusalCode.UNKNOWN_TYPE, before)


async def test_a_foreign_rider_is_named(world: World) -> None:
    job = await world.job()
    offer, partner = await world.open_offer(job)
    before = await world.state()
    theirs = RINI if partner == SEMERU else AGUS
    for rider in (theirs, RiderId.new()):
        answer = await world.accept(job, offer, partner, rider)
        told = await refused(world, answer, RefusalCode.NOT_YOUR_RIDER, before)
        assert (answer.field, told.data["field"]) == ("rider_id", "rider_id")


@pytest.mark.parametrize("paid", [0, CASH - 500, CASH + 31, CASH + 1_000_000])
async def test_what_was_really_paid_is_taken_and_told_as_it_was(world: World, paid: int) -> None:
    trip = await world.trip(SEMERU, "picked_up")
    body = {"job_id": str(trip), "pin": await world.pin(trip), "cash_collected_rupiah": paid}
    assert (await world.reply(SEMERU, "delivered", body)).code is None
    assert (await world.told(topic="delivery.deliveries"))[-1].data["cash_collected_rupiah"] == paid


async def test_more_than_anybody_pays_is_a_slip_that_costs_no_pin(world: World) -> None:
    trip = await world.trip(SEMERU, "picked_up")
    before = await world.state()
    body = {"job_id": str(trip), "pin": "wrong", "cash_collected_rupiah": CASH + 1_000_001}
    answer = await world.reply(SEMERU, "delivered", body)
    await refused(world, answer, RefusalCode.IMPLAUSIBLE, before)
    assert answer.field == "cash_collected_rupiah"
    assert str(CASH) in answer.message


async def test_five_wrong_pins_lock_the_handover(world: World) -> None:
    job = await world.trip(SEMERU, "picked_up")
    right = await world.pin(job)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    body = {"job_id": str(job), "pin": wrong, "cash_collected_rupiah": CASH}
    first = await world.reply(SEMERU, "delivered", body, reply_id="try-1")
    assert first.code == "WRONG_PIN"
    for _ in range(3):  # the same reply again is no new try
        assert await world.reply(SEMERU, "delivered", body, reply_id="try-1") == first
    for number in range(2, 6):
        assert (await world.reply(SEMERU, "delivered", body, reply_id=f"try-{number}")).code == "WRONG_PIN"
    assert [each.data["change"] for each in await world.told_to(SEMERU) if "job_changed" in each.type] == ["PIN_LOCKED"]
    before = await world.state()
    await refused(world, await world.report(SEMERU, job, "delivered"), RefusalCode.WRONG_PIN, before)
    assert await world.status(job) == "PICKED_UP"
    assert (await world.report(SEMERU, job, "failed")).code is None  # the goods can still come back


async def test_the_pin_of_a_test_trip_is_known_and_of_a_real_one_it_is_not(world: World) -> None:
    assert await world.pin(await world.job(test=True)) == "000000"
    pins = {await world.pin(await world.job()) for _ in range(5)}
    assert len(pins) == 5
    assert all(len(pin) == 6 and pin.isdigit() for pin in pins)


def a_record(
    partner: object, headers: dict[str, str], value: bytes | None, *, appended_at_ms: int | None = None
) -> Record:
    return Record(
        topic=f"partner.{partner}.replies.v1",
        partition=0,
        offset=0,
        key=b"job",
        value=value,
        headers=[(name, text.encode()) for name, text in headers.items()],
        appended_at_ms=appended_at_ms,
    )


async def test_the_topic_is_the_identity_whatever_the_body_says(world: World) -> None:
    job = await world.trip(SEMERU)
    body = json.dumps({"job_id": str(job), "at": "pickup", "partner_id": str(SEMERU)}).encode()
    reading = Replies(world.db, world.rules)
    before = await world.state()
    await reading.take(
        a_record(KONCAR, {"ce_id": "r1", "ce_type": "partner.arrived.v1", "ce_source": str(SEMERU)}, body)
    )
    assert await world.state() == before
    assert (await world.told_to(KONCAR))[-1].data["code"] == "NOT_YOUR_JOB"
    await reading.take(a_record(SEMERU, {"ce_id": "r1", "ce_type": "partner.arrived.v1"}, body))
    assert await world.status(job) == "AT_PICKUP"


async def test_a_reply_without_a_usable_id_is_dropped_and_one_too_large_is_answered(world: World) -> None:
    reading = Replies(world.db, world.rules)
    before, told = await world.state(), await world.told()
    for headers in ({}, {"ce_id": ""}, {"ce_id": "x" * 129}, {"ce_id": "a\nb"}):
        await reading.take(a_record(SEMERU, headers, b"{}"))
    await reading.take(a_record("nobody", {"ce_id": "r1"}, b"{}"))
    assert (await world.state(), await world.told()) == (before, told)
    await reading.take(a_record(SEMERU, {"ce_id": "r1", "ce_type": "partner.arrived.v1"}, b" " * 16_385))
    assert (await world.told())[-1].data["code"] == "TOO_LARGE"
    await reading.take(a_record(SEMERU, {"ce_id": "r2", "ce_type": "partner.arrived.v1"}, None))
    assert (await world.told())[-1].data["code"] == "MALFORMED"
    assert await world.state() == before


@pytest.mark.usefixtures("rates_stand_still")
async def test_too_many_replies_are_refused_for_the_moment(world: World) -> None:
    job = await world.trip(SEMERU)
    reading = Replies(world.db, world.rules, burst=3)
    body = json.dumps({"job_id": str(job), "status": "ASSIGNED"}).encode()
    for number in range(4):
        await reading.take(a_record(SEMERU, {"ce_id": f"r{number}", "ce_type": "partner.status.v1"}, body))
    answers = (await world.told_to(SEMERU))[-4:]
    assert [each.data.get("code") for each in answers] == [None, None, None, "RATE_LIMITED"]
    await Replies(world.db, world.rules).take(a_record(SEMERU, {"ce_id": "r3", "ce_type": "partner.status.v1"}, body))
    assert (await world.told_to(SEMERU))[-1].type == "partner.reply_applied.v1"


async def test_a_fault_of_ours_leaves_a_reply_unanswered_and_the_next_one_counts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await world.trip(SEMERU)
    reading = Replies(world.db, world.rules)
    record = a_record(
        SEMERU,
        {"ce_id": "r1", "ce_type": "partner.arrived.v1"},
        json.dumps({"job_id": str(job), "at": "pickup"}).encode(),
    )
    before, told = await world.state(), await world.told()
    with monkeypatch.context() as broken:
        broken.setattr(trips, "save", None)
        await reading.take(record)
    assert (await world.state(), await world.told()) == (before, told)
    await reading.take(record)
    assert await world.status(job) == "AT_PICKUP"
