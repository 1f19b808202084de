"""What the specification makes of an operation over a universe, and whether an answer is that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldDefinitionNode,
    GraphQLResolveInfo,
    GraphQLSchema,
    NonNullTypeNode,
    build_ast_schema,
    execute_sync,
    parse,
    print_schema,
    visit,
)
from graphql import Visitor as AstVisitor

from tests.gateway.kit.universe import Universe

Path = tuple[str | int, ...]


@dataclass(slots=True)
class Answer:
    """`errors` are the paths of the errors; an error without a path has the path ("?",)."""

    data: Any
    errors: list[Path]
    changes: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, answer: Mapping[str, Any], changes: list[tuple[str, str]] | None = None) -> "Answer":
        paths = [tuple(error.get("path") or ("?",)) for error in answer.get("errors") or ()]
        return cls(answer.get("data"), paths, changes or [])


@dataclass(slots=True)
class Truth:
    """Answers of graphql-core over the merged schema."""

    universe: Universe
    _lenient: GraphQLSchema = field(init=False)

    def __post_init__(self) -> None:
        document = visit(parse(print_schema(self.universe.supergraph.api)), _Nullable())
        self._lenient = build_ast_schema(document, assume_valid=True, assume_valid_sdl=True)

    def answer(self, query: str, variables: dict[str, Any]) -> Answer:
        self.universe.changes.clear()
        result = self._execute(self.universe.supergraph.api, query, variables, self.universe.resolve)
        return Answer.of(result.formatted, list(self.universe.changes))

    def troubles(self, query: str, variables: dict[str, Any]) -> set[Path]:
        """Every place where an error may be reported: where one null takes its siblings along, graphql-core tells only the first."""
        found: set[Path] = set()

        def resolve(source: Any, info: GraphQLResolveInfo[Any], **args: Any) -> Any:
            value = self.universe.resolve(source, info, **args)
            node = self.universe.supergraph.types[info.parent_type.name].fields[info.field_name].type
            _nulls(node, value, tuple(info.path.as_list()), found)
            return value

        result = self._execute(self._lenient, query, variables, resolve)
        return found | {tuple(error.path or ("?",)) for error in result.errors or ()}

    def _execute(self, schema: GraphQLSchema, query: str, variables: dict[str, Any], resolve: Any) -> Any:
        return execute_sync(
            schema,
            parse(query),
            variable_values=variables,
            field_resolver=resolve,
            type_resolver=lambda value, *_: value["__typename"],
        )

    def difference(self, query: str, variables: dict[str, Any], truth: Answer, answer: Answer) -> str:
        """In what the answer differs from the truth; "" when it does not."""
        if self.universe.spoiled:
            return _beyond(truth, answer)
        if answer.data != truth.data:
            return "data"
        if _keys(answer.data) != _keys(truth.data):
            return "order of the data"
        if not _ran_as_it_should(truth, answer):
            return "mutations run"
        if not truth.errors and not answer.errors:
            return ""
        if len(set(answer.errors)) < len(answer.errors):
            return "an error told twice"
        if {_hole(truth.data, path) for path in truth.errors} != {_hole(answer.data, path) for path in answer.errors}:
            return "which nulls are errors"
        troubles = self.troubles(query, variables)
        for path in answer.errors:
            # Of an object that is null nobody knows the real type, and the fragments of different types may call the
            # failed field by different names: then the error is told at the object.
            if not any(one[: len(path)] == path for one in troubles):
                return "path of an error"
        return ""


def _beyond(truth: Answer, answer: Answer) -> str:
    """Where entities came in lists of a wrong length, parts of the truth may be missing, with an error, and nothing may be other."""
    if not _part(answer.data, truth.data):
        return "data"
    if answer.data != truth.data and not answer.errors:
        return "which nulls are errors"
    return "" if _ran_as_it_should(truth, answer) else "mutations run"


def _part(value: Any, whole: Any) -> bool:
    if value is None or type(value) is not type(whole):
        return value is None
    if isinstance(value, dict):
        return list(value) == list(whole) and all(_part(inner, whole[key]) for key, inner in value.items())
    if isinstance(value, list):
        return len(value) == len(whole) and all(_part(*pair) for pair in zip(value, whole, strict=True))
    return bool(value == whole)


def _keys(value: Any) -> Any:
    """The keys of all objects in their order."""
    if isinstance(value, dict):
        return [(key, _keys(inner)) for key, inner in value.items()]
    return [_keys(item) for item in value] if isinstance(value, list) else None


def _ran_as_it_should(truth: Answer, answer: Answer) -> bool:
    """Once there can be no data, the fields that follow may be left out (6.4.4), but need not be."""
    if truth.data is None:
        return answer.changes[: len(truth.changes)] == truth.changes
    return answer.changes == truth.changes


class _Nullable(AstVisitor):
    """Takes the ! from the types of fields, so that one null takes nothing along."""

    def leave_field_definition(self, node: FieldDefinitionNode, *_: Any) -> Any:
        return FieldDefinitionNode(**{key: getattr(node, key) for key in node.keys} | {"type": _nullable(node.type)})


def _nullable(node: Any) -> Any:
    if isinstance(node, NonNullTypeNode):
        return _nullable(node.type)
    inner = getattr(node, "type", None)
    return node if inner is None else type(node)(type=_nullable(inner))


def _nulls(node: Any, value: Any, path: Path, into: set[Path]) -> None:
    """The places in a value that are null and must not be."""
    if isinstance(node, NonNullTypeNode):
        if value is None:
            into.add(path)
            return
        node = node.type
    if isinstance(value, list):
        for index, item in enumerate(value):
            _nulls(node.type, item, (*path, index), into)


def _hole(data: Any, path: Path) -> Path | None:
    """The null that the error made; None when there is a value where the error says that there is none."""
    for depth, segment in enumerate(path):
        if data is None:
            return path[:depth]
        try:
            data = data[segment]
        except (KeyError, IndexError, TypeError):
            return None
    return path if data is None else None
