"""How something is sold, as rows tell it."""

from __future__ import annotations

from typing import Final

from services.contracts.catalog import CatchWeight, SaleUnit, UnitKind
from services.kit.database.db import Row
from services.ordering.domain import unit

AS_SOLD: Final = """
l.unit_label, coalesce(l.unit_code, v.unit_code) AS unit_code, coalesce(l.unit_kind, v.unit_kind) AS unit_kind,
coalesce(l.base_per_unit, v.base_per_unit) AS base_per_unit, coalesce(l.step, v.step, 1) AS step, coalesce(l.min, v.min, 1) AS min,
l.max, l.weight_price_rupiah, l.weight_basis, l.overrun_percent
"""


def sale_unit(row: Row) -> SaleUnit:
    """Of a row that an image before has written only the label is known."""
    label, step, minimum = row["unit_label"], row["step"], row["min"]
    if row["unit_code"] is None:
        return unit.called(label, step=step, minimum=minimum, maximum=row["max"])
    return SaleUnit(
        code=row["unit_code"],
        label=label,
        kind=UnitKind(row["unit_kind"]),
        base_per_unit=row["base_per_unit"],
        step=step,
        min=minimum,
        max=row["max"],
    )


def catch_weight(row: Row) -> CatchWeight | None:
    """None of what costs what it costs."""
    if row["weight_basis"] is None:
        return None
    return CatchWeight(
        price_rupiah=row["weight_price_rupiah"], price_basis=row["weight_basis"], overrun_percent=row["overrun_percent"]
    )
