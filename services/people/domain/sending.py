"""What becomes of a message that was not sent: which channel is next, after which pause, and when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LEASE_S: Final = 60.0
"""How long a message that may have been sent is left alone."""
CODE_TRIES: Final = 6
NOTICE_TRIES: Final = 8
_FIRST_PAUSE_S: Final = 5.0
_LONGEST_PAUSE_S: Final = 600.0
_LONGEST_OF_CODE_S: Final = 30.0
_TRIES_OF_CHANNEL: Final = 3


class Outcome(StrEnum):
    REFUSED = "refused"
    LATER = "later"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Receipts:
    """Which channels' providers tell whether a message was delivered, and how long that is waited for before the next channel has it."""

    channels: frozenset[str] = frozenset()
    code_s: float = 45.0
    notice_s: float = 600.0

    def wait_s(self, channel: str, *, is_code: bool) -> float | None:
        """None when nothing will be told."""
        if channel not in self.channels:
            return None
        return self.code_s if is_code else self.notice_s


@dataclass(frozen=True, slots=True)
class Step:
    """By `channel`, after a pause; `channels` are those that are left to it."""

    channel: str
    channels: tuple[str, ...]
    pause_s: float


@dataclass(frozen=True, slots=True)
class Attempt:
    """One that failed: the `tried`-th of its message. `retry_after_s` is what the provider asks for."""

    outcome: Outcome
    channel: str
    channels: tuple[str, ...]
    tried: int
    is_code: bool
    retry_after_s: float | None = None


def order(wanted: Sequence[str], sent_before: int) -> tuple[str, ...]:
    """The channels of a code. Who asks again has perhaps not got the one before, whatever its provider said: the next channel is first."""
    if not wanted:
        return ()
    first = sent_before % len(wanted)
    return (*wanted[first:], *wanted[:first])


def after(attempt: Attempt) -> Step | None:
    """None when it has come to its end. A code goes round by all channels, for somebody waits; a notice waits for its own, and goes on
    after some tries."""
    left = attempt.channels
    if attempt.outcome is Outcome.REFUSED:
        left = tuple(each for each in left if each != attempt.channel)
    if not left or attempt.tried >= (CODE_TRIES if attempt.is_code else NOTICE_TRIES):
        return None
    goes_on = attempt.outcome is Outcome.REFUSED or attempt.is_code or attempt.tried % _TRIES_OF_CHANNEL == 0
    following = _next(attempt.channel, attempt.channels, left) if goes_on else attempt.channel
    return Step(following, left, _pause_s(attempt, following != attempt.channel))


def _next(channel: str, channels: tuple[str, ...], left: tuple[str, ...]) -> str:
    at = channels.index(channel) + 1 if channel in channels else 0
    return next(each for each in (*channels[at:], *channels[:at]) if each in left)


def _pause_s(attempt: Attempt, is_another: bool) -> float:
    if attempt.outcome is Outcome.UNCLEAR:
        return LEASE_S
    if is_another and (attempt.outcome is Outcome.REFUSED or attempt.tried < len(attempt.channels)):
        return 0.0
    longest = _LONGEST_OF_CODE_S if attempt.is_code else _LONGEST_PAUSE_S
    pause_s = min(_FIRST_PAUSE_S * 2.0 ** (attempt.tried - 1), longest)
    # Another channel's provider has asked for nothing.
    return pause_s if is_another or attempt.retry_after_s is None else max(pause_s, attempt.retry_after_s)
