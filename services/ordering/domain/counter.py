"""The code at the counter: what the buyer shows and the merchant's people say. Pure but for the draw."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import Final

from services.ordering.domain.refusal import Refused

MAX_TRIES: Final = 5
TEST_CODE: Final = "000000"


class WrongCode(Refused):
    """`locked`: it was guessed too often, and what is said is not looked at any more."""

    def __init__(self, *, locked: bool) -> None:
        super().__init__(f"locked after {MAX_TRIES} wrong codes; call Wlijo's operations" if locked else "another code")


@dataclass(frozen=True, slots=True)
class Counter:
    code: str
    tries: int

    @property
    def locked(self) -> bool:
        return self.tries >= MAX_TRIES

    def fits(self, said: str) -> bool:
        return not self.locked and hmac.compare_digest(self.code.encode(), said.strip().encode(errors="replace"))


def new_code(*, test: bool) -> str:
    """Six digits that nothing else tells; of a trial those that everybody knows."""
    return TEST_CODE if test else f"{secrets.randbelow(1_000_000):06d}"
