"""An operation that gives way is the operation that graphql-core executes: same data, same errors, and an end at the same moment."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import strawberry
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from services.kit.graphql import paced
from services.kit.graphql.context import RequestContext
from services.kit.graphql.schema import Schema, federation_schema
from services.kit.http.identity import ANONYMOUS

# Where a sibling failed, graphql-core itself lets go of what was not begun yet.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

Info = strawberry.Info[RequestContext, None]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the first value on, few at a time."""
    monkeypatch.setattr(paced, "_SMALL", 0)
    monkeypatch.setattr(paced, "_STARTED", 3)
    monkeypatch.setattr(paced, "_GOING_ON", 2)
    Watched.under_way = 0


class Watched:
    under_way = 0


async def doubled(_: RequestContext, keys: list[int]) -> list[int]:
    await asyncio.sleep(0)
    return [2 * key for key in keys]


@strawberry.type
class Thing:
    """What it is like is in its numbers: the first for itself, the others for those that are in it."""

    shape: strawberry.Private[tuple[int, ...]]

    @strawberry.field
    def plain(self) -> int | None:
        if self._is(1):
            raise ValueError("plain")
        return None if self._is(2) else self.shape[0]

    @strawberry.field
    async def later(self) -> int:
        if self._is(3):
            raise ValueError("later")
        return self.shape[0]

    @strawberry.field
    async def loaded(self, info: Info) -> int | None:
        if self._is(4):
            raise ValueError("loaded")
        return await info.context.load(doubled, self.shape[0])

    @strawberry.field
    def within(self) -> list[Thing | None]:
        return self._inside()

    @strawberry.field
    async def surely_within(self) -> list[Thing]:
        return self._inside()  # type: ignore[return-value]  # where one is null, its list is

    def _inside(self) -> list[Thing | None]:
        return [None if number == 5 else Thing(shape=(number, *self.shape[2:])) for number in self.shape[1:]]

    def _is(self, number: int) -> bool:
        return self.shape[0] == number


@strawberry.type
class Endless:
    at: strawberry.Private[int]

    @strawberry.field
    async def end(self) -> int:
        if self.at == 0:
            raise ValueError("the first")
        Watched.under_way += 1
        try:
            await asyncio.Event().wait()
        finally:
            Watched.under_way -= 1
        return 1


@strawberry.type
class Query:
    @strawberry.field
    def things(self, shapes: list[list[int]]) -> list[Thing | None]:
        return [Thing(shape=tuple(each)) for each in shapes]

    @strawberry.field
    def endless(self) -> list[Endless] | None:
        return [Endless(at=at) for at in range(20)]


SCHEMA: Schema = federation_schema(query=Query)
IN_ONE_GO: Schema = federation_schema(query=Query)
IN_ONE_GO.execution_context_class = StrawberryGraphQLCoreExecutionContext
LEAVES = "plain later loaded"
DOCUMENT = f"""query($shapes: [[Int!]!]!) {{ things(shapes: $shapes) {{ {LEAVES}
    within {{ {LEAVES} within {{ {LEAVES} }} }} surelyWithin {{ {LEAVES} surelyWithin {{ plain later }} }} }} }}"""


async def asked(
    schema: Schema, document: str, variables: dict[str, Any] | None = None
) -> tuple[Any, list[list[str | int]]]:
    result = await schema.execute(document, variable_values=variables, context_value=RequestContext(ANONYMOUS))
    return result.data, [error.path or [] for error in result.errors or []]


def null_of(data: Any, path: list[str | int]) -> tuple[str | int, ...]:
    """The null that an error at this path made. Of several errors below one null, the specification asks for one, whichever."""
    for length, key in enumerate(path):
        if data is None:
            return tuple(path[:length])
        data = data[key]
    assert data is None
    return tuple(path)


@given(st.lists(st.lists(st.integers(0, 7), min_size=1, max_size=5), max_size=6))
@settings(deadline=None, max_examples=60)
async def test_what_is_done_in_slices_comes_out_as_what_is_done_in_one_go(shapes: list[list[int]]) -> None:
    data, errors = await asked(SCHEMA, DOCUMENT, {"shapes": shapes})
    plain_data, plain_errors = await asked(IN_ONE_GO, DOCUMENT, {"shapes": shapes})
    assert data == plain_data
    assert {null_of(data, path) for path in errors} == {null_of(data, path) for path in plain_errors}


async def test_a_list_that_comes_to_nothing_takes_what_is_under_way_in_it_along() -> None:
    data, errors = await asked(SCHEMA, "{ endless { end } }")
    assert data == {"endless": None}
    assert errors == [["endless", 0, "end"]]
    assert Watched.under_way == 0


async def test_too_large_an_answer_is_one_refusal_over_a_socket_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paced, "MAX_VALUES", 50)
    variables = {"shapes": [[0, 0, 0, 0]] * 20}
    results = [
        each
        async for each in await SCHEMA.stream(
            DOCUMENT, variable_values=variables, context_value=RequestContext(ANONYMOUS)
        )
    ]
    (result,) = results
    assert result.data is None
    assert [(error.extensions or {})["code"] for error in result.errors or []] == ["OPERATION_TOO_EXPENSIVE"]
