"""The kinds of goods, as operators enter and name them."""

from __future__ import annotations

from services.catalog.domain.category import check_room
from services.catalog.store import reference
from services.kit.database.db import Transaction


async def save_category(conn: Transaction, code: str, name: str) -> None:
    """Raises CategoriesAreTooMany. Nobody is told: what others hear of a product is the code."""
    await reference.lock_categories(conn)
    known = {each.code: each.name for each in await reference.categories(conn)}
    if code not in known:
        check_room(len(known))
    if known.get(code) != name:
        await reference.save_category(conn, code, name)
