"""Webhooks: what a company is told is posted to it, signed, in order, again until it is taken; nobody waits for another's endpoint."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.responses import RedirectResponse, Response, StreamingResponse

from services.contracts.delivery import PartnerStatus
from services.delivery.commands import partners, webhooks
from services.delivery.commands.webhooks import Secrets
from services.delivery.domain.caller import Caller, NotFound
from services.delivery.domain.company import PartnerAction, PartnerInState
from services.delivery.domain.webhook import (
    FAILURES_TO_REST,
    MAX_EXCERPT,
    TOLD_AFTER_S,
    MessageIsGone,
    NoWebhook,
    PausedBy,
    UrlIsInvalid,
    WebhookHeld,
    WebhookStatus,
    signature,
)
from services.delivery.store import webhooks as stored
from services.kit.database.db import transaction
from services.kit.database.live import Live
from services.kit.ids import EventId
from services.kit.secret import Secret
from tests.worlds.delivery import KONCAR, SEMERU, World
from tests.worlds.delivery_counter import Counter, changed, sent
from tests.worlds.waiting import until
from tests.worlds.webhooks import OPS, Endpoint, Hooks


@pytest.fixture
def hooks(world: World) -> Hooks:
    return Hooks(world, Live(world.db), Secrets(Secret("key of the tests"), near=True))


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    async with Endpoint().served() as made:
        yield made


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried again is tried at once: how long the pauses are has tests of its own."""
    monkeypatch.setattr(
        "services.delivery.domain.webhook.pause_s", lambda attempts, retry_after_s=None: retry_after_s or 0.0
    )
    monkeypatch.setattr(
        "services.delivery.domain.webhook.rest_s", lambda failures: 0.01 if failures >= FAILURES_TO_REST else None
    )


async def test_what_is_told_on_all_channels_is_posted_signed_and_in_the_order_of_each_job(
    hooks: Hooks, endpoint: Endpoint, counter: Counter, world: World
) -> None:
    secret = await hooks.enter(endpoint.url)
    async with hooks.sending():
        await endpoint.has(1)
        await world.trip(SEMERU, "pickup", "picked_up")
        await sent(world)  # the relay takes them away: the log has them still
        await world.trip(SEMERU, "pickup")
        told, _ = await counter.read(SEMERU)
        posted = await endpoint.has(len(told))
    assert sorted(posted, key=lambda each: str(each["id"])) == sorted(told, key=lambda each: str(each["id"]))
    for subject in {each["subject"] for each in told}:
        numbers = [each["aggregateseq"] for each in posted if each["subject"] == subject]
        assert numbers == sorted(numbers)
    for headers, body in endpoint.came:
        assert headers["content-type"] == "application/cloudevents+json"
        at_s = int(headers["webhook-timestamp"])
        assert abs(at_s - time.time()) < 300
        assert headers["webhook-signature"] == signature([secret], headers["webhook-id"], at_s, body)
    assert [headers["webhook-id"] for headers, _ in endpoint.came] == [each["id"] for each in posted]


async def test_nothing_of_a_rival_and_nothing_of_before_is_posted(
    hooks: Hooks, endpoint: Endpoint, world: World
) -> None:
    await world.trip(SEMERU)
    await world.trip(KONCAR)
    await hooks.enter(endpoint.url)
    async with hooks.sending():
        await endpoint.has(1)
        await hooks.ping(KONCAR)
        await hooks.ping()
        posted = await endpoint.has(2)
    assert [each["type"] for each in posted] == ["partner.pinged.v1"] * 2
    assert {each["subject"] for each in posted} == {f"{SEMERU}:{SEMERU}"}


