"""Months in WIB, by name: 2026-10."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Final

from services.contracts.places import WIB

PUBLISHED_ON_DAY: Final = 5
"""Of the next month: until then what was under way at its end has come to its own."""
WINDOW_DAYS: Final = 62
"""After a month's end its orders may still change; then nothing of them is kept, and what comes later is not counted."""
_NAME = re.compile(r"20\d\d-(0[1-9]|1[0-2])")


class NotAMonth(ValueError):
    """The text names no month."""


def named(text: str) -> str:
    """Raises NotAMonth."""
    if not _NAME.fullmatch(text):
        raise NotAMonth("a month is written like 2026-10")
    return text


def of(at: datetime) -> str:
    return at.astimezone(WIB).strftime("%Y-%m")


def before(month: str, by: int = 1) -> str:
    at = int(month[:4]) * 12 + int(month[5:]) - 1 - by
    return f"{at // 12:04}-{at % 12 + 1:02}"


def first_day(month: str) -> date:
    return date(int(month[:4]), int(month[5:]), 1)


def last_day(month: str) -> date:
    return first_day(before(month, -1)) - timedelta(days=1)


def is_over(month: str, at: datetime) -> bool:
    """Whether it may be published: by our own clock, whatever the facts say of theirs."""
    return at.astimezone(WIB).date() >= first_day(before(month, -1)) + timedelta(days=PUBLISHED_ON_DAY - 1)


def settled_before(at: datetime) -> str:
    """Months before this one may change no more."""
    return (at.astimezone(WIB).date() - timedelta(days=WINDOW_DAYS)).strftime("%Y-%m")
