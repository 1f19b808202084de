"""Sessions of hostile companies leave nothing unanswered and nobody disturbed; and those who watch them see it when it is not so."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from services.contracts import delivery
from services.contracts.partner import Delivered
from services.delivery import partner_event
from services.delivery.commands import replies, reports
from services.delivery.domain.reading import read_reply
from services.delivery.domain.reply import own as own_trip
from services.delivery.store import answers
from services.ordering.domain.ledger import Kind, cash_on_delivery
from tests.slow.partner_sessions import run
from tests.slow.partner_sessions.run import Sessions
from tests.worlds import servers
from tests.worlds.delivery import a_world

SESSIONS = int(os.environ.get("WLIJO_SESSIONS", "6"))
SEED = int(os.environ.get("WLIJO_SEED", "1"))


@pytest.fixture
def own(database: Callable[[str], servers.TestDatabase]) -> servers.TestDatabase:
    return database("delivery")


@pytest.fixture
async def sessions(own: servers.TestDatabase) -> AsyncIterator[Sessions]:
    async with a_world(own.url) as world:
        yield Sessions(world)


async def test_nothing_is_unanswered_told_twice_or_anybody_elses(sessions: Sessions) -> None:
    for number in range(SESSIONS):
        await sessions.run(SEED + number)
    assert sessions.outcome.faults == []
    assert sessions.outcome.attempts.total() >= 10 * SESSIONS


def _tells_every_repeat(patch: pytest.MonkeyPatch) -> None:
    async def always(*_: Any) -> bool:
        return True

    patch.setattr(answers, "tell_again", always)
    patch.setattr(answers, "put_off", always)


def _swallows_what_it_cannot_read(patch: pytest.MonkeyPatch) -> None:
    read = read_reply

    def reading(reply_type: str, body: bytes) -> Any:
        if reply_type == Delivered.type:
            raise RuntimeError("a fault of ours")
        return read(reply_type, body)

    patch.setattr(replies, "read_reply", reading)


def _takes_anybodys_word(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reports, "own", lambda trip, partner_id: trip or own_trip(trip, partner_id))


def _tells_another_sum(patch: pytest.MonkeyPatch) -> None:
    real = delivery.Delivered
    patch.setattr(delivery, "Delivered", lambda **said: real(**{**said, "cash_collected_rupiah": 1}))


def _books_no_rounding(patch: pytest.MonkeyPatch) -> None:
    def booked(*sold: Any, **given: Any) -> list[Any]:
        return [each for each in cash_on_delivery(*sold, **given) if each.kind is not Kind.ROUNDING]

    patch.setattr(run, "cash_on_delivery", booked)


def _answers_large_ones_late(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(partner_event, "MAX_EVENT_BYTES", 10**9)


CONTROLS: list[tuple[str, Callable[[pytest.MonkeyPatch], None]]] = [
    ("was told of", _tells_every_repeat),
    ("500 to", _swallows_what_it_cannot_read),
    ("was never answered", _swallows_what_it_cannot_read),
    ("the honest company's", _takes_anybodys_word),
    ("was reported", _tells_another_sum),
    ("is booked", _books_no_rounding),
    ("bytes were answered", _answers_large_ones_late),
]


@pytest.mark.parametrize(("said", "break_it"), CONTROLS, ids=[each.__name__.strip("_") for _, each in CONTROLS])
async def test_what_is_broken_is_seen(
    sessions: Sessions, said: str, break_it: Callable[[pytest.MonkeyPatch], None]
) -> None:
    seen: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        break_it(patch)
        for number in range(40):
            await sessions.run(number)
            seen = [fault for fault in sessions.outcome.faults if said in fault]
            if seen:
                break
    assert seen, sessions.outcome.faults[:5]