async def test_a_message_that_fails_is_posted_again_and_its_job_waits_for_it_alone(
    hooks: Hooks, endpoint: Endpoint, world: World
) -> None:
    one, other = await world.job(), await world.job()
    refuse = asyncio.Event()

    async def answer(event: dict[str, Any]) -> Response:
        bad = event["data"].get("job_id") == str(one) and not refuse.is_set()
        return Response("busy " + "x" * 5_000, status_code=503 if bad else 200)

    await hooks.enter(endpoint.url)
    endpoint.answer = answer
    async with hooks.sending():
        await endpoint.has(1)
        before = len(endpoint.came)
        async with transaction(world.db) as conn:
            for job in (one, other, one, other):
                await changed(conn, SEMERU, job)

        def came(job: object) -> list[int]:
            return [e["aggregateseq"] for e in endpoint.events[before:] if e["data"].get("job_id") == str(job)]

        async def other_is_through() -> bool:
            return len(came(other)) == 2 and len(came(one)) >= 2

        await until(other_is_through)
        first = came(one)[0]
        assert set(came(one)) == {first}
        refuse.set()

        async def through() -> bool:
            return all(status == "SENT" for status, _ in await hooks.statuses()) and len(await hooks.statuses()) == 5

        await until(through)
        assert came(one)[-2:] == [first, first + 1]
    async with world.db.acquire() as reading:
        excerpt = await reading.fetchval("SELECT excerpt FROM webhook_attempt WHERE error IS NOT NULL LIMIT 1")
    assert excerpt == ("busy " + "x" * 5_000)[:MAX_EXCERPT]
    assert (503, "status 503") in await hooks.tried()


async def test_an_offer_is_posted_until_it_ends_and_then_what_came_after_it(
    hooks: Hooks, endpoint: Endpoint, world: World
) -> None:
    async def answer(event: dict[str, Any]) -> Response:
        return Response(status_code=500 if event["type"] == "partner.job_offered.v1" else 200)

    endpoint.answer = answer
    await hooks.enter(endpoint.url)
    async with hooks.sending():
        await endpoint.has(1)
        job = await world.job()
        _, partner = await world.open_offer(job)
        if partner != SEMERU:
            await world.move_clock(timedelta(seconds=world.policy.offer_s + 1))
            await world.fire()
            _, partner = await world.open_offer(job)
        assert partner == SEMERU

        async def tried() -> bool:
            return len([e for e in endpoint.events if e["type"] == "partner.job_offered.v1"]) >= 2

        await until(tried)
        await world.move_clock(timedelta(seconds=world.policy.offer_s + 1))
        await world.fire()

        async def went_on() -> bool:
            return "partner.job_withdrawn.v1" in {each["type"] for each in endpoint.events}

        await until(went_on)
        statuses = [status for status, _ in await hooks.statuses()]
    assert statuses[:2] == ["SENT", "EXPIRED"]


async def test_a_company_whose_endpoint_hangs_keeps_nobody_waiting_and_has_four_requests_at_most(
    hooks: Hooks, endpoint: Endpoint, world: World
) -> None:
    held, under_way, most = asyncio.Event(), 0, 0

    async def hang(_: dict[str, Any]) -> Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await held.wait()
        under_way -= 1
        return Response()

    async with Endpoint(answer=hang).served() as stuck:
        await hooks.enter(stuck.url, KONCAR)
        await hooks.enter(endpoint.url)
        jobs = [await world.job() for _ in range(8)]
        async with hooks.sending():
            await stuck.has(1)
            async with transaction(world.db) as conn:
                for job in jobs:
                    await changed(conn, KONCAR, job)
                    await changed(conn, SEMERU, job)
            await stuck.has(4)
            await endpoint.has(9)
            assert (len(stuck.came), most) == (4, 4)
            held.set()
            await stuck.has(9)


@pytest.mark.parametrize("way", ["late", "redirect", "large", "endless", "closed", "reset"])
async def test_how_endpoints_misbehave_is_defined(hooks: Hooks, endpoint: Endpoint, way: str) -> None:
    release = asyncio.Event()

    async def answer(_: dict[str, Any]) -> Response:
        if way == "late":
            await release.wait()
        if way == "redirect":
            return RedirectResponse("http://127.0.0.1:1/elsewhere", 307)
        if way == "large":
            return Response(b"x" * 10_000_000)
        if way == "endless":

            async def drip() -> AsyncIterator[bytes]:
                while not release.is_set():
                    yield b"x"
                    await asyncio.sleep(0.01)

            return StreamingResponse(drip())
        return Response()

    endpoint.answer = answer
    url = endpoint.url
    if way == "closed":
        url = "http://127.0.0.1:1/hook"
    elif way == "reset":
        url = url.replace("http://", "https://")
    await hooks.enter(url)
    async with hooks.sending(timeout_s=1.5):

        async def tried() -> bool:
            return bool(await hooks.tried())

        await until(tried)
        (status, error), *_ = await hooks.tried()
        release.set()
    expected = {
        "late": (None, "no answer within 1.5 s"),
        "redirect": (307, "status 307: redirects are not followed; enter the address that answers"),
        "large": (200, None),
        "endless": (200, None),
        "closed": (None, "not connected: ConnectionRefusedError"),
    }
    if way == "reset":
        assert (status, str(error).startswith("not connected: ")) == (None, True)
    else:
        assert (status, error) == expected[way]


