"""What operations cost by @cost and @listSize, and that too much is refused before it is planned."""

from typing import Any

import pytest

from gateway.errors import RequestError
from gateway.pipeline import Request
from gateway.settings import Limits
from gateway.supergraph.load import load
from services.kit.codes import ErrorCode
from tests.gateway.guarded import SUPERGRAPH, Guarded, caller
from tests.gateway.kit.gateway import supergraph_text
from tests.gateway.shop import shop


@pytest.mark.parametrize(
    ("query", "variables", "cost"),
    [
        # Objects are 1, leaves nothing.
        ('{ person(id: "1") { id name } }', {}, 1),
        ("{ __typename __schema { types { name } } }", {}, 0),
        # A connection counts its edges: (edge + node) by `first`, else by what is assumed.
        ("{ people(first: 3) { edges { node { name } } } }", {}, 1 + 3 * 2),
        ("{ people { edges { node { name } } } }", {}, 1 + 20 * 2),
        ("query ($n: Int) { people(first: $n) { edges { node { name } } } }", {"n": 7}, 1 + 7 * 2),
        ("query ($n: Int) { people(first: $n) { edges { node { name } } } }", {}, 1 + 20 * 2),
        ("query ($n: Int) { people(first: $n) { edges { node { name } } } }", {"n": None}, 1 + 20 * 2),
        ("query ($n: Int = 2) { people(first: $n) { edges { node { name } } } }", {}, 1 + 2 * 2),
        ("query ($n: Int) { people(first: $n) { edges { cursor } } }", {"n": -5}, 1),
        # As it is coerced: JSON tells no whole number from another.
        ("query ($n: Int) { people(first: $n) { edges { node { name } } } }", {"n": 4000.0}, 1 + 4000 * 2),
        ("query ($n: Int = 2) { people(first: $n) { edges { node { name } } } }", {"n": None}, 1 + 20 * 2),
        ("query ($n: Int! = 2) { people(first: $n) { edges { node { name } } } }", {"n": 3.0}, 1 + 3 * 2),
        # Lists multiply; an argument's default counts.
        ('{ person(id: "1") { friends { friends(first: 10) { name } } } }', {}, 1 + 2 * (1 + 10)),
        # A list that says nothing of its length; one with an argument for it.
        ("{ secrets { text } }", {}, 4),
        ('{ person(id: "1") { orders { code } } }', {}, 1 + 4),
        ('{ person(id: "1") { orders(first: 9) { code } } }', {}, 1 + 9),
        # Under an interface the dearest type counts.
        ("{ creatures { name ... on Person { friends { name } } ... on Cat { age } } }", {}, 3 * (1 + 2)),
        # Weights of fields and of inputs.
        ("{ report }", {}, 50),
        ('{ report(filter: {year: 1, name: "x"}) }', {}, 50 + 1 + 5),
        ("query ($f: Filter) { report(filter: $f) }", {"f": {"year": 1}}, 50 + 1),
        # The same field twice is fetched once; under another name it is fetched again.
        ("{ secrets { text } secrets { text } ...F } fragment F on Query { secrets { t: text } }", {}, 4),
        ("{ secrets { text } more: secrets { text } }", {}, 8),
        ("{ secrets @skip(if: true) { text } }", {}, 0),
        # A mutation is 10 more.
        ('mutation { rename(id: "1", name: "x") { name } }', {}, 11),
    ],
)
def test_an_operation_costs_the_objects_that_it_may_bring(query: str, variables: dict[str, Any], cost: int) -> None:
    graph = Guarded(limits=Limits(list_size=4))
    assert graph.pipeline.explain(Request(query, None, variables), caller())[1] == cost


async def test_too_much_is_refused_with_its_cost_and_the_limit_and_nothing_is_planned_or_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    graph = Guarded(limits=Limits(cost=40))
    monkeypatch.setattr(graph.pipeline._planner, "plan", None)
    for _ in range(2):
        with pytest.raises(RequestError) as caught:
            await graph.ask("{ people(first: 20) { edges { node { name } } } }")
        assert caught.value.code is ErrorCode.OPERATION_TOO_EXPENSIVE
        assert caught.value.errors == [{"message": "The operation costs 41; the limit is 40."}]
    assert graph.client.sent == []
    assert graph.pipeline.caches.plans.counts.hits == 1


async def test_a_variable_decides_anew_each_time_whether_it_is_too_much() -> None:
    graph = Guarded(limits=Limits(cost=40))
    query = "query ($n: Int) { people(first: $n) { edges { node { name } } } }"
    assert "errors" not in await graph.ask(query, variables={"n": 19})
    with pytest.raises(RequestError) as caught:
        await graph.ask(query, variables={"n": 20})
    assert caught.value.errors == [{"message": "The operation costs 41; the limit is 40."}]
    assert "errors" not in await graph.ask(query, variables={"n": 1})
    assert graph.pipeline.caches.plans.counts.entries == 1


@pytest.mark.parametrize("n", [20, 20.0, 4e3])
async def test_a_number_in_any_writing_of_json_is_the_same_to_the_limit_and_to_the_subgraph(n: float) -> None:
    query = "query ($n: Int) { people(first: $n) { edges { node { name } } } }"
    with pytest.raises(RequestError) as caught:
        await Guarded(limits=Limits(cost=40)).ask(query, variables={"n": n})
    assert caught.value.code is ErrorCode.OPERATION_TOO_EXPENSIVE
    graph = Guarded(limits=Limits(anonymous_cost=10_000))
    await graph.ask(query, variables={"n": n})
    ((_, sent),) = graph.client.sent
    assert (sent["variables"], type(sent["variables"]["n"])) == ({"n": int(n)}, int)


async def test_what_a_caller_may_not_see_costs_nothing() -> None:
    graph = Guarded(limits=Limits(list_size=4))
    assert graph.pipeline.explain(Request("{ secrets { text } }"))[1] == 0
    assert graph.pipeline.explain(Request("{ secrets { text } }"), caller())[1] == 4


async def test_nested_pages_that_would_explode_are_refused_quickly() -> None:
    nested = "name"
    for _ in range(15):
        nested = f"friends(first: 100) {{ {nested} ... on Creature {{ name }} }}"
    with pytest.raises(RequestError) as caught:
        await Guarded().ask(f'{{ person(id: "1") {{ {nested} }} }}')
    assert caught.value.code is ErrorCode.OPERATION_TOO_EXPENSIVE


def test_a_graph_without_any_annotation_has_costs_too() -> None:
    federation = shop(limits=Limits(list_size=10))
    assert federation.pipeline.explain(Request("{ products { related { id } fee } }"))[1] == 10 * (1 + 10)
    assert load(supergraph_text("shop")).annotations.list_sizes == {}


def test_directives_under_other_names_and_those_carried_by_join_are_read() -> None:
    plain = load(SUPERGRAPH).annotations
    renamed = SUPERGRAPH.replace(
        'url: "https://specs.apollo.dev/cost/v0.1", import: ["@listSize"]',
        'url: "https://specs.apollo.dev/cost/v0.1", as: "price"',
    )
    assert renamed != SUPERGRAPH
    renamed = renamed.replace("@listSize(", "@price__listSize(").replace("@cost(", "@price(")
    assert load(renamed).annotations == plain
    carried = SUPERGRAPH.replace(
        "@cost(weight: 50)", '@join__directive(graphs: [PEOPLE], name: "cost", args: {weight: 50})'
    )
    assert load(carried).annotations == plain
