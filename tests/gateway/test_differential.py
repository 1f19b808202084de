"""The gateway's answer is the answer of one plain execution over the merged schema with the same data."""

import json
import os
from typing import Any

import pytest
from graphql import execute_sync, parse

from gateway.pipeline import Pipeline
from gateway.settings import Limits
from gateway.supergraph.load import load
from tests.gateway.kit.gateway import SUPERGRAPHS, Federation, InProcess, subgraph_text, supergraph_text
from tests.gateway.kit.operations import operations
from tests.gateway.kit.universe import Universe, UniverseSubgraph

COUNT = int(os.environ.get("DIFFERENTIAL_OPERATIONS", "50"))
SEED = int(os.environ.get("DIFFERENTIAL_SEED", "1"))


def federation(name: str) -> tuple[Federation, Universe]:
    supergraph = load(supergraph_text(name))
    universe = Universe(supergraph)
    subgraphs = {
        id_: UniverseSubgraph(subgraph.name, subgraph_text(name, subgraph.name), universe=universe)
        for id_, subgraph in supergraph.subgraphs.items()
    }
    client = InProcess(subgraphs)
    limits = Limits(depth=100, aliases=10_000, root_fields=100, repeated_fields=100, tokens=100_000)
    return Federation(Pipeline(supergraph, client, limits, mask=False), client), universe


@pytest.mark.parametrize("name", sorted(folder.name for folder in SUPERGRAPHS.iterdir() if folder.is_dir()))
async def test_random_operations_are_answered_as_by_a_plain_execution(name: str) -> None:
    """DIFFERENTIAL_OPERATIONS and DIFFERENTIAL_SEED make it longer or other."""
    gateway, universe = federation(name)
    schema = universe.supergraph.api
    checked = 0
    for query, variables in operations(schema, SEED, COUNT):
        truth = execute_sync(
            schema,
            parse(query),
            variable_values=variables,
            field_resolver=universe.resolve,
            type_resolver=lambda value, *_: value["__typename"],
        )
        answer = await gateway.ask(query, variables)
        told: dict[str, Any] = {"query": query, "variables": variables, "errors": answer.get("errors")}
        assert json.dumps(answer["data"]) == json.dumps(truth.data), told
        assert bool(answer.get("errors")) == bool(truth.errors), told
        checked += 1
    assert checked == COUNT