async def test_an_address_that_is_not_the_internets_is_refused_where_it_is_connected_to(
    hooks: Hooks, endpoint: Endpoint
) -> None:
    """Entered when it could be, or a name that leads here today."""
    await hooks.enter(endpoint.url)
    async with hooks.sending(near=False):

        async def tried() -> bool:
            return bool(await hooks.tried())

        await until(tried)
        assert (await hooks.tried())[0] == (None, "not connected: the address is not one of the internet")
    assert endpoint.came == []
    far = Hooks(hooks.world, hooks.live, Secrets(None, near=False))
    with pytest.raises(UrlIsInvalid):
        await far.enter(endpoint.url, KONCAR)


async def test_after_failures_it_rests_is_probed_by_one_and_goes_on_by_itself_and_its_people_are_told(
    hooks: Hooks, endpoint: Endpoint, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "services.delivery.domain.webhook.rest_s", lambda failures: 3_600.0 if failures >= FAILURES_TO_REST else None
    )
    works = asyncio.Event()

    async def answer(_: dict[str, Any]) -> Response:
        return Response(status_code=200 if works.is_set() else 500)

    endpoint.answer = answer
    await hooks.enter(endpoint.url)
    async with hooks.sending():

        async def rests() -> bool:
            return (await hooks.webhook()).resting_until is not None

        await until(rests)
        assert len(endpoint.came) == FAILURES_TO_REST
        async with transaction(world.db) as conn:
            for job in [await world.job() for _ in range(3)]:
                await changed(conn, SEMERU, job)

        async def waits() -> bool:
            return len(await hooks.statuses()) >= 4

        await until(waits)
        assert len(endpoint.came) == FAILURES_TO_REST
        assert not await _told(world)
        # Its rest is over: one message, of whatever job, and as it fails the next rest begins and the company hears.
        await world.move_clock(timedelta(seconds=max(3_601, TOLD_AFTER_S)))
        hooks.live._wake_all()
        await endpoint.has(FAILURES_TO_REST + 1)

        async def told() -> bool:
            return await _told(world) == [True]

        await until(told)
        assert len(endpoint.came) == FAILURES_TO_REST + 1
        works.set()
        await world.move_clock(timedelta(hours=1, seconds=1))
        hooks.live._wake_all()

        async def healed() -> bool:
            waits = "WAITING" in {status for status, _ in await hooks.statuses()}  # offers are over by then
            return not waits and await _told(world) == [True, False]

        await until(healed)
        found = await hooks.webhook()
    assert (found.failures, found.failing_since, found.resting_until, found.told_at) == (0, None, None, None)


async def _told(world: World) -> list[bool]:
    """What others were told of the company's webhook, one after another; first of all the world's seed has told of it."""
    _, *news = [
        event.data["webhook_fails_since"] is not None
        for event in await world.told()
        if event.type == "delivery.partner_changed.v1" and event.data["partner_id"] == str(SEMERU)
    ]
    return news


async def test_an_endpoint_that_is_gone_is_paused_until_somebody_resumes_it(
    hooks: Hooks, endpoint: Endpoint, world: World
) -> None:
    async def answer(_: dict[str, Any]) -> Response:
        return Response(status_code=410)

    endpoint.answer = answer
    await hooks.enter(endpoint.url)
    async with hooks.sending():

        async def paused() -> bool:
            return (await hooks.webhook()).paused_by is PausedBy.ENDPOINT and await _told(world) == [True]

        await until(paused)
        endpoint.answer = None
        assert len(endpoint.came) == 1
        await hooks.do(webhooks.pause, paused=False)
        await hooks.are(("SENT", 2))

        async def told() -> bool:
            return await _told(world) == [True, False]

        await until(told)


async def test_a_pause_breaks_off_what_is_under_way_and_what_is_told_meanwhile_comes_after_it(
    hooks: Hooks, endpoint: Endpoint, world: World
) -> None:
    released = asyncio.Event()

    async def hang(_: dict[str, Any]) -> Response:
        await released.wait()
        return Response()

    endpoint.answer = hang
    await hooks.enter(endpoint.url)
    async with hooks.sending() as lanes:
        await endpoint.has(1)
        await hooks.do(webhooks.pause, paused=True)

        async def ended() -> bool:
            return all(task.done() for task in lanes._running.values())

        await until(ended)
        await hooks.ping()
        endpoint.answer = None
        await hooks.do(webhooks.pause, paused=False)
        await hooks.are(("SENT", 1), ("SENT", 1))
    released.set()
    assert (await hooks.webhook()).status is WebhookStatus.ACTIVE


