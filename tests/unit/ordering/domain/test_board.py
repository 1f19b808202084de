"""The board of one follower: whatever the order of changes, slow commits, looks and a slow reader, the page comes to the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.ordering import SellerOrderId
from services.ordering.domain import board
from services.ordering.domain.board import Board, Seen

BEGIN = datetime(2026, 11, 28, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    placed_at: datetime
    seen: Seen


class Market:
    """What the statement of a look sees: rows that are committed. Changes are dated when they begin, and show when they commit."""

    def __init__(self) -> None:
        self.now = BEGIN
        self.rows: dict[SellerOrderId, Row] = {}
        self.begun: dict[SellerOrderId, Row] = {}

    def place(self) -> None:
        id = SellerOrderId.new()
        self.rows[id] = Row(self.now, Seen(id, 1, False, self.now))

    def begin(self, which: int, *, ends: bool) -> None:
        """A row that is being changed is locked: nobody else begins."""
        free = [row for id, row in self.rows.items() if not row.seen.ended and id not in self.begun]
        if free:
            row = free[which % len(free)]
            changed = replace(row.seen, version=row.seen.version + 1, ended=ends, changed_at=self.now)
            self.begun[row.seen.id] = replace(row, seen=changed)

    def commit(self, which: int) -> None:
        if self.begun:
            id = list(self.begun)[which % len(self.begun)]
            self.rows[id] = self.begun.pop(id)

    def look(self, asked: Board) -> list[Seen]:
        since = asked.begin(self.now)
        rows = [row.seen for row in sorted(self.rows.values(), key=lambda row: (row.placed_at, row.seen.id.uuid))]
        ended = [each for each in rows if each.ended]
        followed = [each for each in ended if each.id in asked.followed]
        recent = [each for each in ended if each.changed_at >= since and each.id not in {*asked.known, *asked.followed}]
        recent = sorted(recent, key=lambda each: each.changed_at, reverse=True)[: board.MOST_ENDED]
        return [each for each in rows if not each.ended][: board.MOST_OPEN] + recent + followed


class Follower:
    def __init__(self, market: Market) -> None:
        self.market, self.board = market, Board()
        self.news: list[SellerOrderId] = []
        self.page: dict[SellerOrderId, Seen] = {}
        self.told = 0

    def look(self) -> None:
        if not self.news:
            now = self.market.now
            self.news = self.board.take(now, self.market.look(self.board))

    def take(self) -> None:
        """One part is read and told; the reader may be slow with the next."""
        part, self.news = self.news[:2], self.news[2:]
        rows = [self.market.rows[id].seen for id in part]
        self.board.tell(rows)
        for row in rows:
            assert row.version >= (self.page[row.id].version if row.id in self.page else 0)
            self.page[row.id] = row
        self.told += len(rows)

    def catch_up(self) -> None:
        for _ in range(2 * len(self.market.rows) + 2):
            self.look()
            while self.news:
                self.take()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("place")),
        st.tuples(st.just("change"), st.integers(0, 9), st.booleans()),
        st.tuples(st.just("commit"), st.integers(0, 9)),
        st.tuples(st.just("wait"), st.sampled_from([0.0, 1.0, 59.0, 61.0, 7_200.0])),
        st.tuples(st.just("look")),
        st.tuples(st.just("take")),
    ),
    max_size=60,
)


def run(steps: list[Any], follower: Follower) -> None:
    market = follower.market
    for step in steps:
        match step:
            case ("place",):
                market.place()
            case ("change", which, ends):
                market.begin(which, ends=ends)
            case ("commit", which):
                market.commit(which)
            case ("wait", seconds):
                market.now += timedelta(seconds=seconds)
            case ("look",):
                follower.look()
            case ("take",):
                follower.take()


@given(STEPS)
def test_the_page_comes_to_the_truth_whatever_crosses(steps: list[Any]) -> None:
    market = Market()
    follower = Follower(market)
    follower.look()
    run(steps, follower)
    while market.begun:
        market.commit(0)
    follower.catch_up()
    assert follower.page == {id: row.seen for id, row in market.rows.items()}
    told = follower.told
    market.now += timedelta(minutes=2)
    follower.catch_up()
    assert follower.told == told
    assert follower.board.known == {}  # nothing is kept of what has ended
    assert follower.board.followed.keys() == {id for id, row in market.rows.items() if not row.seen.ended}


@given(STEPS)
def test_of_more_than_one_look_holds_nothing_is_left_out(steps: list[Any]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(board, "MOST_ENDED", 2)
        patched.setattr(board, "MOST_OPEN", 3)
        market = Market()
        follower = Follower(market)
        follower.look()
        run(steps, follower)
        while market.begun:
            market.commit(0)
        follower.catch_up()
        open_now = [row.seen for row in sorted(market.rows.values(), key=lambda row: (row.placed_at, row.seen.id.uuid))]
        wanted = [each for each in open_now if not each.ended][:3] + [each for each in open_now if each.ended]
        assert all(follower.page.get(each.id) == each for each in wanted)


def test_a_present_holds_the_ends_of_a_day_and_says_how_far_back_it_reaches(monkeypatch: pytest.MonkeyPatch) -> None:
    market = Market()
    for _ in range(4):
        market.place()
        market.begin(0, ends=True)
        market.commit(0)
        market.now += timedelta(hours=10)
    first = Board()
    found = market.look(first)
    assert first.reaches(market.now, found) == market.now - timedelta(hours=24)
    assert [each.changed_at for each in found] == [BEGIN + timedelta(hours=30), BEGIN + timedelta(hours=20)]
    monkeypatch.setattr(board, "MOST_ENDED", 1)
    assert first.reaches(market.now, market.look(first)) == BEGIN + timedelta(hours=30)
