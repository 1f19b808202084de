"""Resolvers and objects of a subgraph's schema that answer anything: what they should, and what no resolver should ever.

The same place of an operation has the same value however often and by whomever it is executed: it follows from the seed, the place of the
source, the field and its arguments alone.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    is_abstract_type,
)
from graphql.pyutils import Undefined
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

_DEPTH = 4
_PLACE = "_place"
_DEFINITION = GraphQLCoreConverter.DEFINITION_BACKREF


class World:
    """`faults`: how often a value is not what its type says."""

    def __init__(self, schema: GraphQLSchema, seed: int, faults: float) -> None:
        self.schema, self.seed, self.faults = schema, seed, faults

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The resolvers of the schema are this world's."""
        before: list[tuple[Any, Any]] = []
        try:
            for type_ in self.schema.type_map.values():
                for field in getattr(type_, "fields", {}).values() if isinstance(type_, GraphQLObjectType) else ():
                    known = field.extensions.get(_DEFINITION)
                    if isinstance(known, StrawberryField) and known.base_resolver is not None:
                        resolver = known.base_resolver
                        if all(resolver is not each for each, _ in before):
                            before.append((resolver, resolver.wrapped_func))
                            resolver.wrapped_func = self._resolver(field.type, known)
            yield
        finally:
            for resolver, function in before:
                resolver.wrapped_func = function

    def _resolver(self, type_: Any, field: StrawberryField) -> Any:
        name = field.python_name

        def found(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            source = args[0] if args else None
            told = sorted((key, repr(each)) for key, each in kwargs.items() if key not in ("info", "self", "root"))
            place = (*getattr(source, _PLACE, ()), name, *map(str, told))
            chance = random.Random(f"{self.seed} {place}")
            if chance.random() < self.faults:
                raise chance.choice([ValueError(name), GraphQLError(name), ExceptionGroup(name, [ValueError("in it")])])
            return self.value(type_, chance, place, 0)

        if field.is_async:

            async def later(*args: Any, **kwargs: Any) -> Any:
                for _ in range(len(name) % 3):
                    await asyncio.sleep(0)
                return found(args, kwargs)

            return later
        return lambda *args, **kwargs: found(args, kwargs)

    def value(self, type_: Any, chance: random.Random, place: tuple[Any, ...], depth: int) -> Any:
        if chance.random() < self.faults:
            return self._odd(type_, chance, place, depth)
        if isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        elif chance.random() < 0.15:
            return None
        if isinstance(type_, GraphQLList):
            many = chance.choice([0, 1, 2, 3, 3, 13])
            items = [self.value(type_.of_type, chance, (*place, at), depth) for at in range(many)]
            return tuple(items) if chance.random() < 0.2 else items
        if isinstance(type_, GraphQLEnumType):
            members: Any = type_.wrapped_cls  # type: ignore[attr-defined]  # Strawberry's
            return chance.choice(list(members))
        if isinstance(type_, GraphQLScalarType):
            return _SCALARS.get(type_.name, lambda _: "text")(chance)
        if is_abstract_type(type_):
            type_ = chance.choice(sorted(self.schema.get_possible_types(type_), key=lambda each: each.name))
        assert isinstance(type_, GraphQLObjectType)
        return self.object(type_, chance, place, depth)

    def object(self, type_: GraphQLObjectType, chance: random.Random, place: tuple[Any, ...], depth: int) -> Any:
        definition = type_.extensions[_DEFINITION]
        classes = [definition.origin, *([definition.concrete_of.origin] if definition.concrete_of else [])]
        made = object.__new__(chance.choice(classes))
        setattr(made, _PLACE, place)
        if depth < _DEPTH:
            for field in type_.fields.values():
                known = field.extensions.get(_DEFINITION)
                if isinstance(known, StrawberryField) and known.is_basic_field and chance.random() >= self.faults / 4:
                    name = known.python_name
                    setattr(made, name, self.value(field.type, chance, (*place, name), depth + 1))
        return made

    def _odd(self, type_: Any, chance: random.Random, place: tuple[Any, ...], depth: int) -> Any:
        """What should not be there, and now and then what may be but hardly ever is: the value itself, as an awaitable."""
        kind = chance.randrange(9)
        if kind == 0:
            return None
        if kind == 1:
            return ValueError(f"of {place}")
        if kind == 2:
            return chance.choice(
                [2**40, 1.5, float("nan"), True, "x", b"x", {}, {"id": 1}, [], [None], object, Undefined]
            )
        if kind == 3:
            ours = [each for each in self.schema.type_map.values() if _DEFINITION in each.extensions]
            other = chance.choice([each for each in ours if isinstance(each, GraphQLObjectType)])
            return self.object(other, chance, place, _DEPTH)
        if kind == 4:
            return (each for each in [self.value(type_, chance, place, depth + 1) for _ in range(2)])
        if kind == 5:
            return _one_by_one([self.value(type_, chance, place, depth + 1) for _ in range(2)])
        if kind == 6:
            return _Later(error=KeyError(f"of {place}"))
        return _Later(self.value(type_, chance, place, depth + 1))


class _Later:
    """An awaitable that is no coroutine: nobody misses it when nobody awaits it."""

    def __init__(self, value: Any = None, error: Exception | None = None) -> None:
        self._value, self._error = value, error

    def __repr__(self) -> str:
        return "later"

    def __await__(self) -> Generator[Any, None, Any]:
        yield from asyncio.sleep(0).__await__()
        if self._error is not None:
            raise self._error
        return self._value


async def _one_by_one(values: list[Any]) -> AsyncIterator[Any]:
    for value in values:
        yield value


_SCALARS: dict[str, Any] = {
    "Int": lambda chance: chance.choice([0, -1, 7, 2**31 - 1, 2**31]),
    "Float": lambda chance: chance.choice([0.5, 1, -2.25, float("inf")]),
    "Boolean": lambda chance: chance.choice([True, False, True, False, 1]),
    "ID": lambda chance: chance.choice(["a", "b", 3]),
    "Rupiah": lambda chance: chance.choice([0, 12_000, 12_000, -1]),
    "DateTime": lambda chance: datetime(2026, 2, 1, chance.randrange(24), tzinfo=chance.choice([UTC, UTC, None])),
    "Date": lambda chance: date(2026, 2, chance.randrange(1, 28)),
    "LocalTime": lambda chance: time(chance.randrange(24), 30),
}
