"""How large a document is counted, whoever sets the bounds."""

from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse

from services.kit.size import Size, Sizes


def size(text: str, *, introspection: bool = True) -> Size:
    document = parse(text)
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    return Sizes.of_document(document, introspection=introspection).of(operation.selection_set)


def test_everything_below_counts_and_the_width_is_the_selections_own() -> None:
    assert size("{ a b: c @skip(if: true) { d { e: f } } }") == Size(
        depth=3, width=2, fields=4, aliases=2, directives=1, repeated=1
    )


def test_a_fragment_counts_wherever_it_is_spread_and_an_inline_one_is_no_level() -> None:
    text = "{ ...F ... on Q { a { ...F } } } fragment F on Q { x: b }"
    assert size(text) == Size(depth=2, width=2, fields=3, aliases=2, directives=0, repeated=1)


def test_the_same_key_and_the_same_spread_repeat() -> None:
    assert size("{ a a b: a b: a b: a }").repeated == 3
    assert size("{ ...F ...F a { ...G ...G ...G } } fragment F on Q { c } fragment G on Q { d }").repeated == 3


def test_fragments_that_spread_each_other_end() -> None:
    assert size("{ ...F } fragment F on Q { a ...G } fragment G on Q { b ...F }").fields == 2
    document = parse("fragment F on Q { ...F }")
    (fragment,) = (node for node in document.definitions if isinstance(node, FragmentDefinitionNode))
    assert Sizes.of_document(document).of(fragment.selection_set) == Size(repeated=1)


def test_what_unfolds_without_end_is_counted_to_a_ceiling() -> None:
    doubling = " ".join(f"fragment F{n} on Q {{ a {{ ...F{n + 1} }} b {{ ...F{n + 1} }} }}" for n in range(60))
    assert size(f"{{ ...F0 }} {doubling} fragment F60 on Q {{ c: d }}").aliases == 1_000_000


def test_introspection_counts_where_it_is_asked_for() -> None:
    text = "{ __typename t: __schema { types { name } } a { __typename } }"
    assert size(text).fields == 6
    assert size(text, introspection=False) == Size(depth=1, width=1, fields=1, aliases=0, directives=0, repeated=1)
