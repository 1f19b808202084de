"""What a provider of codes can be asked for, and how it may fail: whoever speaks to one knows whether anything was done, or that nobody
knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from services.ordering.payments.profile import Profile


class NotDone(Exception):
    """It is certain that nothing was done. `for_good`: nor will it be, however often it is asked."""

    def __init__(self, why: str, *, for_good: bool = False) -> None:
        super().__init__(why)
        self.for_good = for_good


class Unclear(Exception):
    """Nobody knows whether it was done: ask about it before it is asked for again."""


@dataclass(frozen=True, slots=True)
class Code:
    """What a buyer's app reads, as the provider says; `reference` is the provider's."""

    reference: str
    content: str


class Standing(StrEnum):
    WAITING = "WAITING"
    PAID = "PAID"  # and what went back since makes no difference
    OVER = "OVER"  # expired, cancelled, failed
    UNKNOWN = "UNKNOWN"  # the provider has no such code


@dataclass(frozen=True, slots=True)
class GivenBack:
    """`reference` is the refund's, as we named it."""

    reference: str
    amount_rupiah: int
    done: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What a provider says of a code: `amount_rupiah` is what was paid by it. `refunds` is None where it does not list them;
    `all_back` when it says that the payment is one that was given back."""

    standing: Standing
    amount_rupiah: int = 0
    said: str = ""
    refunds: tuple[GivenBack, ...] | None = None
    all_back: bool = False


class Acquirer(Protocol):
    """Every call raises NotDone or Unclear. References are ours."""

    @property
    def profile(self) -> Profile: ...

    async def generate(self, reference: str, amount_rupiah: int, expires_at: datetime) -> Code: ...

    async def query(self, reference: str) -> Found: ...

    async def refund(
        self, reference: str, refund: str, amount_rupiah: int, paid_rupiah: int, reason: str
    ) -> str | None: ...

    async def close(self) -> None: ...
