"""When and how a merchant trades, as its people say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.catalog.domain import application, trading
from services.catalog.domain.caller import Caller, NotFound
from services.catalog.domain.ids import ClosureId
from services.catalog.domain.merchant import UNTOLD
from services.catalog.domain.trading import ClosuresAreTooMany, Planned, Ways
from services.catalog.store import goods, members
from services.catalog.store import trading as stored
from services.contracts.catalog import MerchantId
from services.contracts.places import Hours
from services.kit.database.db import Transaction
from services.kit.messaging import outbox


async def set_week(
    conn: Transaction, caller: Caller, merchant_id: MerchantId, hours: Sequence[Hours], *, always_open: bool
) -> None:
    """Raises NotFound, HoursAreInvalid."""
    trading.check_week(hours)
    told = await _held(conn, caller, merchant_id)
    await stored.save_week(conn, merchant_id, () if always_open else hours, always_open=always_open)
    await _tell(conn, merchant_id, told=told)


async def set_ways(conn: Transaction, caller: Caller, merchant_id: MerchantId, ways: Ways) -> None:
    """Raises NotFound, DurationIsOutOfRange, PointIsOutside, PointIsClosed."""
    trading.check_ways(ways)
    told = await _held(conn, caller, merchant_id)
    if ways.pickup_point is not None:
        application.check_point("pickupPoint", ways.pickup_point, await stored.kecamatan(conn, merchant_id))
    await stored.save_ways(conn, merchant_id, ways)
    await _tell(conn, merchant_id, told=told)


async def shut(
    conn: Transaction,
    caller: Caller,
    merchant_id: MerchantId,
    starts: datetime | None,
    ends: datetime,
    note: str | None,
) -> None:
    """Raises NotFound, TimeIsInvalid, ClosuresAreTooMany."""
    told = await _held(conn, caller, merchant_id)
    planned = trading.closure(starts, ends, await stored.now(conn))
    if await stored.count_ahead(conn, merchant_id) >= trading.MAX_CLOSURES:
        raise ClosuresAreTooMany
    await stored.plan(conn, merchant_id, Planned(ClosureId.new(), planned, note))
    await _tell(conn, merchant_id, told=told)


async def open_again(conn: Transaction, caller: Caller, merchant_id: MerchantId, closure_id: ClosureId) -> None:
    """One that is over, or was taken back, is no trouble. Raises NotFound."""
    told = await _held(conn, caller, merchant_id)
    if await stored.drop(conn, merchant_id, closure_id):
        await _tell(conn, merchant_id, told=told)


async def _held(conn: Transaction, caller: Caller, merchant_id: MerchantId) -> bool:
    """Whether others know of the merchant. Its people do so, and operators. Raises NotFound."""
    status, there = await members.lock(conn, merchant_id)
    if status is None or not (caller.ops or any(each.subject == caller.member for each in there)):
        raise NotFound
    return status not in UNTOLD


async def _tell(conn: Transaction, merchant_id: MerchantId, *, told: bool) -> None:
    if told:
        await outbox.append(conn, *await goods.merchant_states(conn, [merchant_id]))
