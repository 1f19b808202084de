"""Equal queries of one moment are one request; nobody gets an answer of before what they know to have changed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

import pytest
from aiohttp import web

from gateway.executor.subgraph_client import SubgraphClient, SubgraphTrouble
from tests.gateway.kit.network import SubgraphServer
from tests.gateway.kit.waiting import until

QUERY = b'{"query":"{ stock }"}'
MUTATION = b'{"query":"mutation { sell }"}'
MINE, YOURS = {"authorization": "Bearer mine"}, {"authorization": "Bearer yours"}


class Shelf:
    """Reads its stock at once and answers a query only when it is let; a mutation takes one away."""

    def __init__(self) -> None:
        self.stock = 9
        self.read = 0
        self.answer = asyncio.Event()

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        if b"mutation" in await request.read():
            self.stock -= 1
            return web.json_response({"data": {"sell": self.stock}})
        stock = self.stock
        self.read += 1
        await self.answer.wait()
        return web.json_response({"data": {"stock": stock}})


@pytest.fixture
def shelf(subgraphs: dict[str, SubgraphServer]) -> Shelf:
    made = Shelf()
    subgraphs["catalog"].respond = made
    return made


@contextlib.asynccontextmanager
async def client(subgraphs: dict[str, SubgraphServer], same_moment_s: float = 60) -> AsyncIterator[SubgraphClient]:
    made = SubgraphClient({"X": f"{subgraphs['catalog'].url}/graphql"}, same_moment_s=same_moment_s)
    await made.start()
    try:
        yield made
    finally:
        await made.close()


async def ask(
    asked: SubgraphClient, headers: Mapping[str, str] = MINE, body: bytes = QUERY, within_s: float = 60
) -> object:
    deadline = asyncio.get_running_loop().time() + within_s
    try:
        return (await asked.send("X", body, headers, deadline, idempotent=body is QUERY))["data"]
    except SubgraphTrouble as trouble:
        return trouble.code


async def all_of(*asking: "asyncio.Task[object]") -> list[object]:
    return await asyncio.gather(*asking)


async def test_a_query_that_is_asked_after_a_mutation_was_answered_sees_what_it_did(
    subgraphs: dict[str, SubgraphServer], shelf: Shelf
) -> None:
    async with client(subgraphs) as asked:
        before = asyncio.create_task(ask(asked))
        await until(lambda: shelf.read == 1)
        assert await ask(asked, body=MUTATION) == {"sell": 8}
        after = asyncio.create_task(ask(asked))
        await until(lambda: shelf.read == 2)
        beside = asyncio.create_task(ask(asked))
        await asyncio.sleep(0)
        shelf.answer.set()
        assert await all_of(before, after, beside) == [{"stock": 9}, {"stock": 8}, {"stock": 8}]
        assert (shelf.read, asked._in_flight) == (2, {})


async def test_a_query_that_was_begun_while_a_mutation_ran_is_not_joined_after_it(
    subgraphs: dict[str, SubgraphServer], shelf: Shelf
) -> None:
    changed, told = asyncio.Event(), asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        if b"mutation" not in await request.read():
            return await shelf(request)
        changed.set()
        await told.wait()
        return await shelf(request)

    subgraphs["catalog"].respond = slow
    async with client(subgraphs) as asked:
        mutation = asyncio.create_task(ask(asked, body=MUTATION))
        await changed.wait()
        during = asyncio.create_task(ask(asked))
        await until(lambda: shelf.read == 1)
        told.set()
        assert await mutation == {"sell": 8}
        after = asyncio.create_task(ask(asked))
        await until(lambda: shelf.read == 2)
        shelf.answer.set()
        assert await all_of(during, after) == [{"stock": 9}, {"stock": 8}]


@pytest.mark.parametrize("other", [YOURS, {}], ids=["another", "anonymous"])
async def test_a_mutation_of_another_identity_parts_nobody(
    subgraphs: dict[str, SubgraphServer], shelf: Shelf, other: Mapping[str, str]
) -> None:
    async with client(subgraphs) as asked:
        first = asyncio.create_task(ask(asked))
        await until(lambda: shelf.read == 1)
        await ask(asked, other, MUTATION)
        second = asyncio.create_task(ask(asked))
        await asyncio.sleep(0)
        shelf.answer.set()
        assert await all_of(first, second) == [{"stock": 9}, {"stock": 9}]
        assert shelf.read == 1


async def test_all_who_are_not_known_are_one_and_a_mutation_of_any_of_them_parts_all(
    subgraphs: dict[str, SubgraphServer], shelf: Shelf
) -> None:
    async with client(subgraphs) as asked:
        first = asyncio.create_task(ask(asked, {"traceparent": "a"}))
        await until(lambda: shelf.read == 1)
        await ask(asked, {"traceparent": "b"}, MUTATION)
        second = asyncio.create_task(ask(asked, {"traceparent": "c"}))
        await until(lambda: shelf.read == 2)
        beside = asyncio.create_task(ask(asked, {"traceparent": "d"}))  # whose trace it is divides nobody
        await asyncio.sleep(0)
        shelf.answer.set()
        assert await all_of(first, second, beside) == [{"stock": 9}, {"stock": 8}, {"stock": 8}]
        assert shelf.read == 2


async def test_what_was_begun_at_an_earlier_moment_is_not_joined(
    subgraphs: dict[str, SubgraphServer], shelf: Shelf
) -> None:
    """Another process may have taken the mutation: nothing is shared with it but the moment's bound."""
    async with client(subgraphs, same_moment_s=0) as asked, client(subgraphs) as elsewhere:
        first = asyncio.create_task(ask(asked))
        await until(lambda: shelf.read == 1)
        await ask(elsewhere, body=MUTATION)
        second = asyncio.create_task(ask(asked))
        await until(lambda: shelf.read == 2)
        shelf.answer.set()
        assert await all_of(first, second) == [{"stock": 9}, {"stock": 8}]


