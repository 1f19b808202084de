"""Planning stays in proportion to the operation, however many ways the subgraphs offer. Work is counted, not timed."""

import pytest
from graphql import parse

from gateway.errors import RequestError
from gateway.executor.subgraph_client import SubgraphClient
from gateway.pipeline import Pipeline, Request
from gateway.planner import walk
from gateway.planner.planner import Planned, Planner
from gateway.settings import Limits
from gateway.supergraph.load import load
from gateway.supergraph.model import Supergraph
from services.kit.codes import ErrorCode

SUBGRAPHS = [f"G{number}" for number in range(7)]


def alike(fields: int = 20) -> Supergraph:
    """Seven subgraphs that all know one type by its id; some fields are of one of them, some of two."""
    values = " ".join(f'{name} @join__graph(name: "{name}", url: "http://{name}")' for name in SUBGRAPHS)
    joins = " ".join(f"@join__type(graph: {name})" for name in SUBGRAPHS)
    keyed = " ".join(f'@join__type(graph: {name}, key: "id")' for name in SUBGRAPHS)
    own = " ".join(
        f"own{at}_{number}: Int @join__field(graph: {name}) "
        f"both{at}_{number}: Int @join__field(graph: {name}) @join__field(graph: {SUBGRAPHS[at - 1]})"
        for at, name in enumerate(SUBGRAPHS)
        for number in range(fields)
    )
    return load(
        'schema @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) { query: Query } '
        f"enum join__Graph {{ {values} }} type Query {joins} {{ t: T }} "
        f"type T {keyed} {{ id: ID! x: Int next: T others: [T] {own} }}"
    )


def planned(supergraph: Supergraph, query: str) -> Planned:
    planner = Planner(supergraph)
    return planner.plan(planner.select(parse(query).definitions[0], {}, {}))  # type: ignore[arg-type]  # an operation


def nested(depth: int) -> str:
    if depth == 0:
        return "x own0_0 own2_0 both4_0"
    below = nested(depth - 1)
    return f"id x own1_0 both{depth % 7}_0 next {{ {below} }} others {{ {below} own{depth % 7}_1 }}"


def test_over_seven_subgraphs_that_are_alike_work_grows_with_the_selections_and_no_faster() -> None:
    supergraph = alike()
    work = {depth: planned(supergraph, f"{{ t {{ {nested(depth)} }} }}").work for depth in (4, 8)}
    selections = {depth: 2 ** (depth + 1) - 1 for depth in work}
    assert work[8] / work[4] < 1.2 * selections[8] / selections[4]
    assert work[8] < 100 * selections[8]


def test_five_hundred_fields_of_seven_subgraphs_are_planned_with_few_steps() -> None:
    fields = " ".join(f"{kind}{at}_{number}" for kind in ("own", "both") for at in range(7) for number in range(18))
    found = planned(alike(), f"{{ t {{ {fields} next {{ {fields} }} }} }}")
    assert found.work < 10 * 504
    assert len(found.plan.steps) == 13  # one subgraph begins, the six others complete, twice


def test_an_operation_that_would_take_too_much_planning_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MOST_WORK", 200)
    supergraph = alike()
    pipeline = Pipeline(supergraph, SubgraphClient({}), Limits())
    with pytest.raises(RequestError) as refused:
        pipeline.explain(Request(f"{{ t {{ {nested(4)} }} }}"))
    assert refused.value.code is ErrorCode.OPERATION_TOO_EXPENSIVE
