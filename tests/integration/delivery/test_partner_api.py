"""The partner contract over HTTP: the events of the topics, none skipped, and replies that count when they are answered."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from starlette.applications import Starlette

from services.contracts.delivery import SOURCE, DeliveryId, OfferId, PartnerId
from services.contracts.partner import Addressed, JobChange, JobChanged, Topics
from services.delivery.partner_api import MAX_EVENT_BYTES, PartnerApi
from services.delivery.partner_feed import PAGE, Feed
from services.delivery.store import answers, trips
from services.kit.database.db import Transaction, transaction
from services.kit.database.live import Live
from services.kit.ids import EventId
from services.kit.messaging import outbox
from services.kit.messaging.envelope import Envelope
from services.kit.messaging.outbox_store import PostgresOutbox
from services.kit.messaging.relay import LogProgress
from tests.integration.conftest import archived
from tests.worlds.asgi import Answer, request
from tests.worlds.delivery import CASH, KONCAR, RIDERS, SANDBOXED, SEMERU, World, kinds
from tests.worlds.tokens import Issuer
from tests.worlds.waiting import until


class Counter:
    """Delivery's HTTP address for partners, with an issuer of its own."""

    def __init__(self, world: World, *, burst: int = 200) -> None:
        self.world = world
        self.issuer = Issuer()
        self.live = Live(world.db)
        feed = Feed(world.db, self.live, settle_s=0.2)
        self.app = Starlette(
            routes=PartnerApi(world.db, self.issuer.verifier(), feed, world.rules, burst=burst).routes()
        )

    def token(self, partner: object, *roles: str, **claims: Any) -> str:
        return self.issuer.token(sub="usr_ojek", roles=list(roles or ("partner",)), partner_id=partner, **claims)

    async def ask(
        self,
        method: str,
        path: str,
        partner: PartnerId | None = SEMERU,
        *,
        query: str = "",
        body: bytes = b"",
        media_type: str = "application/cloudevents+json",
        token: str | None = None,
    ) -> Answer:
        headers = {"content-type": media_type}
        if token or partner:
            headers["authorization"] = f"Bearer {token or self.token(str(partner))}"
        return await request(self.app, method, f"/partner/v1/{path}", query=query, headers=headers, body=body)

    async def read(self, partner: PartnerId, after: str = "", wait: int = 0) -> tuple[list[dict[str, Any]], str]:
        answer = await self.ask("GET", "events", partner, query=f"after={after}&wait={wait}")
        assert answer.status == 200, answer.body
        said = answer.json()
        return said["events"], said["cursor"]

    async def readers(self, partner: PartnerId, count: int) -> None:
        """Until so many requests of this partner's wait."""

        async def they_wait() -> bool:
            return len(self.live._watchers.get(str(partner), ())) == count

        await until(they_wait)

    async def post(self, partner: PartnerId, kind: str, reply_id: str, **data: Any) -> Answer:
        return await self.ask("POST", "replies", partner, body=an_event(kind, reply_id, **data))


def an_event(kind: str, reply_id: str, **data: Any) -> bytes:
    attributes = {"specversion": "1.0", "id": reply_id, "type": f"partner.{kind}.v1", "source": "/partners/x"}
    return json.dumps({**attributes, "data": data}).encode()


@pytest.fixture
def counter(world: World) -> Counter:
    return Counter(world)


async def sent(world: World) -> None:
    """The relay has sent all that waits, and archived it."""
    port, log = PostgresOutbox(world.db, SOURCE), uuid4()
    await port.set_progress(LogProgress(log, True, 0), was=await port.progress())
    pending = await port.pending(1_000)
    assert await port.archive([each.seq for each in pending], log=log) == len(pending)


async def changed(conn: Transaction, partner: PartnerId, job: DeliveryId) -> None:
    event = JobChanged(
        test=False, sent_at=await conn.fetchval("SELECT now()"), job_id=job, change=JobChange.GOODS_READY
    )
    await outbox.append(conn, Addressed(partner, event, job))


def numbers(events: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(event["data"]["job_id"], event["aggregateseq"]) for event in events]


