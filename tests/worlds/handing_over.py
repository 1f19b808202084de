"""Orders of a later time and of a place: what a test chooses of what is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from services.contracts.catalog import MerchantId, MerchantKind, Stop, StopId
from services.contracts.ordering import HandoverWay, OrderId, SellerOrderId
from services.contracts.places import WIB, GeoPoint
from services.kit.database.db import transaction
from services.ordering.commands import handovers as commands
from services.ordering.commands.placing import PlaceOrder
from services.ordering.domain.counter import WrongCode
from services.ordering.domain.handover import Offered, Wanted, offered
from services.ordering.domain.handover import slots as slots_of
from services.ordering.store import handovers as store
from services.ordering.store.reading import Viewer
from tests.worlds.ordering import SITI, Market, a_merchant, a_product, an_order, hold, hours

STOP = StopId.seeded("balai desa")


async def now(world: Market) -> datetime:
    found: datetime = await world.value("SELECT wlijo_now()")
    return found


async def morning(world: Market) -> datetime:
    """The clock is set to eight o'clock of the next day: whatever the hour is, a test begins in the morning."""
    at = (await now(world)).astimezone(WIB)
    wanted = datetime.combine(at.date() + timedelta(days=1), time(8), WIB)
    await world.move_clock((wanted - at).total_seconds())
    return wanted


def a_stop(at: datetime, **changed: Any) -> Stop:
    """Tomorrow at half past six."""
    values: dict[str, Any] = {
        "stop_id": STOP,
        "weekday": (at.astimezone(WIB).date() + timedelta(days=1)).weekday(),
        "arrives": time(6, 30),
        "label": "Balai desa",
        "point": GeoPoint(lat=-8.1402, lng=113.2301),
        "orders": 2,
        "order_until_s": 8 * 3600,
        **changed,
    }
    return Stop(**values)


async def shown(world: Market, way: HandoverWay, merchants: tuple[str, ...] = ("wlijo",)) -> list[Offered]:
    """What can be chosen."""
    ids = [MerchantId.seeded(name) for name in merchants]
    async with world.db.acquire() as conn:
        at, known = await store.merchants(conn, ids)
        slots = [slot for each in known.values() for slot in slots_of(each, at)]
        found = offered([known[each] for each in ids], await store.taken(conn, slots), at)
    return [each for each in found if each.first.way is way and each.unavailable is None]


def chosen(each: Offered) -> Wanted:
    return Wanted(each.first.way, each.first.starts, each.first.stop_id)


async def an_order_for(
    world: Market, each: Offered, subject: str = SITI, *, merchants: tuple[str, ...] = ("wlijo",), **kwargs: Any
) -> PlaceOrder:
    """Two ikat of bayam for Rp5,000; what is collected has no quote."""
    wanted = await an_order(world, subject, merchants=merchants, **kwargs)
    if each.first.way is not HandoverWay.DELIVERY:
        wanted = replace(wanted, quote=None, total_rupiah=wanted.total_rupiah - 10_000)
    return replace(wanted, handover=chosen(each))


async def placed_for(world: Market, each: Offered, subject: str = SITI) -> OrderId:
    order_id = await world.place(subject, await an_order_for(world, each, subject))
    await hold(world, order_id)
    return order_id


async def code_of(world: Market, order_id: OrderId) -> str:
    return str(await world.value("SELECT counter_code FROM orders WHERE id = $1", order_id))


async def part_of(world: Market, order_id: OrderId) -> SellerOrderId:
    return SellerOrderId(await world.value("SELECT id FROM seller_order WHERE order_id = $1", order_id))


async def hand_over(
    world: Market, order_id: OrderId, code: str, subject: str = "usr_wlijo", *, sees_all: bool = False
) -> WrongCode | None:
    part = await part_of(world, order_id)
    async with transaction(world.db) as conn:
        return await commands.hand_over(conn, part, subject, code=code, sees_all=sees_all)


async def taken(world: Market) -> list[int]:
    return [row["taken"] for row in await world.rows("SELECT taken FROM handover_slot ORDER BY starts_at, place_id")]


async def limit(world: Market, *, pickups: int = 20, deliveries: int = 20) -> None:
    """By the merchant's own."""
    async with transaction(world.db) as conn:
        await commands.set_handover_limits(
            conn,
            MerchantId.seeded("wlijo"),
            Viewer("usr_wlijo"),
            pickups_per_hour=pickups,
            deliveries_per_hour=deliveries,
        )


async def later(world: Market, hours: int) -> None:
    """What was told has left meanwhile."""
    await world.rows("DELETE FROM outbox")
    await world.move_clock(hours * 3600)


async def stall(world: Market) -> datetime:
    """One that trades from seven to twelve, has bayam, and stops tomorrow; it is eight."""
    at = await morning(world)
    await world.hear(
        a_merchant(kind=MerchantKind.FIXED_STALL, always_open=False, hours=hours("07:00", "12:00"), stops=[a_stop(at)]),
        a_product(),
    )
    return at
