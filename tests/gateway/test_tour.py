"""The first look at the graph: every tab fits the public schema and can be planned."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.graphiql import tour
from gateway.pipeline import Pipeline, Request
from gateway.settings import Limits
from gateway.supergraph.load import load
from tests.gateway.kit.gateway import InProcess

SUPERGRAPH = Path(__file__).parents[2] / "gateway" / "supergraph.graphql"


@pytest.mark.parametrize("tab", tour(), ids=lambda tab: tab["title"])
def test_a_tab_can_be_run_as_it_stands(tab: dict[str, Any]) -> None:
    pipeline = Pipeline(load(SUPERGRAPH.read_text(encoding="utf-8")), InProcess({}), Limits())
    assert pipeline.explain(Request(tab["query"], None, json.loads(tab["variables"])))[0].steps


def test_the_tour_goes_from_goods_to_the_door() -> None:
    assert [tab["title"] for tab in tour()] == ["goods near me", "fill the cart", "quote", "place", "follow"]
