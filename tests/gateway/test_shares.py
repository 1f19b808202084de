"""What one caller may have standing at once, and how often it may ask for what is no operation."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import RequestError
from gateway.identity import Verifier
from gateway.pipeline import Caller
from gateway.settings import Limits, RestRoutes
from gateway.shares import Shares
from services.kit.http.identity import ANONYMOUS, Identity
from services.kit.http.rate import RateLimit, RateLimited
from tests.gateway.kit.network import Running, SubgraphServer, gateway
from tests.gateway.kit.waiting import until

QUERY = {"query": "{ products { id } }"}
FOLLOW = {"query": 'subscription { orderChanged(id: "o1") { code } }'}


@pytest.fixture
def urls(subgraphs: dict[str, SubgraphServer]) -> Mapping[str, str]:
    return {name: server.url for name, server in subgraphs.items()}


@pytest.fixture
def held(subgraphs: dict[str, SubgraphServer]) -> asyncio.Event:
    """The catalog answers when it is set."""
    release = asyncio.Event()

    async def wait(_: web.Request) -> web.StreamResponse:
        await release.wait()
        return web.json_response({"data": {"products": []}})

    subgraphs["catalog"].respond = wait
    return release


@pytest.fixture(autouse=True)
def people(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever says a name is known by it."""

    async def authenticate(_: Verifier, authorization: str | None) -> Identity:
        return Identity(authorization) if authorization else ANONYMOUS

    monkeypatch.setattr(Verifier, "authenticate", authenticate)


@contextlib.asynccontextmanager
async def connected(running: Running, who: str | None) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with running.client.ws_connect(f"{running.url}/graphql", protocols=("graphql-transport-ws",)) as socket:
        await socket.send_json({"type": "connection_init", "payload": {"authorization": who} if who else {}})
        await socket.receive()
        yield socket


def code(answer: Any) -> str:
    return str(answer["errors"][0]["extensions"]["code"])


