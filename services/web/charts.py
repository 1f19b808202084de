"""Charts drawn here, as SVG; what they show stands in a table beside them, so that nobody has to see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 640
HEIGHT: Final = 220
_LEFT, _BOTTOM, _TOP = 4, 24, 14


@dataclass(frozen=True, slots=True)
class Bar:
    """`y` is its upper end; without a value there is no bar but a mark that says so."""

    x: int
    y: int
    width: int
    height: int
    label: str
    value: int | None
    shows_label: bool


def bars(values: Sequence[tuple[str, int | None]]) -> list[Bar]:
    """From left to right, the highest as high as there is room. Labels are left out where they would not fit."""
    if not values:
        return []
    most = max((value for _, value in values if value is not None), default=0) or 1
    step = (WIDTH - 2 * _LEFT) // len(values)
    room = HEIGHT - _BOTTOM - _TOP
    every = max(1, -(-len(values) * 52 // WIDTH))
    found = []
    for at, (label, value) in enumerate(values):
        height = 0 if value is None else max(1, room * value // most)
        found.append(
            Bar(
                x=_LEFT + at * step,
                y=HEIGHT - _BOTTOM - height,
                width=max(2, step - 4),
                height=height,
                label=label,
                value=value,
                shows_label=(len(values) - 1 - at) % every == 0,
            )
        )
    return found