async def test_a_company_that_leaves_is_posted_nothing_more(hooks: Hooks, endpoint: Endpoint, world: World) -> None:
    await hooks.enter(endpoint.url)
    async with hooks.sending() as lanes:
        await endpoint.has(1)
        async with transaction(world.db) as conn:
            await conn.execute("UPDATE partner SET status = 'PAUSED', left_at = wlijo_now() WHERE id = $1", SEMERU)
            conn.wake(str(SEMERU))

        async def ended() -> bool:
            return all(task.done() for task in lanes._running.values())

        await until(ended)
        with pytest.raises(PartnerInState):
            await hooks.ping()
    assert len(endpoint.came) == 1


async def test_who_has_left_with_a_job_under_way_is_posted_to_until_it_has_ended(
    hooks: Hooks, endpoint: Endpoint, world: World
) -> None:
    await hooks.enter(endpoint.url)
    carried, offered = await world.trip(SEMERU), await world.job()
    while (await world.open_offer(offered))[1] != SEMERU:
        await world.decline(offered, *await world.open_offer(offered))
    async with hooks.sending() as lanes:
        async with transaction(world.db) as conn:
            await partners.move(conn, Caller(ops=True), SEMERU, PartnerAction.LEAVE, "tutup", by="usr_ops")
        await world.fire()

        def told() -> dict[str, str]:
            return {str(each["type"]): str(each["data"].get("job_id")) for each in endpoint.events}

        async def withdrawn() -> bool:
            return told().get("partner.job_withdrawn.v1") == str(offered)

        await until(withdrawn)
        assert (await world.report(SEMERU, carried, "picked_up")).code is None
        async with transaction(world.db) as conn:
            await changed(conn, SEMERU, carried)

        async def of_what_it_carries() -> bool:
            return told().get("partner.job_changed.v1") == str(carried)

        await until(of_what_it_carries)
        assert (await world.report(SEMERU, carried, "delivered")).code is None
        async with transaction(world.db) as conn:
            conn.wake(str(SEMERU))

        async def ended() -> bool:
            return all(task.done() for task in lanes._running.values())

        await until(ended)


async def test_a_paused_company_is_told_of_what_it_carries(hooks: Hooks, endpoint: Endpoint, world: World) -> None:
    await hooks.enter(endpoint.url)
    async with transaction(world.db) as conn:
        await partners.set_status(conn, SEMERU, PartnerStatus.PAUSED, "test")
    async with hooks.sending():
        await endpoint.has(1)
        async with transaction(world.db) as conn:
            await changed(conn, SEMERU, await world.job())
        await endpoint.has(2)


async def test_during_a_rotation_both_secrets_sign_and_afterwards_the_new_one(
    hooks: Hooks, endpoint: Endpoint, world: World
) -> None:
    first = await hooks.enter(endpoint.url)
    second = await _rotated(hooks)
    assert first != second
    async with hooks.sending():
        await endpoint.has(1)
    await world.move_clock(timedelta(days=1, seconds=1))
    await hooks.ping()
    async with hooks.sending():
        await endpoint.has(2)
    for (headers, body), secrets in zip(endpoint.came, ([second, first], [second]), strict=True):
        signed = signature(secrets, headers["webhook-id"], int(headers["webhook-timestamp"]), body)
        assert headers["webhook-signature"] == signed
    async with world.db.acquire() as conn:
        everything = str(await conn.fetch("SELECT * FROM webhook"))
    assert first.removeprefix("whsec_") not in everything


async def _rotated(hooks: Hooks) -> str:
    async with transaction(hooks.world.db) as conn:
        return await webhooks.rotate(conn, hooks.secrets, OPS, SEMERU)


