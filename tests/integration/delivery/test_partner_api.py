"""The partner contract over HTTP: replies that count when they are answered, and what is refused."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.contracts.delivery import DeliveryId, OfferId, PartnerId
from services.delivery.commands.positions import read as read_position
from services.delivery.partner_event import MAX_EVENT_BYTES
from services.delivery.store import answers, trips
from tests.worlds.asgi import Answer
from tests.worlds.delivery import CASH, DEWI, KONCAR, RIDERS, SEMERU, World, kinds
from tests.worlds.delivery_counter import Counter, an_event
from tests.worlds.tokens import Issuer


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
        (an_event("guessed", "r3", job_id=str(job)), "r3", "UNKNOWN_TYPE"),
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
        assert (told.data["message"], told.data["field"]) == (said["message"], said.get("field"))
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
        "at": datetime.now(UTC).isoformat(),
    }
    return an_event("position", "p1", **{**data, **changes})


async def positions(world: World) -> list[tuple[float, float]]:
    async with world.db.acquire() as conn:
        return [(row["lat"], row["lng"]) for row in await conn.fetch("SELECT lat, lng FROM rider_place")]


async def test_a_position_is_taken_over_http_too_and_of_one_of_no_use_it_is_said_why(
    counter: Counter, world: World
) -> None:
    job, over = await world.trip(SEMERU), await world.trip(SEMERU, "picked_up", "delivered")
    for partner, body, code, field in (
        (KONCAR, a_position(job), "NOT_YOUR_JOB", "job_id"),
        (SEMERU, a_position(DeliveryId.new()), "NOT_YOUR_JOB", "job_id"),
        (SEMERU, a_position(job, rider_id=str(DEWI)), "NOT_YOUR_RIDER", "rider_id"),
        (SEMERU, a_position(over), "ALREADY_DONE", "job_id"),
        (SEMERU, a_position(job, lat=-6.2, lng=106.8), "OUT_OF_AREA", "lat"),  # Jakarta
        (SEMERU, a_position(job, lat=0, lng=0), "OUT_OF_AREA", "lat"),
        (SEMERU, a_position(job, lat=-7.2, lng=112.7), "OUT_OF_AREA", "lat"),  # Surabaya
    ):
        answer = await counter.ask("POST", "locations", partner, body=body)
        said = answer.json()
        assert (answer.status, said["outcome"], said["taken"]) == (202, "dropped", 0)
        assert [(why["code"], why["field"]) for why in said["dropped"]] == [(code, field)]
    assert await positions(world) == []
    at = datetime.now(UTC).isoformat()
    answer = await counter.ask("POST", "locations", body=a_position(job, at=at))
    assert (answer.status, answer.json()) == (202, {"outcome": "accepted", "taken": 1, "dropped": []})
    said = (await counter.ask("POST", "locations", body=a_position(job, lat=-8.14, at=at))).json()
    assert [why["code"] for why in said["dropped"]] == ["SUPERSEDED"]
    assert await positions(world) == [(-8.13, 113.22)]


@pytest.mark.parametrize("by_http", [True, False])
async def test_a_position_just_outside_the_area_is_shown(counter: Counter, world: World, by_http: bool) -> None:
    job = await world.trip(SEMERU)
    near = a_position(job, lat=-7.9, lng=113.0)  # on the way in from the next regency
    if by_http:
        assert (await counter.ask("POST", "locations", body=near)).json()["taken"] == 1
    else:
        place = read_position(json.dumps(json.loads(near)["data"]).encode())
        assert await world.rides_at(SEMERU, place) == [None]
    assert await positions(world) == [(-7.9, 113.0)]


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
    await refused(counter, await counter.ask("GET", "weather"), 404, "NOT_FOUND")
    answer = await counter.ask("POST", "events")
    await refused(counter, answer, 405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "GET"
    await refused(counter, await counter.ask("POST", "jobs"), 405, "METHOD_NOT_ALLOWED")


@pytest.mark.usefixtures("rates_stand_still")
async def test_a_flood_is_refused_for_the_moment_and_the_rival_is_served(world: World) -> None:
    counter = Counter(world, burst=3)
    told = await world.told()
    answers = [await counter.post(SEMERU, "accept", f"r{number}") for number in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    await refused(counter, answers[3], 429, "RATE_LIMITED")
    assert int(answers[3].headers["retry-after"]) >= 1
    assert len(await world.told()) == len(told) + 3
    assert (await counter.post(KONCAR, "accept", "r")).status == 200


@pytest.mark.usefixtures("rates_stand_still")
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


async def test_the_contract_is_read_without_a_token(counter: Counter) -> None:
    found = await counter.ask("GET", "asyncapi.json", None)
    assert (found.status, found.json()["asyncapi"]) == (200, "3.0.0")
    for kind in found.json()["components"]["messages"]:
        schema = await counter.ask("GET", f"schemas/{kind}.json", None)
        assert (schema.status, schema.json()["$id"]) == (200, f"/partner/v1/schemas/{kind}.json")
    missing = await counter.ask("GET", "schemas/partner.none.v1.json", None)
    assert (missing.status, missing.json()["code"]) == (404, "NOT_FOUND")