async def counted(running: Running, what: str) -> float:
    async with running.client.get(f"{running.url}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    name = f'wlijo_gateway_shares_refused_total{{what="{what}"}}'
    return next(float(line.split()[-1]) for line in lines if line.startswith(name))


@pytest.mark.parametrize("who", ["siti", None])
async def test_requests_under_way_of_one_caller_are_bounded_and_anothers_are_answered(
    urls: Mapping[str, str], held: asyncio.Event, who: str | None
) -> None:
    bounds = Limits(in_flight_per_caller=2, in_flight_per_address=2)
    mine = {"authorization": who} if who else {}
    async with gateway(urls, limits=bounds) as running:
        async with connected(running, who) as socket:
            await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": "{ products { name } }"}})
            asking = asyncio.create_task(running.post(QUERY, **mine))
            await until(lambda: running.serving.under_way == 2)
            status, answer, headers = await running.post(QUERY, **mine)
            assert (status, code(answer), headers["retry-after"]) == (429, "RATE_LIMITED", "1")
            await socket.send_json({"id": "2", "type": "subscribe", "payload": QUERY})
            message = await socket.receive_json()
            assert (message["id"], message["payload"][0]["extensions"]["code"]) == ("2", "RATE_LIMITED")
            another = asyncio.create_task(running.post(QUERY, authorization="budi"))
            await until(lambda: running.serving.under_way == 3)
            held.set()
            assert [(await one)[0] for one in (asking, another)] == [200, 200]
        assert await counted(running, "operations") == 2
        assert (await running.post(QUERY, **mine))[0] == 200


@pytest.mark.parametrize("who", ["siti", None])
async def test_open_subscriptions_of_one_caller_are_bounded_over_every_protocol(
    urls: Mapping[str, str], subgraphs: dict[str, SubgraphServer], monkeypatch: pytest.MonkeyPatch, who: str | None
) -> None:
    async def endless(*_: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(SubgraphServer, "_follow", endless)
    bounds = Limits(subscriptions_per_caller=2, subscriptions_per_address=2)
    headers = {"accept": "text/event-stream", **({"authorization": who} if who else {})}
    async with gateway(urls, limits=bounds) as running:
        async with connected(running, who) as socket:
            await socket.send_json({"id": "1", "type": "subscribe", "payload": FOLLOW})
            first = await running.client.post(f"{running.url}/graphql", json=FOLLOW, headers=headers)
            await until(lambda: running.serving.subscriptions == 2)
            await socket.send_json({"id": "2", "type": "subscribe", "payload": FOLLOW})
            message = await socket.receive_json()
            assert (message["id"], message["payload"][0]["extensions"]["code"]) == ("2", "RATE_LIMITED")
            async with running.client.post(f"{running.url}/graphql", json=FOLLOW, headers=headers) as more:
                assert b"RATE_LIMITED" in await more.read()
            async with connected(running, "budi") as others:
                await others.send_json({"id": "1", "type": "subscribe", "payload": FOLLOW})
                await until(lambda: running.serving.subscriptions == 3)
            first.close()
            await until(lambda: running.serving.subscriptions == 1)
            await socket.send_json({"id": "3", "type": "subscribe", "payload": FOLLOW})
            await until(lambda: running.serving.subscriptions == 2)
        assert await counted(running, "subscriptions") == 2
        await until(lambda: running.serving.subscriptions == 0)


async def test_open_sockets_of_one_caller_are_bounded(urls: Mapping[str, str]) -> None:
    async with gateway(urls, limits=Limits(sockets_per_caller=1)) as running:
        async with connected(running, "siti"):
            async with connected(running, "siti") as second:
                await second.receive()
                assert second.close_code == 1013
            async with connected(running, "budi") as another:
                await another.send_json({"type": "ping"})
                assert (await another.receive_json())["type"] == "pong"
        await until(lambda: not running.serving.sockets._held)
        async with connected(running, "siti") as again:
            await again.send_json({"type": "ping"})
            assert (await again.receive_json())["type"] == "pong"


@pytest.mark.parametrize("path", ["/schema.graphql", "/metrics", "/partner/v1/events"])
async def test_what_is_no_operation_takes_from_the_rate_of_its_caller_too(urls: Mapping[str, str], path: str) -> None:
    routes = RestRoutes.of_text("/partner/v1/{rest:path}=delivery")
    async with gateway(urls, rate_per_second=1, rate_burst=5, rest_routes=routes) as running:

        async def status(who: str) -> tuple[int, str]:
            async with running.client.get(running.url + path, headers={"authorization": who}) as answer:
                return answer.status, answer.headers.get("retry-after", "")

        found = [await status("siti") for _ in range(6)]
        assert 429 not in (found[0][0], (await status("budi"))[0])
        assert found[5][0] == 429
        assert int(found[5][1]) >= 1


async def test_requests_that_pass_by_the_graph_are_work_under_way_and_end_with_their_client(
    urls: Mapping[str, str],
) -> None:
    seen, gone = 0, 0

    async def wait(request: web.Request) -> web.StreamResponse:
        nonlocal seen, gone
        seen += 1
        await until(lambda: request.transport is None or request.transport.is_closing())
        gone += 1
        return web.Response()

    application = web.Application()
    application.router.add_get("/partner/v1/events", wait)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    there = {**urls, "delivery": f"http://127.0.0.1:{runner.addresses[0][1]}"}
    routes = RestRoutes.of_text("/partner/v1/{rest:path}=delivery")
    async with gateway(there, limits=Limits(in_flight_per_caller=1), rest_routes=routes) as running:
        url, headers = f"{running.url}/partner/v1/events", {"authorization": "ojek"}
        asking = asyncio.create_task(running.client.get(url, headers=headers))
        await until(lambda: seen == 1)
        async with running.client.get(url, headers=headers) as more:
            assert (more.status, code(await more.json())) == (429, "RATE_LIMITED")
        asking.cancel()
        await until(lambda: gone == 1)
        await until(lambda: not running.serving.operations._held)
    await runner.cleanup()


async def test_an_answer_that_passes_by_the_graph_is_under_way_until_its_body_has_ended_or_its_client_has_left(
    urls: Mapping[str, str],
) -> None:
    rest = asyncio.Event()

    async def slowly(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(b"first")
        await rest.wait()
        await answer.write(b"last")
        return answer

    application = web.Application()
    application.router.add_get("/partner/v1/events", slowly)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    there = {**urls, "delivery": f"http://127.0.0.1:{runner.addresses[0][1]}"}
    routes = RestRoutes.of_text("/partner/v1/{rest:path}=delivery")
    async with gateway(there, limits=Limits(in_flight_per_caller=1), rest_routes=routes) as running:
        url, headers = f"{running.url}/partner/v1/events", {"authorization": "ojek"}
        for leaves in (True, False):
            async with running.client.get(url, headers=headers) as answer:
                assert await answer.content.readexactly(5) == b"first"
                async with running.client.get(url, headers=headers) as more:
                    assert (more.status, code(await more.json())) == (429, "RATE_LIMITED")
                if leaves:
                    answer.close()
                else:
                    rest.set()
                    assert await answer.content.read() == b"last"
            await until(lambda: not running.serving.operations._held)
    await runner.cleanup()


async def test_the_schema_is_not_sent_again_to_who_has_it(urls: Mapping[str, str]) -> None:
    async with gateway(urls) as running:
        url = f"{running.url}/schema.graphql"
        async with running.client.get(url) as first:
            tag, text = first.headers["etag"], await first.read()
            assert (first.status, first.content_type) == (200, "text/plain")
        async with running.client.get(url, headers={"if-none-match": tag}) as second:
            assert (second.status, await second.read(), second.headers["etag"]) == (304, b"", tag)
        async with running.client.get(url, headers={"if-none-match": '"other"'}) as third:
            assert (third.status, await third.read()) == (200, text)


async def test_a_long_document_is_worth_several_calls_until_it_is_known(urls: Mapping[str, str]) -> None:
    long = {"query": "{ products { id } }" + " " * 2_000}
    async with gateway(urls, rate_per_second=1, rate_burst=10) as running:
        for _ in range(3):
            assert (await running.post(long, authorization="siti"))[0] == 200  # 6, 1 and 1
        other = {"query": "{ products { id } }" + " " * 2_001}
        assert (await running.post(other, authorization="siti"))[0] == 429
        assert (await running.post(other, authorization="budi"))[0] == 200


async def test_a_document_that_is_new_is_worth_calls_by_its_length(urls: Mapping[str, str]) -> None:
    text = "{ products { id } }"
    async with gateway(urls, rate_per_second=1, rate_burst=100) as running:
        running.serving.rate = rate = RateLimit(burst=100, per_second=1, clock=lambda: 0.0)
        for _ in range(2):  # known the second time
            assert (await running.post({"query": text.ljust(8_000)}, authorization="siti"))[0] == 200
        rate.take("sub siti", 100 - 20 - 2)
        with pytest.raises(RateLimited):
            rate.take("sub siti")


@given(
    st.lists(st.tuples(st.sampled_from(["", "siti", "budi"]), st.sampled_from(["a", "b"]), st.booleans()), max_size=60)
)
def test_nobody_ever_holds_more_than_a_share_and_what_is_let_go_can_be_had(steps: list[tuple[str, str, bool]]) -> None:
    shares = Shares("x", 2, 3)
    holding: dict[str, list[contextlib.ExitStack]] = {}
    for subject, address, take in steps:
        caller = Caller("t", {}, Identity(subject) if subject else ANONYMOUS, address)
        mine = holding.setdefault(caller.key, [])
        if take:
            stack = contextlib.ExitStack()
            full = len(mine) == (2 if subject else 3)
            try:
                stack.enter_context(shares.one(caller))
                mine.append(stack)
            except RequestError:
                assert full
            else:
                assert not full
        elif mine:
            mine.pop().close()
        assert dict(shares._held) == {key: len(held) for key, held in holding.items() if held}
