"""The inbox's rules, against positions kept in a dict."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.kit.events import Envelope, Stream
from services.kit.inbox import Outcome, Position, receive


def event(seq: int, *, id: str | None = None, stream: Stream = Stream.FACTS) -> Envelope:
    return Envelope(
        id or f"e{seq}",
        "wlijo/t",
        "t.v1",
        "topic",
        "a",
        seq,
        1,
        "a",
        datetime(2026, 1, 1, tzinfo=UTC),
        stream,
        None,
        b"",
    )


@dataclass
class Positions:
    """The store port in memory, for one aggregate."""

    last: Position | None = None
    waiting: dict[int, Envelope] = field(default_factory=dict)

    async def advance(self, event: Envelope, *, joining: bool) -> bool | None:
        expected = self.last.last + 1 if self.last else 1
        if event.seq != expected and not (joining and self.last is None):
            return None
        self.last = Position(event.seq, event.id)
        self.waiting = {seq: each for seq, each in self.waiting.items() if seq > event.seq}
        return event.seq + 1 in self.waiting

    async def raise_to(self, event: Envelope) -> bool:
        if self.last and event.seq <= self.last.last:
            return False
        self.last = Position(event.seq, event.id)
        return True

    async def position(self, event: Envelope) -> Position | None:
        return self.last

    async def wait(self, event: Envelope) -> None:
        self.waiting.setdefault(event.seq, event)


@dataclass
class Effects:
    applied: list[int] = field(default_factory=list)

    async def __call__(self, event: Envelope) -> None:
        self.applied.append(event.seq)


async def _deliver(
    seqs: list[int], *, joining: bool = False, stream: Stream = Stream.FACTS
) -> tuple[list[Outcome], list[int]]:
    store, effects, outcomes = Positions(), Effects(), []
    for seq in seqs:
        received = await receive(store, event(seq, stream=stream), effects, joining=joining)
        outcomes.append(received.outcome)
        while received.successor_waits and store.last:
            received = await receive(store, store.waiting[store.last.last + 1], effects, joining=joining)
    return outcomes, effects.applied


async def test_events_in_order_are_applied() -> None:
    assert await _deliver([1, 2, 3]) == ([Outcome.APPLIED] * 3, [1, 2, 3])


async def test_a_repeat_is_a_duplicate() -> None:
    assert await _deliver([1, 2, 1, 2]) == (
        [Outcome.APPLIED, Outcome.APPLIED, Outcome.DUPLICATE, Outcome.DUPLICATE],
        [1, 2],
    )


async def test_an_early_event_waits_and_follows_its_predecessor() -> None:
    assert await _deliver([3, 1, 2]) == ([Outcome.WAITING, Outcome.APPLIED, Outcome.APPLIED], [1, 2, 3])


async def test_a_consumer_that_joins_begins_where_the_log_begins() -> None:
    assert await _deliver([7, 8], joining=True) == ([Outcome.APPLIED, Outcome.APPLIED], [7, 8])
    assert await _deliver([7, 8]) == ([Outcome.WAITING, Outcome.WAITING], [])


async def test_the_same_number_under_another_id_is_an_alarm() -> None:
    store, effects = Positions(), Effects()
    await receive(store, event(1), effects)
    assert (await receive(store, event(1, id="other"), effects)).outcome is Outcome.CONFLICT
    assert effects.applied == [1]


async def test_of_states_only_the_newer_counts() -> None:
    outcomes, applied = await _deliver([4, 2, 9, 9], stream=Stream.STATE)
    assert (outcomes, applied) == ([Outcome.APPLIED, Outcome.DUPLICATE, Outcome.APPLIED, Outcome.DUPLICATE], [4, 9])


@given(st.lists(st.integers(1, 8), max_size=40))
async def test_whatever_the_order_and_the_repeats_effects_are_once_and_in_order(seqs: list[int]) -> None:
    _, applied = await _deliver(seqs)
    present = set(seqs)
    expected: list[int] = []
    while len(expected) + 1 in present:
        expected.append(len(expected) + 1)
    assert applied == expected
