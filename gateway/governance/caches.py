"""What an app's normalised cache has to be told of the schema, as the block of docs/api.md between its two marks."""

from __future__ import annotations

import json

from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_interface_type,
    is_introspection_type,
    is_object_type,
)

BEGIN, END = "<!-- caches: written by make api-changelog -->", "<!-- caches: end -->"
_ROOTS = ("Query", "Mutation", "Subscription")
_PAGING = frozenset(("first", "after"))
_SPREAD = 132


class NoPlace(Exception):
    """The page has lost its marks."""


def written(page: str, schema: GraphQLSchema) -> str:
    """The page with the block of this schema in it. Raises NoPlace."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise NoPlace(f"the page has no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n\n```ts\n{_apollo(schema)}\n```\n\n```ts\n{_graphcache(schema)}\n```\n\n{END}{after}"


def possible_types(schema: GraphQLSchema) -> dict[str, list[str]]:
    """The types behind each interface, as Apollo's `possibleTypes` wants them."""
    return {
        name: sorted(each.name for each in schema.get_possible_types(type_))
        for name, type_ in sorted(schema.type_map.items())
        if is_interface_type(type_)
    }


def keyless(schema: GraphQLSchema) -> list[str]:
    """Types that have no `id`: a part of what they hang on, not an entry of their own."""
    return sorted(
        name
        for name, type_ in schema.type_map.items()
        if is_object_type(type_)
        and not is_introspection_type(type_)
        and name not in _ROOTS
        and "id" not in type_.fields
    )


def paged(schema: GraphQLSchema) -> dict[str, dict[str, list[str]]]:
    """Type -> list field -> the arguments that make it another list."""
    found: dict[str, dict[str, list[str]]] = {}
    for name, type_ in sorted(schema.type_map.items()):
        if isinstance(type_, GraphQLObjectType) and not is_introspection_type(type_):
            for field, node in sorted(type_.fields.items()):
                if get_named_type(node.type).name.endswith("Connection"):
                    found.setdefault(name, {})[field] = sorted(set(node.args) - _PAGING)
    return found


def _apollo(schema: GraphQLSchema) -> str:
    policies = [
        f"    {name}: {{ fields: {{ "
        + ", ".join(f"{field}: relayStylePagination({json.dumps(arguments)})" for field, arguments in fields.items())
        + " } },"
        for name, fields in paged(schema).items()
    ]
    possible = [f"    {name}: {json.dumps(types)}," for name, types in possible_types(schema).items()]
    return "\n".join(
        [
            "// Apollo Client 4.",
            "new InMemoryCache({",
            "  possibleTypes: {",
            *possible,
            "  },",
            "  typePolicies: {",
            *policies,
            "  },",
            "});",
        ]
    )


def _graphcache(schema: GraphQLSchema) -> str:
    return "\n".join(
        [
            "// urql's Graphcache. `schema` is the introspection of the day of the build.",
            "cacheExchange({",
            "  schema,",
            "  keys: {",
            *_lines([f"{name}: () => null," for name in keyless(schema)]),
            "  },",
            "  resolvers: {",
            *(
                f"    {name}: {{ " + ", ".join(f"{field}: relayPagination()" for field in fields) + " },"
                for name, fields in paged(schema).items()
            ),
            "  },",
            "});",
        ]
    )


def _lines(words: list[str]) -> list[str]:
    """Filled, and indented by four."""
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + 1 + len(word) <= _SPREAD:
            lines[-1] += f" {word}"
        else:
            lines.append(f"    {word}")
    return lines
