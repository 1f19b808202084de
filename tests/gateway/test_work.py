"""A small document cannot hold up the loop, nor ask for more than an honest one: counted in calls, never in seconds."""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from graphql import get_introspection_query

from gateway import beside
from gateway.errors import RequestError
from gateway.pipeline import Caller, Pipeline, Request
from gateway.settings import Limits
from gateway.supergraph.load import load
from services.kit.codes import ErrorCode
from tests.gateway import hostile
from tests.gateway.differential.worlds import World
from tests.gateway.kit.gateway import InProcess
from tests.gateway.kit.slices import Slices

# Reading the standard introspection query takes 4 ms of a core of our own and 10 ms of a crowded one.
MOST = 5
_T = TypeVar("_T")


@pytest.fixture(scope="module")
def world() -> World:
    return World.of("wlijo")


def pipeline(world: World, **bounds: int) -> Pipeline:
    return Pipeline(load(world.text), InProcess(world.subgraphs), Limits(**bounds))


async def ask(asked: Pipeline, query: str) -> str:
    """The code of the refusal, or "ok"."""
    try:
        answer = await asked.execute(Request(query), Caller("t", {}))
    except RequestError as refused:
        return refused.code.value
    return "ok" if "errors" not in answer else "errors"


async def honest(world: World) -> int:
    slices = Slices()
    fresh = pipeline(world)
    fresh.operation(Request("{ __typename }"))
    await slices.of(fresh.read(Request(get_introspection_query())))
    return slices.longest


@pytest.mark.parametrize("trick", hostile.DOCUMENTS)
async def test_no_document_holds_up_the_loop(world: World, trick: str) -> None:
    query, slices, asked = hostile.DOCUMENTS[trick](), Slices(), pipeline(world)
    await ask(asked, "{ __typename }")
    for _ in range(2):  # known or not
        await slices.of(ask(asked, query))
    assert slices.longest <= MOST * await honest(world)


async def test_the_same_documents_would_hold_it_up_if_they_were_read_in_the_loop(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def here(work: Callable[..., _T], *args: Any, **kwargs: Any) -> _T:
        return work(*args, **kwargs)

    monkeypatch.setattr(beside, "done", here)
    slices, asked = Slices(), pipeline(world, introspections=100)
    assert await slices.of(ask(asked, hostile.aliased_introspection(20))) == "ok"
    assert slices.longest > MOST * await honest(world)


async def test_one_question_about_the_schema_is_answered_once_and_twenty_are_refused(world: World) -> None:
    asked = pipeline(world)
    assert await ask(asked, hostile.aliased_introspection(20)) == ErrorCode.OPERATION_TOO_EXPENSIVE
    first, again = [await asked.execute(Request(get_introspection_query()), Caller("t", {})) for _ in range(2)]
    assert first == again
    counts = asked.caches.introspection.counts
    assert (counts.hits, counts.misses, counts.entries) == (1, 1, 1)


async def test_the_cache_of_answers_about_the_schema_tells_variables_apart_and_is_bounded(world: World) -> None:
    asked = pipeline(world, introspection_cache_bytes=20_000)
    query = "query ($n: String!) { __type(name: $n) { name } }"
    for name in ("Product", "Merchant", "Product", *(f"T{n}" for n in range(100))):
        answer = await asked.execute(Request(query, None, {"n": name}), Caller("t", {}))
        found = answer["data"]["__type"]
        assert found == (None if name.startswith("T") else {"name": name})
    counts = asked.caches.introspection.counts
    assert counts.size <= 20_000
    assert counts.evictions > 0


@pytest.mark.parametrize(
    "query",
    [hostile.repeated_typename(), "{ " + "... { __typename } " * 200 + "}", 'query { node(id: "x") { id } ' * 1 + "}"],
)
async def test_what_is_written_again_counts_once(world: World, query: str) -> None:
    assert await ask(pipeline(world, root_fields=1, cost=10), query) in ("ok", "errors")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (hostile.conflicting(), "The document takes more than 5000 steps to validate."),
        (hostile.doubling_chain(), "The operation has 1000000 selections; the limit is 5000."),
        (
            "mutation { "
            + " ".join(f'a{n}: setStock(variantId: "v", onHand: {n}) {{ __typename }}' for n in range(6))
            + " }",
            "The operation has 6 mutations; the limit is 5.",
        ),
    ],
)
async def test_a_document_that_takes_too_much_work_is_told_so(world: World, query: str, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        await pipeline(world).execute(Request(query), Caller("t", {}))
    assert (caught.value.code, caught.value.errors) == (
        ErrorCode.OPERATION_TOO_EXPENSIVE,
        [{"message": message}],
    )
