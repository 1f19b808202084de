"""The kinds of goods, and the units in which they are sold, as operators enter them."""

from __future__ import annotations

from services.catalog.domain.category import (
    MAX_BASE_PER_UNIT,
    MAX_UNITS,
    UnitIsAnother,
    UnitIsNone,
    UnitsAreTooMany,
    check_room,
)
from services.catalog.store import reference
from services.catalog.store.reference import SaleUnitView
from services.contracts.catalog import UnitKind
from services.kit.database.db import Transaction


async def save_category(conn: Transaction, code: str, name: str, english: str | None = None) -> None:
    """`english` of None leaves what it is called in English. Raises CategoriesAreTooMany. Nobody is told: what others hear of a product is
    the code."""
    await reference.lock_categories(conn)
    known = {each.code: (each.name, each.english) for each in await reference.categories(conn)}
    if code not in known:
        check_room(len(known))
    _, before = known.get(code, ("", None))
    kept = (name, english or before)
    if known.get(code) != kept:
        await reference.save_category(conn, code, *kept)


async def save_sale_unit(conn: Transaction, unit: SaleUnitView) -> None:
    """Saying it again changes nothing. Raises UnitIsNone, UnitIsAnother, UnitsAreTooMany."""
    if not 1 <= unit.base_per_unit <= MAX_BASE_PER_UNIT or (unit.kind is UnitKind.COUNT and unit.base_per_unit != 1):
        raise UnitIsNone
    await reference.lock_sale_units(conn)
    known = {each.code: each for each in await reference.sale_units(conn)}
    if unit.code in known:
        if known[unit.code] != unit:
            raise UnitIsAnother
        return
    if len(known) >= MAX_UNITS:
        raise UnitsAreTooMany
    await reference.insert_sale_unit(conn, unit)
