"""Aligned columns for a terminal, and their colours: first the widths, then the paint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import Final, TypeAlias

WIDTH: Final = 160
_GAP: Final = "  "
_BESIDE: Final = 4


class Tone(StrEnum):
    """ANSI codes."""

    PLAIN = ""
    TITLE = "1"
    DIM = "2"
    GOOD = "32"
    WAIT = "33"
    BAD = "31"


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    tone: Tone = Tone.PLAIN


Line: TypeAlias = tuple[Cell, ...]
BLANK: Final[Line] = ()


def paint(line: Line, *, colour: bool) -> str:
    """As it is written: never wider than the terminal, no spaces at its end, nothing that moves a cursor."""
    said, left = "", WIDTH
    cells = list(line)
    while cells and not cells[-1].text.strip():
        cells.pop()
    for index, cell in enumerate(cells):
        text = cell.text.rstrip() if index == len(cells) - 1 else cell.text
        if len(text) > left:
            text = text[: max(left - 1, 0)] + "…" if left else ""
        left -= len(text)
        text = "".join(letter if letter.isprintable() else "?" for letter in text)
        said += f"\x1b[{cell.tone}m{text}\x1b[0m" if colour and cell.tone and text.strip() else text
    return said


def row(*parts: str | Cell) -> Line:
    """One line of text, its parts three spaces apart."""
    cells: list[Cell] = []
    for part in parts:
        if cells:
            cells.append(Cell("   "))
        cells.append(part if isinstance(part, Cell) else Cell(part))
    return tuple(cells)


def titled(title: str, body: Sequence[Line]) -> list[Line]:
    """Under its title, after a blank line; what has no rows says so beside it."""
    if not body:
        return [BLANK, row(Cell(title, Tone.TITLE), Cell("none", Tone.DIM))]
    return [BLANK, row(Cell(title, Tone.TITLE)), *body]


def table(heads: Sequence[str], rows: Sequence[Sequence[str | Cell]]) -> list[Line]:
    """Columns as wide as their widest cell, indented by two; nothing when there are no rows."""
    if not rows:
        return []
    cells = [
        [Cell(head, Tone.DIM) for head in heads],
        *([cell if isinstance(cell, Cell) else Cell(cell) for cell in each] for each in rows),
    ]
    widths = [max(len(cell.text) for cell in column) for column in zip(*cells, strict=True)]
    return [
        tuple(Cell(_GAP + cell.text.ljust(width), cell.tone) for cell, width in zip(each, widths, strict=True))
        for each in cells
    ]


def beside(left: Sequence[Line], right: Sequence[Line]) -> list[Line]:
    """Two blocks side by side; one under the other when the terminal is too narrow for both."""
    width = max((length(line) for line in left), default=0)
    if width + _BESIDE + max((length(line) for line in right), default=0) > WIDTH:
        return [*left, *right]
    return [
        (*one, Cell(" " * (width + _BESIDE - length(one))), *other)
        for one, other in zip_longest(left, right, fillvalue=BLANK)
    ]


def length(line: Line) -> int:
    return sum(len(cell.text) for cell in line)


def fields(*pairs: tuple[str, object]) -> str:
    """Names and values in a row; those without a value are left out."""
    return "   ".join(f"{name} {value}" for name, value in pairs if value is not None)
