"""What a provider knows of its codes and of the money that came by them, and the bad days that it can be told to have."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Fault(StrEnum):
    """What happens to one request."""

    SLOW = "SLOW"  # answers after a while
    DONE_UNSAID = "DONE_UNSAID"  # does it, and says nothing
    UNDONE_UNSAID = "UNDONE_UNSAID"  # says nothing, and does nothing
    RESET = "RESET"  # does it, and breaks the line
    AWAY = "AWAY"  # 503, nothing done
    REFUSED = "REFUSED"  # 400, nothing done
    CONFLICT = "CONFLICT"  # 409
    TOKEN_EXPIRED = "TOKEN_EXPIRED"  # noqa: S105 - no password
    GARBAGE = "GARBAGE"
    WRONG_AMOUNT = "WRONG_AMOUNT"  # a code of another sum
    WRONG_SUM = "WRONG_SUM"  # a code that was damaged on the way


@dataclass(slots=True)
class Back:
    reference: str
    amount_rupiah: int


@dataclass(slots=True)
class Code:
    """`paid` are the sums that came by it, `backs` what was given back."""

    reference: str
    number: str
    amount_rupiah: int
    expires_at: datetime
    content: str
    paid: list[int] = field(default_factory=list)
    backs: list[Back] = field(default_factory=list)

    @property
    def paid_rupiah(self) -> int:
        return sum(self.paid)

    @property
    def back_rupiah(self) -> int:
        return sum(each.amount_rupiah for each in self.backs)


class Refused(Exception):
    """With the status and case of SNAP."""

    def __init__(self, status: int, case: str, message: str) -> None:
        super().__init__(message)
        self.status, self.case = status, case


class Bank:
    """`clock` is the provider's own; `partial` says whether it gives parts back, `lists` whether a query tells each refund."""

    def __init__(self, clock: Callable[[], datetime], *, partial: bool = True, lists: bool = True) -> None:
        self.clock = clock
        self.partial, self.lists = partial, lists
        self.codes: dict[str, Code] = {}
        self.faults: dict[str, list[Fault]] = {}
        self.asked: list[tuple[str, str]] = []
        """Each request that came, by what was asked and of which reference."""
        self.external_ids: set[str] = set()
        self.tokens: set[str] = set()

    def misbehave(self, what: str, *faults: Fault) -> None:
        """The next requests of this kind, one after another."""
        self.faults.setdefault(what, []).extend(faults)

    def next_fault(self, what: str) -> Fault | None:
        waiting = self.faults.get(what)
        return waiting.pop(0) if waiting else None

    def token(self) -> str:
        made = secrets.token_urlsafe(24)
        self.tokens.add(made)
        return made

    def generate(self, reference: str, amount_rupiah: int, expires_at: datetime, fault: Fault | None) -> Code:
        """Raises Refused."""
        if reference in self.codes:
            raise Refused(409, "01", "Duplicate partnerReferenceNo")
        if expires_at <= self.clock():
            raise Refused(400, "01", "Invalid Field Format validityPeriod")
        number = f"{secrets.randbelow(10**12):012d}"
        content = code(amount_rupiah + (100 if fault is Fault.WRONG_AMOUNT else 0), number)
        if fault is Fault.WRONG_SUM:
            content = content[:-4] + f"{int(content[-4:], 16) ^ 1:04X}"
        made = self.codes[reference] = Code(reference, number, amount_rupiah, expires_at, content)
        return made

    def find(self, reference: str) -> Code:
        """Raises Refused."""
        if reference not in self.codes:
            raise Refused(404, "01", "Transaction Not Found")
        return self.codes[reference]

    def status(self, found: Code) -> str:
        if found.backs and found.back_rupiah >= found.paid_rupiah:
            return "04"
        if found.paid:
            return "00"
        return "08" if found.expires_at <= self.clock() else "03"

    def pay(self, reference: str, amount_rupiah: int | None = None) -> Code:
        """By whoever scanned it, also when it is over: the last second is another for each side."""
        found = self.codes[reference]
        found.paid.append(found.amount_rupiah if amount_rupiah is None else amount_rupiah)
        return found

    def give_back(self, reference: str, refund: str, amount_rupiah: int) -> Back:
        """Raises Refused. The same refund again is the one that there is."""
        found = self.find(reference)
        known = next((each for each in found.backs if each.reference == refund), None)
        if known is not None:
            return known
        if not self.partial and amount_rupiah != found.paid_rupiah:
            raise Refused(403, "15", "Transaction Not Permitted. No partial refund")
        if amount_rupiah <= 0 or found.back_rupiah + amount_rupiah > found.paid_rupiah:
            raise Refused(403, "14", "Insufficient Funds")
        made = Back(refund, amount_rupiah)
        found.backs.append(made)
        return made


def code(amount_rupiah: int, number: str) -> str:
    """The text of a dynamic code of this provider's."""
    merchant = _tag("00", "ID.CO.WLIJO.WWW") + _tag("01", "936009990000000001") + _tag("02", number)
    national = _tag("00", "ID.CO.QRIS.WWW") + _tag("02", "ID1026000000001") + _tag("03", "UMI")
    said = (
        _tag("00", "01") + _tag("01", "12") + _tag("26", merchant) + _tag("51", national) + _tag("52", "5411")
        + _tag("53", "360") + _tag("54", str(amount_rupiah)) + _tag("58", "ID") + _tag("59", "WLIJO LUMAJANG")
        + _tag("60", "LUMAJANG") + _tag("61", "67316") + _tag("62", _tag("01", number)) + "6304"
    )  # fmt: skip
    return said + f"{_crc(said.encode()):04X}"


def _tag(tag: str, value: str) -> str:
    return f"{tag}{len(value):02d}{value}"


_TABLE = [0] * 256
for _byte in range(256):
    _value = _byte << 8
    for _ in range(8):
        _value = ((_value << 1) ^ 0x1021 if _value & 0x8000 else _value << 1) & 0xFFFF
    _TABLE[_byte] = _value


def _crc(data: bytes) -> int:
    value = 0xFFFF
    for byte in data:
        value = ((value << 8) & 0xFFFF) ^ _TABLE[(value >> 8) ^ byte]
    return value