async def test_who_joins_has_its_own_time_and_not_what_is_left_of_the_others(
    subgraphs: dict[str, SubgraphServer], shelf: Shelf
) -> None:
    async with client(subgraphs) as asked:
        first = asyncio.create_task(ask(asked, within_s=0.3))
        second = asyncio.create_task(ask(asked))
        assert await first == "TIMEOUT"
        shelf.answer.set()
        assert await second == {"stock": 9}
        assert shelf.read == 1


async def test_who_joins_with_less_time_is_told_so_and_leaves_the_others(
    subgraphs: dict[str, SubgraphServer], shelf: Shelf
) -> None:
    async with client(subgraphs) as asked:
        first = asyncio.create_task(ask(asked))
        assert await ask(asked, within_s=0.05) == "TIMEOUT"
        shelf.answer.set()
        assert await first == {"stock": 9}
        assert asked.breakers["X"]._now == [1, 0]


async def test_what_nobody_waits_for_any_more_is_ended_at_the_service_and_no_sooner(
    subgraphs: dict[str, SubgraphServer],
) -> None:
    asked_of: list[web.Request] = []

    async def never(request: web.Request) -> web.StreamResponse:
        asked_of.append(request)
        await asyncio.Event().wait()
        return web.Response()

    def ended() -> bool:
        return asked_of[0].transport is None or asked_of[0].transport.is_closing()

    subgraphs["catalog"].respond = never
    async with client(subgraphs) as asked:
        first, second = asyncio.create_task(ask(asked)), asyncio.create_task(ask(asked))
        await until(lambda: len(asked_of) == 1)
        for leaving, left in ((first, 1), (second, 0)):
            (flight,) = asked._in_flight[(("authorization", MINE["authorization"]),)].values()
            assert not flight.task.cancelled()
            leaving.cancel()
            await asyncio.wait((leaving,))
            assert flight.waiting == left
        await until(ended)
        assert (len(asked_of), asked._in_flight) == (1, {})