async def test_the_feed_has_the_events_of_the_topic_sent_or_not_and_nothing_of_rivals(
    counter: Counter, world: World
) -> None:
    await world.trip(SEMERU, "pickup", "picked_up")
    await sent(world)
    await world.trip(KONCAR, "picked_up")
    await world.trip(SEMERU)
    port = PostgresOutbox(world.db, SOURCE)
    for partner in (SEMERU, KONCAR, SANDBOXED):
        told = [each.envelope for each in [*await archived(port), *await port.pending(1_000)]]
        told = [each for each in told if each.topic == f"partner.{partner}.jobs.v1"]
        events, cursor = await counter.read(partner)
        assert events == [as_shown(each) for each in told]
        assert cursor == (told[-1].id if told else "")


def as_shown(event: Envelope) -> dict[str, Any]:
    """What a record on the topic says, as one JSON document."""
    shown: dict[str, Any] = {name.removeprefix("ce_"): text.decode() for name, text in event.headers()}
    shown["datacontenttype"] = shown.pop("content-type")
    return {**shown, "aggregateseq": event.seq, "epoch": event.epoch, "data": json.loads(event.data)}


async def test_reading_goes_on_from_the_cursor_page_by_page_while_events_are_sent(
    counter: Counter, world: World
) -> None:
    job = await world.job()
    async with transaction(world.db) as conn:
        for _ in range(2 * PAGE):
            await changed(conn, KONCAR, job)
    first, cursor = await counter.read(KONCAR)
    await sent(world)
    second, further = await counter.read(KONCAR, cursor)
    third, end = await counter.read(KONCAR, further)
    assert (len(first), len(second)) == (PAGE, PAGE)
    seqs = [event["aggregateseq"] for event in [*first, *second, *third]]
    assert seqs == [*range(1, len(seqs) + 1)]
    assert await counter.read(KONCAR, end) == ([], end)


async def test_an_event_that_commits_after_a_later_number_is_not_skipped(counter: Counter, world: World) -> None:
    slow, quick = await world.job(), await world.job()
    _, start = await counter.read(SEMERU)
    async with world.db.acquire() as conn:
        open_transaction = conn.transaction()
        await open_transaction.start()
        await changed(Transaction(conn), SEMERU, slow)
        async with transaction(world.db) as other:
            await changed(other, SEMERU, quick)
        assert await counter.read(SEMERU, start) == ([], start)
        await open_transaction.commit()
    events, _ = await counter.read(SEMERU, start)
    assert [job for job, _ in numbers(events)] == [str(slow), str(quick)]


async def test_an_event_of_the_youngest_transaction_is_not_skipped_by_a_reader_that_waits(
    counter: Counter, world: World
) -> None:
    job, feed = await world.job(), Feed(world.db, counter.live)
    topic = Topics.of(SEMERU).jobs
    await counter.read(SEMERU)
    async with world.db.acquire() as conn:
        told = await conn.fetchval("SELECT coalesce(max(seq), 0) FROM outbox")
        async with conn.transaction():
            # It has the highest transaction id of all: a snapshot ends at the last that is over, not at the last that has begun.
            await changed(Transaction(conn), SEMERU, job)
            assert await feed._next(topic, told, 0.0) == (told, [])
    place, events = await feed._next(topic, told, 0.0)
    assert [event.type for event in events] == ["partner.job_changed.v1"]
    assert place > told


async def test_a_number_that_was_rolled_back_holds_nothing_up(counter: Counter, world: World) -> None:
    gone, quick = await world.job(), await world.job()
    _, start = await counter.read(SEMERU)
    async with world.db.acquire() as conn:
        open_transaction = conn.transaction()
        await open_transaction.start()
        await changed(Transaction(conn), SEMERU, gone)
        async with transaction(world.db) as other:
            await changed(other, SEMERU, quick)
        await open_transaction.rollback()
    events, _ = await counter.read(SEMERU, start)
    assert [job for job, _ in numbers(events)] == [str(quick)]


