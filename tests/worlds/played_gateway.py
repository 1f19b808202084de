"""A gateway that answers whatever is asked by the public schema alone: every field has a value, every list some. For what holds of all
pages."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLEnumType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    execute_sync,
    get_named_type,
    is_abstract_type,
    is_list_type,
    is_non_null_type,
    parse,
    validate,
)

from tests.screens.people import PAGES
from tests.worlds.fake_gateway import FakeGateway, public

_SCALARS: Final[Mapping[str, Any]] = {
    "Int": 3, "Float": 0.5, "Boolean": True, "Date": "2026-11-30", "DateTime": "2026-11-30T01:00:00Z", "LocalTime": "07:00",
    "Rupiah": 12_500, "String": "Pasar Baru",
}  # fmt: skip
_FIELDS: Final[Mapping[str, Any]] = {
    "lat": -8.13, "lng": 113.22, "slug": "pasar-baru", "orderCode": "LMJ-261130-0001", "hasNextPage": False, "endCursor": None,
    "month": "2026-11", "day": "2026-11-30", "phone": "+6281234500001", "url": "/media/a.webp", "rejectReason": None, "sku": "A1",
}  # fmt: skip
_ASKED: Final = "_first"
"""In a connection: how many were asked for."""
VALUES: Final[Mapping[str, str]] = {
    "company": "/jasa-antar/ptn_1", "hostile": "/toko/mall-umkm/uji", "ptn": "ptn_1",
    **dict.fromkeys(("done", "riding", "waiting"), "LMJ-261130-0001"),
    **{name: f"{name}_1" for name in ("product", "token", "kasbon", "variant", "file", "part", "trip")},
}  # fmt: skip
"""For what is in braces in `PAGES`."""


_ROOTS: Final[Mapping[str, dict[str, Any]]] = {
    "/rak": {"merchantBySlug": {"kind": "HUB"}},
    "/keliling": {"merchantBySlug": {"kind": "WLIJO"}},
    "/stok/variant_1": {"node": {"__typename": "Variant"}},
    "/kemas/part_1": {"node": {"__typename": "SellerOrder"}},
}
"""What some pages are about, by how their address ends."""


@cache
def _read(text: str) -> DocumentNode:
    """What web asks is asked again and again."""
    document = parse(text)
    wrong = validate(public(), document)
    assert not wrong, wrong
    return document


def roots_of(path: str) -> dict[str, Any]:
    return next((roots for end, roots in _ROOTS.items() if path.endswith(end)), {})


def samples() -> Iterator[tuple[str, str]]:
    """Who, and the address."""
    for who, paths in PAGES.items():
        for path in paths:
            yield who, path.format_map(VALUES)


@dataclass(slots=True)
class PlayedGateway(FakeGateway):
    """`many` are in each list, or as many as were asked for; `nested` in each list of something that is in a list itself. `turn` is which
    of its values every enum has, beginning anew after the last; `turned` is how many turns it takes to have said them all."""

    many: int = 3
    nested: int = 3
    turn: int = 0
    turned: int = 1
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def _one(self, body: dict[str, Any], roots: dict[str, Any]) -> dict[str, Any]:
        done = execute_sync(
            public(),
            _read(body["query"]),
            roots,
            variable_values=body.get("variables"),
            field_resolver=self._field,
            type_resolver=lambda value, *_: value["__typename"],
        )
        assert isinstance(done, ExecutionResult)
        assert not done.errors, done.errors
        return {"data": done.data}

    def _field(self, source: Any, info: GraphQLResolveInfo[Any], first: int | None = None, **_: Any) -> Any:
        if isinstance(source, dict) and info.field_name in source:
            return source[info.field_name]
        if info.field_name in _FIELDS:
            return _FIELDS[info.field_name]
        if info.field_name == "problems":
            return []
        if first is not None:
            return {_ASKED: first, **self._value(info.return_type, info)}
        return self._value(info.return_type, info, source.get(_ASKED) if isinstance(source, dict) else None)

    def _value(self, kind: GraphQLOutputType, info: GraphQLResolveInfo[Any], most: int | None = None) -> Any:
        if is_non_null_type(kind):
            return self._value(kind.of_type, info, most)
        if is_list_type(kind):
            many = (
                min(self.nested, self.many) if any(isinstance(each, int) for each in info.path.as_list()) else self.many
            )
            return [self._value(kind.of_type, info) for _ in range(many if most is None else min(many, most))]
        named = get_named_type(kind)
        if isinstance(named, GraphQLEnumType):
            values = list(named.values)
            self.turned = max(self.turned, len(values))
            return values[self.turn % len(values)]
        if isinstance(named, GraphQLScalarType):
            return f"x_{next(self._numbers)}" if named.name == "ID" else _SCALARS[named.name]
        if is_abstract_type(named):
            return {"__typename": info.schema.get_possible_types(named)[0].name}
        return {}
