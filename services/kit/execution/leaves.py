"""Which values of a leaf are plainly right, and what they are in the answer. Whatever is not plainly right goes to graphql-core."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum, Flag
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
)
from strawberry.schema.schema_converter import CustomGraphQLEnumType

SETTLED = frozenset({str, int, float, bool, dict, list})
"""Of these classes an answer is made; none is awaitable, an error, or missing."""

_PLAIN = frozenset({str, int, float, bool, datetime, date, time, Decimal, UUID, dict, list})
_RIGHT: dict[GraphQLLeafType, str] = {
    GraphQLString: "type($) is str",
    GraphQLID: "type($) is str",
    GraphQLBoolean: "type($) is bool",
    GraphQLInt: "type($) is int and -2147483648 <= $ <= 2147483647",
    GraphQLFloat: "type($) is float and -inf < $ < inf",
}
# As graphql-core has them: who puts others in their place is served by those.
_COERCED: dict[GraphQLLeafType, Callable[[Any], Any]] = {known: known.coerce_output_value for known in _RIGHT}


@dataclass(frozen=True, slots=True)
class Leaf:
    """`when` is a condition on the value `$`, `value` what it is in the answer, as Python; `scope` what both name.

    `may_fail`: `value` may raise, and may give what is none for an answer.
    """

    when: str
    value: str
    scope: dict[str, Any] = field(default_factory=dict)
    may_fail: bool = False


def leaf_of(type_: GraphQLLeafType) -> Leaf | None:
    """None for a leaf of which nothing is known: graphql-core completes it."""
    right = _RIGHT.get(type_)
    if right is not None:
        unchanged = type_.coerce_output_value is _COERCED[type_]
        return Leaf(right, "$", {"inf": math.inf}) if unchanged else None
    if isinstance(type_, CustomGraphQLEnumType):
        names = _names(type_)
        return (
            Leaf("type($) is members", "names[$._name_]", {"members": type_.wrapped_cls, "names": names})
            if names
            else None
        )
    return Leaf("type($) in plain", "coerce($)", {"plain": _PLAIN, "coerce": type_.coerce_output_value}, may_fail=True)


def _names(type_: CustomGraphQLEnumType) -> dict[str, str] | None:
    members = type_.wrapped_cls
    if not issubclass(members, Enum) or issubclass(members, Flag):
        return None
    if type(type_).coerce_output_value is not CustomGraphQLEnumType.coerce_output_value:
        return None
    try:
        return {each._name_: type_.coerce_output_value(each) for each in members}
    except Exception:  # noqa: BLE001  a member without a name in the graph: the rule of graphql-core tells it
        return None
