"""Where the value of a field comes from: a constant, an attribute, the resolver called as it is, or the way through Strawberry."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from inspect import isasyncgenfunction, iscoroutinefunction
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from graphql import TypeNameMetaFieldDef
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from services.kit.execution.field import Field, Read
from services.kit.execution.writing import Part

if TYPE_CHECKING:
    from services.kit.execution.execution import PlannedExecution

_BY_STRAWBERRY = GraphQLCoreConverter.__module__
# A resolver may keep or change what it is given: only what nobody can change is given twice.
_UNCHANGEABLE = frozenset({str, int, float, bool, type(None)})
_OTHERWISE: dict[str, Any] = {}

_Call = Callable[..., Any]
"""Read, with arguments by name."""


def part_of(field: Field, ex: PlannedExecution) -> Part:
    if field.definition is TypeNameMetaFieldDef:
        return Part(field, constant=field.parent.name)
    resolve = field.definition.resolve or ex.field_resolver
    through = _through(field, resolve)
    known = field.definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(known, StrawberryField) or not _is_untouched(known, resolve):
        return Part(field, read=through)
    if known.is_basic_field and not _asks(field):
        plain = (
            known.default_resolver is getattr and known.python_name.isidentifier() and not iskeyword(known.python_name)
        )
        return Part(field, attribute=known.python_name) if plain else Part(field, read=through)
    call = _call(field, known)
    if call is None:
        return Part(field, read=through)
    return Part(field, read=_given(field, known, call, through) if _asks(field) else call)


def _asks(field: Field) -> bool:
    return bool(field.definition.args or field.nodes[0].arguments)


def _is_untouched(known: StrawberryField, resolve: Any) -> bool:
    """Whether nothing stands between the field and its attribute or resolver that Strawberry has not put there itself."""
    return (
        getattr(resolve, "__module__", None) == _BY_STRAWBERRY
        and type(known).get_result is StrawberryField.get_result
        and not known.extensions
        and not known.is_subscription
    )


def _call(field: Field, known: StrawberryField) -> _Call | None:
    """The resolver itself, with what it asks for of its source and the info. None where more is to be done."""
    resolver = known.base_resolver
    if resolver is None or not callable(function := resolver.wrapped_func):
        return None
    if isasyncgenfunction(function) or resolver.is_async != iscoroutinefunction(function):
        return None
    named = [each.name for each in (resolver.parent_parameter, resolver.root_parameter) if each]
    asks = resolver.info_parameter.name if resolver.info_parameter else None
    first = bool(resolver.self_parameter)
    if first and not named and asks is None:
        return lambda ex, source, path, **given: function(source, **given)

    def call(ex: PlannedExecution, source: Any, path: Path | None, **given: Any) -> Any:
        for name in named:
            given[name] = source
        if asks is not None:
            given[asks] = ex.strawberry_info_of(field, known, path)
        return function(source, **given) if first else function(**given)

    return call


def _given(field: Field, known: StrawberryField, call: _Call, through: Read) -> Read:
    """With arguments that nobody can change, coerced and converted once for all sources of an execution."""

    def read(ex: PlannedExecution, source: Any, path: Path | None) -> Any:
        given = ex.converted.get(field)
        if given is None:
            given = ex.converted[field] = _converted(field, known, ex)
        return through(ex, source, path) if given is _OTHERWISE else call(ex, source, path, **given)

    return read


def _converted(field: Field, known: StrawberryField, ex: PlannedExecution) -> dict[str, Any]:
    """Raises what graphql-core raises for arguments that it cannot coerce."""
    given = _coerced(field, ex)
    if not _is_unchangeable(given):
        return _OTHERWISE
    schema = ex.strawberry_schema
    registry = schema.schema_converter.scalar_registry
    try:
        return convert_arguments(given, known.arguments, scalar_registry=registry, config=schema.config)
    except Exception:  # noqa: BLE001  the way through Strawberry tells it, at the moment at which it does
        return _OTHERWISE


def _through(field: Field, resolve: Callable[..., Any]) -> Read:
    """As graphql-core does it."""
    asks = _asks(field)

    def read(ex: PlannedExecution, source: Any, path: Path | None) -> Any:
        info = ex.info_of(field, Path(path, field.key, field.parent.name))
        return resolve(source, info, **_coerced(field, ex)) if asks else resolve(source, info)

    return read


def _coerced(field: Field, ex: PlannedExecution) -> dict[str, Any]:
    known = ex.coerced.get(field)
    if known is not None:
        return known
    scope = field.details[0].fragment_variable_values
    given = get_argument_values(field.definition, field.nodes[0], ex.variable_values, scope, ex.hide_suggestions)
    if _is_unchangeable(given):
        ex.coerced[field] = given
    return given


def _is_unchangeable(given: dict[str, Any]) -> bool:
    return all(type(each) in _UNCHANGEABLE or isinstance(each, Enum) for each in given.values())
