"""Which operations are planned, how often, and what of them is kept; and a schema with what the subgraphs have not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from enum import Enum, Flag
from typing import Annotated, Any, Generic, TypeVar

import pytest
import strawberry
from graphql import parse
from strawberry.extensions import FieldExtension, SchemaExtension
from strawberry.permission import BasePermission
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from services.kit.execution import PlannedExecution, Plans, writing
from services.kit.execution import plans as planning

T = TypeVar("T")


class Refusing(BasePermission):
    message = "not for you"

    def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> bool:
        return bool(info.context == "allowed")


class Doubling(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        return 2 * next_(source, info, **kwargs)


@strawberry.enum
class Colour(Enum):
    RED = "red"
    GREEN = strawberry.enum_value("green", name="verde")


@strawberry.enum
class Rights(Flag):
    READ = 1
    WRITE = 2


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Cat(Named):
    lives: int = 9


@strawberry.type
class Dog(Named):
    @classmethod
    def is_type_of(cls, value: Any, info: Any) -> bool:
        return not isinstance(value, Cat)

    barks: bool = True


@strawberry.type
class Box(Generic[T]):
    content: T
    many: list[T] = strawberry.field(default_factory=list)


class Row(dict[str, Any]):
    """What an ORM would give."""


@strawberry.type
class Plain:
    colour: Colour = Colour.GREEN
    colours: list[Colour] = strawberry.field(default_factory=lambda: [Colour.RED, Colour.GREEN])
    rights: Rights = Rights.READ
    both: Rights | None = Rights.READ | Rights.WRITE
    texts: list[str | None] = strawberry.field(default_factory=lambda: ["a", None])
    numbers: list[list[int]] = strawberry.field(default_factory=lambda: [[1], [2, 3]])

    @strawberry.field
    @staticmethod
    def fixed() -> int:
        return 4

    @strawberry.field
    def of_parent(parent: strawberry.Parent[Plain]) -> str:
        return type(parent).__name__

    @strawberry.field
    def of_root(root: Any, info: strawberry.Info) -> str:
        return type(root).__name__ + info.field_name

    @strawberry.field(permission_classes=[Refusing])  # type: ignore[untyped-decorator]  # mypy's cycle
    def guarded(self) -> int | None:
        return 1

    @strawberry.field(permission_classes=[Refusing])  # type: ignore[untyped-decorator]  # mypy's cycle
    async def guarded_later(self) -> int | None:
        return 1

    @strawberry.field(extensions=[Doubling()])  # type: ignore[untyped-decorator]  # mypy's cycle
    def doubled(self, by: int = 3) -> int:
        return by

    @strawberry.field
    async def counted(self) -> AsyncIterator[int]:
        for number in range(3):
            yield number

    @strawberry.field
    def path(self, info: strawberry.Info) -> list[str]:
        return [str(each) for each in info.path.as_list()] + [info.field_name, *info.variable_values]

    @strawberry.field
    def kept(self, given: list[int]) -> int:
        given.append(1)
        return len(given)


@strawberry.type
class Query:
    @strawberry.field
    def plain(self) -> Plain:
        return Plain()

    @strawberry.field
    def pets(self) -> list[Named]:
        found: list[Any] = [Cat(name="Tom"), Dog(name="Rex"), strawberry.cast(Cat, Row()), Row(name="nobody")]
        return found

    @strawberry.field
    def pet(self, dog: bool = False) -> Annotated[Cat | Dog, strawberry.union("Pet")]:
        return Dog(name="Rex") if dog else Cat(name="Tom")

    @strawberry.field
    async def boxes(self) -> list[Box[Cat] | None]:
        return [Box(content=Cat(name="Tom"), many=[Cat(name="Tim")]), None, Row()]  # type: ignore[list-item]

    @strawberry.field
    def broken(self) -> Cat:
        return Cat(name=None)  # type: ignore[arg-type]


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def first(self) -> Cat:
        await asyncio.sleep(0)
        return Cat(name="Tom")

    @strawberry.mutation
    def second(self, wrong: bool = False) -> Cat:
        if wrong:
            raise ValueError("second")
        return Cat(name="Tim")


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self) -> AsyncIterator[int]:
        yield 1


class Loud(SchemaExtension):
    def resolve(self, _next: Any, root: Any, info: Any, *args: Any, **kwargs: Any) -> Any:
        return _next(root, info, *args, **kwargs)


def _schema(execution: type[Any], **more: Any) -> strawberry.Schema:
    return strawberry.Schema(Query, Mutation, Subscription, types=[Cat, Dog], execution_context_class=execution, **more)


PLAIN = """{ plain { colour colours rights both texts numbers fixed ofParent ofRoot doubled doubled2: doubled(by: 5) counted path
    kept(given: [1]) } }"""
DOCUMENTS = (
    PLAIN,
    "{ plain { guarded guardedLater } }",
    "query($given: [Int!]!) { plain { kept(given: $given) again: kept(given: $given) path } }",
    "{ pets { __typename name ... on Cat { lives } ...Dogs } } fragment Dogs on Dog { barks }",
    "{ a: pet { ... on Named { name } ... on Cat { lives } } b: pet(dog: true) { __typename ... on Dog { barks } } }",
    "{ boxes { content { name } many { name lives } } }",
    "{ plain { colour } broken { name } }",
    "mutation { first { name } second { name lives } third: second(wrong: true) { name } first4: first { lives } }",
    "query($c: Boolean! = true, $d: Boolean = false) { plain { fixed @skip(if: $c) colour @include(if: $d) texts } }",
    '{ __schema { queryType { name } } __type(name: "Cat") { fields { name } } __typename }',
)


def _shown(result: Any) -> tuple[str, list[Any]]:
    return repr(result.data), [(error.formatted, repr(error.original_error)) for error in result.errors or []]


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("context", ["allowed", "refused"])
async def test_what_the_subgraphs_have_not_is_answered_as_by_graphql_core_too(document: str, context: str) -> None:
    planned, core = _schema(PlannedExecution), _schema(StrawberryGraphQLCoreExecutionContext)
    values = {"given": [1, 2]} if "$given" in document else {}
    truth = await core.execute(document, variable_values=values, context_value=context)
    for _ in range(2):
        assert _shown(await planned.execute(document, variable_values=values, context_value=context)) == _shown(truth)
    assert Plans.of(planned._schema).counts["planned"] == 2


async def test_another_way_to_read_attributes_is_gone() -> None:
    def read(source: Any, name: str) -> Any:
        return f"{name} of {source.name}"

    config = StrawberryConfig(default_resolver=read)
    result = await _schema(PlannedExecution, config=config).execute("mutation { second { name } }")
    assert result.data == {"second": {"name": "name of Tim"}}


async def test_what_has_no_plan_is_executed_by_graphql_core_and_counted() -> None:
    schema = _schema(PlannedExecution, extensions=[Loud])
    counts = Plans.of(schema._schema).counts
    assert (await schema.execute("{ plain { fixed } }")).data == {"plain": {"fixed": 4}}
    assert counts == {"middleware": 1}
    found = [result.data async for result in await schema.subscribe("subscription { ticks }")]
    assert found == [{"ticks": 1}]
    assert counts["planned"] == 0


async def test_plans_are_kept_within_their_bytes_and_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = _schema(PlannedExecution)
    plans = schema._schema.extensions[planning._NAME] = Plans(size=100_000)
    for number in range(100):
        assert (await schema.execute(f"{{ plain {{ a{number}: fixed }} }}")).data == {"plain": {f"a{number}": 4}}
        assert plans.kept_bytes <= 100_000
    assert plans.kept_bytes > 0


async def test_of_a_huge_operation_only_so_many_fields_are_made_code_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "_MOST_FIELDS", 20)
    schema = _schema(PlannedExecution)
    fields = " ".join(f"a{number}: fixed" for number in range(100))
    answer = (await schema.execute(f"{{ plain {{ {fields} }} again: plain {{ fixed }} }}")).data
    assert answer == {"plain": {f"a{number}": 4 for number in range(100)}, "again": {"fixed": 4}}
    assert Plans.of(schema._schema).interpreted == 2


async def test_a_plan_is_of_the_document_and_of_what_its_conditions_are(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def compiled(parts: Any) -> Any:
        made.append(len(parts))
        return writing.compiled(parts)

    monkeypatch.setattr(planning, "compiled", compiled)
    schema = _schema(PlannedExecution)._schema
    document = parse("query($c: Boolean!) { plain { fixed @skip(if: $c) texts } }")
    for given, keys in ((True, ["texts"]), (False, ["fixed", "texts"]), (True, ["texts"]), (False, ["fixed", "texts"])):
        executor: Any = PlannedExecution.build(
            schema, document, raw_variable_values={"c": given}, operation_extensions=None
        )
        assert list(executor.execute_operation().data["plain"]) == keys
    assert sorted(made) == [1, 1, 1, 2]
