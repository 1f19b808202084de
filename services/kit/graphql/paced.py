"""Execution that gives way: an operation works in slices, so that others are served between them, and resolves a bounded number of values.

graphql-core completes a list in one go, and starts and finishes all fields of all its items in one round of the loop: a page of pages
held the loop for seconds. Here each list is completed some items at a time, and what waits for its data goes on some at a time. What a
plan writes (`services/kit/execution`) goes by the same pace; of its lists a slice counts as one of what goes on, for it costs as little.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLList, GraphQLNonNull, is_leaf_type
from graphql.pyutils import gather_with_cancel

from services.kit.execution import PlannedExecution
from services.kit.execution.completing import Items
from services.kit.graphql.collecting import Collecting
from services.kit.graphql.errors import TooExpensive

MAX_VALUES = 100_000
"""Fields of objects in one answer, counted as they are resolved: a small document can ask for pages of pages of pages."""

_SMALL = 200
_LARGE = 2_000  # from here on full collections of garbage are put off
# Started are at once as many as one statement of a loader answers for. Of what was waited for, a few milliseconds' worth go on in a round.
_STARTED = 250
_GOING_ON = 10


class Gate:
    """Lets so many pass in one round of the loop, in the order in which they came."""

    def __init__(self, each: int) -> None:
        self._each = self._left = each
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._opens = False

    async def turn(self) -> None:
        if not self._opens:
            self._opens = True
            asyncio.get_running_loop().call_soon(self._open)
        if self._left > 0:
            self._left -= 1
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        await mine

    def _open(self) -> None:
        self._left, self._opens = self._each, bool(self._waiting)
        while self._waiting and self._left:
            mine = self._waiting.popleft()
            if not mine.done():
                mine.set_result(None)
                self._left -= 1
        if self._opens:
            asyncio.get_running_loop().call_soon(self._open)


class Window:
    """Lets so many be under way at once, in the order in which they came; the next when half of them have ended, for a loader then asks
    for that many at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._under_way = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> None:
        if self._under_way < self._most and not self._waiting:
            self._under_way += 1
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        try:
            await mine
        except BaseException:
            if mine.done() and not mine.cancelled():  # it was let in, in the very moment of the end
                self.leave()
            raise

    def leave(self) -> None:
        self._under_way -= 1
        if self._under_way > self._most // 2:
            return
        while self._waiting and self._under_way < self._most:
            mine = self._waiting.popleft()
            if not mine.done():
                mine.set_result(None)
                self._under_way += 1


class Pace:
    """Of one operation: what it has resolved so far, and the rounds of the loop that it goes by once it is large. `ends`: it is told to."""

    def __init__(self, *, ends: bool = False) -> None:
        self._values = 0
        self._is_large = False
        self.ends = ends
        self._starts, self._goes_on = Window(_STARTED), Gate(_GOING_ON)

    @property
    def over(self) -> bool:
        """From then on everything comes to nothing, at once: an error for each value would be as much work again."""
        return self._values > MAX_VALUES

    def spend(self, values: int) -> None:
        self._values += values
        if self._values > _LARGE and self.ends and not self._is_large:
            self._is_large = True
            _COLLECTING.put_off()

    def end(self) -> None:
        if self._is_large:
            _COLLECTING.go_on()

    async def resolved(self, result: Any) -> Any:
        """What comes of an awaitable that is waited for when it is its turn; None once too much was asked for."""
        try:
            await self._starts.enter()
        except BaseException:
            _give_up(result)
            raise
        try:
            if self.over:
                _give_up(result)
                return None
            found = await result
            await self.go_on()
            return found
        finally:
            self._starts.leave()

    async def go_on(self) -> None:
        if _SMALL < self._values <= MAX_VALUES:
            await self._goes_on.turn()


_COLLECTING = Collecting()
_PACE: ContextVar[Pace | None] = ContextVar("pace", default=None)


def pace() -> Pace | None:
    """Of the operation that runs here."""
    return _PACE.get()


@contextmanager
def paced() -> Iterator[Pace]:
    """What is executed in here has one pace."""
    found = Pace(ends=True)
    token = _PACE.set(found)
    try:
        yield found
    finally:
        _PACE.reset(token)
        found.end()


def _give_up(result: Any) -> None:
    if asyncio.iscoroutine(result):
        result.close()


def too_large() -> GraphQLError:
    message = f"The answer has more than {MAX_VALUES} values"
    return GraphQLError(message, original_error=TooExpensive(message))


