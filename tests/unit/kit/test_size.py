"""How large a document is counted, whoever sets the bounds."""

from dataclasses import replace

import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse
from hypothesis import given
from hypothesis import strategies as st

from services.kit.size import Size, Sizes


def size(text: str, *, introspection: bool = True) -> Size:
    document = parse(text)
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    return Sizes.of_document(document, introspection=introspection).of(operation.selection_set)


def trees() -> st.SearchStrategy[str]:
    """Selections of few names, so that many are the same."""
    leaf = st.sampled_from(["a", "b", "x: a", "y: b", "a @skip(if: true)"])

    def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        items = st.lists(st.one_of(leaf, inner, st.builds("c {}".format, inner)), min_size=1, max_size=4)
        return items.map(lambda parts: "{" + " ".join(p if p[0] != "{" else f"... {p}" for p in parts) + "}")

    return st.recursive(larger(leaf.map("{{{}}}".format)), larger, max_leaves=12)


def test_everything_below_counts_and_the_width_is_the_selections_own() -> None:
    assert size("{ a b: c @skip(if: true) { d { e: f } } }") == Size(
        depth=3, width=2, fields=4, aliases=2, directives=1, selections=4
    )


def test_a_fragment_counts_wherever_it_is_spread_and_an_inline_one_is_no_level() -> None:
    text = "{ ...F ... on Q { a { ...F } } } fragment F on Q { x: b }"
    assert size(text) == Size(depth=2, width=2, fields=3, aliases=2, directives=0, selections=6)


def merged(text: str) -> Size:
    document = parse(text)
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    return Sizes.of_document(document).merged(operation.selection_set)


@pytest.mark.parametrize(
    ("text", "once"),
    [
        ("{ __typename __typename ... { __typename } }", "{ __typename }"),
        ("{ b: a b: a c { d } c { d e: f } }", "{ b: a c { d e: f } }"),
        ("{ ...F ...F ... on Q { ...F a } } fragment F on Q { a b { c } b { c } }", "{ a b { c } }"),
        (
            "{ a { ...F } ... { a { ...F } } } fragment F on Q { b { c } ...G } fragment G on Q { b { d } }",
            "{ a { b { c d } } }",
        ),
    ],
)
def test_what_is_written_again_is_asked_for_once(text: str, once: str) -> None:
    found, plain = merged(text), size(once)
    assert (found.width, found.depth, found.fields, found.aliases) == (
        plain.width,
        plain.depth,
        plain.fields,
        plain.aliases,
    )
    assert found.selections <= size(text).selections
    assert size(text).fields > plain.fields


@given(trees())
def test_merging_never_adds_and_changes_nothing_where_every_key_is_its_own(text: str) -> None:
    written, asked = size(text), merged(text)
    assert asked.depth == written.depth
    for name in ("width", "fields", "aliases", "directives", "selections"):
        assert getattr(asked, name) <= getattr(written, name)
    assert merged(f"{text[:-1]} {text[1:]}") == replace(
        asked, directives=2 * asked.directives, selections=2 * asked.selections
    )


def test_fragments_that_spread_each_other_end() -> None:
    assert size("{ ...F } fragment F on Q { a ...G } fragment G on Q { b ...F }").fields == 2
    document = parse("fragment F on Q { ...F }")
    (fragment,) = (node for node in document.definitions if isinstance(node, FragmentDefinitionNode))
    assert Sizes.of_document(document).of(fragment.selection_set) == Size(selections=2)


def test_what_unfolds_without_end_is_counted_to_a_ceiling() -> None:
    doubling = " ".join(f"fragment F{n} on Q {{ a {{ ...F{n + 1} }} b {{ ...F{n + 1} }} }}" for n in range(60))
    assert size(f"{{ ...F0 }} {doubling} fragment F60 on Q {{ c: d }}").aliases == 1_000_000


def test_introspection_counts_where_it_is_asked_for() -> None:
    text = "{ __typename t: __schema { types { name } } a { __typename } }"
    assert size(text).fields == 6
    assert size(text, introspection=False) == Size(depth=1, width=1, fields=1, aliases=0, directives=0, selections=1)
