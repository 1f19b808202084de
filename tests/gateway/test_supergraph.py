"""Reading supergraphs: what each subgraph answers, what clients see."""

import pytest
from graphql import build_schema, print_schema

from gateway.supergraph.load import load
from gateway.supergraph.model import SupergraphError
from tests.gateway.kit.gateway import supergraph_text


def test_the_public_schema_has_no_machinery_and_nothing_inaccessible() -> None:
    sdl = print_schema(load(supergraph_text("shop")).api)
    assert "join__" not in sdl
    assert "link" not in sdl
    assert "HIDDEN" not in sdl
    assert "enum Status {\n  OFFERED\n  DONE\n}" in sdl
    assert print_schema(build_schema(sdl)) == sdl


def test_an_inaccessible_field_is_hidden_and_still_known_to_the_planner() -> None:
    supergraph = load(supergraph_text("shared"))
    assert "text" not in print_schema(supergraph.api)
    assert "text" in supergraph.types["Part"].fields


def test_links_may_rename_what_they_import() -> None:
    renamed = (
        supergraph_text("shop")
        .replace("join__", "j__")
        .replace('url: "https://specs.apollo.dev/join/v0.3"', 'url: "https://specs.apollo.dev/join/v0.3", as: "j"')
    )
    assert 'as: "j"' in renamed
    assert load(renamed).types == load(supergraph_text("shop")).types
    assert print_schema(load(renamed).api) == print_schema(load(supergraph_text("shop")).api)


def test_a_field_that_was_overridden_is_asked_where_it_went() -> None:
    joins = load(supergraph_text("override")).types["Good"].fields["price"].joins
    assert {graph for graph, join in joins.items() if join.resolvable} == {"NEW"}


@pytest.mark.parametrize("text", ["", "type Query { a: Int }", "{", "not graphql at all"])
def test_what_is_no_supergraph_is_refused(text: str) -> None:
    with pytest.raises(SupergraphError):
        load(text)