async def test_counts_rise_one_by_one_for_a_reader_among_many_writers(counter: Counter, world: World) -> None:
    jobs = [DeliveryId.new() for _ in range(4)]

    async def write(turn: int) -> None:
        for number in range(25):
            async with transaction(world.db) as conn:
                for job in (jobs[(turn + number) % 4], jobs[turn]) if turn % 2 else (jobs[turn],):
                    await changed(conn, SEMERU, job)
                    await conn.execute("SELECT pg_sleep(0.001)")

    writing = asyncio.gather(*(write(turn) for turn in (0, 2)), write(1))
    seen: dict[str, list[int]] = {}
    cursor, done = "", False
    while not done:
        done = writing.done()
        events, cursor = await counter.read(SEMERU, cursor)
        for job, number in numbers(events):
            seen.setdefault(job, []).append(number)
    await writing
    assert all(found == [*range(1, len(found) + 1)] for found in seen.values())
    assert sum(map(len, seen.values())) == 100


async def test_a_reader_that_waits_is_woken_by_what_it_is_told(counter: Counter, world: World) -> None:
    listening = asyncio.create_task(counter.live.run())
    try:
        _, start = await counter.read(SEMERU)
        waiting = asyncio.create_task(counter.read(SEMERU, start, wait=9))
        await counter.readers(SEMERU, 1)
        async with transaction(world.db) as conn:
            await changed(conn, SEMERU, job := DeliveryId.new())
        events, _ = await waiting
        assert numbers(events) == [(str(job), 1)]
        assert counter.live._watchers == {}
    finally:
        listening.cancel()


async def test_a_reader_that_nothing_is_told_is_answered_when_its_time_is_over(counter: Counter) -> None:
    assert await counter.read(SEMERU, wait=1) == ([], "")


@pytest.mark.parametrize("after", ["", "x", str(EventId.seeded("unknown")), "42", "%00"])
async def test_a_cursor_that_is_not_known_reads_from_the_beginning(counter: Counter, world: World, after: str) -> None:
    await world.trip(SEMERU)
    assert await counter.read(SEMERU, after) == await counter.read(SEMERU)


async def test_a_rivals_cursor_means_nothing(counter: Counter, world: World) -> None:
    await world.trip(SEMERU)
    await world.trip(KONCAR)
    _, end = await counter.read(SEMERU)
    assert await counter.read(KONCAR, end) == await counter.read(KONCAR)


async def test_what_was_slept_through_is_readable_for_seven_days_and_not_for_eight(
    counter: Counter, world: World
) -> None:
    job = await world.trip(SEMERU, "picked_up")
    await sent(world)
    everything = await counter.read(SEMERU)
    await world.move_clock(timedelta(days=6, hours=23))
    assert await counter.read(SEMERU) == everything
    async with transaction(world.db) as conn:
        await changed(conn, SEMERU, job)
    await world.move_clock(timedelta(days=1))
    assert len((await counter.read(SEMERU))[0]) == 1
    assert len((await counter.read(SEMERU, everything[1]))[0]) == 1


async def accepted(counter: Counter, partner: PartnerId, job: DeliveryId, offer: OfferId) -> Answer:
    rider = str(RIDERS[partner])
    return await counter.post(
        partner, "accept", f"{offer}.accept", job_id=str(job), offer_id=str(offer), rider_id=rider
    )


async def test_a_trip_is_done_over_http_alone_each_reply_answered_at_once_and_told(
    counter: Counter, world: World
) -> None:
    job = await world.job()
    offer, partner = await world.open_offer(job)
    answers = [await accepted(counter, partner, job, offer)]
    for kind, reply_id, data in (
        ("arrived", "at.pickup", {"at": "pickup"}),
        ("picked_up", "fetched", {}),
        ("arrived", "at.dropoff", {"at": "dropoff"}),
        ("delivered", "done", {"pin": await world.pin(job), "cash_collected_rupiah": CASH}),
    ):
        answers.append(await counter.post(partner, kind, reply_id, job_id=str(job), **data))
    replied = [f"{offer}.accept", "at.pickup", "fetched", "at.dropoff", "done"]
    assert [answer.status for answer in answers] == [200] * 5
    assert [answer.json() for answer in answers] == [
        {"reply_id": each, "job_id": str(job), "outcome": "applied"} for each in replied
    ]
    assert await world.status(job) == "DELIVERED"
    events, _ = await counter.read(partner)
    assert [event["data"]["reply_id"] for event in events if event["type"] == "partner.reply_applied.v1"] == replied


