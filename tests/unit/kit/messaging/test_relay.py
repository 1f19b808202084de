"""The relay's rules, against a database and a broker made of lists."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.kit.messaging.envelope import Envelope, Stream
from services.kit.messaging.relay import (
    ABOVE_ALL,
    ARCHIVED_AT_ONCE,
    BATCH_BYTES,
    ROUND_ROWS,
    Batch,
    LogProgress,
    LogUnavailable,
    Outgoing,
    Pending,
    Place,
    Portion,
    Relay,
    Round,
    Sent,
    batches,
)

LOG, OTHER_LOG, ME = UUID(int=1), UUID(int=2), UUID(int=9)


def row(seq: int, key: str = "a", n: int = 1, size: int = 10) -> Outgoing:
    return Outgoing(
        seq,
        Envelope(
            str(seq),
            "wlijo/t",
            "t.v1",
            "topic",
            key,
            n,
            1,
            key,
            datetime(2026, 1, 1, tzinfo=UTC),
            Stream.FACTS,
            None,
            b"x" * size,
        ),
    )


def place_of(row: Outgoing) -> Place:
    return row.envelope.topic, row.envelope.aggregate


@dataclass
class Rows:
    """The outbox port in memory."""

    waiting: list[Outgoing] = field(default_factory=list)
    sent: list[Outgoing] = field(default_factory=list)
    state: LogProgress | None = field(default_factory=lambda: LogProgress(LOG, filled=True))
    leased: bool = True
    rows: int = 2  # a portion's, and a reading's
    round_rows: int = ROUND_ROWS

    async def lease(self, holder: UUID, seconds: float) -> bool:
        return self.leased

    async def begin(
        self, limit: int, *, sent: Sent | None = None, under_way: Sequence[int] = ()
    ) -> tuple[LogProgress | None, Pending]:
        if sent:
            await self.archive(sent.seqs, log=sent.log)
        there = sorted((each for each in self.waiting if each.seq not in under_way), key=lambda each: each.seq)
        rows = there[: min(limit, self.round_rows)]
        return self.state, Pending(rows, are_all=len(rows) == len(there))

    async def set_progress(self, progress: LogProgress, *, was: LogProgress | None) -> bool:
        if self.state != was:
            return False
        self.state = progress
        return True

    def _newest(self, place: Place) -> int:
        return max((each.seq for each in self.sent if place_of(each) == place), default=-1)

    async def portion(self, filled_from: int, limit: int) -> Portion | None:
        below = sorted((each for each in self.sent if each.seq < filled_from), key=lambda each: -each.seq)[: self.rows]
        places = {place_of(each) for each in below if self._newest(place_of(each)) < filled_from}
        return Portion(sorted(places), below[-1].seq) if below else None

    async def unfilled(self, places: Sequence[Place], filled_from: int) -> list[Place]:
        return [place for place in places if 0 <= self._newest(place) < filled_from]

    async def archived(self, places: Sequence[Place], after: int, limit: int) -> list[Outgoing]:
        rows = [each for each in self.sent if place_of(each) in places and each.seq > after]
        return sorted(rows, key=lambda each: each.seq)[: self.rows]

    async def archive(self, seqs: Sequence[int], *, log: UUID) -> int:
        if self.state is None or self.state.log != log:
            return 0
        before = len(self.waiting)
        self.sent += [each for each in self.waiting if each.seq in seqs]
        self.waiting = [each for each in self.waiting if each.seq not in seqs]
        return before - len(self.waiting)


@dataclass
class Appended:
    """The log port in memory; partition = length of the key. `refusing` partitions answer with an unknown outcome. The loop has a turn
    before an answer, so that what is done beside it is done."""

    log: UUID | None = LOG
    records: list[str] = field(default_factory=list)
    refusing: set[int] = field(default_factory=set)
    after_append: Callable[[], Awaitable[None]] | None = None

    async def identity(self, *, fresh: bool = False) -> UUID:
        if self.log is None:
            raise LogUnavailable
        return self.log

    def partition(self, topic: str, key: str) -> int:
        return len(key)

    async def append(self, batches: Sequence[Batch]) -> list[bool]:
        for batch in batches:
            if batch.partition not in self.refusing:
                self.records += [each.envelope.id for each in batch.rows]
        await asyncio.sleep(0)
        if self.after_append:
            then, self.after_append = self.after_append, None
            await then()
        return [batch.partition not in self.refusing for batch in batches]


async def one_round(rows: Rows, log: Appended, holder: UUID = ME) -> Round:
    relay = Relay(rows, log, holder)
    done = await relay.step()
    await relay.settle()
    return done


async def test_pending_rows_are_sent_in_their_order_and_archived_with_the_next_look() -> None:
    rows, log = Rows([row(1), row(2), row(3)]), Appended()
    relay = Relay(rows, log, ME)
    done = await relay.step()
    assert (done.sent, done.failed, done.drained, done.more) == (3, 0, True, False)
    assert len(rows.waiting) == 3
    assert (await relay.step()).sent == 0
    assert log.records == ["1", "2", "3"]
    assert (rows.waiting, len(rows.sent)) == ([], 3)


async def test_many_rows_that_were_sent_do_not_wait_for_the_next_to_be_told() -> None:
    rows, log = Rows([row(seq) for seq in range(ARCHIVED_AT_ONCE)]), Appended()
    relay = Relay(rows, log, ME)
    assert [(done.sent, done.drained, done.more) for done in (await relay.step(), await relay.step())] == [
        (ARCHIVED_AT_ONCE, True, True),
        (0, True, False),
    ]
    assert rows.waiting == []


async def test_while_rows_are_under_way_the_next_are_looked_at_and_sent_after_them() -> None:
    rows, log = Rows([row(seq, n=seq) for seq in range(1, 6)], round_rows=2), Appended()
    relay, found = Relay(rows, log, ME), []
    while True:
        done = await relay.step()
        found.append((done.sent, len(rows.waiting)))
        if not done.more:
            break
    # Two rows leave the table beside the next two; after the last, which were found while others were under way, it looks again.
    assert found == [(2, 5), (2, 3), (1, 3), (0, 0)]
    assert log.records == ["1", "2", "3", "4", "5"]


async def test_what_follows_rows_that_were_not_acknowledged_is_forgotten() -> None:
    rows, log = Rows([row(1, "a"), row(2, "bb"), row(3, "a", 2)], round_rows=2), Appended(refusing={1})
    relay = Relay(rows, log, ME)
    assert ((await relay.step()).failed, log.records) == (1, ["2"])
    log.refusing = set()
    await until_nothing_is_left(relay)
    assert log.records == ["2", "1", "3"]


async def test_what_was_found_while_rows_were_under_way_to_a_log_that_is_gone_is_looked_at_again() -> None:
    rows, log = Rows([row(1), row(2, n=2)], round_rows=1), Appended()
    relay = Relay(rows, log, ME)
    await relay.step()
    log.log, log.records = OTHER_LOG, []
    await until_nothing_is_left(relay)
    assert (log.records, rows.waiting) == (["1", "2"], [])


async def test_a_look_that_fails_beside_rows_under_way_loses_nothing_of_what_was_acknowledged() -> None:
    class Away(Rows):
        async def begin(
            self, limit: int, *, sent: Sent | None = None, under_way: Sequence[int] = ()
        ) -> tuple[LogProgress | None, Pending]:
            if under_way:
                raise ConnectionError
            return await super().begin(limit, sent=sent, under_way=under_way)

    rows, log = Away([row(1), row(2, n=2)], round_rows=1), Appended()
    relay = Relay(rows, log, ME)
    with pytest.raises(ConnectionError):
        await relay.step()
    assert ([each.seq for each in rows.waiting], log.records) == ([1, 2], ["1"])
    rows.round_rows = 2
    assert ((await relay.step()).sent, log.records) == (1, ["1", "2"])


async def test_what_a_relay_that_ended_had_not_archived_is_sent_once_more() -> None:
    rows, log = Rows([row(1), row(2)]), Appended()
    await Relay(rows, log, ME).step()
    await one_round(rows, log, UUID(int=10))
    assert (log.records, rows.waiting) == (["1", "2", "1", "2"], [])


async def test_what_was_acknowledged_before_the_log_went_does_not_wait_for_it_to_come_back() -> None:
    rows, log = Rows([row(1)]), Appended()
    relay = Relay(rows, log, ME)
    await relay.step()
    log.log = None
    with pytest.raises(LogUnavailable):
        await relay.step()
    assert (rows.waiting, len(rows.sent)) == ([], 1)


async def test_a_relay_that_lost_the_lease_archives_what_was_acknowledged() -> None:
    rows, log = Rows([row(1)]), Appended()
    relay = Relay(rows, log, ME)
    await relay.step()
    rows.leased = False
    assert not (await relay.step()).holds_lease
    assert rows.waiting == []


async def test_what_was_acknowledged_by_a_log_that_is_gone_is_sent_to_the_next() -> None:
    rows, log = Rows([row(1)]), Appended()
    relay = Relay(rows, log, ME)
    await relay.step()
    rows.state = LogProgress(OTHER_LOG, filled=True)  # another relay saw it first
    log.log, log.records = OTHER_LOG, []
    await relay.step()
    await relay.settle()
    assert (log.records, rows.waiting) == (["1"], [])


async def test_rows_of_a_batch_without_acknowledgement_stay_and_the_others_go() -> None:
    rows, log = Rows([row(1, "a"), row(2, "bb"), row(3, "a")]), Appended(refusing={1})
    done = await one_round(rows, log)
    assert (done.sent, done.failed, done.drained) == (1, 2, False)
    assert [each.seq for each in rows.waiting] == [1, 3]


async def test_without_the_lease_nothing_is_sent() -> None:
    rows, log = Rows([row(1)], leased=False), Appended()
    assert not (await one_round(rows, log)).holds_lease
    assert log.records == []


FILLED = LogProgress(OTHER_LOG, filled=True, filled_from=0)


async def until_nothing_is_left(relay: Relay) -> None:
    while (await relay.step()).more:
        pass


async def test_a_new_log_gets_what_is_archived_of_an_aggregate_before_what_is_pending_of_it() -> None:
    sent = [row(1, "a"), row(2, "bb"), row(3, "bb"), row(4, "bb"), row(6, "ccc"), row(7, "ccc")]
    rows, log = Rows([row(8, "bb")], sent), Appended(OTHER_LOG)
    relay = Relay(rows, log, ME)
    assert [(done.sent, done.filling) for done in (await relay.step(), await relay.step())] == [(2, True), (1, False)]
    assert log.records == ["6", "7", "2", "3", "4", "8"]
    await until_nothing_is_left(relay)
    assert log.records == ["6", "7", "2", "3", "4", "8", "1"]
    assert rows.state == FILLED


async def test_new_work_and_old_work_go_by_turns() -> None:
    rows, log = Rows([row(9, "dddd")], [row(1, "a"), row(2, "a"), row(3, "bb"), row(4, "bb")]), Appended(OTHER_LOG)
    relay = Relay(rows, log, ME)
    for _ in range(3):
        await relay.step()
    assert log.records == ["3", "4", "9", "1", "2"]


async def test_a_fill_goes_from_the_newest_aggregates_down_and_each_comes_whole_and_once() -> None:
    sent = [row(seq, key) for seq, key in enumerate(("a", "bb", "bb", "ccc", "a", "dddd", "ccc"), 1)]
    rows, log = Rows([], sent), Appended(OTHER_LOG)
    relay, seen = Relay(rows, log, ME), []
    while (done := await relay.step()).more:
        seen += [list(log.records)] if done.filling else []
    assert seen[0] == ["4", "6", "7"] or seen[0] == ["4", "7", "6"]
    assert [each[3:] for each in seen] == [
        [],
        ["1", "5"],
        ["1", "5", "2", "3"],
        ["1", "5", "2", "3"],
        ["1", "5", "2", "3"],
    ]


async def test_a_fill_that_breaks_off_goes_on_and_its_aggregates_pending_rows_wait_for_it() -> None:
    rows, log = Rows([row(3)], [row(1), row(2)]), Appended(OTHER_LOG, refusing={1})
    assert (await one_round(rows, log)).failed == 1
    assert rows.state == LogProgress(OTHER_LOG, filled=False, filled_from=ABOVE_ALL)
    log.refusing = set()
    await until_nothing_is_left(Relay(rows, log, UUID(int=10)))
    assert log.records == ["1", "2", "3"]
    assert rows.state == FILLED


async def test_a_position_stays_where_it_is_until_a_whole_portion_is_acknowledged() -> None:
    rows, log = Rows([], [row(1, "a"), row(2, "bb")]), Appended(OTHER_LOG, refusing={2})
    await one_round(rows, log)
    assert rows.state == LogProgress(OTHER_LOG, filled=False, filled_from=ABOVE_ALL)
    log.refusing = set()
    await until_nothing_is_left(Relay(rows, log, ME))
    assert (sorted(set(log.records)), rows.state) == (["1", "2"], FILLED)


async def test_a_fill_during_which_the_log_changed_again_starts_over() -> None:
    rows, log = Rows([], [row(1)]), Appended(OTHER_LOG)
    relay = Relay(rows, log, ME)
    await relay.step()
    log.log, log.records = UUID(int=3), []
    while (await relay.step()).more:
        pass
    assert log.records == ["1"]
    assert rows.state is not None
    assert rows.state.log == UUID(int=3)


async def test_a_relay_that_wakes_after_the_log_was_replaced_takes_no_row_out_that_the_new_log_lacks() -> None:
    rows, old = Rows([row(1)]), Appended(LOG)
    new = Appended(OTHER_LOG)

    async def the_log_is_lost_and_another_relay_fills_the_next() -> None:
        await one_round(rows, new, UUID(int=10))
        assert rows.state == FILLED

    old.after_append = the_log_is_lost_and_another_relay_fills_the_next
    await one_round(rows, old)
    assert [each.seq for each in rows.waiting] == [1]
    await one_round(rows, new, UUID(int=10))
    assert (new.records, rows.waiting) == (["1"], [])


async def test_a_relay_that_slept_does_not_move_back_what_another_has_filled() -> None:
    rows, log = Rows([], [row(1), row(2)]), Appended(OTHER_LOG)
    rows.state = LogProgress(OTHER_LOG, filled=False)

    async def another_relay_goes_on() -> None:
        while (await Relay(rows, log, UUID(int=10)).step()).more:
            pass

    log.after_append = another_relay_goes_on
    await one_round(rows, log)
    assert rows.state == FILLED


async def test_a_relay_that_remembers_the_log_before_does_not_bring_the_record_back_to_it() -> None:
    class Remembers(Appended):
        async def identity(self, *, fresh: bool = False) -> UUID:
            return OTHER_LOG if fresh else LOG

    rows, log = Rows([row(2)], [row(1)], state=FILLED), Remembers()
    await one_round(rows, log)
    assert rows.state == FILLED
    assert log.records == ["2"]


async def test_without_a_broker_the_rows_stay() -> None:
    rows, log = Rows([row(1)]), Appended(None)
    with pytest.raises(LogUnavailable):
        await one_round(rows, log)
    assert len(rows.waiting) == 1


def test_a_batch_is_a_prefix_of_what_its_partition_has_to_get() -> None:
    big = BATCH_BYTES // 2
    rows = [row(1, "a", size=big), row(2, "a", size=big), row(3, "a"), row(4, "bb")]
    assert [[each.seq for each in batch.rows] for batch in batches(rows, Appended())] == [[1], [4]]


def test_one_row_larger_than_a_batch_goes_alone() -> None:
    rows = [row(1, size=BATCH_BYTES), row(2)]
    assert [[each.seq for each in batch.rows] for batch in batches(rows, Appended())] == [[1]]
