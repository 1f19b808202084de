"""How large an answer may become, whatever made it so: what subgraphs send, names of the client's, one value under many names."""

from typing import Any

import orjson
import pytest
from aiohttp import web
from graphql import parse
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import RequestError
from gateway.expansion import Expansion
from gateway.pipeline import Caller, Pipeline, Request
from gateway.planner.selection import from_ast
from gateway.settings import Limits
from services.kit.codes import ErrorCode
from services.kit.http.identity import Identity
from tests.gateway.kit.network import SubgraphServer, gateway
from tests.gateway.shop import shop


@pytest.mark.parametrize("aliases", [1, 4])
async def test_what_is_received_is_bounded_in_all_and_by_the_names_it_is_written_under(
    subgraphs: dict[str, SubgraphServer], aliases: int
) -> None:
    large = {"products": [{"id": f"p{n}", "name": "x" * 100, "__typename": "Product"} for n in range(10)]}

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({"data": large})

    subgraphs["catalog"].respond = answer
    size = len(orjson.dumps({"data": large}))
    query = "{ products { id " + " ".join(f"a{n}: name" for n in range(aliases)) + " } }"
    urls = {name: one.url for name, one in subgraphs.items()}
    for limit, fits in ((size * aliases * 2, True), (size * aliases - 500, False)):
        async with gateway(urls, limits=Limits(answer_bytes=limit)) as running:
            status, found, _ = await running.post({"query": query})
            assert status == 200
            assert ("errors" not in found) is fits
            if not fits:
                assert found["errors"][0]["extensions"]["code"] == "OPERATION_TOO_EXPENSIVE"
                assert found["errors"][0]["path"] == ["products"]
            assert {one.state for one in running.serving.client.breakers.values()} == {"closed"}


async def test_several_answers_to_one_operation_are_counted_together(subgraphs: dict[str, SubgraphServer]) -> None:
    urls = {name: one.url for name, one in subgraphs.items()}
    query = {"query": "{ products { id name sold } }"}
    sizes = []
    for name in ("catalog", "ordering"):
        subgraphs[name].subgraph.requests.clear()
    async with gateway(urls) as running:
        _, whole, _ = await running.post(query)
        sizes = [
            len(orjson.dumps(subgraphs[n].subgraph.execute(subgraphs[n].subgraph.requests[-1])))
            for n in ("catalog", "ordering")
        ]
    assert "errors" not in whole
    async with gateway(urls, limits=Limits(answer_bytes=max(sizes) + 40)) as running:
        _, part, _ = await running.post(query)
    assert part["data"]["products"][0]["name"] == whole["data"]["products"][0]["name"]
    assert {error["extensions"]["code"] for error in part["errors"]} == {"OPERATION_TOO_EXPENSIVE"}


async def test_names_that_would_outgrow_the_answer_are_refused_before_anything_is_asked() -> None:
    federation = shop(limits=Limits(answer_bytes=10_000))
    with pytest.raises(RequestError) as caught:
        await federation.ask("{ products { " + "n" * 5_000 + ": name } }")
    assert (caught.value.code, federation.client.sent) == (ErrorCode.OPERATION_TOO_EXPENSIVE, [])
    assert "errors" not in await federation.ask("{ products { " + "n" * 100 + ": name } }")


async def test_who_is_not_known_may_ask_for_less_unless_nobody_can_be_known() -> None:
    federation = shop(limits=Limits(cost=100, anonymous_cost=5, list_size=10))
    query = Request("{ products { id } }")
    with pytest.raises(RequestError) as caught:
        await federation.pipeline.execute(query, Caller("", {}))
    assert caught.value.errors == [{"message": "The operation costs 10; the limit is 5."}]
    assert "errors" not in await federation.pipeline.execute(query, Caller("", {}, Identity("siti")))
    supergraph = federation.pipeline.supergraph
    alone = Pipeline(supergraph, federation.client, Limits(cost=100, anonymous_cost=5), all_unknown=True)
    assert "errors" not in await alone.execute(query, Caller("", {}))


def _times(text: str) -> int:
    document: Any = parse(text)
    fragments = {node.name.value: node for node in document.definitions[1:]}
    return Expansion.of(from_ast(document.definitions[0].selection_set, fragments, {})).times


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("{ a }", 1),
        ("{ a b: a c: a d }", 3),
        ("{ x { a } x { b: a ...F } } fragment F on T { c: a }", 3),
        ("{ x { a(n: 1) b: a(n: 2) } }", 1),
        ("{ x { a } y: x { b: a } }", 1),
        ("{ a a ... { a } }", 1),
    ],
)
def test_one_value_under_several_names_is_counted_where_it_is_one(text: str, times: int) -> None:
    assert _times(text) == times


@given(st.lists(st.sampled_from(["a", "b: a", "c: a", "d", "e: d"]), min_size=1, max_size=12))
def test_no_order_and_no_fragment_hides_a_name(fields: list[str]) -> None:
    split = len(fields) // 2
    inside = "".join(f"... {{ {one} }} " for one in fields[split:])
    assert _times("{ x { " + " ".join(fields) + " } }") == _times(
        "{ x { " + " ".join(reversed(fields[:split])) + f" __typename }} x {{ __typename {inside} }} }}"
    )
