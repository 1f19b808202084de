"""Reviews of goods and of how they were brought: who may say what, and for how long. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.ordering.domain.claimable import NotDelivered
from services.ordering.domain.process import OrderStatus
from services.ordering.domain.refusal import Refused

MAX_WORDS: Final = 1_000
MAX_REPORTS: Final = 20
"""Of one person within a day."""
WITHIN: Final = timedelta(days=90)
"""After the delivery: who says something later has forgotten what it was like."""
EDITABLE: Final = timedelta(days=30)


class ReviewKind(StrEnum):
    GOODS = "GOODS"
    DELIVERY = "DELIVERY"


class ReviewInput(StrEnum):
    POST = "POST"
    EDIT = "EDIT"
    ANSWER = "ANSWER"
    REPORT = "REPORT"
    HIDE = "HIDE"
    SHOW = "SHOW"


class ReviewIsLate(Refused):
    def __init__(self, until: datetime) -> None:
        super().__init__("the time to say something of it is over")
        self.until = until


class StarsAreInvalid(Refused):
    def __init__(self) -> None:
        super().__init__("1 to 5 stars")


class AnsweredAlready(Refused):
    """A merchant answers a review once."""

    def __init__(self) -> None:
        super().__init__("this review has its answer")


class ReportsAreTooMany(Refused):
    def __init__(self) -> None:
        super().__init__(f"{MAX_REPORTS} reviews reported within a day, and no more")
        self.limit = MAX_REPORTS


def check(status: OrderStatus, ended_at: datetime | None, posted_at: datetime | None, at: datetime, stars: int) -> None:
    """For a new one, or an edit of what was `posted_at`. Raises NotDelivered, ReviewIsLate or StarsAreInvalid."""
    if status is not OrderStatus.COMPLETED or ended_at is None:
        raise NotDelivered(status)
    until = ended_at + WITHIN if posted_at is None else posted_at + EDITABLE
    if at >= until:
        raise ReviewIsLate(until)
    if not 1 <= stars <= 5:
        raise StarsAreInvalid


def initial(name: str) -> str | None:
    """The first letter of a name, as a reviewer is called who agreed to it; None of what has none."""
    return next((letter.upper()[:1] for letter in name if letter.isalpha()), None)
