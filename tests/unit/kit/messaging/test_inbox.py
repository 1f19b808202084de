"""The inbox's rules, against positions kept in a dict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.kit.messaging.envelope import Envelope, Stream
from services.kit.messaging.inbox import Outcome, Position, receive


def event(seq: int, *, id: str | None = None, stream: Stream = Stream.FACTS, epoch: int = 1) -> Envelope:
    return Envelope(
        id or (f"e{seq}" if epoch == 1 else f"e{epoch}.{seq}"),
        "wlijo/t",
        "t.v1",
        "topic",
        "a",
        seq,
        epoch,
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

    before_advance: Callable[[], None] | None = None

    async def advance(self, event: Envelope, *, joining: bool) -> bool | None:
        last, epoch = (self.last.last, self.last.epoch) if self.last else (0, event.epoch)
        turn = (event.seq == last + 1 and event.epoch >= epoch) or (event.seq <= last and event.epoch > epoch)
        if self.before_advance:
            meanwhile, self.before_advance = self.before_advance, None
            meanwhile()
        if not turn and not (joining and self.last is None):
            return None
        self.last = Position(event.seq, event.id, event.epoch)
        self.waiting = {
            seq: each
            for seq, each in self.waiting.items()
            if not (seq <= event.seq and each.epoch <= event.epoch) and each.epoch >= event.epoch
        }
        return event.seq + 1 in self.waiting

    async def raise_to(self, event: Envelope) -> bool:
        if self.last and (event.epoch, event.seq) <= (self.last.epoch, self.last.last):
            return False
        self.last = Position(event.seq, event.id, event.epoch)
        return True

    async def position(self, event: Envelope) -> Position | None:
        return self.last

    async def wait(self, event: Envelope) -> Position:
        there = self.waiting.get(event.seq)
        if there is None or there.epoch < event.epoch:
            there = self.waiting[event.seq] = event
        return Position(there.seq, there.id, there.epoch)


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


async def test_an_event_whose_predecessor_is_applied_by_somebody_meanwhile_is_applied_and_not_taken_for_a_repeat() -> (
    None
):
    store, effects = Positions(Position(1, "e1")), Effects()

    def another_worker_applies_the_second() -> None:
        store.last = Position(2, "e2")

    store.before_advance = another_worker_applies_the_second
    assert (await receive(store, event(3), effects)).outcome is Outcome.APPLIED
    assert effects.applied == [3]


async def test_the_same_early_number_under_another_id_is_an_alarm_and_the_first_keeps_waiting() -> None:
    store, effects = Positions(), Effects()
    await receive(store, event(3), effects)
    assert (await receive(store, event(3, id="other"), effects)).outcome is Outcome.CONFLICT
    assert store.waiting[3].id == "e3"


async def test_the_same_number_of_a_state_under_another_id_is_an_alarm() -> None:
    store, effects = Positions(), Effects()
    await receive(store, event(4, stream=Stream.STATE), effects)
    received = await receive(store, event(4, id="other", stream=Stream.STATE), effects)
    assert (received.outcome, effects.applied) == (Outcome.CONFLICT, [4])


async def _tell_of(store: Positions, *events: Envelope) -> list[Outcome]:
    return [(await receive(store, each, Effects())).outcome for each in events]


async def test_after_a_restore_the_same_number_in_a_higher_epoch_is_applied_and_what_was_undone_is_refused() -> None:
    store = Positions()
    assert await _tell_of(store, event(1), event(2), event(3)) == [Outcome.APPLIED] * 3
    # The publisher was restored to where it had told one event.
    assert await _tell_of(store, event(2, epoch=2), event(3, epoch=2)) == [Outcome.APPLIED] * 2
    assert store.last == Position(3, "e2.3", 2)
    assert await _tell_of(store, event(3), event(4)) == [Outcome.SUPERSEDED] * 2
    assert await _tell_of(store, event(3, epoch=2), event(4, epoch=2)) == [Outcome.DUPLICATE, Outcome.APPLIED]


async def test_a_higher_epoch_goes_on_where_the_lower_ended_and_a_gap_waits_as_ever() -> None:
    store = Positions()
    assert await _tell_of(store, event(1), event(3, epoch=2), event(2)) == [
        Outcome.APPLIED,
        Outcome.WAITING,
        Outcome.APPLIED,
    ]
    assert await _tell_of(store, store.waiting[3]) == [Outcome.APPLIED]


async def test_a_newer_epoch_takes_the_place_of_what_waits_under_the_same_number() -> None:
    store = Positions()
    assert await _tell_of(store, event(3), event(3, epoch=2), event(3)) == [
        Outcome.WAITING,
        Outcome.WAITING,
        Outcome.SUPERSEDED,
    ]
    assert store.waiting[3].epoch == 2


async def test_a_state_of_a_higher_epoch_counts_as_newer_whatever_its_number() -> None:
    store = Positions()
    states = [event(9, stream=Stream.STATE), event(5, epoch=2, stream=Stream.STATE), event(9, stream=Stream.STATE)]
    assert await _tell_of(store, *states) == [Outcome.APPLIED, Outcome.APPLIED, Outcome.SUPERSEDED]


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
