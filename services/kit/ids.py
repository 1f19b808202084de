"""Opaque ids: UUIDv7 inside, `ord_01h455vb4pex5vsknk084sn02q` outside (the TypeID text form)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import total_ordering
from typing import Any, ClassVar, Self
from uuid import UUID

import uuid_utils.compat

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
# From our letters to those of `int(…, 32)`, which takes no `!`: every fact that is heard has ids, and a letter at a time was a fifth of it.
_DIGITS = bytes.maketrans(_ALPHABET.encode(), b"0123456789abcdefghijklmnopqrstuv")
_TO_DIGITS = bytes(_DIGITS[byte] if chr(byte) in _ALPHABET else ord("!") for byte in range(256))
_HALF = (1 << 60) - 1
_SEEDED_AT_MS = 1_604_275_200_000  # 2020-11-02, the day the regent put UMKM at the centre


class MalformedId(ValueError):
    """The text is no id at all."""


class WrongKind(ValueError):
    """The text is a well-formed id, but of another kind than the one asked for."""


@total_ordering
class Id:
    """An id that knows its kind. Two kinds never compare equal, even over the same UUID.

    asyncpg accepts it where it accepts a UUID (it reads `.bytes`); rows bring a UUID back, to be wrapped: `OrderId(row["id"])`.
    """

    __slots__ = ("uuid",)
    prefix: ClassVar[str] = ""
    uuid: UUID

    def __init_subclass__(cls, prefix: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.prefix = prefix

    def __init__(self, uuid: UUID) -> None:
        self.uuid = uuid

    @classmethod
    def new(cls) -> Self:
        return cls(uuid_utils.compat.uuid7())

    @classmethod
    def seeded(cls, name: str) -> Self:
        """The same id for the same name on every machine; shaped like a UUIDv7."""
        tail = int.from_bytes(hashlib.sha256(f"{cls.prefix}:{name}".encode()).digest()[:10])
        bits = (_SEEDED_AT_MS << 80) | tail
        bits = bits & ~(0xF << 76) | (0x7 << 76)
        bits = bits & ~(0x3 << 62) | (0x2 << 62)
        return cls(UUID(int=bits))

    @classmethod
    def at(cls, moment: datetime) -> Self:
        """Below all that are made from this moment on."""
        return cls(UUID(int=int(moment.timestamp() * 1000) << 80))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises MalformedId or WrongKind."""
        prefix, separator, tail = text.rpartition("_")
        if not separator or len(tail) != 26 or tail[0] > "7" or not prefix.isalpha():
            raise MalformedId(f"not an id: {text[:40]!r}")
        try:
            bits = int(tail.encode("ascii").translate(_TO_DIGITS), 32)
        except ValueError:
            raise MalformedId(f"not an id: {text[:40]!r}") from None
        if prefix != cls.prefix:
            raise WrongKind(f"expected an id that begins with {cls.prefix}_, got {text[:40]!r}")
        return cls(UUID(int=bits))

    @property
    def bytes(self) -> bytes:
        return self.uuid.bytes

    def __str__(self) -> str:
        # Two letters at a time, of two halves that are reckoned with quicker than the whole: every row that is shown has ids, and every
        # event that is told.
        bits, of = self.uuid.int, _PAIRS
        high, low = bits >> 60, bits & _HALF
        return (
            f"{self.prefix}_{of[high >> 60]}{of[high >> 50 & 1023]}{of[high >> 40 & 1023]}{of[high >> 30 & 1023]}"
            f"{of[high >> 20 & 1023]}{of[high >> 10 & 1023]}{of[high & 1023]}{of[low >> 50]}{of[low >> 40 & 1023]}"
            f"{of[low >> 30 & 1023]}{of[low >> 20 & 1023]}{of[low >> 10 & 1023]}{of[low & 1023]}"
        )

    def __repr__(self) -> str:
        return str(self)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.uuid == self.uuid

    def __lt__(self, other: Self) -> bool:
        return self.uuid < other.uuid

    def __hash__(self) -> int:
        return hash(self.uuid)


def prefix_of(text: str) -> str:
    """What kind the text claims to be; '' when it claims none."""
    return text.rpartition("_")[0]


class EventId(Id, prefix="evt"):
    """Identity of one published fact; the CloudEvents id."""
