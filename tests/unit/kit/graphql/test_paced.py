"""An operation that gives way is the operation that graphql-core executes: same data, same errors, and an end at the same moment."""

from __future__ import annotations

import asyncio
import gc
from typing import Any, ClassVar

import pytest
import strawberry
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from services.kit.graphql import paced
from services.kit.graphql.collecting import IN_A_ROW, Collecting
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


async def fifty(_: RequestContext, keys: list[int]) -> list[int]:
    Leaf.loaded.append(len(keys))
    return [50 for _ in keys]


@strawberry.type
class Leaf:
    loaded: ClassVar[list[int]] = []
    at: int

    @strawberry.field
    async def twice(self, info: Info) -> list[Leaf]:
        return [Leaf(at=self.at)] * await info.context.load(fifty, self.at)


@strawberry.type
class Query:
    @strawberry.field
    def leaves(self) -> list[Leaf]:
        return [Leaf(at=at) for at in range(300)]

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


async def test_no_more_is_loaded_ahead_than_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand lists that were loaded before the first was counted would be in memory at once."""
    monkeypatch.setattr(paced, "MAX_VALUES", 1_000)
    monkeypatch.setattr(paced, "_STARTED", 30)
    monkeypatch.setattr(paced, "_GOING_ON", 1)
    loaded: list[int] = []
    monkeypatch.setattr(Leaf, "loaded", loaded)
    data, _ = await asked(SCHEMA, "{ leaves { at twice { at } } }")
    assert data is None
    assert sum(loaded) <= 60  # of 300; 50 values each


async def test_a_window_lets_in_so_many_in_their_order_and_none_for_one_who_went_away() -> None:
    window, inside = paced.Window(4), []

    async def enter(name: int) -> None:
        await window.enter()
        inside.append(name)

    waiting = [asyncio.create_task(enter(name)) for name in range(12)]
    await asyncio.sleep(0)
    assert inside == [0, 1, 2, 3]
    waiting[5].cancel()
    window.leave()
    await asyncio.sleep(0)
    assert inside == [0, 1, 2, 3]
    window.leave()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert inside == [0, 1, 2, 3, 4, 6]
    window.leave()
    window.leave()
    waiting[7].cancel()  # in the moment in which it is let in
    for _ in range(4):
        await asyncio.sleep(0)
    assert inside == [0, 1, 2, 3, 4, 6, 8]
    for _ in range(3):
        window.leave()
        await asyncio.sleep(0)
    window.leave()
    for _ in range(3):
        await asyncio.sleep(0)
    assert inside == [0, 1, 2, 3, 4, 6, 8, 9, 10, 11]


async def test_a_large_operation_is_not_looked_through_for_garbage_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(paced, "_LARGE", 50)
    usual = gc.get_threshold()
    gc.set_threshold(10, 2, 2)
    try:
        gc.collect()
        before = gc.get_stats()[2]["collections"]
        data, _ = await asked(SCHEMA, DOCUMENT, {"shapes": [[0, 0, 0, 0]] * 60})
        assert data is not None
        assert len(data["things"]) == 60
        within = gc.get_stats()[2]["collections"] - before
        assert gc.get_threshold() == (10, 2, 2)
        task = asyncio.create_task(asked(SCHEMA, DOCUMENT, {"shapes": [[0, 0, 0, 0]] * 60}))
        while gc.get_threshold() == (10, 2, 2):  # noqa: ASYNC110  nothing tells
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
        assert gc.get_threshold() == (10, 2, 2)
    finally:
        gc.set_threshold(*usual)
    assert within <= 3  # while it was small yet


def test_full_collections_are_put_off_for_so_many_operations_in_a_row_and_no_more() -> None:
    usual = gc.get_threshold()
    collecting = Collecting()
    for _ in range(IN_A_ROW):
        collecting.put_off()  # they overlap: nobody ever sees the last end
        assert gc.get_threshold()[2] > 1_000_000
    collecting.put_off()
    assert gc.get_threshold() == usual
    gc.collect()
    collecting.put_off()
    assert gc.get_threshold()[2] > 1_000_000
    for _ in range(IN_A_ROW + 2):
        collecting.go_on()
    assert gc.get_threshold() == usual
