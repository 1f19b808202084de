"""Whose turn it is: no caller has more than his share, nobody waits behind another's crowd, and no place is lost."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.database import fair
from services.kit.database.fair import Crowded, FairQueue

LONG = 60.0


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


class Held:
    """Tasks that hold a place until they are let go."""

    def __init__(self, queue: FairQueue) -> None:
        self.queue = queue
        self.inside: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def come(self, name: str, within_s: float = LONG) -> None:
        self._ends[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._hold(name, within_s))

    async def _hold(self, name: str, within_s: float) -> None:
        async with self.queue.place(name[0], within_s):
            self.inside.append(name)
            await self._ends[name].wait()
            self.inside.remove(name)

    def go(self, name: str) -> None:
        self._ends[name].set()


async def test_one_caller_has_his_share_and_another_finds_a_place_at_once() -> None:
    held = Held(FairQueue(7, 4))
    for number in range(50):
        held.come(f"a{number}")
    held.come("b")
    await settled()
    assert held.inside == ["a0", "a1", "a2", "a3", "b"]
    held.go("a0")
    await settled()
    assert held.inside == ["a1", "a2", "a3", "b", "a4"]


async def test_free_places_go_round_among_callers() -> None:
    held = Held(FairQueue(2, 2))
    for name in ("a0", "a1", "a2", "a3", "b0", "b1", "c0"):
        held.come(name)
    await settled()
    order = []
    for _ in range(5):
        held.go(held.inside[0])
        await settled()
        order.append(held.inside[-1])
    assert order == ["a2", "b0", "c0", "a3", "b1"]


async def test_who_gets_no_turn_in_time_is_told_so_and_leaves_nothing_behind() -> None:
    held = Held(FairQueue(1, 1))
    held.come("a0")
    await settled()
    held.come("b0", within_s=0.0)
    with pytest.raises(Crowded):
        await held.tasks["b0"]
    held.go("a0")
    held.come("b1")
    await settled()
    assert held.inside == ["b1"]


async def test_who_has_too_many_waiting_is_refused_at_once_and_others_are_not() -> None:
    held = Held(FairQueue(2, 1, waiting=3))
    for number in range(6):
        held.come(f"a{number}")
    held.come("b0")
    await settled()
    assert held.inside == ["a0", "b0"]
    for name in ("a4", "a5"):
        with pytest.raises(Crowded):
            await held.tasks[name]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["come", "go", "cancel", "step"])), max_size=60))
async def test_no_place_is_lost_or_given_twice(moves: list[tuple[str, str]]) -> None:
    held, number = Held(FairQueue(4, 2)), 0
    for caller, move in moves:
        mine = [name for name in held.inside if name[0] == caller]
        waiting = [
            name for name, task in held.tasks.items() if name[0] == caller and not task.done() and name not in mine
        ]
        match move:
            case "come":
                held.come(f"{caller}{number}")
                number += 1
            case "go" if mine:
                held.go(mine[0])
            case "cancel" if waiting or mine:
                held.tasks[(waiting or mine)[0]].cancel()
            case "step":
                await asyncio.sleep(0)
        held.inside = [name for name in held.inside if not held.tasks[name].done()]
    await settled()
    held.inside = [name for name in held.inside if not held.tasks[name].done()]
    counts = Counter(name[0] for name in held.inside)
    assert sum(counts.values()) <= 4
    assert all(count <= 2 for count in counts.values())
    running = Counter(name[0] for name, task in held.tasks.items() if not task.done())
    assert sum(counts.values()) == min(4, sum(min(2, count) for count in running.values()))  # nobody waits for nothing
    for task in held.tasks.values():
        task.cancel()
    await asyncio.gather(*held.tasks.values(), return_exceptions=True)
    for name in ("a!", "b!", "a?", "b?"):
        held.come(name)
    await settled()
    assert {"a!", "b!", "a?", "b?"} <= set(held.inside)
    for task in held.tasks.values():
        task.cancel()
    await asyncio.gather(*held.tasks.values(), return_exceptions=True)


async def test_what_is_started_on_behalf_of_a_caller_is_his() -> None:
    async def who() -> str | None:
        return fair.caller()

    with fair.on_behalf_of("siti"):
        task = asyncio.create_task(who())
        assert fair.caller() == "siti"
    assert fair.caller() is None
    assert await task == "siti"