async def test_a_refused_reply_is_an_answer_with_a_code_and_changes_nothing(counter: Counter, world: World) -> None:
    job = await world.job()
    offer, partner = await world.open_offer(job)
    rival = KONCAR if partner == SEMERU else SEMERU
    before = await world.state()
    for body, reply_id, code in (
        (an_event("picked_up", "r1", job_id=str(job)), "r1", "NOT_YOUR_JOB"),
        (an_event("accept", "r2", job_id=str(job), offer_id=str(offer)), "r2", "MALFORMED"),
        (an_event("guessed", "r3", job_id=str(job)), "r3", "MALFORMED"),
        (b'{"specversion":"1.0","id":"r4","type":"partner.picked_up.v1"}', "r4", "MALFORMED"),
        (an_event("picked_up", "r5", job_id=str(job), note="x" * 16_384), "r5", "TOO_LARGE"),
        # The partner's own words on who it is count for nothing.
        (an_event("accept", "r6", job_id=str(job), offer_id=str(offer), rider_id=str(RIDERS[partner]),
                  partner_id=str(partner)), "r6", "NOT_YOUR_JOB"),
    ):  # fmt: skip
        answer = await counter.ask("POST", "replies", rival, body=body)
        said = answer.json()
        assert (answer.status, said["reply_id"], said["outcome"], said["code"]) == (200, reply_id, "refused", code)
        told = (await world.told())[-1]
        assert (told.type, told.data["reply_id"], told.data["code"]) == ("partner.reply_refused.v1", reply_id, code)
        assert told.data["message"] == said["message"]
    assert await world.state() == before


async def test_the_same_reply_by_topic_and_by_http_counts_once(counter: Counter, world: World) -> None:
    job = await world.job()
    offer, partner = await world.open_offer(job)
    data = {"job_id": str(job), "offer_id": str(offer), "rider_id": str(RIDERS[partner])}
    assert (await world.reply(partner, "accept", data, reply_id="once")).code is None
    before = await world.state()
    assert (await counter.post(partner, "accept", "once", **data)).json()["outcome"] == "applied"
    again = (await counter.post(partner, "accept", "once", **data, note="other")).json()
    assert (again["outcome"], again["code"]) == ("refused", "ID_REUSED")
    assert await world.state() == before


async def test_an_acceptance_is_judged_by_its_arrival(counter: Counter, world: World) -> None:
    job = await world.job()
    offer, partner = await world.open_offer(job)
    await world.move_clock(timedelta(seconds=world.policy.offer_s + 1))
    before = await world.state()
    said = (await accepted(counter, partner, job, offer)).json()
    assert (said["outcome"], said["code"]) == ("refused", "OFFER_EXPIRED")
    assert await world.state() == before


async def test_an_answered_reply_is_kept_with_its_effect_and_its_event_though_no_broker_was_ever_there(
    counter: Counter, world: World
) -> None:
    job = await world.job()
    offer, partner = await world.open_offer(job)
    assert (await accepted(counter, partner, job, offer)).json()["outcome"] == "applied"
    async with world.db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM relay_log") == 0
        assert await conn.fetchval("SELECT count(*) FROM reply_inbox WHERE code IS NULL") == 1
    assert await world.status(job) == "ASSIGNED"
    assert kinds(await world.told())[-3:] == ["delivery_assigned", "job_assigned", "reply_applied"]
    # The company hears of it without a broker too, and says it again without effect.
    events, _ = await counter.read(partner)
    assert [event["type"].split(".")[1] for event in events] == ["job_offered", "job_assigned", "reply_applied"]
    before = await world.state()
    assert (await accepted(counter, partner, job, offer)).json()["outcome"] == "applied"
    assert await world.state() == before


