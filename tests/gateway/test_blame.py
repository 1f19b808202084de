"""What a caller does is no failure of a subgraph: the circuit counts requests that reached it and failed there, each once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

import pytest
from aiohttp import web

from gateway.executor import subgraph_socket
from gateway.executor.breaker import Rules
from gateway.executor.subgraph_client import SubgraphClient, SubgraphTrouble
from gateway.settings import Breaking, Limits
from tests.gateway.kit.network import SubgraphServer, gateway
from tests.gateway.kit.waiting import until

RULES = Rules(percent=1, least=2, window_s=60, pause_s=60)
QUERY = {"query": "{ products { id } }"}
MUTATION = 'mutation { placeOrder(productId: "p1") { __typename } }'


@contextlib.asynccontextmanager
async def client(server: SubgraphServer, **options: object) -> AsyncIterator[SubgraphClient]:
    given = {"same_moment_s": 60, **options}
    made = SubgraphClient({"X": f"{server.url}/graphql"}, rules=RULES, **given)  # type: ignore[arg-type]  # of its fields
    await made.start()
    try:
        yield made
    finally:
        await made.close()


async def ask(
    asked: SubgraphClient, body: bytes = b"{}", *, within_s: float = 5, headers: Mapping[str, str] | None = None
) -> str:
    deadline = asyncio.get_running_loop().time() + within_s
    try:
        await asked.send("X", body, headers or {}, deadline, idempotent=True)
    except SubgraphTrouble as trouble:
        return trouble.code
    return "ok"


@pytest.fixture
def server(subgraphs: dict[str, SubgraphServer]) -> SubgraphServer:
    return subgraphs["catalog"]


async def broken(_: web.Request) -> web.StreamResponse:
    return web.Response(status=500, text="oops")


async def silent(request: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    return web.Response()


async def test_a_failure_that_many_wait_for_counts_once(server: SubgraphServer) -> None:
    release = asyncio.Event()

    async def wait_and_break(_: web.Request) -> web.StreamResponse:
        await release.wait()
        return web.Response(status=500, text="oops")

    server.respond = wait_and_break
    async with client(server) as asked:
        waiting = [asyncio.create_task(ask(asked)) for _ in range(26)]
        await until(lambda: len(server.seen) == 1)
        release.set()
        assert set(await asyncio.gather(*waiting)) == {"SERVICE_UNAVAILABLE"}
        watched = asked.breakers["X"]
        assert watched.opened == 0
        server.respond = broken
        await ask(asked)
        assert watched.opened == 1  # two were sent, and two failed


@pytest.mark.parametrize("value", ["Bearer \xa0t", "Bearer t\nx: y", "Bearer \x00", "Bearer 木", "Bearer \ud800"])
async def test_a_header_that_cannot_be_sent_is_ours(server: SubgraphServer, value: str) -> None:
    async with client(server) as asked:
        for _ in range(30):
            assert await ask(asked, headers={"authorization": value}) == "INTERNAL_SERVER_ERROR"
        assert (asked.breakers["X"].state, server.seen) == ("closed", [])


@pytest.mark.parametrize("status", [400, 404, 413, 414, 431])
async def test_a_request_that_the_subgraph_will_not_have_says_that_it_is_well(
    server: SubgraphServer, status: int
) -> None:
    async def refuse(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text="no")

    server.respond = refuse
    async with client(server) as asked:
        for _ in range(30):
            assert await ask(asked) == "INTERNAL_SERVER_ERROR"
        assert asked.breakers["X"].state == "closed"


async def test_an_answer_that_is_too_large_is_the_operations(server: SubgraphServer) -> None:
    async with client(server, answer_bytes=1_000) as asked:

        async def large(_: web.Request) -> web.StreamResponse:
            return web.Response(text="x" * 1_001)

        server.respond = large
        for _ in range(30):
            assert await ask(asked) == "OPERATION_TOO_EXPENSIVE"
        assert asked.breakers["X"].state == "closed"


async def test_a_request_that_had_little_time_left_says_nothing(server: SubgraphServer) -> None:
    server.respond = silent
    async with client(server, patience_s=0.2) as asked:
        for _ in range(3):
            assert await ask(asked, within_s=0.02) == "TIMEOUT"
        watched = asked.breakers["X"]
        assert watched.opened == 0
        for _ in range(2):
            assert await ask(asked, within_s=0.3) == "TIMEOUT"
        assert watched.opened == 1


async def test_a_request_that_waited_for_a_connection_alone_says_nothing(server: SubgraphServer) -> None:
    server.respond = silent
    async with client(server, patience_s=0.05, connections_per_subgraph=1) as asked:
        holding = asyncio.create_task(ask(asked, b"0", within_s=60))
        await until(lambda: len(server.seen) == 1)
        for number in range(1, 4):
            assert await ask(asked, b"%d" % number, within_s=0.1) == "TIMEOUT"
        assert (asked.breakers["X"].state, len(server.seen)) == ("closed", 1)
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)


async def test_requests_that_are_given_up_say_nothing_and_end_at_the_subgraph_when_the_last_has_left(
    server: SubgraphServer,
) -> None:
    gone = 0

    async def notice(request: web.Request) -> web.StreamResponse:
        nonlocal gone
        await until(lambda: request.transport is None or request.transport.is_closing())
        gone += 1
        return web.Response()

    server.respond = notice
    async with client(server) as asked:
        waiting = [asyncio.create_task(ask(asked)) for _ in range(3)]
        await until(lambda: len(server.seen) == 1)
        for one in waiting[:2]:
            one.cancel()
        await asyncio.gather(*waiting[:2], return_exceptions=True)
        assert (gone, len(asked._in_flight)) == (0, 1)
        waiting[2].cancel()
        await asyncio.gather(waiting[2], return_exceptions=True)
        await until(lambda: not asked._in_flight and gone == 1)
        server.respond = None
        assert await ask(asked, b'{"query":"{ __typename }"}') == "ok"
        assert asked.breakers["X"].state == "closed"


@pytest.mark.parametrize("over", ["http", "websocket", "sse"])
async def test_who_leaves_ends_the_work_at_the_subgraph(subgraphs: dict[str, SubgraphServer], over: str) -> None:
    gone = 0

    async def notice(request: web.Request) -> web.StreamResponse:
        nonlocal gone
        await until(lambda: request.transport is None or request.transport.is_closing())
        gone += 1
        return web.Response()

    subgraphs["catalog"].respond = notice
    async with gateway({name: one.url for name, one in subgraphs.items()}) as running:
        if over == "websocket":
            socket = await running.client.ws_connect(f"{running.url}/graphql", protocols=("graphql-transport-ws",))
            await socket.send_json({"type": "connection_init"})
            await socket.send_json({"id": "1", "type": "subscribe", "payload": QUERY})
            await until(lambda: subgraphs["catalog"].seen)
            await socket.send_json({"id": "1", "type": "complete"})
        else:
            asking = asyncio.create_task(
                running.post(QUERY, **({"accept": "text/event-stream"} if over == "sse" else {}))
            )
            await until(lambda: subgraphs["catalog"].seen)
            asking.cancel()
        await until(lambda: gone == 1)
        await until(lambda: running.serving.under_way == 0)
        assert running.serving.client.breakers["CATALOG"].state == "closed"


async def test_a_mutation_is_done_although_its_client_has_left(subgraphs: dict[str, SubgraphServer]) -> None:
    release, done = asyncio.Event(), asyncio.Event()

    async def work(request: web.Request) -> web.StreamResponse:
        await release.wait()
        if request.transport is not None and not request.transport.is_closing():
            done.set()
        return web.json_response({"data": {"placeOrder": {"__typename": "Order"}}})

    subgraphs["ordering"].respond = work
    async with gateway({name: one.url for name, one in subgraphs.items()}) as running:
        asking = asyncio.create_task(running.post({"query": MUTATION}))
        await until(lambda: subgraphs["ordering"].seen)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        release.set()
        await until(done.is_set)
        await until(lambda: running.serving.under_way == 0)


async def test_a_subscription_that_cannot_be_sent_ends_with_a_word(server: SubgraphServer) -> None:
    async with client(server) as asked:
        with pytest.raises(SubgraphTrouble) as caught:
            async with asyncio.timeout(90):
                async for _ in subgraph_socket.events(asked, "X", {"query": "{ a }"}, {"authorization": "Bearer a\nb"}):
                    pass
    assert caught.value.code == "INTERNAL_SERVER_ERROR"


async def test_a_token_that_no_header_can_carry_is_refused_before_any_subgraph_is_asked(
    subgraphs: dict[str, SubgraphServer],
) -> None:
    urls = {name: one.url for name, one in subgraphs.items()}
    breaking = Breaking(error_percent=1, least_requests=2)
    async with gateway(urls, breaker=breaking, limits=Limits()) as running:
        for value in ("Bearer \xa0good", "Bearer " + "a" * 9_000):
            for _ in range(5):
                status, answer, _ = await running.post(QUERY, authorization=value)
                assert (status, answer["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
        for value in ("Bearer a\nb", "Bearer \xa0a", "Bearer \x00"):
            async with running.client.ws_connect(
                f"{running.url}/graphql", protocols=("graphql-transport-ws",)
            ) as socket:
                await socket.send_json({"type": "connection_init", "payload": {"authorization": value}})
                await socket.receive()
                assert socket.close_code == 4403
        assert (await running.post(QUERY))[0] == 200
        assert {one.state for one in running.serving.client.breakers.values()} == {"closed"}
        assert len(subgraphs["catalog"].seen) == 1
