"""What is withheld of a month: by any numbers, somebody who reckons finds nobody; without withholding others he does."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from services.insight.domain import hiding, months
from services.insight.domain.hiding import Counted, Key
from tests.worlds.unmask import Cell, unmask

PLACES = [f"35.08.{n:02}" for n in range(1, 8)]
CLASSES = ["MIKRO", "KECIL", "MENENGAH"]
KINDS, GOODS = ["WLIJO", "HOME", "FIXED_STALL"], ["sayur", "buah", "bumbu", "olahan"]


def a_month(seed: int) -> dict[Key, Counted]:
    """Of sellers with one place, class, kind and category each; few in some places, and one with nearly all."""
    pick = random.Random(seed)
    cells: dict[Key, list[tuple[int, int, int]]] = {}
    for seller in range(pick.randint(60, 160)):
        place, kind, goods = (
            pick.choice(PLACES[: 1 + pick.randrange(len(PLACES))]),
            pick.choice(KINDS),
            pick.choice(GOODS),
        )
        umkm = pick.choices(CLASSES, (8, 2, 1))[0]
        sold = pick.randint(1, 40) * 10_000 * (100 if pick.random() < 0.02 else 1)
        to = pick.choice(PLACES)
        buyers = pick.randint(1, 12)
        for key in (
            ("ALL", ""), ("PLACE", place), ("CLASS", umkm), ("PLACE_CLASS", f"{place}|{umkm}"), ("KIND", kind), ("GOODS", goods),
            ("FLOW", f"{place}|{to}"), ("BUYER", to),
        ):  # fmt: skip
            cells.setdefault(key, []).append((seller, sold, buyers))
    return {
        key: Counted(sum(s for _, s, _ in found), sum(b for *_, b in found), len(found), max(s for _, s, _ in found))
        for key, found in cells.items()
    }


def shown(cells: dict[Key, Counted], hidden: object) -> dict[Cell, int | None]:
    return {
        (cube, *cell.partition("|")[::2]): None if (cube, cell) in hidden else counted.turnover  # type: ignore[operator]
        for (cube, cell), counted in cells.items()
    }


def named(key: Key) -> Cell:
    code, _, second = key[1].partition("|")
    return key[0], code, second


@pytest.mark.parametrize("seed", range(12))
def test_nobody_is_found(seed: int) -> None:
    cells = a_month(seed)
    hidden = hiding.hide(cells)
    assert {key for key, cell in cells.items() if hiding.alone(cell)} <= set(hidden)
    found = unmask(shown(cells, hidden))
    assert [key for key, guess in found.items() if guess.is_certain] == []
    for key, cell in cells.items():
        if hiding.alone(cell) and cell.turnover:
            guess = found[named(key)]
            assert guess.high * 100 >= cell.turnover * 110, key
            assert guess.low * 100 <= cell.turnover * 90, key


def test_without_withholding_others_somebody_is_found() -> None:
    certain = 0
    for seed in range(12):
        cells = a_month(seed)
        alone = {key for key, cell in cells.items() if hiding.alone(cell)}
        for key, guess in unmask(shown(cells, alone)).items():
            if guess.is_certain:
                certain += 1
                assert guess.low == next(cell.turnover for name, cell in cells.items() if named(name) == key)
    assert certain > 0


def test_one_who_has_nearly_all_is_withheld_among_many() -> None:
    assert hiding.alone(Counted(1_000, 50, 20, 801)) is hiding.Why.ONE_HAS_MOST
    assert hiding.alone(Counted(1_000, 50, 20, 800)) is None
    assert hiding.alone(Counted(1_000, 50, 4, 100)) is hiding.Why.FEW
    assert hiding.alone(Counted(1_000, 9, 20, 100)) is hiding.Why.FEW


def test_what_an_earlier_revision_withheld_stays_so() -> None:
    cells = a_month(3)
    before = ("GOODS", "sayur")
    assert before in hiding.hide(cells, [before])


def test_months_are_told_by_our_clock() -> None:
    assert not months.is_over("2026-10", datetime(2026, 11, 4, 16, 59, tzinfo=UTC))
    assert months.is_over("2026-10", datetime(2026, 11, 4, 17, 0, tzinfo=UTC))  # the fifth, in WIB
    assert (months.before("2026-01"), months.before("2026-01", 12)) == ("2025-12", "2025-01")
    assert months.settled_before(datetime(2026, 11, 29, tzinfo=UTC)) == "2026-09"
