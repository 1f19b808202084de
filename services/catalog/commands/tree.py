"""Operators order the kinds of goods, say what goods of each are asked, and what goods are compared as."""

from __future__ import annotations

from services.catalog.domain import tree
from services.catalog.domain.caller import NotFound
from services.catalog.domain.offering import CategoryIsUnknown
from services.catalog.domain.tree import (
    MAX_ATTRIBUTES,
    MAX_COMMODITIES,
    MAX_OF_CATEGORY,
    Attribute,
    AttributesAreTooMany,
    CommoditiesAreTooMany,
    Commodity,
    CommodityIsAnother,
    CommodityIsUnknown,
)
from services.catalog.store import reference
from services.catalog.store import tree as stored
from services.kit.database.db import Transaction


async def place_category(
    conn: Transaction, code: str, parent: str | None, position: int, commodity: str | None, *, by: str
) -> None:
    """Raises NotFound, CategoryIsUnknown, ParentDoesNotFit, CommodityIsUnknown. What lies below comes along."""
    await reference.lock_categories(conn)
    known = await stored.nodes(conn)
    if code not in known:
        raise NotFound
    tree.check_place(known, code, parent, at="parentCode")
    if commodity is not None and commodity not in await stored.commodities(conn):
        raise CommodityIsUnknown("commodityCode", "no commodity has this code")
    present = known[code]
    if (present.parent, present.position, present.commodity) != (parent, position, commodity):
        await stored.place(conn, code, parent, position, commodity)
        said = {"parent": parent, "position": position, "commodity": commodity}
        await stored.signed(conn, "CATEGORY", code, said, by=by)


async def save_attribute(conn: Transaction, given: Attribute, *, by: str) -> None:
    """Raises CategoryIsUnknown, AttributeIsAnother, AttributeDoesNotFit, AttributesAreTooMany."""
    if given.category not in await stored.nodes(conn):
        raise CategoryIsUnknown("categoryCode", "no category has this code")
    await stored.lock_attributes(conn)
    known = await stored.every_attribute(conn)
    present, gone = known.get(given.code, (None, True))
    tree.changed(present, given)
    if present is None and len(known) >= MAX_ATTRIBUTES:
        raise AttributesAreTooMany(MAX_ATTRIBUTES)
    asked = sum(not away and each.category == given.category for each, away in known.values())
    if gone and asked >= MAX_OF_CATEGORY:
        raise AttributesAreTooMany(MAX_OF_CATEGORY)
    if gone or present != given:
        await stored.save_attribute(conn, given)
        await stored.signed(conn, "ATTRIBUTE", given.code, given, by=by)


async def remove_attribute(conn: Transaction, code: str, *, by: str) -> None:
    """One that is not there is no trouble."""
    if await stored.remove_attribute(conn, code):
        await stored.signed(conn, "ATTRIBUTE", code, None, by=by)


async def save_commodity(conn: Transaction, given: Commodity, *, by: str) -> None:
    """Raises CommodityIsAnother, CommoditiesAreTooMany."""
    await stored.lock_commodities(conn)
    known = await stored.commodities(conn)
    present = known.get(given.code)
    if present is not None and present.kind is not given.kind:
        raise CommodityIsAnother("kind", "a commodity of this code is compared by another measure")
    if present is None and len(known) >= MAX_COMMODITIES:
        raise CommoditiesAreTooMany
    if present != given:
        await stored.save_commodity(conn, given)
        await stored.signed(conn, "COMMODITY", given.code, given, by=by)
