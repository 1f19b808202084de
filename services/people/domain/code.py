"""Codes that prove a phone number: how one is made, kept and guessed."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.kit.secret import Secret
from services.people.domain.ids import CodeId
from services.people.domain.refusal import Refused

DIGITS: Final = 6
LIVES_S: Final = 300
MOST_TRIES: Final = 5
_CODE: Final = re.compile(rf"\d{{{DIGITS}}}", re.ASCII)


class CodeIsWrong(Refused):
    """It was not sent to this number, or has been used, is over, or was guessed too often: which, nobody is told."""

    def __init__(self) -> None:
        super().__init__("the code is wrong or over; ask for another")


@dataclass(frozen=True, slots=True)
class Kept:
    """A code as it is kept."""

    id: CodeId
    digest: bytes


@dataclass(frozen=True, slots=True)
class Codes:
    """A million codes are soon tried by whoever has their digests, so those are keyed."""

    key: Secret

    def digest(self, id: CodeId, code: str) -> bytes:
        """Equal codes have unequal digests: the id goes in."""
        return hmac.digest(self.key.reveal().encode(), id.bytes + code.encode(), hashlib.sha256)

    def right(self, guess: str, kept: Sequence[Kept]) -> Kept | None:
        """Which of them it is. It takes as long whichever that is, and looks at one that is none when there are none."""
        found = None
        for each in kept or (Kept(CodeId.seeded("none"), bytes(32)),):
            if hmac.compare_digest(self.digest(each.id, guess), each.digest):
                found = each
        return found


def made() -> str:
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def typed(given: str) -> str:
    """As it was sent, `123 456` and `123-456` too. Raises CodeIsWrong for what cannot be a code: '' above all, which equals what is not
    there."""
    code = given.replace(" ", "").replace("-", "") if len(given) <= 2 * DIGITS else ""
    if not _CODE.fullmatch(code):
        raise CodeIsWrong
    return code
