"""What is written down of a photo's files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a photo."""

    name: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Made:
    """What was made of what was sent: its files, smallest first, and the colour that it has on the whole, `#rrggbb`. `source` is the
    SHA-256 of what was sent."""

    sizes: Sequence[Size]
    color: str
    source: bytes