class PacedExecution(PlannedExecution):
    """At the pace of the operation; a subscription's messages have one each."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pace = pace() or Pace()

    def build_response(self, data: dict[str, Any] | None) -> Any:
        response = super().build_response(data)
        return ExecutionResult(None, [too_large()]) if self._pace.over else response

    def execute_fields(
        self, parent_type: Any, source_value: Any, path: Any, grouped_field_set: Any, position_context: Any
    ) -> Any:
        is_item = path is not None and isinstance(path.key, int)
        self._pace.spend(len(grouped_field_set) - is_item)
        if self._pace.over:
            return {}
        return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)

    def complete_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, position_context: Any
    ) -> Any:
        if self._pace.over:
            return None
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)

    def admits(self, values: int, path: Any) -> bool:
        self._pace.spend(values - (path is not None and isinstance(path.key, int)))
        return not self._pace.over

    def in_turn(self, path: Any, awaitable: Awaitable[Any]) -> Awaitable[Any]:
        is_of_an_item = path.prev is not None and isinstance(path.prev.key, int)  # there may be very many of its kind
        return self._pace.resolved(awaitable) if is_of_an_item else awaitable

    def complete_items(self, items: Items, path: Any, values: Sequence[Any]) -> Any:
        self._pace.spend(len(values))
        if self._pace.over:
            return []
        if len(values) <= _GOING_ON:
            return super().complete_items(items, path, values)
        return self._items_in_slices(items, path, values)

    async def _items_in_slices(self, items: Items, path: Any, values: Sequence[Any]) -> list[Any]:
        completed: list[Any] = []
        waits: list[int] = []
        try:
            for first in range(0, len(values), _GOING_ON):
                await self._pace.go_on()
                if self._pace.over:
                    break
                items.complete(self, path, values[first : first + _GOING_ON], first, completed, waits)
        except BaseException as error:
            self._leave(error, [completed[at] for at in waits])
            raise
        return await self._all_items(completed, waits) if waits else completed

    def _leave(self, error: BaseException, pending: list[Any]) -> None:
        """As graphql-core does it: what has been made is still awaited, for nobody; but not when nobody is there at all."""
        if isinstance(error, Exception):
            self.settle_in_background(pending)
        else:
            for each in pending:
                each.close()

    async def complete_awaitable_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, position_context: Any
    ) -> Any:
        if isinstance(path.prev.key if path.prev else None, int):  # of an item: there may be very many of its kind
            result = self._pace.resolved(result)
        return await super().complete_awaitable_value(
            return_type, field_details_list, info, path, result, position_context
        )

    def complete_iterable_value(
        self, item_type: Any, field_details_list: Any, info: Any, path: Any, items: Iterable[Any], position_context: Any
    ) -> Any:
        given = items if isinstance(items, list | tuple) else list(items)
        flat = _is_flat(item_type)
        if not flat:  # an item has a value at least, and is in memory already
            self._pace.spend(len(given))
            if self._pace.over:
                return []
        if flat or len(given) <= _GOING_ON:
            return super().complete_iterable_value(item_type, field_details_list, info, path, given, position_context)
        return self._in_slices(item_type, field_details_list, info, path, given, position_context)

    async def _in_slices(
        self, item_type: Any, field_details_list: Any, info: Any, path: Any, items: Iterable[Any], position_context: Any
    ) -> list[Any]:
        completed: list[Any] = []
        waits: list[int] = []
        try:
            for index, item in enumerate(items):
                await self._pace.go_on()
                if self._pace.over:
                    break
                place = path.add_key(index, None)
                if self.is_awaitable(item):
                    completed.append(
                        self.complete_awaitable_list_item_value(
                            item, item_type, field_details_list, info, place, position_context
                        )
                    )
                    waits.append(index)
                elif self.complete_list_item_value(
                    item, completed, item_type, field_details_list, info, place, position_context
                ):
                    waits.append(index)
        except BaseException as error:
            self._leave(error, [completed[at] for at in waits])
            raise
        for index, value in zip(waits, await gather_with_cancel(*(completed[at] for at in waits)), strict=True):
            completed[index] = value
        return completed


def _is_flat(item_type: Any) -> bool:
    inner = item_type
    while isinstance(inner, GraphQLNonNull | GraphQLList):
        inner = inner.of_type
    return is_leaf_type(inner)
