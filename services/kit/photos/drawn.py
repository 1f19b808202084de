"""What became of a photo. Apart from `pictures`, which reads one: whoever only hands it on does not load the decoders."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Fault(StrEnum):
    """Why something is no photo for us."""

    NOT_A_PHOTO = "NOT_A_PHOTO"
    ANIMATED = "ANIMATED"
    TOO_SMALL = "TOO_SMALL"
    TOO_MANY_PIXELS = "TOO_MANY_PIXELS"
    DAMAGED = "DAMAGED"


class Unfit(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class File(NamedTuple):
    content: bytes
    width: int
    height: int


class Drawn(NamedTuple):
    """The smallest first. A photo that is smaller than an edge is not made larger, so there may be fewer files than edges."""

    files: list[File]
    color: str
