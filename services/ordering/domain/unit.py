"""How something is sold when no more is known of it than what its unit is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.contracts.catalog import SaleUnit, UnitKind

_MEASURES: Final[Mapping[str, tuple[UnitKind, int]]] = {
    "kg": (UnitKind.MASS, 1000),
    "ons": (UnitKind.MASS, 100),
    "gram": (UnitKind.MASS, 1),
    "liter": (UnitKind.VOLUME, 1000),
}
"""The measures that goods were sold in before their units were told whole; all else was counted by the piece."""


def called(label: str, *, step: int, minimum: int, maximum: int | None = None) -> SaleUnit:
    kind, base_per_unit = _MEASURES.get(label, (UnitKind.COUNT, 1))
    return SaleUnit(
        code=label, label=label, kind=kind, base_per_unit=base_per_unit, step=step, min=minimum, max=maximum
    )
