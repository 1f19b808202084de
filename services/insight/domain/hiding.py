"""Which cells of a month are withheld, so that nobody is exposed: those of too few, and what would let them be computed. Pure.

A cell is withheld by itself when fewer than five sellers or ten buyers are in it, or one seller has more than four fifths of its turnover.
Then others go with it until, by all sums that are published, no withheld cell is determined, none is known to a tenth from above or below,
and what is known of several withheld ones together is of as many sellers and buyers as a cell that is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.insight.domain.cubes import Cube

LEAST_SELLERS: Final = 5
LEAST_BUYERS: Final = 10
MOST_OF_ONE_PERCENT: Final = 80
NARROWEST_PERCENT: Final = 10
_PRIME: Final = 2**61 - 1

Key = tuple[str, str]
"""A cube and a cell of it."""


class Why(StrEnum):
    """Why a cell is withheld."""

    FEW = "FEW"
    ONE_HAS_MOST = "ONE_HAS_MOST"
    PROTECTS = "PROTECTS"


@dataclass(frozen=True, slots=True)
class Counted:
    """`most` is the turnover of the seller that has the most."""

    turnover: int
    buyers: int
    sellers: int
    most: int


@dataclass(frozen=True, slots=True)
class Sum:
    """The total is what its members come to."""

    total: Key
    members: Sequence[Key]


def sums(cells: Iterable[Key]) -> list[Sum]:
    """Everything that adds up among the cells that are published with their turnover."""
    by_cube: dict[str, list[str]] = {}
    for cube, cell in cells:
        by_cube.setdefault(cube, []).append(cell)
    whole = (str(Cube.ALL), "")
    found = [
        Sum(whole, [(str(cube), cell) for cell in sorted(by_cube.get(cube, []))])
        for cube in (Cube.PLACE_CLASS, Cube.PLACE, Cube.CLASS, Cube.KIND, Cube.GOODS, Cube.FLOW, Cube.BUYER)
    ]
    for total, parts, place in (
        (Cube.PLACE, Cube.PLACE_CLASS, 0),
        (Cube.CLASS, Cube.PLACE_CLASS, 1),
        (Cube.PLACE, Cube.FLOW, 0),
        (Cube.BUYER, Cube.FLOW, 1),
    ):
        for named in sorted(by_cube.get(total, [])):
            members = [(str(parts), cell) for cell in sorted(by_cube.get(parts, [])) if cell.split("|")[place] == named]
            found.append(Sum((str(total), named), members))
    return [each for each in found if each.members]


def alone(cell: Counted) -> Why | None:
    """Why it is withheld for its own sake."""
    if cell.sellers < LEAST_SELLERS or cell.buyers < LEAST_BUYERS:
        return Why.FEW
    if cell.most * 100 > cell.turnover * MOST_OF_ONE_PERCENT:
        return Why.ONE_HAS_MOST
    return None


def hide(cells: Mapping[Key, Counted], before: Iterable[Key] = ()) -> dict[Key, Why]:
    """What is withheld, and why. What was withheld `before`, in an earlier revision, stays so: else the two would tell it."""
    hidden: dict[Key, Why] = {key: why for key, cell in cells.items() if (why := alone(cell)) is not None}
    hidden |= {key: Why.PROTECTS for key in before if key in cells and key not in hidden}
    told = sums(cells)
    while True:
        open_ = list(_exposed(cells, hidden, told))
        more = {best for exposed in open_ if (best := _beside(cells, hidden, told, exposed)) is not None}
        if not more:
            return hidden
        hidden |= dict.fromkeys(more, Why.PROTECTS)


def _exposed(cells: Mapping[Key, Counted], hidden: Mapping[Key, Why], told: Sequence[Sum]) -> Iterator[frozenset[Key]]:
    """Withheld cells that what is told gives away: one, or several of which the sum is known and too few are in it."""
    seen: set[frozenset[Key]] = set()
    for group in [*_groups(hidden, told), *determined(hidden, told)]:
        if group not in seen and not _is_safe([cells[key] for key in group]):
            seen.add(group)
            yield group
    low, high = bounds(hidden, told, {key: cell.turnover for key, cell in cells.items()})
    for key, why in hidden.items():
        turnover = cells[key].turnover
        slack = turnover * NARROWEST_PERCENT
        near = (high[key] - turnover) * 100 < slack or (turnover - low[key]) * 100 < slack
        if why is not Why.PROTECTS and turnover and near and frozenset({key}) not in seen:
            yield frozenset({key})


def _is_safe(group: Sequence[Counted]) -> bool:
    together = Counted(
        sum(each.turnover for each in group),
        sum(each.buyers for each in group),
        sum(each.sellers for each in group),
        max(each.most for each in group),
    )
    return len(group) > 1 and alone(together) is None


def _groups(hidden: Mapping[Key, Why], told: Sequence[Sum]) -> Iterator[frozenset[Key]]:
    """Of each sum that is told, what is withheld of it: together that is known."""
    for each in told:
        missing = frozenset(key for key in each.members if key in hidden)
        if each.total not in hidden and missing:
            yield missing
        elif each.total in hidden and not missing:
            yield frozenset({each.total})


def determined(hidden: Iterable[Key], told: Sequence[Sum]) -> list[frozenset[Key]]:
    """Sets of withheld cells of which the sum follows from all that is told at once, by elimination modulo a prime."""
    order = {key: at for at, key in enumerate(sorted(hidden))}
    names = list(order)
    rows: list[dict[int, int]] = []
    for each in told:
        row = {order[key]: 1 for key in each.members if key in order}
        if each.total in order:
            row[order[each.total]] = _PRIME - 1
        if row:
            rows.append(row)
    pivots: dict[int, dict[int, int]] = {}
    for row in rows:
        for at in sorted(pivots):
            if factor := row.get(at):
                _subtract(row, pivots[at], factor)
        if not row:
            continue
        first = min(row)
        inverse = pow(row[first], _PRIME - 2, _PRIME)
        row = {at: value * inverse % _PRIME for at, value in row.items()}
        for other in pivots.values():
            if factor := other.get(first):
                _subtract(other, row, factor)
        pivots[first] = row
    return [frozenset(names[at] for at in row) for row in pivots.values() if set(row.values()) == {1}]


def _subtract(row: dict[int, int], other: Mapping[int, int], factor: int) -> None:
    for at, value in other.items():
        left = (row.get(at, 0) - factor * value) % _PRIME
        if left:
            row[at] = left
        else:
            row.pop(at, None)


def bounds(
    hidden: Iterable[Key], told: Sequence[Sum], value: Mapping[Key, int], rounds: int = 30
) -> tuple[dict[Key, int], dict[Key, int]]:
    """What each withheld cell can be at least and at most, by whoever knows what is shown and that nothing is below zero."""
    secret = set(hidden)
    most = max((value[key] for key in value), default=0) * 10 + 1
    low, high = dict.fromkeys(secret, 0), dict.fromkeys(secret, most)
    for _ in range(rounds):
        moved = False
        for each in told:
            terms = [(key, 1) for key in each.members] + [(each.total, -1)]
            rest = -sum(sign * value[key] for key, sign in terms if key not in secret)
            unknown = [(key, sign) for key, sign in terms if key in secret]
            least = sum(low[key] if sign > 0 else -high[key] for key, sign in unknown)
            greatest = sum(high[key] if sign > 0 else -low[key] for key, sign in unknown)
            for key, sign in unknown:
                others_least = least - (low[key] if sign > 0 else -high[key])
                others_greatest = greatest - (high[key] if sign > 0 else -low[key])
                lower, upper = rest - others_greatest, rest - others_least
                if sign < 0:
                    lower, upper = -upper, -lower
                if lower > low[key] or upper < high[key]:
                    low[key], high[key] = max(low[key], lower), min(high[key], upper)
                    moved = True
                    least = sum(low[name] if way > 0 else -high[name] for name, way in unknown)
                    greatest = sum(high[name] if way > 0 else -low[name] for name, way in unknown)
        if not moved:
            break
    return low, high


def _beside(
    cells: Mapping[Key, Counted], hidden: Mapping[Key, Why], told: Sequence[Sum], exposed: frozenset[Key]
) -> Key | None:
    """The least that is shown beside what is exposed: withheld too, it hides the other. The whole is never withheld for another's sake; a
    total is when nothing else is left."""
    found: set[Key] = set()
    totals: set[Key] = set()
    for each in told:
        if exposed & {*each.members, each.total}:
            found |= {key for key in each.members if key not in hidden}
            totals |= {each.total} - hidden.keys()
    whole = (str(Cube.ALL), "")
    worth = lambda key: (cells[key].turnover, key)  # noqa: E731 - by what it tells, then by name
    if found:
        return min(found, key=worth)
    return min(totals - {whole}, key=worth, default=None)
