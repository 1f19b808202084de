"""What is worked out once is kept within a number of bytes, and a cached operation is not worked out again."""

import gc
import tracemalloc
from typing import Any

import pytest

import gateway.pipeline
import gateway.planner.planner
import gateway.validation
from gateway import weighing
from gateway.access import Access
from gateway.errors import RequestError
from gateway.executor import source
from gateway.pipeline import Caches, Caller, Pipeline, Request
from gateway.planner.planner import Planner
from gateway.settings import Limits
from gateway.supergraph.load import load
from services.kit.codes import ErrorCode
from services.kit.http.identity import ANONYMOUS
from tests.gateway.guarded import Guarded, caller
from tests.gateway.kit.gateway import InProcess, subgraph_text, supergraph_text
from tests.gateway.kit.operations import operations
from tests.gateway.kit.universe import Universe, UniverseSubgraph
from tests.gateway.shop import shop

WITHIN = 2
WIDE = Limits(
    depth=100,
    aliases=10_000,
    root_fields=100,
    selections=100_000,
    root_mutations=100,
    validation_steps=10**6,
    tokens=100_000,
    cost=10**12,
)


async def _run(pipeline: Pipeline, asked: list[tuple[str, dict[str, Any]]]) -> None:
    for query, variables in asked:
        await pipeline.execute(Request(query, None, variables), Caller("", {}))


@pytest.mark.parametrize("name", ["shop", "market", "abstract"])
async def test_the_estimated_size_of_what_is_cached_is_within_a_factor_of_what_is_measured(name: str) -> None:
    supergraph = load(supergraph_text(name))
    universe = Universe(supergraph)
    client = InProcess(
        {
            id_: UniverseSubgraph(one.name, subgraph_text(name, one.name), universe=universe)
            for id_, one in supergraph.subgraphs.items()
        }
    )
    asked = operations(supergraph.api, 7, 15)
    await _run(Pipeline(supergraph, client, WIDE), asked)  # what the schema itself remembers is there now
    pipeline = Pipeline(supergraph, client, WIDE)
    gc.collect()
    tracemalloc.start()
    try:
        await _run(pipeline, asked)
        client.sent.clear()
        gc.collect()
        for cache in (pipeline.caches.operations, pipeline.caches.plans):
            estimated = cache.counts.size
            assert cache.counts.entries == len(asked)
            before = tracemalloc.get_traced_memory()[0]
            cache.clear()
            gc.collect()
            measured = before - tracemalloc.get_traced_memory()[0]
            assert measured / WITHIN < estimated < measured * WITHIN, (estimated, measured)
    finally:
        tracemalloc.stop()


def _plainly_named(number: int, length: int) -> str:
    aliases = " ".join(f"{'n' * length}_{number}_{each}: name" for each in range(40))
    return f"{{ products {{ id {aliases} }} }}"


@pytest.mark.parametrize("length", [500, 5_000])
async def test_names_of_any_length_count_as_what_they_keep(length: int) -> None:
    """Documents of up to 200 kB in few tokens: what is kept of them are the names."""
    await _run(shop(limits=WIDE).pipeline, [(_plainly_named(0, length), {})])
    federation = shop(limits=WIDE)
    source._shared.cache_clear()
    gc.collect()
    tracemalloc.start()
    try:
        await _run(federation.pipeline, [(_plainly_named(number, length), {}) for number in range(1, 9)])
        federation.client.sent.clear()
        gc.collect()
        caches = federation.pipeline.caches
        source._shared.cache_clear()
        for cache in (caches.plans, caches.operations):
            estimated = cache.counts.size
            before = tracemalloc.get_traced_memory()[0]
            cache.clear()
            gc.collect()
            measured = before - tracemalloc.get_traced_memory()[0]
            assert measured / WITHIN < estimated < measured * WITHIN, (estimated, measured)
    finally:
        tracemalloc.stop()


