"""The cubes: what an order adds to which sums, and whom it shows there. Pure. Nothing else is ever summed up.

What an order added before a fact is taken back, and what it adds after it is added: so facts may come late, twice or in any order, and a
correction changes the day that it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from services.contracts.places import WIB
from services.insight.domain.known import UNKNOWN, Known, Line, Part


class Cube(StrEnum):
    """By what the sums are: `PLACE` of the seller, `BUYER` of the buyer, `FLOW` from the one to the other."""

    ALL = "ALL"
    PLACE_CLASS = "PLACE_CLASS"
    PLACE = "PLACE"
    CLASS = "CLASS"
    KIND = "KIND"
    GOODS = "GOODS"
    COMMODITY = "COMMODITY"
    FLOW = "FLOW"
    BUYER = "BUYER"
    CANCEL = "CANCEL"
    COMPANY = "COMPANY"
    PROGRAMME = "PROGRAMME"


MEASURES: Final = (
    "orders", "parts", "completed", "cancelled", "turnover", "quantity", "fee", "rider_share", "partner_share", "platform_share",
    "regency", "claimed", "accept_s", "accepted", "deliver_s", "delivered", "failed",
)  # fmt: skip
"""Rupiah of turnover, fee, shares, what the regency bore and what claims gave back; seconds; else counts. `parts` are merchants' parts of
orders, `completed` those that were handed over."""

Cell = tuple[str, str, str]
"""A cube, a WIB day, and the cell's own words, by `|`."""
_PEOPLED: Final = (
    Cube.ALL, Cube.PLACE_CLASS, Cube.PLACE, Cube.CLASS, Cube.KIND, Cube.GOODS, Cube.COMMODITY, Cube.FLOW, Cube.BUYER,
)  # fmt: skip


@dataclass(slots=True)
class Change:
    """What is added to the sums."""

    sums: dict[Cell, dict[str, int]] = field(default_factory=dict)
    life: dict[str, set[str]] = field(default_factory=dict)
    """The days on which a merchant was found to have sold something."""

    def add(self, other: Change, sign: int) -> None:
        for cell, measures in other.sums.items():
            mine = self.sums.setdefault(cell, {})
            for name, amount in measures.items():
                mine[name] = mine.get(name, 0) + sign * amount
        if sign > 0:
            for merchant, days in other.life.items():
                self.life.setdefault(merchant, set()).update(days)

    def settled(self) -> Change:
        """Without what comes to nothing."""
        sums = {cell: {name: n for name, n in found.items() if n} for cell, found in self.sums.items()}
        return Change({cell: found for cell, found in sums.items() if found}, self.life)


def contribution(known: Known) -> Change:
    """What the order adds as it is known now."""
    change = Change()
    if known.placed_at is None or known.ignored:
        return change
    day = known.day
    _whole(change, known, day)
    for part in known.parts:
        if part.left:
            continue
        sold = _sold(known, part)
        for cube, cell, of in _cells(known, part, sold):
            _count(change, (cube.value, day, cell), _part_measures(known, part, sold if of is None else of[1], of))
        if known.completed:
            change.life.setdefault(part.merchant, set()).add(day)
    return change


def seen(known: Known) -> Iterator[tuple[str, str, str, int]]:
    """Where the order's buyer and its merchants are active: a cube and its cell, a merchant, and what it sold there."""
    if known.placed_at is None or known.ignored or not known.completed:
        return
    for part in known.parts:
        if not part.left:
            sold = _sold(known, part)
            for cube, cell, of in _cells(known, part, sold):
                if cube in _PEOPLED:
                    yield cube.value, cell, part.merchant, sold if of is None else of[1]


