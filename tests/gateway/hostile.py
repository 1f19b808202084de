"""Documents of some kB that are valid, or nearly, and made to cost: each with the name of its trick.

The names of fields are those of our own supergraph.
"""

from collections.abc import Callable

TYPES = (
    "types { name fields(includeDeprecated: true) { name description args { name type { name ofType { name } } } } }"
)


def aliased_introspection(times: int = 20) -> str:
    fields = " ".join(f"a{n}: __schema {{ ...S }}" for n in range(times))
    return f"{{ {fields} }} fragment S on __Schema {{ {TYPES} }}"


def repeated_typename(times: int = 1_500) -> str:
    return "{ " + "__typename " * times + "}"


def repeated_objects(times: int = 45) -> str:
    return "{ " + " ".join(f'... {{ node(id:{" " * n}"x") {{ id id }} }}' for n in range(times)) + " }"


def fragment_chain(length: int = 190) -> str:
    chain = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(length))
    return f"{{ ...F0 }} {chain} fragment F{length} on Query {{ __typename }}"


def doubling_chain(length: int = 200) -> str:
    chain = " ".join(
        f"fragment F{n} on Query {{ ...F{n + 1} a: __typename ... {{ ...F{n + 1} }} }}" for n in range(length)
    )
    return f"{{ ...F0 }} {chain} fragment F{length} on Query {{ __typename }}"


def spreading_fan(width: int = 150) -> str:
    spreads = " ".join(f"...F{n}" for n in range(width))
    return f"{{ {spreads} }} " + " ".join(
        f'fragment F{n} on Query {{ __typename node(id: "x") {{ id __typename }} }}' for n in range(width)
    )


def conflicting(times: int = 200) -> str:
    return "{ " + " ".join(f'... {{ node(id: "{n}") {{ id }} }}' for n in range(times)) + " }"


def unknown_names(times: int = 1_000) -> str:
    return "{ " + " ".join(f"prodact{n}" for n in range(times)) + " }"


def unused_variables(times: int = 600) -> str:
    return "query (" + " ".join(f"$v{n}: Int" for n in range(times)) + ") { __typename }"


def long_literal(times: int = 700) -> str:
    return '{ node(id: "x", ' + " ".join(f"a{n}: [{{a: 1}}]" for n in range(times // 4)) + ") { id } }"


def many_types(times: int = 40) -> str:
    parts = " ".join(
        f"... on Node {{ ... on Product {{ a{n}: id }} ... on Merchant {{ b{n}: id }} }}" for n in range(times)
    )
    return f'{{ node(id: "x") {{ {parts} }} }}'


DOCUMENTS: dict[str, Callable[[], str]] = {
    made.__name__.replace("_", " "): made
    for made in (
        aliased_introspection,
        repeated_typename,
        repeated_objects,
        fragment_chain,
        doubling_chain,
        spreading_fan,
        conflicting,
        unknown_names,
        unused_variables,
        long_literal,
        many_types,
    )
}