async def test_code_is_shared_of_short_texts_alone() -> None:
    """Kept by number, 2,000 long ones would be half a gigabyte, whatever the caches of plans hold."""
    source._shared.cache_clear()
    federation = shop(limits=WIDE)
    for number in range(10):
        await federation.ask(_plainly_named(number, 5_000))
    assert source._shared.cache_info().currsize <= 2  # of the places around
    for _ in range(2):
        federation.pipeline.caches.plans.clear()
        await federation.ask(_plainly_named(0, 5))
    assert source._shared.cache_info().hits > 0
    assert source._SHARED * source._LONGEST_SHARED <= 8_000_000


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stages that did work."""
    done: list[str] = []
    for owner, stage in (
        (gateway.pipeline, "parse"),
        (gateway.validation, "validate"),
        (gateway.planner.planner, "from_ast"),
        (Access, "authorize"),
        (gateway.pipeline, "Projection"),
        (Planner, "plan"),
    ):
        real = getattr(owner, stage)

        def told(*args: Any, _real: Any = real, _stage: str = stage, **named: Any) -> Any:
            done.append(_stage)
            return _real(*args, **named)

        monkeypatch.setattr(owner, stage, told)
    return done


async def test_a_cached_operation_is_not_parsed_validated_weighed_or_planned_again(worked: list[str]) -> None:
    federation = shop()
    query = "query ($on: Boolean!) { products { id fee @include(if: $on) } }"
    await federation.ask(query, {"on": True})
    assert worked == ["parse", "validate", "from_ast", "plan", "Projection"]
    worked.clear()
    await federation.ask(query, {"on": True})
    assert worked == []
    await federation.ask(query, {"on": False})
    assert worked == ["from_ast", "plan", "Projection"]


async def test_a_new_plan_is_selected_and_authorized_once(worked: list[str]) -> None:
    graph = Guarded()
    query = '{ person(id: "1") { name age } }'
    await graph.ask(query, ANONYMOUS)
    assert worked == ["parse", "validate", "from_ast", "authorize", "plan", "Projection"]
    worked.clear()
    await graph.ask(query, caller())  # nothing is refused to them
    assert worked == ["from_ast", "plan", "Projection"]
    worked.clear()
    for who in (ANONYMOUS, caller()):
        await graph.ask(query, who)
    assert worked == []


async def test_a_refusal_is_remembered_too_and_keeps_no_frames_of_those_it_was_told_to(worked: list[str]) -> None:
    federation = shop()
    seen: list[RequestError] = []
    for _ in range(3):
        with pytest.raises(RequestError) as caught:
            await federation.ask("{ nothing }")
        seen.append(caught.value)
    assert worked == ["parse", "validate"]
    assert len({id(error) for error in seen}) == 3
    (kept,) = (entry for entry, _ in federation.pipeline.caches.operations._entries.values())
    assert isinstance(kept, RequestError)
    assert (kept.code, kept.__traceback__, kept.__cause__) == (ErrorCode.GRAPHQL_VALIDATION_FAILED, None, None)


async def test_caches_stay_within_their_bytes_however_many_operations_come() -> None:
    bounds = Limits(operation_cache_bytes=20_000, plan_cache_bytes=40_000)
    federation = shop(limits=bounds)
    for number in range(40):
        await federation.ask(f"query Q{number} {{ products {{ id }} }}")
    for cache, limit in (
        (federation.pipeline.caches.operations, 20_000),
        (federation.pipeline.caches.plans, 40_000),
    ):
        assert 0 < cache.counts.size <= limit
        assert cache.counts.evictions == 40 - cache.counts.entries > 0
        assert cache.counts.size == sum(size for _, size in cache._entries.values())


def test_a_refusal_weighs_its_document_and_its_messages() -> None:
    small = weighing.operation_bytes("{ a }", RequestError.of(ErrorCode.BAD_USER_INPUT, "no"))
    assert weighing.operation_bytes("{ a }", RequestError.of(ErrorCode.BAD_USER_INPUT, "no" * 1_000)) - small > 2_000
    assert (
        weighing.operation_bytes("{ a }" + " " * 5_000, RequestError.of(ErrorCode.BAD_USER_INPUT, "no")) - small > 4_000
    )


def test_the_defaults_leave_room_for_a_thousand_plans() -> None:
    assert Caches.of(Limits()).plans.limit >= 1_000 * 40_000
