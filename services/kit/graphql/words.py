"""What the schema says of itself where the code that defines a part says nothing: the words of a service, and those all share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLSchema,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_introspection_type,
    is_object_type,
    is_union_type,
)

# By coordinate; `*` stands for any type. The same in every service, so that they compose to one.
_SHARED = {
    "Node.id": "Opaque; the prefix tells the kind.",
    "Problem.code": "What an app decides by; new values may come.",
    "Problem.message": "English, for developers; apps translate by the code.",
    "Problem.retryable": "Whether the same request may succeed later, unchanged.",
    "PageInfo.hasNextPage": "Whether there is more after `endCursor`.",
    "PageInfo.hasPreviousPage": "Whether there is something before `startCursor`.",
    "PageInfo.startCursor": "The cursor of this page's first edge; null when the page is empty.",
    "PageInfo.endCursor": "The cursor of this page's last edge, for `after`; null when the page is empty.",
    "Point.lat": "Degrees north of the equator; south is negative.",
    "Point.lng": "Degrees east of Greenwich.",
    "PointInput.lat": "Degrees north of the equator, -90 to 90; south is negative.",
    "PointInput.lng": "Degrees east of Greenwich, -180 to 180.",
    "ProblemCode.NOT_FOUND": "It does not exist, or the caller may not see it.",
    "ProblemCode.NOT_ALLOWED": "The caller sees it and may not do this with it.",
    "ProblemCode.WRONG_STATE": "Its present state does not allow this.",
    "ProblemCode.IDEMPOTENCY_KEY_REUSED": "The key was used before with another body.",
    "ProblemCode.RATE_LIMITED": "Too many requests of this caller; wait and repeat.",
    "ProblemCode.TRY_LATER": "The platform is behind; repeat with the same key.",
    "ProblemCode.MERCHANT_CLOSED": "The merchant is not open now.",
    "ProblemCode.MERCHANT_SUSPENDED": "The merchant may not sell at present.",
    "ProblemCode.PRODUCT_UNAVAILABLE": "The product is not on sale.",
    "ProblemCode.OUT_OF_STOCK": "There is less than was asked for.",
    "ProblemCode.INVALID_QUANTITY": "The quantity is below the least or no multiple of the step.",
    "ProblemCode.INVALID_PRICE": "The price is out of its range.",
    "ProblemCode.INVALID_CONTACT": "A part of the contact cannot be used.",
    "ProblemCode.CART_EMPTY": "There is nothing in the cart.",
    "ProblemCode.CART_CHANGED": "The cart is another than the quote was made for.",
    "ProblemCode.CART_TOO_LARGE": "The cart has as many lines as it may.",
    "ProblemCode.PRICE_CHANGED": "The total is another than the buyer has seen.",
    "ProblemCode.NOT_CANCELLABLE": "The order has gone too far to be cancelled.",
    "ProblemCode.QUOTE_INVALID": "The quote was not made for this order.",
    "ProblemCode.QUOTE_EXPIRED": "The quote held until a time that is over.",
    "ProblemCode.QUOTE_USED": "An order was placed with this quote already.",
    "ProblemCode.OUT_OF_AREA": "Nobody delivers between these places.",
    "ProblemCode.TOO_HEAVY": "It weighs more than a rider carries.",
}
_BY_NAME = {
    "(first:)": "At most so many; 20 unless said, at most 100.",
    "(after:)": "The cursor of the edge after which to go on.",
    "(idempotencyKey:)": "16 to 64 printable ASCII characters, made before the first try and used again for each repeat.",
    "(id:)": "Whose it is.",
    "edges": "The page, in the order that the field states.",
    "pageInfo": "Where the page begins and ends, and whether there is more.",
    "cursor": "For `after`: the list goes on behind this edge.",
    "node": "The thing itself.",
}


class UnknownCoordinate(Exception):
    """Words for a part of the schema that is not there: it was renamed, or the words are misspelt."""


def describe(schema: GraphQLSchema, words: Mapping[str, str]) -> None:
    """Describes what has no description: by the service's words, the shared ones, its interface, its name. Raises UnknownCoordinate."""
    unknown = set(words)
    for coordinate, part in _parts(schema):
        unknown.discard(coordinate)
        if not part.description:
            part.description = (
                words.get(coordinate)
                or _SHARED.get(coordinate)
                or _inherited(schema, coordinate, words)
                or _by_name(coordinate)
            )
    if unknown:
        raise UnknownCoordinate(", ".join(sorted(unknown)))


def _inherited(schema: GraphQLSchema, coordinate: str, words: Mapping[str, str]) -> str | None:
    type_name, _, field = coordinate.partition(".")
    for interface in getattr(schema.type_map[type_name], "interfaces", ()):
        name = f"{interface.name}.{field}"
        if found := words.get(name) or _SHARED.get(name):
            return found
        if field in interface.fields and interface.fields[field].description:
            return str(interface.fields[field].description)
    return None


def _by_name(coordinate: str) -> str | None:
    type_name, _, field = coordinate.partition(".")
    if not field:
        if type_name.endswith("Result"):
            return "What came of it: the success, or one of the problems that are to be expected."
        if type_name.endswith("Edge"):
            return "One place in a list."
        return None
    if "(" in field:
        return _BY_NAME.get(field[field.index("(") :])
    return _BY_NAME.get(field) if type_name.endswith(("Connection", "Edge")) else None


def _parts(schema: GraphQLSchema) -> Iterator[tuple[str, Any]]:
    type_: Any
    for name, type_ in schema.type_map.items():
        if is_introspection_type(type_) or name.startswith("_"):
            continue
        if is_enum_type(type_):
            yield name, type_
            for value, definition in type_.values.items():
                yield f"{name}.{value}", definition
        elif is_union_type(type_):
            yield name, type_
        elif is_input_object_type(type_):
            yield name, type_
            for field, definition in type_.fields.items():
                yield f"{name}.{field}", definition
        elif is_object_type(type_) or is_interface_type(type_):
            yield name, type_
            for field, definition in type_.fields.items():
                yield f"{name}.{field}", definition
                for argument, given in definition.args.items():
                    yield f"{name}.{field}({argument}:)", given
