"""A code that a buyer may pay by: its states, and when a provider is asked about it next. Pure.

A code is asked for, and until its answer is kept nobody knows whether there is one. A code of which the answer was lost was seen by nobody,
so nobody can pay it; it is watched all the same. At most one code of a payment is to be seen at a time, and each is watched until ten
minutes after it has expired, then asked about once more: what is paid by one that is over is found, and goes back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.ordering.domain.machine import Cell, Machine

LOOK_EVERY: Final = timedelta(seconds=5)
"""While its buyer looks at it; `LOOKS_FOR` after the last sign of that."""
LOOKS_FOR: Final = timedelta(seconds=20)
WATCH_EVERY: Final = timedelta(seconds=30)
WATCH_AFTER: Final = timedelta(minutes=10)
ASK_AGAIN: Final = timedelta(seconds=2)
LONGEST_PAUSE: Final = timedelta(minutes=5)
LEAST_LEFT: Final = timedelta(seconds=60)
"""A new code is not worth making for less."""
RENEWED_FOR: Final = timedelta(minutes=2)
"""A code that is over is followed by another at once when its buyer has looked at it so lately, else when the buyer looks again."""
MOST_ATTEMPTS: Final = 50
"""Codes of one payment: a provider whose codes are all wrong is not asked for ever."""


class AttemptState(StrEnum):
    REQUESTED = "REQUESTED"  # to be asked for
    UNKNOWN = "UNKNOWN"  # asked for, and no answer kept
    SHOWN = "SHOWN"
    UNSEEN = "UNSEEN"  # the provider may have one; nobody has seen it, or it is not what was asked for
    EXPIRED = "EXPIRED"
    PAID = "PAID"
    WITHDRAWN = "WITHDRAWN"  # nobody was asked


class AttemptInput(StrEnum):
    ASK = "ASK"
    SHOW = "SHOW"
    RETRY = "RETRY"  # it is certain that there is none
    MISS = "MISS"  # the answer was lost, or is of no use
    EXPIRE = "EXPIRE"
    PAY = "PAY"
    WITHDRAW = "WITHDRAW"  # the order does not wait for it any more


_A, same = AttemptState, Cell.SAME
# Money is money in every state. What was asked for is not withdrawn: it is watched.
# fmt: off
ATTEMPT: Final = Machine(AttemptState.REQUESTED, AttemptInput, {
    #              ASK         SHOW      RETRY         MISS       EXPIRE      PAY      WITHDRAW
    _A.REQUESTED: (_A.UNKNOWN, same,     same,         same,      same,       _A.PAID, _A.WITHDRAWN),
    _A.UNKNOWN:   (same,       _A.SHOWN, _A.REQUESTED, _A.UNSEEN, _A.EXPIRED, _A.PAID, same),
    _A.SHOWN:     (same,       same,     same,         same,      _A.EXPIRED, _A.PAID, same),
    _A.UNSEEN:    (same,       same,     same,         same,      _A.EXPIRED, _A.PAID, same),
    _A.EXPIRED:   (same,       same,     same,         same,      same,       _A.PAID, same),
    _A.PAID:      (same,       same,     same,         same,      same,       same,    same),
    _A.WITHDRAWN: (same,       same,     same,         same,      same,       _A.PAID, same),
})
# fmt: on
LIVE: Final = frozenset({AttemptState.REQUESTED, AttemptState.UNKNOWN, AttemptState.SHOWN})
"""One of a payment at a time."""


def pause(tries: int) -> timedelta:
    """After so many failures: 2, 4, 8 … seconds, five minutes at most."""
    doubled: int = 2 ** min(tries, 10)
    return min(ASK_AGAIN * doubled, LONGEST_PAUSE)


def next_look(at: datetime, state: AttemptState, expires_at: datetime, looked_at: datetime | None) -> datetime | None:
    """After an answer: when to ask again; None once it was asked for long enough."""
    if at >= expires_at + WATCH_AFTER:
        return None
    if state is AttemptState.SHOWN and looked_at is not None and at - looked_at < LOOKS_FOR:
        return at + LOOK_EVERY
    return at + WATCH_EVERY
