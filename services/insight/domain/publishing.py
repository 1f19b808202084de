"""What is published of a month: the cubes, their measures, and how they are rounded. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from services.insight.domain.cubes import Cube
from services.insight.domain.hiding import Counted, Key, Why, alone, hide

ROUNDED_TO: Final = 1_000
"""Rupiah: half-up, each by itself, so that rounded parts may differ from a rounded total by a little."""

PUBLISHED: Final = (
    Cube.ALL, Cube.PLACE_CLASS, Cube.PLACE, Cube.CLASS, Cube.KIND, Cube.GOODS, Cube.FLOW, Cube.BUYER,
)  # fmt: skip
"""With their turnover, which adds up from one to the other."""
QUANTITIES: Final = (Cube.COMMODITY,)
"""With how much was sold alone, which adds up to nothing that is published."""
COUNTS: Final = (Cube.CANCEL,)
"""How many orders, of the whole regency: nobody's."""
DAY: Final = "DAY"


@dataclass(frozen=True, slots=True)
class Whole:
    """A cell as it was counted."""

    cube: str
    cell: str
    measures: Mapping[str, int]
    buyers: int
    sellers: int
    most: int


@dataclass(frozen=True, slots=True)
class Published:
    """`measures` is empty when it is withheld."""

    cube: str
    cell: str
    withheld: Why | None
    measures: Mapping[str, int]


def rounded(rupiah: int) -> int:
    return (rupiah + ROUNDED_TO // 2) // ROUNDED_TO * ROUNDED_TO


def published(cells: Iterable[Whole], lives: tuple[int, int], before: Iterable[Key] = ()) -> list[Published]:
    """`lives`: sellers that sold for the first time, and that have lapsed. `before`: what an earlier revision withheld."""
    found = list(cells)
    with_turnover = {
        (each.cube, each.cell): each for each in found if each.cube in PUBLISHED and each.measures["completed"]
    }
    counted = {
        key: Counted(each.measures["turnover"], each.buyers, each.sellers, each.most)
        for key, each in with_turnover.items()
    }
    hidden = hide(counted, before)
    told = [
        Published(each.cube, each.cell, hidden.get(key), {} if key in hidden else _measures(each, lives))
        for key, each in with_turnover.items()
    ]
    kept = set(before)
    for each in found:
        if each.cube in QUANTITIES and each.measures["completed"]:
            why = alone(Counted(each.measures["turnover"], each.buyers, each.sellers, each.most))
            if why is None and (each.cube, each.cell) in kept:
                why = Why.PROTECTS
            amount = {"quantity": each.measures["quantity"], "sellers": each.sellers}
            told.append(Published(each.cube, each.cell, why, {} if why else amount))
        elif each.cube in COUNTS:
            told.append(Published(each.cube, each.cell, None, {"orders": each.measures["cancelled"]}))
        elif each.cube == DAY:
            counts = {name: each.measures[name] for name in ("orders", "cancelled")}
            told.append(Published(DAY, each.cell, None, counts))
    return sorted(told, key=lambda each: (each.cube, each.cell))


def _measures(each: Whole, lives: tuple[int, int]) -> dict[str, int]:
    said = each.measures
    found = {
        "turnover": rounded(said["turnover"]),
        "completed": said["completed"],
        "buyers": each.buyers,
        "sellers": each.sellers,
    }
    if each.cube == Cube.ALL:
        found |= {name: said[name] for name in ("orders", "cancelled", "delivered", "failed")}
        found |= {
            name: rounded(said[name])
            for name in ("fee", "rider_share", "partner_share", "platform_share", "regency", "claimed")
        }
        found |= {"new_sellers": lives[0], "lapsed_sellers": lives[1]}
        found |= {
            "accept_minutes": _mean(said["accept_s"], said["accepted"]),
            "deliver_minutes": _mean(said["deliver_s"], said["delivered"]),
        }
    return found


def _mean(seconds: int, times: int) -> int:
    return (seconds + 30 * times) // (60 * times) if times else 0
