"""A subgraph that fails too often is left alone; queries are tried once more, mutations never; one deadline for all."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from gateway.executor.breaker import Breaker, Rules
from gateway.executor.subgraph_client import SubgraphClient, SubgraphTrouble
from gateway.pipeline import Caller, Pipeline, Request
from gateway.settings import Breaking, Limits
from tests.gateway.kit.gateway import InProcess
from tests.gateway.kit.network import SubgraphServer, gateway
from tests.gateway.kit.waiting import until
from tests.gateway.shop import shop

RULES = Rules(percent=50, least=4, window_s=10, pause_s=2)


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def breaker(clock: Clock) -> Breaker:
    return Breaker("X", RULES, clock)


def test_it_opens_when_half_of_enough_requests_failed_and_not_before() -> None:
    watched = breaker(Clock())
    for _ in range(3):
        watched.failed()
    assert (watched.state, watched.allows()) == ("closed", True)
    watched.failed()
    assert (watched.state, watched.allows(), watched.opened, watched.refused) == ("open", False, 1, 1)
    calm = breaker(Clock())
    for _ in range(10):
        calm.succeeded()
    states = []
    for _ in range(10):
        calm.failed()
        states.append(calm.state)
    assert states == ["closed"] * 9 + ["open"]


def test_failures_of_long_ago_do_not_count() -> None:
    clock = Clock()
    watched = breaker(clock)
    for _ in range(3):
        watched.failed()
    clock.now += 11
    watched.failed()
    assert watched.state == "closed"


def test_after_a_pause_one_request_tries_and_its_success_closes_the_circuit() -> None:
    clock = Clock()
    watched = breaker(clock)
    for _ in range(4):
        watched.failed()
    clock.now += 1.9
    assert not watched.allows()
    clock.now += 0.1
    assert (watched.allows(), watched.allows(), watched.state) == (True, False, "half-open")
    watched.succeeded()
    assert (watched.state, watched.allows()) == ("closed", True)
    watched.failed()
    assert watched.state == "closed"  # what failed before is forgotten


def test_a_trial_that_fails_opens_it_again_and_one_that_tells_nothing_is_tried_again_at_once() -> None:
    clock = Clock()
    watched = breaker(clock)
    for _ in range(4):
        watched.failed()
    clock.now += 2
    assert watched.allows()
    watched.failed()
    assert (watched.allows(), watched.opened) == (False, 2)
    clock.now += 2
    assert watched.allows()
    watched.left()
    assert watched.allows()


def test_requests_that_were_under_way_when_it_opened_change_nothing() -> None:
    watched = breaker(Clock())
    for _ in range(4):
        watched.failed()
    watched.failed()
    watched.succeeded()
    watched.left()
    assert (watched.state, watched.opened) == ("open", 1)


# -- with a subgraph that listens -----------------------------------------------------------------------------------


@dataclass
class Server:
    """Answers with the next of `answers`; the last one goes on."""

    url: str = ""
    answers: list[web.Response | None] = field(default_factory=list)
    asked: int = 0

    async def post(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is None:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return web.Response(status=answer.status, text=answer.text, content_type=answer.content_type)


def right() -> web.Response:
    return web.json_response({"data": {"a": 1}})


def html(status: int) -> web.Response:
    return web.Response(text="<h1>", content_type="text/html", status=status)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    application = web.Application()
    application.router.add_post("/graphql", made.post)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/graphql"
    yield made
    await runner.cleanup()


@contextlib.asynccontextmanager
async def client(server: Server, rules: Rules = RULES) -> AsyncIterator[SubgraphClient]:
    made = SubgraphClient({"X": server.url}, rules=rules)
    await made.start()
    try:
        yield made
    finally:
        await made.close()


async def ask(asked: SubgraphClient, *, idempotent: bool = True, within_s: float = 5, body: bytes = b"{}") -> object:
    deadline = asyncio.get_running_loop().time() + within_s
    try:
        return await asked.send("X", body, {}, deadline, idempotent=idempotent)
    except SubgraphTrouble as trouble:
        return trouble.code


@pytest.mark.parametrize("passing", [None, 502, 503, 504])
async def test_a_query_is_sent_once_more_after_a_passing_trouble(server: Server, passing: int | None) -> None:
    server.answers = [html(passing) if passing else None, right()]
    async with client(server) as asked:
        assert await ask(asked) == {"data": {"a": 1}}
    assert server.asked == 2


@pytest.mark.parametrize("passing", [None, 502, 503, 504])
async def test_a_query_is_not_sent_a_third_time(server: Server, passing: int | None) -> None:
    server.answers = [html(passing) if passing else None]
    async with client(server) as asked:
        assert await ask(asked) == "SERVICE_UNAVAILABLE"
    assert server.asked == 2


@pytest.mark.parametrize("passing", [None, 503])
async def test_a_mutation_is_never_sent_again(server: Server, passing: int | None) -> None:
    server.answers = [html(passing) if passing else None, right()]
    async with client(server) as asked:
        assert await ask(asked, idempotent=False) == "SERVICE_UNAVAILABLE"
    assert server.asked == 1


async def test_an_error_that_will_not_pass_is_not_tried_again(server: Server) -> None:
    server.answers = [html(500), right()]
    async with client(server) as asked:
        assert await ask(asked) == "SERVICE_UNAVAILABLE"
    assert server.asked == 1


async def test_nothing_is_sent_when_no_time_is_left_and_the_subgraph_is_not_blamed(server: Server) -> None:
    server.answers = [right()]
    async with client(server) as asked:
        for _ in range(10):
            assert await ask(asked, within_s=0) == "TIMEOUT"
        assert await ask(asked) == {"data": {"a": 1}}
    assert server.asked == 1


async def test_an_open_circuit_answers_at_once_without_asking_and_closes_when_the_subgraph_is_back(
    server: Server,
) -> None:
    clock = Clock()
    server.answers = [html(500)]
    async with client(server) as asked:
        await ask(asked)
        watched = asked.breakers["X"]
        watched.clock = clock
        await asyncio.gather(*(ask(asked, body=b"{}" + b" " * number) for number in range(3)))
        assert (watched.state, server.asked) == ("open", 4)
        assert await ask(asked) == "SERVICE_UNAVAILABLE"
        assert (server.asked, watched.refused) == (4, 1)
        server.answers = [right()]
        clock.now += RULES.pause_s
        assert await ask(asked) == {"data": {"a": 1}}
        assert (watched.state, server.asked) == ("closed", 5)


async def test_an_error_in_a_graphql_answer_says_nothing_against_the_subgraph(server: Server) -> None:
    server.answers = [web.json_response({"errors": [{"message": "no"}]}, status=500)]
    async with client(server) as asked:
        for _ in range(10):
            await ask(asked)
        assert asked.breakers["X"].state == "closed"


async def test_all_fetches_of_a_request_share_its_deadline_and_each_has_a_time_of_its_own() -> None:
    for bounds, shared in ((Limits(request_ms=5_000, fetch_ms=60_000), True), (Limits(fetch_ms=1), False)):
        deadlines: list[float] = []

        class Watching(InProcess):
            async def send(self, subgraph: str, body: bytes, headers: Any, deadline: float, *, idempotent: bool) -> Any:
                deadlines.append(deadline)  # noqa: B023  # this round's
                await asyncio.sleep(0.01)
                return await InProcess.send(self, subgraph, body, headers, deadline, idempotent=idempotent)

        federation = shop(limits=bounds)
        watching = Watching(federation.client.subgraphs)
        pipeline = Pipeline(federation.pipeline.supergraph, watching, bounds)
        await pipeline.execute(Request("{ products { id fee sold } }"), Caller("", {}))
        assert len(deadlines) == 3
        assert (len(set(deadlines)) == 1) is shared


async def test_who_leaves_takes_nobody_along_that_waits_for_the_same_answer(
    subgraphs: dict[str, SubgraphServer],
) -> None:
    release = asyncio.Event()

    async def wait(_: web.Request) -> web.StreamResponse:
        await release.wait()
        return right()

    subgraphs["catalog"].respond = wait
    made = SubgraphClient({"X": f"{subgraphs['catalog'].url}/graphql"}, same_moment_s=60)
    await made.start()
    first, second = (asyncio.create_task(ask(made)) for _ in range(2))
    await until(lambda: len(subgraphs["catalog"].seen) == 1)
    first.cancel()
    release.set()
    assert await second == {"data": {"a": 1}}
    assert len(subgraphs["catalog"].seen) == 1
    await made.close()


async def test_a_partial_answer_comes_at_once_while_a_subgraph_is_left_alone_and_metrics_tell(
    subgraphs: dict[str, SubgraphServer],
) -> None:
    async def broken(_: web.Request) -> web.StreamResponse:
        return html(500)

    subgraphs["delivery"].respond = broken
    urls = {name: server.url for name, server in subgraphs.items()}
    async with gateway(urls, breaker=Breaking(least_requests=4)) as running:
        for _ in range(6):
            status, answer, _ = await running.post({"query": "{ products { id fee } }"})
            assert (status, answer["data"]["products"][0]) == (200, {"id": "p1", "fee": None})
            assert {error["extensions"]["code"] for error in answer["errors"]} == {"SERVICE_UNAVAILABLE"}
            assert [error["path"] for error in answer["errors"]] == [["products", place, "fee"] for place in (0, 1)]
        assert len(subgraphs["delivery"].seen) == 4
        async with running.client.get(f"{running.url}/metrics") as got:
            text = await got.text()
        assert 'wlijo_gateway_circuit{subgraph="DELIVERY"} 2.0' in text
        assert 'wlijo_gateway_circuit_refused_total{subgraph="DELIVERY"} 2.0' in text
        assert 'wlijo_gateway_circuit{subgraph="CATALOG"} 0.0' in text
