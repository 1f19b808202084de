"""A reply that comes again: it counts once, is answered each time, and makes no events of its own."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.delivery import DeliveryId, PartnerId
from services.delivery.domain.reply import TELL_AGAIN_AFTER, told_again_after
from services.delivery.partner_topics import Replies
from services.kit.messaging.consumer import Record
from tests.worlds.delivery import KONCAR, SEMERU, World, kinds
from tests.worlds.delivery_counter import Counter


def a_record(reply_id: str, kind: str, body: bytes, *more: tuple[str, bytes | None]) -> Record:
    headers: list[tuple[str, bytes | None]] = [("ce_id", reply_id.encode()), ("ce_type", f"partner.{kind}.v1".encode())]
    return Record(
        topic=f"partner.{SEMERU}.replies.v1",
        partition=0,
        offset=0,
        key=b"job",
        value=body,
        headers=[*headers, *more],
        appended_at_ms=None,
    )


def at_pickup(job: DeliveryId) -> bytes:
    return json.dumps({"job_id": str(job), "at": "pickup"}).encode()


async def outcomes(world: World, partner: PartnerId = SEMERU) -> list[tuple[str, str]]:
    return [
        (each.data["reply_id"], each.data.get("code", "applied"))
        for each in await world.told_to(partner)
        if "reply_" in each.type
    ]


async def test_a_repeat_on_the_topic_tells_nothing(world: World) -> None:
    job = await world.trip(SEMERU)
    reading, told = Replies(world.db, world.rules), await outcomes(world)
    for _ in range(20):
        await reading.take(a_record("r1", "arrived", at_pickup(job)))
    assert (await outcomes(world))[len(told) :] == [("r1", "applied")]


async def test_who_lost_the_outcome_hears_it_again_when_he_says_the_reply_again_later(world: World) -> None:
    job = await world.trip(SEMERU)
    reading, told = Replies(world.db, world.rules), await outcomes(world)
    for pause_s, tellings in ((0, 1), (31, 2), (31, 2), (31, 3), (31, 3), (120, 4)):
        await world.move_clock(timedelta(seconds=pause_s))
        await reading.take(a_record("r1", "arrived", at_pickup(job)))
        assert (await outcomes(world))[len(told) :] == [("r1", "applied")] * tellings


def test_a_reply_said_without_end_for_a_week_makes_a_handful_of_events() -> None:
    """By the rule alone."""
    told, tellings = timedelta(), 1
    while (again := told + told_again_after(tellings)) <= timedelta(days=7):
        told, tellings = again, tellings + 1
    assert tellings == 15


@given(st.integers(1, 10**9))
def test_the_pauses_never_shrink_and_never_overflow(tellings: int) -> None:
    assert TELL_AGAIN_AFTER <= told_again_after(tellings) <= told_again_after(tellings + 1)


async def test_over_http_the_repeat_has_its_answer_and_nothing_more_is_told(counter: Counter, world: World) -> None:
    job = await world.trip(SEMERU)
    first = (await counter.post(SEMERU, "arrived", "r1", job_id=str(job), at="pickup")).json()
    told = await world.told()
    await world.move_clock(timedelta(days=3))
    for _ in range(5):
        assert (await counter.post(SEMERU, "arrived", "r1", job_id=str(job), at="pickup")).json() == first
    assert await world.told() == told


async def test_an_outcome_can_be_read_again_by_its_reply(counter: Counter, world: World) -> None:
    job = await world.trip(SEMERU)
    for reply_id, kind, data in (
        ("r1", "arrived", {"at": "pickup"}),
        ("a/b?c%d é", "arrived", {"at": "home"}),
    ):
        posted = (await counter.post(SEMERU, kind, reply_id, job_id=str(job), **data)).json()
        read = await counter.ask("GET", f"replies/{reply_id}")
        assert (read.status, read.json()) == (200, posted)
    told = await world.told()
    for partner, reply_id in ((SEMERU, "r2"), (KONCAR, "r1"), (SEMERU, "a\nb"), (SEMERU, "x" * 129)):
        read = await counter.ask("GET", f"replies/{reply_id}", partner)
        assert (read.status, read.json()["code"]) == (404, "NOT_FOUND")
    assert (await counter.ask("DELETE", "replies/r1")).status == 405
    assert await world.told() == told


@pytest.mark.parametrize("by_http", [True, False], ids=["http", "topic"])
async def test_a_refusal_that_does_not_stand_is_told_once_as_well(
    counter: Counter, world: World, by_http: bool
) -> None:
    job = await world.trip(SEMERU)
    reading, told = Replies(world.db, world.rules), await outcomes(world)

    async def say(kind: str, reply_id: str, **data: str) -> None:
        if by_http:
            await counter.post(SEMERU, kind, reply_id, job_id=str(job), **data)
        else:
            await reading.take(a_record(reply_id, kind, json.dumps({"job_id": str(job), **data}).encode()))

    for _ in range(5):
        await say("status", "r1", status="RETURNED")  # too early
    assert (await outcomes(world))[len(told) :] == [("r1", "WRONG_ORDER")]
    await say("status", "r1", status="RETURNING")  # nothing stands for this id yet: it may be another reply's
    assert (await outcomes(world))[len(told) :] == [("r1", "WRONG_ORDER")]
    await say("picked_up", "r2")
    for _ in range(5):
        await say("arrived", "r2", at="dropoff")
    assert (await outcomes(world))[len(told) + 1 :] == [("r2", "applied"), ("r2", "ID_REUSED")]
    # What did not stand may come again, and then counts and is told.
    await say("failed", "r3", code="BUYER_REFUSED")
    await say("status", "r1", status="RETURNED")
    assert (await outcomes(world))[-1] == ("r1", "applied")


async def test_one_too_large_is_answered_as_all_that_stands(world: World) -> None:
    reading, told = Replies(world.db, world.rules), await outcomes(world)
    for _ in range(3):
        await reading.take(a_record("r1", "arrived", b" " * 16_385))
    await reading.take(a_record("r1", "arrived", b"{}"))
    assert (await outcomes(world))[len(told) :] == [("r1", "TOO_LARGE"), ("r1", "ID_REUSED")]


async def test_headers_without_a_value_are_no_reason_not_to_answer(world: World) -> None:
    job = await world.trip(SEMERU)
    reading, told = Replies(world.db, world.rules), await outcomes(world)
    more: list[tuple[str, bytes | None]] = [("ce_traceparent", None), ("ce_source", None), ("x", None), ("", b"\xff")]
    await reading.take(a_record("r1", "arrived", at_pickup(job), *more))
    await reading.take(a_record("r2", "picked_up", at_pickup(job), ("ce_type", None)))
    assert (await outcomes(world))[len(told) :] == [("r1", "applied"), ("r2", "UNKNOWN_TYPE")]
    told_so_far = await world.told()
    await reading.take(a_record("", "arrived", at_pickup(job), ("ce_id", None)))  # nothing to answer to
    assert await world.told() == told_so_far


async def test_what_another_release_answered_is_read_as_told_when_it_was_answered(world: World) -> None:
    """Rows of the image before have no `told_at`."""
    job = await world.trip(SEMERU)
    await world.report(SEMERU, job, "pickup", reply_id="r1")
    async with world.db.acquire() as conn:
        await conn.execute("UPDATE reply_inbox SET told_at = NULL")
    told = len(await world.told())
    await world.report(SEMERU, job, "pickup", reply_id="r1")
    assert len(await world.told()) == told
    await world.move_clock(TELL_AGAIN_AFTER)
    await world.report(SEMERU, job, "pickup", reply_id="r1")
    assert kinds((await world.told())[told:]) == ["reply_applied"]