def _whole(change: Change, known: Known, day: str) -> None:
    rider, partner, platform = known.shares if known.completed else (0, 0, 0)
    seconds = 0
    if known.delivered_at and known.placed_at:
        seconds = max(0, int((known.delivered_at - known.placed_at).total_seconds()))
    trip = {
        "fee": rider + partner + platform,
        "rider_share": rider,
        "partner_share": partner,
        "platform_share": platform,
        "deliver_s": seconds,
        "delivered": int(known.delivered_at is not None),
        "failed": int(known.failed),
    }
    regency = sum(known.regency.values())
    counted = {"orders": 1, "cancelled": int(known.cancelled is not None), "regency": regency}
    _count(change, (Cube.ALL.value, day, ""), counted | trip)
    if known.partner:
        _count(change, (Cube.COMPANY.value, day, known.partner), {"orders": 1} | trip)
    if known.cancelled:
        _count(change, (Cube.CANCEL.value, day, "|".join(known.cancelled)), {"orders": 1, "cancelled": 1})
    for programme, rupiah in known.regency.items():
        _count(change, (Cube.PROGRAMME.value, day, programme), {"orders": 1, "regency": rupiah})


def _cells(known: Known, part: Part, sold: int) -> Iterator[tuple[Cube, str, tuple[int, int] | None]]:
    """Each cell that the part is in; of its lines with their quantity and what they come to."""
    kecamatan, kind, umkm = part.kecamatan or UNKNOWN, part.kind or UNKNOWN, part.umkm or UNKNOWN
    yield Cube.ALL, "", None
    yield Cube.PLACE_CLASS, f"{kecamatan}|{umkm}", None
    yield Cube.PLACE, kecamatan, None
    yield Cube.CLASS, umkm, None
    yield Cube.KIND, kind, None
    yield Cube.FLOW, f"{kecamatan}|{known.kecamatan}", None
    yield Cube.BUYER, known.kecamatan, None
    shared = shares(part.lines, sold)
    for cube, name in ((Cube.GOODS, _category), (Cube.COMMODITY, _commodity)):
        found: dict[str, tuple[int, int]] = {}
        for line, rupiah in zip(part.lines, shared, strict=True):
            if (cell := name(line)) is not None:
                quantity, before = found.get(cell, (0, 0))
                found[cell] = (quantity + line.quantity, before + rupiah)
        for cell, (quantity, rupiah) in found.items():
            yield cube, cell, (quantity, rupiah)


def _category(line: Line) -> str:
    return line.category or UNKNOWN


def _commodity(line: Line) -> str | None:
    return f"{line.commodity}|{line.unit}" if line.commodity else None


def shares(lines: Iterable[Line], rupiah: int) -> list[int]:
    """What each line has of what its part was sold for, in proportion to what it came to, by largest remainder: the parts make the whole.
    Where no line says what it came to, each weighs the same."""
    lines = list(lines)
    weights = [each.rupiah or 0 for each in lines]
    if not any(weights):
        weights = [1] * len(lines)
    whole = sum(weights)
    if not whole:
        return []
    found = [rupiah * weight // whole for weight in weights]
    by_remainder = sorted(range(len(lines)), key=lambda at: -(rupiah * weights[at] % whole))
    for at in by_remainder[: rupiah - sum(found)]:
        found[at] += 1
    return found


def _sold(known: Known, part: Part) -> int:
    if not known.completed:
        return 0
    return part.goods if part.sold is None else part.sold


def _part_measures(known: Known, part: Part, rupiah: int, of: tuple[int, int] | None) -> dict[str, int]:
    found = {"parts": 1, "completed": int(known.completed), "turnover": rupiah}
    if of is not None:
        return found | {"quantity": of[0] if known.completed else 0}
    seconds = 0
    if part.accepted_at and known.placed_at:
        seconds = max(0, int((part.accepted_at - known.placed_at.astimezone(WIB)).total_seconds()))
    return found | {
        "claimed": sum(part.claims.values()),
        "accept_s": seconds,
        "accepted": int(part.accepted_at is not None),
    }


def _count(change: Change, cell: Cell, measures: Mapping[str, int]) -> None:
    mine = change.sums.setdefault(cell, {})
    for name, amount in measures.items():
        if amount:
            mine[name] = mine.get(name, 0) + amount
