"""Documents that we give to others are valid against the schema that we publish: the tour, the demo, the robots, the first query."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import parse, validate

from gateway.cost import Costs, value
from gateway.operation import choose
from gateway.planner.planner import Planner
from gateway.settings import Limits
from gateway.supergraph.load import load
from infra.bench.gateway import first_sight
from infra.bench.releases import rows
from infra.local import demo, welcome
from infra.local.robots import merchant
from tests.e2e import caller

ROOT = Path(__file__).parents[2]


def documents() -> dict[str, str]:
    tour = {path.name: path.read_text("utf-8") for path in sorted((ROOT / "gateway/explorer/tour").glob("*.graphql"))}
    modules = {
        f"{module.__name__}.{name}": value
        for module in (demo, welcome, merchant, caller, first_sight, rows)
        for name, value in vars(module).items()
        if isinstance(value, str) and value.lstrip().startswith(("query", "mutation", "subscription"))
    }
    return tour | modules


def test_there_are_documents_to_look_at() -> None:
    assert len(documents()) > 12


@pytest.mark.parametrize("name", sorted(documents()))
def test_a_document_is_valid(name: str) -> None:
    supergraph = load((ROOT / "gateway/supergraph.graphql").read_text("utf-8"))
    assert [str(error) for error in validate(supergraph.api, parse(documents()[name]))] == []


@pytest.mark.parametrize("name", sorted(documents()))
def test_a_document_costs_a_small_part_of_what_the_gateway_allows_a_guest(name: str) -> None:
    supergraph = load((ROOT / "gateway/supergraph.graphql").read_text("utf-8"))
    operation = choose(parse(documents()[name]), None)
    planner = Planner(supergraph)
    everything = planner.select(operation.node, operation.fragments, dict.fromkeys(operation.conditions, True))
    cost = value(Costs(supergraph, Limits().list_size).of(everything), {})
    assert 0 < cost <= Limits().anonymous_cost // 10
