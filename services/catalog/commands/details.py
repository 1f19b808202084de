"""What merchants say of a product beside its name, and whether that is enough for it to be for sale."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial

from services.catalog.domain import details, tree
from services.catalog.domain.caller import Caller, NotFound
from services.catalog.domain.details import Given, ProductIsUnknown
from services.catalog.domain.product import State
from services.catalog.store import details as stored
from services.catalog.store import goods
from services.catalog.store import product_history as history
from services.catalog.store import tree as reference
from services.contracts.catalog import ProductId
from services.kit.database.db import Transaction
from services.kit.invalid import FieldInvalid, all_of, gathered
from services.kit.messaging import outbox


async def say(conn: Transaction, caller: Caller, product_id: ProductId, given: Given, *, by: str) -> None:
    """Raises NotFound, or what `write` does; its fields are arguments themselves."""
    await history.signed(conn, caller, by)
    state = await goods.lock_product(conn, caller, product_id)
    if state is None:
        raise NotFound
    await write(conn, product_id, given, state, at="")
    await outbox.append(conn, *await goods.product_states(conn, [product_id]))


async def harvest(
    conn: Transaction, caller: Caller, product_ids: Sequence[ProductId], harvested_on: date | None, *, by: str
) -> None:
    """All of them on that day, or none. Raises ProductIsUnknown, HarvestIsImplausible, or a group."""
    await history.signed(conn, caller, by)
    given = Given(harvested_on=harvested_on, named=frozenset(("harvested_on",)))
    found: list[FieldInvalid] = []
    if harvested_on is not None:
        gathered(found, partial(details.check_harvest, harvested_on, await stored.today(conn), at="harvestedOn"))
    there: dict[ProductId, State] = {}
    for product_id in sorted(product_ids):
        state = await goods.lock_product(conn, caller, product_id)
        if state is None:
            found.append(ProductIsUnknown(f"productIds.{product_ids.index(product_id)}"))
        else:
            there[product_id] = state
    if found:
        raise all_of(found)
    for product_id, state in there.items():
        await write(conn, product_id, given, state, at="")
    await outbox.append(conn, *await goods.product_states(conn, list(there)))


async def write(
    conn: Transaction, product_id: ProductId, given: Given, state: State, *, at: str, moved: bool = False
) -> None:
    """Of a product that is held, and may have moved, as its category is now. Raises HarvestIsImplausible, TextIsInvalid,
    CommodityIsUnknown, AttributeDoesNotFit, AttributeIsMissing of what is for sale, or a group of them."""
    category, present = await stored.of_product(conn, product_id)
    asked = await reference.asked_of(conn, category)
    to = details.detailed(
        present,
        given,
        asked=asked,
        commodities=frozenset(await reference.commodities(conn)) if given.commodity else frozenset(),
        today=await stored.today(conn),
        at=at,
    )
    if state is State.PUBLISHED and (moved or "attributes" in given.named):
        tree.check_whole(asked, to.attributes or {}, at=f"{at}.attributes" if at else "attributes")
    if to != present:
        await stored.save(conn, product_id, to)


async def check_published(conn: Transaction, product_id: ProductId) -> None:
    """That it says all that its category asks. Raises AttributeIsMissing or a group of it."""
    category, present = await stored.of_product(conn, product_id)
    tree.check_whole(await reference.asked_of(conn, category), present.attributes or {}, at="attributes")
