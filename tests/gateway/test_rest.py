"""Paths of REST_ROUTES go to the service that owns each, unread."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from aiohttp import web
from yarl import URL

from gateway.errors import RequestError
from gateway.pauses import Pauses
from gateway.settings import Limits, RestRoutes
from tests.gateway.kit.network import Running, gateway
from tests.gateway.kit.waiting import until

ROUTES = RestRoutes.of_text("/partner/v1/jobs/{id}/contact=ordering,/partner/v1/{rest:path}=delivery")


@contextlib.asynccontextmanager
async def service(name: str, seen: list[tuple[str, str, Mapping[str, str], bytes]]) -> AsyncIterator[str]:
    async def any_path(request: web.Request) -> web.Response:
        seen.append((name, request.method + " " + request.raw_path, request.headers.copy(), await request.read()))
        return web.Response(
            status=409, text=f'{{"from":"{name}"}}', headers={"x-cursor": "7", "connection": "x-gone", "x-gone": "1"}
        )

    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", any_path)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.fixture
def seen() -> list[Any]:
    return []


@pytest.fixture
async def running(seen: list[Any]) -> AsyncIterator[Running]:
    async with service("ordering", seen) as ordering, service("delivery", seen) as delivery:
        urls = {"ordering": ordering, "delivery": delivery}
        async with gateway(urls, rest_routes=ROUTES, limits=Limits(body_bytes=1_000)) as found:
            yield found


async def test_a_subgraphs_own_paths_come_behind_those_of_all_and_what_is_said_of_none_opens_nothing(
    seen: list[Any],
) -> None:
    async with service("ordering", seen) as ordering, service("delivery", seen) as delivery:
        urls = {"ordering": ordering, "delivery": delivery}
        paths = {"ordering": "/partner/v1/events,/oauth2/{rest:path}", "reviews": "/reviews"}
        async with gateway(urls, rest_routes=ROUTES, paths=paths) as running:
            for path, owner in (("/partner/v1/events", "delivery"), ("/oauth2/token", "ordering"), ("/reviews", None)):
                async with running.client.get(running.url + path) as answer:
                    body = await answer.text()
                    assert (answer.status, body) == ((404, body) if owner is None else (409, f'{{"from":"{owner}"}}'))
    assert len(seen) == 2


async def test_the_contact_is_ordering_and_all_else_is_delivery(running: Running, seen: list[Any]) -> None:
    for method, path in (
        ("GET", "/partner/v1/jobs/dlv_1/contact"),
        ("GET", "/partner/v1/events?after=a%2Fb&wait=0"),
        ("POST", "/partner/v1/replies"),
        ("GET", "/partner/v1/jobs/dlv_1/contact/more"),
    ):
        async with running.client.request(method, URL(running.url + path, encoded=True)) as answer:
            assert answer.status == 409
    assert [(name, what) for name, what, _, _ in seen] == [
        ("ordering", "GET /partner/v1/jobs/dlv_1/contact"),
        ("delivery", "GET /partner/v1/events?after=a%2Fb&wait=0"),
        ("delivery", "POST /partner/v1/replies"),
        ("delivery", "GET /partner/v1/jobs/dlv_1/contact/more"),
    ]


async def test_body_status_and_headers_pass_and_those_of_one_hop_do_not(running: Running, seen: list[Any]) -> None:
    headers = {"authorization": "Bearer p", "te": "trailers", "x-own": "1"}
    async with running.client.post(f"{running.url}/partner/v1/replies", data=b'{"a":1}', headers=headers) as answer:
        assert (answer.status, await answer.json(content_type=None)) == (409, {"from": "delivery"})
        assert answer.headers["x-cursor"] == "7"
        assert "x-gone" not in answer.headers
    ((_, _, passed, body),) = seen
    assert body == b'{"a":1}'
    assert (passed["authorization"], passed["x-own"]) == ("Bearer p", "1")
    assert "te" not in passed
    assert passed["traceparent"]


async def test_where_a_request_comes_from_is_what_the_gateway_has_seen(running: Running, seen: list[Any]) -> None:
    headers = {"x-forwarded-for": "192.0.2.1, 198.51.100.7", "x-forwarded-host": "localhost", "host": "a.example"}
    async with running.client.post(f"{running.url}/partner/v1/replies", data=b"{}", headers=headers):
        pass
    ((_, _, passed, _),) = seen
    # The proxy in front, which is believed here, has appended the second; the first is whatever a client says.
    assert passed.getall("x-forwarded-for") == ["198.51.100.7"]
    assert passed.getall("x-forwarded-host") == ["a.example"]


@contextlib.asynccontextmanager
async def busy(asked: list[tuple[str, str]]) -> AsyncIterator[Running]:
    """Behind a gateway, a service that answers everybody that he is to wait half a minute."""

    async def any_path(request: web.Request) -> web.Response:
        asked.append((request.method + " " + request.raw_path, request.headers.get("authorization", "")))
        return web.Response(status=429, text='{"code":"RATE_LIMITED"}', headers={"retry-after": "30"})

    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", any_path)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with gateway({"delivery": f"http://127.0.0.1:{runner.addresses[0][1]}"}, rest_routes=ROUTES) as found:
            yield found
    finally:
        await runner.cleanup()


async def test_a_service_that_told_a_caller_to_wait_is_not_asked_for_him_before_that() -> None:
    asked: list[tuple[str, str]] = []
    async with busy(asked) as running:

        async def say(method: str, path: str, token: str) -> None:
            headers = {"authorization": token}
            async with running.client.request(
                method, f"{running.url}/partner/v1/{path}", headers=headers, data=b"{}"
            ) as answer:
                assert answer.status == 429
                assert 0 < int(answer.headers["retry-after"]) <= 30
                assert (await answer.json(content_type=None))["code"] == "RATE_LIMITED"

        for _ in range(5):
            await say("POST", "replies", "Bearer a")
        assert asked == [("POST /partner/v1/replies", "Bearer a")]
        for other in (
            ("POST", "replies", "Bearer b"),
            ("POST", "locations", "Bearer a"),
            ("GET", "events", "Bearer a"),
        ):
            await say(*other)
            assert asked[-1] == (f"{other[0]} /partner/v1/{other[1]}", other[2])
        await say("GET", "events", "Bearer a")  # a question may be asked again
        assert len(asked) == 5


def test_a_pause_ends_by_itself_and_is_no_longer_than_a_minute() -> None:
    now = [100.0]
    pauses = Pauses(clock=lambda: now[0])
    for retry_after, seconds in (("2", 2.0), ("999999999999", 60.0), ("soon", 0.0), (None, 0.0), ("0", 0.0)):
        pauses.told("/x", "Bearer a", retry_after)
        if seconds:
            now[0] += seconds - 0.001
            with pytest.raises(RequestError) as refused:
                pauses.check("/x", "Bearer a")
            assert (refused.value.status, refused.value.retry_after_ms) == (429, 1)
        now[0] += 0.001
        pauses.check("/x", "Bearer a")


def test_who_shows_no_credential_is_paused_by_nobody_else() -> None:
    pauses = Pauses(clock=lambda: 0.0)
    pauses.told("/x", "", "60")
    pauses.check("/x", "")


async def test_a_body_above_the_limit_reaches_nobody(running: Running, seen: list[Any]) -> None:
    async with running.client.post(f"{running.url}/partner/v1/replies", data=b"x" * 2_000) as answer:
        assert (answer.status, answer.content_type) == (413, "application/problem+json")
        said = await answer.json(content_type=None)
        assert (said["status"], said["code"], said["detail"]) == (
            413,
            "TOO_LARGE",
            "The body is larger than 1000 bytes.",
        )
    assert seen == []


async def test_a_service_that_is_gone_is_a_coded_error() -> None:
    async with (
        gateway({"delivery": "http://127.0.0.1:1"}, rest_routes=ROUTES) as running,
        running.client.get(f"{running.url}/partner/v1/events") as answer,
    ):
        assert (answer.status, answer.content_type) == (503, "application/problem+json")
        said = await answer.json(content_type=None)
        assert (said["status"], said["code"]) == (503, "SERVICE_UNAVAILABLE")
        assert said["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"


@contextlib.asynccontextmanager
async def polled() -> AsyncIterator[tuple[Running, list[str]]]:
    """Behind a gateway, a service that answers what does not wait, and nothing else for ever."""
    asked: list[str] = []
    over = asyncio.Event()

    async def events(request: web.Request) -> web.Response:
        asked.append(request.raw_path)
        if request.query["wait"] != "0":
            await over.wait()
        return web.json_response({"events": [], "cursor": request.query.get("after", "")})

    application = web.Application()
    application.router.add_get("/partner/v1/events", events)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with gateway({"delivery": f"http://127.0.0.1:{runner.addresses[0][1]}"}, rest_routes=ROUTES) as running:
            yield running, asked
    finally:
        over.set()
        await runner.cleanup()


async def test_a_poll_that_waits_is_answered_at_once_when_the_gateway_drains() -> None:
    async with polled() as (running, asked):
        url = URL(f"{running.url}/partner/v1/events?after=a%2Fb&wait=30&x=1", encoded=True)

        async def poll() -> tuple[int, object]:
            async with running.client.get(url) as answer:
                return answer.status, await answer.json()

        polling = asyncio.create_task(poll())
        await until(lambda: bool(asked))
        running.serving.draining.set()
        nothing = (200, {"events": [], "cursor": "a/b"})
        assert await polling == nothing
        assert await poll() == nothing  # and so is one that comes while it drains
        assert asked[:2] == [
            "/partner/v1/events?after=a%2Fb&wait=30&x=1",
            "/partner/v1/events?after=a%2Fb&x=1&wait=0",
        ]


async def test_a_service_that_nobody_says_the_address_of_is_a_coded_error_too() -> None:
    async with (
        gateway({}, rest_routes=ROUTES) as running,
        running.client.get(f"{running.url}/partner/v1/events") as answer,
    ):
        assert answer.status == 503


async def test_without_routes_no_path_is_passed_on(seen: list[Any]) -> None:
    async with (
        service("delivery", seen) as delivery,
        gateway({"delivery": delivery}) as running,
        running.client.get(f"{running.url}/partner/v1/events") as answer,
    ):
        assert (answer.status, seen) == (404, [])