async def test_a_fault_of_ours_is_no_answer_and_the_same_reply_counts_later(
    counter: Counter, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await world.job()
    offer, partner = await world.open_offer(job)
    before, told = await world.state(), await world.told()
    with monkeypatch.context() as broken:
        broken.setattr(trips, "save", None)
        answer = await accepted(counter, partner, job, offer)
    assert (answer.status, answer.json()["code"]) == (500, "INTERNAL")
    assert (await world.state(), await world.told()) == (before, told)
    assert (await accepted(counter, partner, job, offer)).json()["outcome"] == "applied"


def a_position(job: DeliveryId, **changes: Any) -> bytes:
    data = {
        "job_id": str(job),
        "rider_id": str(RIDERS[SEMERU]),
        "lat": -8.13,
        "lng": 113.22,
        "at": "2026-02-01T03:30:00Z",
    }
    return an_event("position", "p1", **{**data, **changes})


async def positions(world: World) -> list[tuple[float, float]]:
    async with world.db.acquire() as conn:
        return [(row["lat"], row["lng"]) for row in await conn.fetch("SELECT lat, lng FROM position")]


async def test_a_position_is_taken_over_http_too_and_one_of_no_use_is_dropped_without_a_word(
    counter: Counter, world: World
) -> None:
    job = await world.trip(SEMERU)
    for partner, body in ((KONCAR, a_position(job)), (SEMERU, a_position(DeliveryId.new())), (SEMERU, a_position(job))):
        answer = await counter.ask("POST", "locations", partner, body=body)
        assert (answer.status, answer.json()) == (202, {"outcome": "accepted"})
    assert await positions(world) == [(-8.13, 113.22)]


@pytest.mark.parametrize(
    "changes",
    [
        {"lat": 91},
        {"at": "yesterday"},
        {"at": "2026-02-01T03:30:00"},
        {"at": "0001-01-01T00:00:00+14:00"},
        {"rider_id": "agus"},
    ],
)
async def test_a_position_that_is_none_is_refused(counter: Counter, world: World, changes: dict[str, Any]) -> None:
    job = await world.trip(SEMERU)
    await refused(counter, await counter.ask("POST", "locations", body=a_position(job, **changes)), 400, "MALFORMED")
    assert await positions(world) == []


async def test_a_flood_of_positions_is_refused_for_the_moment_and_replies_go_on(world: World) -> None:
    counter, job = Counter(world, burst=4), await world.trip(SEMERU)
    statuses = [(await counter.ask("POST", "locations", body=a_position(DeliveryId.new()))).status for _ in range(40)]
    assert set(statuses) == {202, 429}
    assert (await counter.post(SEMERU, "picked_up", "r1", job_id=str(job))).json()["outcome"] == "applied"


async def test_answers_are_forgotten_when_no_channel_can_bring_the_reply_again(counter: Counter, world: World) -> None:
    job = await world.trip(SEMERU)
    assert (await counter.post(SEMERU, "picked_up", "old", job_id=str(job))).json()["outcome"] == "applied"
    assert (await counter.post(SEMERU, "picked_up", "late", job_id=str(job))).json()["code"] == "ALREADY_DONE"
    async with world.db.acquire() as conn:
        for reply, days in (("old", 15.1), ("late", 14.9)):
            await conn.execute(
                "UPDATE reply_inbox SET answered_at = wlijo_now() - make_interval(secs => $2) WHERE reply_id = $1",
                reply,
                days * 86_400,
            )
        assert await answers.forget(conn, 15, 1_000) == 1
        assert await answers.forget(conn, 15, 1_000) == 0
        assert await conn.fetchval("SELECT count(*) FROM reply_inbox WHERE reply_id = 'late'") == 1


async def refused(counter: Counter, answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.json()["status"], answer.json()["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "media_type", "status", "code"),
    [
        (b"", "application/cloudevents+json", 400, "MALFORMED"),
        (b"[]", "application/cloudevents+json", 400, "MALFORMED"),
        (b"\xff", "application/json", 400, "MALFORMED"),
        (b"[" * 10_000, "application/json", 400, "MALFORMED"),
        (an_event("accept", ""), "application/json", 400, "MALFORMED"),
        (an_event("accept", "a\nb"), "application/json", 400, "MALFORMED"),
        (an_event("accept", "x" * 129), "application/json", 400, "MALFORMED"),
        (an_event("accept", "r").replace(b"1.0", b"0.3"), "application/json", 400, "MALFORMED"),
        (an_event("accept", "r"), "text/plain", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"[]", "application/cloudevents-batch+json", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b" " * (MAX_EVENT_BYTES + 1), "application/json", 413, "TOO_LARGE"),
    ],
)
async def test_what_is_no_event_is_refused_and_not_told(
    counter: Counter, world: World, body: bytes, media_type: str, status: int, code: str
) -> None:
    told = await world.told()
    answer = await counter.ask("POST", "replies", body=body, media_type=media_type)
    await refused(counter, answer, status, code)
    assert await world.told() == told


@pytest.mark.parametrize(("method", "path"), [("GET", "events"), ("POST", "replies")])
async def test_only_a_partner_that_takes_part_is_heard(counter: Counter, world: World, method: str, path: str) -> None:
    told = await world.told()
    for token, status, code in (
        (None, 401, "UNAUTHENTICATED"),
        ("x", 401, "UNAUTHENTICATED"),
        (counter.token(str(SEMERU), exp=1_000_000_000), 401, "TOKEN_EXPIRED"),
        (Issuer().token(roles=["partner"], partner_id=str(SEMERU)), 401, "UNAUTHENTICATED"),
        (counter.token(None), 403, "FORBIDDEN"),
        (counter.token("ptn_x"), 403, "FORBIDDEN"),
        (counter.token(str(SEMERU), "rider"), 403, "FORBIDDEN"),
        (counter.token(str(SEMERU), "ops"), 403, "FORBIDDEN"),
        (counter.token(str(PartnerId.new())), 403, "FORBIDDEN"),
    ):
        answer = await counter.ask(method, path, None, token=token, body=an_event("accept", "r"))
        await refused(counter, answer, status, code)
    counter.issuer.away = True
    counter = Counter(world)
    counter.issuer.away = True
    answer = await counter.ask(method, path, body=an_event("accept", "r"))
    await refused(counter, answer, 503, "SERVICE_UNAVAILABLE")
    async with world.db.acquire() as conn:
        await conn.execute("UPDATE partner SET status = 'INVITED'")
    counter.issuer.away = False
    answer = await Counter(world).ask(method, path, body=an_event("accept", "r"))
    await refused(counter, answer, 403, "FORBIDDEN")
    assert await world.told() == told


@pytest.mark.parametrize("wait", ["-1", "31", "x", "", "1.5", "٣"])
async def test_a_wait_that_is_none_is_refused(counter: Counter, wait: str) -> None:
    await refused(counter, await counter.ask("GET", "events", query=f"wait={wait}"), 400, "MALFORMED")


async def test_other_paths_and_methods_are_refused_in_the_same_shape(counter: Counter) -> None:
    await refused(counter, await counter.ask("GET", "jobs"), 404, "NOT_FOUND")
    answer = await counter.ask("POST", "events")
    await refused(counter, answer, 405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "GET"


async def test_a_flood_is_refused_for_the_moment_and_the_rival_is_served(world: World) -> None:
    counter = Counter(world, burst=3)
    told = await world.told()
    answers = [await counter.post(SEMERU, "accept", f"r{number}") for number in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    await refused(counter, answers[3], 429, "RATE_LIMITED")
    assert int(answers[3].headers["retry-after"]) >= 1
    assert len(await world.told()) == len(told) + 3
    assert (await counter.post(KONCAR, "accept", "r")).status == 200


async def test_too_many_that_wait_at_once_are_refused(counter: Counter) -> None:
    waiting = [asyncio.create_task(counter.read(SEMERU, wait=2)) for _ in range(8)]
    await counter.readers(SEMERU, 8)
    await refused(counter, await counter.ask("GET", "events"), 429, "RATE_LIMITED")
    assert (await counter.ask("GET", "events", KONCAR)).status == 200
    assert await asyncio.gather(*waiting) == [([], "")] * 8
    assert (await counter.ask("GET", "events")).status == 200


async def test_with_the_database_away_nothing_is_acknowledged(counter: Counter, world: World) -> None:
    await world.db.close()
    for method, path in (("GET", "events"), ("POST", "replies")):
        answer = await counter.ask(method, path, body=an_event("accept", "r"))
        await refused(counter, answer, 503, "SERVICE_UNAVAILABLE")
