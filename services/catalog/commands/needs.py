"""What goods need to be for sale: as operators enter it for a kind of goods, and held against what each has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from services.catalog.domain import licence
from services.catalog.domain.caller import Caller, NotFound
from services.catalog.domain.ids import RequirementId
from services.catalog.domain.offering import CategoryIsUnknown
from services.catalog.store import goods, licences, reference
from services.catalog.store import needs as stored
from services.contracts.catalog import ProductId, ProductStatus
from services.contracts.licences import GoodsBlocked, LicenceKind
from services.kit.database.db import Transaction
from services.kit.http.rate import RateLimited
from services.kit.messaging import outbox, timers

TIMER: Final = "licence_requirement"
"""Its goods are looked at: when it is entered, and when its day comes."""
LOT: Final = 200
"""Goods of one transaction."""
_DECLARED_A_DAY: Final = 10
_LATER_MS: Final = 3_600_000


async def save_requirement(
    conn: Transaction,
    category: str,
    kind: LicenceKind,
    applies_from: date | None,
    keeps_days: int | None,
    *,
    by: str,
) -> None:
    """None asks for nothing from now on. Saying it again changes nothing. Raises CategoryIsUnknown."""
    if category not in {each.code for each in await reference.categories(conn)}:
        raise CategoryIsUnknown("category", "no category has this code")
    present = await stored.requirement(conn, category, kind)
    wanted = None if applies_from is None else licence.Requirement(kind, applies_from, keeps_days)
    if present == wanted:
        return
    new = RequirementId.new().uuid
    id_ = await stored.save_requirement(conn, new, category, kind, applies_from, keeps_days if wanted else None, by=by)
    now, _ = await licences.clock(conn)
    await timers.start(conn, TIMER, RequirementId(id_), now)


async def apply(conn: Transaction, subject: UUID) -> None:
    """Its next goods are held against it; behind the last it waits for its day."""
    walk = await stored.lock_walk(conn, subject)
    if walk is None:
        return
    lot = await stored.lock_goods_of(conn, walk.category, walk.walked_to, LOT)
    blocked = await settle(conn, lot)
    if blocked and walk.applies_from is not None:
        await outbox.append(
            conn,
            *(
                GoodsBlocked(merchant_id=merchant_id, kind=walk.kind, applies_from=walk.applies_from, owners=owners)
                for merchant_id, owners in await stored.owners(conn, blocked)
            ),
        )
    now, today = await licences.clock(conn)
    if len(lot) == LOT:
        await stored.walk(conn, subject, lot[-1].uuid)
        await timers.start(conn, TIMER, RequirementId(subject), now)
        return
    await stored.walk(conn, subject, None)
    if walk.applies_from is not None and walk.applies_from > today:
        await timers.start(conn, TIMER, RequirementId(subject), licence.begins(walk.applies_from))


async def settle(conn: Transaction, ids: Sequence[ProductId]) -> list[ProductId]:
    """What lacks something is blocked, and what lacks nothing any more is what it was. The goods are held. Those that are blocked now."""
    blocked: list[ProductId] = []
    free: dict[ProductId, ProductStatus] = {}
    for found in await stored.goods(conn, ids):
        lacks = bool(licence.missing(found.good, found.today))
        if lacks and found.status is ProductStatus.PUBLISHED:
            blocked.append(found.id)
        elif not lacks and found.status is ProductStatus.BLOCKED and found.was is not None:
            free[found.id] = found.was
    if blocked:
        await stored.block(conn, blocked)
    if free:
        await stored.unblock(conn, free)
    if changed := sorted([*blocked, *free]):
        await outbox.append(conn, *await goods.product_states(conn, changed))
    return blocked


async def check_may_be_sold(conn: Transaction, product_id: ProductId) -> None:
    """The product is held, and behind `hold_of_product`. Raises LicenceMissing or a group of it."""
    for found in await stored.goods(conn, [product_id]):
        licence.check_may_be_sold(found.good, found.today)


async def declare_not_halal(
    conn: Transaction, caller: Caller, product_id: ProductId, *, declared: bool, by: str
) -> None:
    """What is for sale by that word alone is blocked when it is taken back. Raises NotFound, RateLimited."""
    await licences.hold_of_product(conn, product_id)
    if await goods.lock_product(conn, caller, product_id) is None:
        raise NotFound
    if await stored.declared_lately(conn, product_id) >= _DECLARED_A_DAY:
        raise RateLimited(_LATER_MS)
    if await stored.declare_not_halal(conn, product_id, declared=declared, by=by):
        await settle(conn, [product_id])
