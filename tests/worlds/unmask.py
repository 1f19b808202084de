"""Somebody who would like to know what is withheld: takes a published file and all that adds up in it, and reckons with exact fractions.

Shares nothing with the rule that withholds."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

Cell = tuple[str, str, str]
_SPLITS = ("PLACE", "CLASS", "PLACE_CLASS", "KIND", "GOODS", "FLOW", "BUYER")
_WITHIN = (("PLACE", "PLACE_CLASS", 1), ("CLASS", "PLACE_CLASS", 2), ("PLACE", "FLOW", 1), ("BUYER", "FLOW", 2))


@dataclass(frozen=True)
class Guess:
    """Between what and what it has to be."""

    low: Fraction
    high: Fraction

    @property
    def is_certain(self) -> bool:
        return self.low == self.high


def read(file: bytes, column: str) -> dict[Cell, int | None]:
    """Of each cell with this measure; None where it is withheld."""
    rows = csv.DictReader(io.StringIO(file.decode()))
    wanted = {"ALL", *_SPLITS}
    return {
        (row["table"], row["code"], row["code_2"]): int(row[column]) if row[column] else None
        for row in rows
        if row["table"] in wanted
    }


def unmask(shown: Mapping[Cell, int | None]) -> dict[Cell, Guess]:
    """What can be said of each withheld cell."""
    equations = _equations(shown)
    hidden = sorted(key for key, value in shown.items() if value is None)
    certain = _solved(equations, hidden)
    low = {key: certain.get(key, Fraction(0)) for key in hidden}
    top = Fraction(max((value for value in shown.values() if value is not None), default=0) * 100 + 1)
    high = {key: certain.get(key, top) for key in hidden}
    for _ in range(100):
        before = (dict(low), dict(high))
        for terms, total in equations:
            for key, sign in terms:
                others = [(name, way) for name, way in terms if name != key]
                least = sum((way * (low[name] if way > 0 else high[name]) for name, way in others), Fraction(0))
                most = sum((way * (high[name] if way > 0 else low[name]) for name, way in others), Fraction(0))
                ends = sorted((Fraction(total - most, 1) / sign, Fraction(total - least, 1) / sign))
                low[key], high[key] = max(low[key], ends[0]), min(high[key], ends[1])
        if before == (low, high):
            break
    return {key: Guess(low[key], high[key]) for key in hidden}


def _equations(shown: Mapping[Cell, int | None]) -> list[tuple[list[tuple[Cell, int]], int]]:
    """The withheld terms, each with its sign, and what they come to."""
    sums: list[tuple[Cell, list[Cell]]] = [
        (("ALL", "", ""), [key for key in shown if key[0] == split]) for split in _SPLITS
    ]
    for total, parts, at in _WITHIN:
        sums += [
            (key, [part for part in shown if part[0] == parts and part[at] == key[1]])
            for key in shown
            if key[0] == total
        ]
    found = []
    for whole, members in sums:
        if not members or whole not in shown:
            continue
        terms = [(key, 1) for key in members if shown[key] is None]
        known = sum(shown[key] or 0 for key in members)
        if (said := shown[whole]) is None:
            terms.append((whole, -1))
            said = 0
        if terms:
            found.append((terms, said - known))
    return found


def _solved(equations: Sequence[tuple[list[tuple[Cell, int]], int]], hidden: Sequence[Cell]) -> dict[Cell, Fraction]:
    """Cells that follow for certain, by Gauss and Jordan."""
    place = {key: at for at, key in enumerate(hidden)}
    rows = []
    for terms, total in equations:
        row = [Fraction(0)] * (len(hidden) + 1)
        for key, sign in terms:
            row[place[key]] += sign
        row[-1] = Fraction(total)
        rows.append(row)
    done = 0
    for at in range(len(hidden)):
        pivot = next((n for n in range(done, len(rows)) if rows[n][at]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        factor = rows[done][at]
        rows[done] = [value / factor for value in rows[done]]
        for n, row in enumerate(rows):
            if n != done and row[at]:
                by = row[at]
                rows[n] = [value - by * other if other else value for value, other in zip(row, rows[done], strict=True)]
        done += 1
    found = {}
    for row in rows[:done]:
        named = [at for at in range(len(hidden)) if row[at]]
        if len(named) == 1:
            found[hidden[named[0]]] = row[-1]
    return found
