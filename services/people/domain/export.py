"""A copy of all that is kept about a person: how far it is, how long it lies there, and how many somebody may have made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.contracts.export import ExportId
from services.people.domain.refusal import Refused

KEPT_DAYS: Final = 7
MOST_A_DAY: Final = 2
MOST_FETCHES: Final = 20
"""Of one copy; each is written down for ever."""
ROW_KEPT_DAYS: Final = 30
"""That there was one can be seen for as long."""


class ExportStatus(StrEnum):
    WAITING = "WAITING"
    READY = "READY"
    GONE = "GONE"


class TooManyExports(Refused):
    """More after `retry_after_ms`."""

    def __init__(self, retry_after_ms: int) -> None:
        super().__init__(f"a person has at most {MOST_A_DAY} copies a day made")
        self.retry_after_ms = retry_after_ms


class FetchedTooOften(Refused):
    def __init__(self) -> None:
        super().__init__(f"a copy is fetched at most {MOST_FETCHES} times")


@dataclass(frozen=True, slots=True)
class Export:
    """`waits_for`: services that have not answered."""

    id: ExportId
    status: ExportStatus
    asked_at: datetime
    expires_at: datetime
    ready_at: datetime | None
    waits_for: tuple[str, ...]