async def test_what_was_taken_is_posted_once_more_when_somebody_wants_it(
    hooks: Hooks, endpoint: Endpoint, world: World
) -> None:
    await hooks.enter(endpoint.url)
    async with hooks.sending():
        await hooks.are(("SENT", 1))
        event_id = EventId.parse(endpoint.events[0]["id"])
        await hooks.do_again(event_id)
        await endpoint.has(2)
        await hooks.are(("SENT", 2))
        assert [headers["webhook-id"] for headers, _ in endpoint.came] == [str(event_id)] * 2
        with pytest.raises(MessageIsGone):
            await hooks.do_again(EventId.new())
        await world.move_clock(timedelta(days=7, seconds=1))
        with pytest.raises(MessageIsGone):
            await hooks.do_again(event_id)
    async with world.db.acquire() as conn:
        assert await stored.forget(conn, 10) == 0
        await world.move_clock(timedelta(days=1))
        assert await stored.forget(conn, 10) == 1
        assert await conn.fetchval("SELECT count(*) FROM webhook_attempt") == 0


async def test_another_address_is_the_same_endpoint_with_the_same_secret_and_is_tried_at_once(
    hooks: Hooks, endpoint: Endpoint
) -> None:
    secret = await hooks.enter("http://127.0.0.1:1/hook")
    async with hooks.sending():

        async def failed() -> bool:
            return (await hooks.webhook()).failures > 0

        await until(failed)
        assert await hooks.enter(endpoint.url) == ""
        await endpoint.has(1)
    headers, body = endpoint.came[0]
    at_s = int(headers["webhook-timestamp"])
    assert headers["webhook-signature"] == signature([secret], headers["webhook-id"], at_s, body)


async def test_an_address_is_changed_while_what_became_of_a_message_is_written(
    hooks: Hooks, endpoint: Endpoint, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await hooks.enter("http://127.0.0.1:1/hook")

    async def its_sender_waits() -> bool:
        async with world.db.acquire() as looking:
            waits = """SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
                                      AND query LIKE '%failures = failures + 1%')"""
            return bool(await looking.fetchval(waits))

    async def failed() -> bool:
        return (await hooks.webhook()).failures > 0

    async with hooks.sending():
        await until(failed)
        async with transaction(world.db) as conn:
            there = await stored.lock(conn, SEMERU)
            assert there is not None
            await until(its_sender_waits)
            await stored.set_url(conn, there.id, endpoint.url)  # a deadlock, were the message locked before the webhook
        await endpoint.has(1)
    assert "is not kept" not in caplog.text


async def test_who_may_and_who_may_not(hooks: Hooks, endpoint: Endpoint, world: World) -> None:
    stranger, member = Caller(person="nobody"), Caller(person="somebody")
    async with transaction(world.db) as conn:
        await conn.execute(
            "INSERT INTO partner_member (partner_id, subject, role, name, joined_at) VALUES ($1, 'somebody', 'DISPATCHER', 'x', now())",
            SEMERU,
        )
    for command, more in (
        (webhooks.pause, {"paused": True}),
        (webhooks.remove, {}),
        (webhooks.ping, {}),
    ):
        with pytest.raises(NotFound):
            async with transaction(world.db) as conn:
                await command(conn, stranger, SEMERU, **more)
    async with transaction(world.db) as conn:
        with pytest.raises(NotFound):
            await webhooks.enter(conn, hooks.secrets, stranger, SEMERU, endpoint.url, by="x")
        with pytest.raises(NoWebhook):
            await webhooks.pause(conn, member, SEMERU, paused=True)
        assert await webhooks.enter(conn, hooks.secrets, member, SEMERU, endpoint.url, by="somebody")
        await webhooks.pause(conn, OPS, SEMERU, paused=True)
        for again in (webhooks.pause(conn, member, SEMERU, paused=False), webhooks.remove(conn, member, SEMERU)):
            with pytest.raises(WebhookHeld):
                await again
        await webhooks.pause(conn, OPS, SEMERU, paused=False)
        await webhooks.remove(conn, member, SEMERU)
        await webhooks.remove(conn, member, SEMERU)
        assert await stored.of_partners(conn, [SEMERU]) == []


async def test_two_workers_post_once_and_one_takes_over_from_another(
    hooks: Hooks, endpoint: Endpoint, world: World
) -> None:
    await hooks.enter(endpoint.url)
    second = Hooks(world, Live(world.db), hooks.secrets)
    async with hooks.sending():
        await endpoint.has(1)
        async with second.sending() as other:
            for _ in range(3):
                await hooks.ping()
            await endpoint.has(4)
            assert not other._running
            await hooks.are(*[("SENT", 1)] * 4)
    async with second.sending():
        await hooks.ping()
        await endpoint.has(5)
    await hooks.are(*[("SENT", 1)] * 5)
