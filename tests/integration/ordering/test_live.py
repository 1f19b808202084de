"""Subscriptions: the present first, then each change, and nothing of somebody else's."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services.contracts.catalog import MerchantId
from services.contracts.delivery import DeliveryId
from services.contracts.ordering import OrderId, SellerOrderId
from services.kit.database.db import transaction
from services.ordering.commands import selling as selling_commands
from services.ordering.schema import following
from tests.worlds.asgi import Socket, socket
from tests.worlds.ordering import (
    BUDI,
    SITI,
    Market,
    a_merchant,
    assigned,
    fetched,
    handed_over,
    hold,
    placed,
)
from tests.worlds.ordering_site import Site

FOLLOW = (
    "subscription($id: ID!) { orderChanged(id: $id) { version status payment { status } sellerOrders { status } } }"
)


async def test_a_subscription_shows_the_present_and_then_each_change(site: Site) -> None:
    order_id, trip = await placed(site.world), DeliveryId.new()
    seen: list[tuple[int, str]] = []
    async with socket(site.app, token=site.token(SITI)) as opened:
        assert (await opened.receive())["type"] == "connection_ack"
        await opened.subscribe(FOLLOW, id=str(order_id))

        async def until(version: int) -> Any:
            while True:
                message = await opened.receive()
                if message["type"] == "next":
                    order = message["payload"]["data"]["orderChanged"]
                    seen.append((order["version"], order["status"]))
                    if order["version"] >= version:
                        return order

        assert (await until(1))["status"] == "PLACED"
        await hold(site.world, order_id)
        assert (await until(2))["status"] == "CONFIRMED"
        await site.world.hear(assigned(order_id, trip))
        assert (await until(3))["status"] == "IN_PROGRESS"
        await site.world.hear(fetched(order_id, trip), await handed_over(site.world, order_id, trip))
        last = await until(5)
        assert last == {
            "version": 5,
            "status": "COMPLETED",
            "payment": {"status": "COLLECTED"},
            "sellerOrders": [{"status": "COMPLETED"}],
        }
        assert await opened.receive() == {"id": "1", "type": "complete"}
    assert [version for version, _ in seen] == sorted({version for version, _ in seen})


def ended(message: Any) -> tuple[str, str]:
    return message["type"], message["payload"][0]["extensions"]["code"]


async def test_an_order_that_may_not_be_followed_says_why(site: Site) -> None:
    order_id = await placed(site.world)
    for who, id_, code in (
        (BUDI, str(order_id), "NOT_FOUND"),
        ("usr_wlijo", str(order_id), "NOT_FOUND"),
        (SITI, str(OrderId.new()), "NOT_FOUND"),
        (SITI, "ord_x", "BAD_USER_INPUT"),
        (None, str(order_id), "UNAUTHENTICATED"),
    ):
        token = site.token(who, "buyer", "merchant") if who else None
        async with socket(site.app, token=token) as opened:
            assert (await opened.receive())["type"] == "connection_ack"
            await opened.subscribe(FOLLOW, id=id_)
            assert ended(await opened.receive()) == ("error", code)


async def test_an_order_that_ended_is_told_with_its_end_and_the_subscription_completes(site: Site) -> None:
    order_id = await placed(site.world)
    async with socket(site.app, token=site.token(SITI)) as opened:
        assert (await opened.receive())["type"] == "connection_ack"
        await opened.subscribe(FOLLOW, id=str(order_id))
        assert (await opened.receive())["payload"]["data"]["orderChanged"]["status"] == "PLACED"
        assert await site.data(CANCEL, id=str(order_id)) == {"problems": []}
        for _ in range(2):  # as it ends, and when it had ended before
            assert (await opened.receive())["payload"]["data"]["orderChanged"]["status"] == "CANCELLED"
            assert await opened.receive() == {"id": "1", "type": "complete"}
            await opened.subscribe(FOLLOW, id=str(order_id))


CANCEL = "mutation($id: ID!) { cancelOrder(id: $id) { problems { code } } }"
ORDERS = """subscription($id: ID!) { merchantOrders(merchantId: $id) { reset complete endedSince
  orders { id version status orderCode lines { name } } } }"""
WLIJO = str(MerchantId.seeded("wlijo"))


class Page:
    """A merchant's page, as an app keeps it."""

    def __init__(self, opened: Socket) -> None:
        self._opened = opened
        self.shown: dict[str, tuple[int, str]] = {}
        self.messages: list[Any] = []

    async def hear(self) -> Any:
        message = await self._opened.receive()
        assert message["type"] == "next", message
        told = message["payload"]["data"]["merchantOrders"]
        if told["reset"]:
            self.shown.clear()
        for order in told["orders"]:
            assert len(order["lines"]) == 1
            self.shown[order["id"]] = max(self.shown.get(order["id"], (0, "")), (order["version"], order["status"]))
        self.messages.append(told)
        return told

    async def until(self, **statuses: int) -> None:
        """Until it shows so many of each status, and nothing else."""
        while Counter(status for _, status in self.shown.values()) != statuses:
            await self.hear()


@asynccontextmanager
async def page(site: Site, who: str = "usr_wlijo") -> AsyncIterator[Page]:
    async with socket(site.app, token=site.token(who, "merchant")) as opened:
        assert (await opened.receive())["type"] == "connection_ack"
        await opened.subscribe(ORDERS, id=WLIJO)
        yield Page(opened)


async def accept(world: Market, id_: str) -> None:
    async with transaction(world.db) as conn:
        await selling_commands.accept_seller_order(conn, SellerOrderId.parse(id_), "usr_wlijo", sees_all=False)


async def test_a_merchant_is_shown_the_present_and_then_what_changes(site: Site) -> None:
    world = site.world
    await world.hear(a_merchant(auto_accept=False))
    async with page(site) as shop:
        first = await shop.hear()
        assert (first["reset"], first["complete"], first["orders"]) == (True, True, [])
        await placed(world)
        second = await shop.hear()
        (order,) = second["orders"]
        assert (second["reset"], order["status"], order["orderCode"][-4:]) == (False, "AWAITING_MERCHANT", "0001")
        await accept(world, order["id"])
        await shop.until(ACCEPTED=1)


async def test_a_merchants_page_that_was_away_is_told_what_happened_meanwhile(site: Site) -> None:
    world = site.world
    await world.hear(a_merchant(auto_accept=False))
    cancelled, kept = await placed(world), await placed(world)
    async with page(site) as shop:
        await shop.until(AWAITING_MERCHANT=2)
        for id_ in list(shop.shown):
            await accept(world, id_)
        await shop.until(ACCEPTED=2)
        before = dict(shop.shown)
    assert await site.data(CANCEL, id=str(cancelled)) == {"problems": []}
    async with page(site) as shop:
        first = await shop.hear()
        assert (first["reset"], first["complete"]) == (True, True)
        assert sorted(status for _, status in shop.shown.values()) == ["ACCEPTED", "CANCELLED"]
        assert shop.shown.keys() == before.keys()
        assert all(shop.shown[id_][0] >= version for id_, (version, _) in before.items())
    # What ended before the time that the present reaches back to is not there: the message says that time.
    await world.move_clock(25 * 3600)
    async with page(site) as shop:
        await shop.hear()
        assert [status for _, status in shop.shown.values()] == ["ACCEPTED"]
    assert await site.data("query($id: ID!) { order(id: $id) { status } }", id=str(kept)) == {"status": "PLACED"}


async def test_a_change_that_was_dated_long_before_it_committed_is_told(site: Site) -> None:
    world = site.world
    await world.hear(a_merchant(auto_accept=False))
    await placed(world)
    async with page(site) as shop:
        await shop.until(AWAITING_MERCHANT=1)
        await world.rows(
            "UPDATE seller_order SET status = 'CANCELLED', version = version + 1, changed_at = wlijo_now() - interval '3 hours'"
        )
        await shop.until(CANCELLED=1)


async def test_a_present_of_many_comes_in_parts_the_oldest_first(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PART", 2)
    world = site.world
    await world.hear(a_merchant(auto_accept=False))
    for _ in range(5):
        await placed(world)
    async with page(site) as shop:
        parts = [await shop.hear() for _ in range(3)]
    assert [(part["reset"], part["complete"], len(part["orders"])) for part in parts] == [
        (True, False, 2),
        (False, False, 2),
        (False, True, 1),
    ]
    codes = [order["orderCode"] for part in parts for order in part["orders"]]
    assert codes == sorted(codes)


async def test_who_is_none_of_the_merchants_people_is_told_so_and_so_is_who_ceases_to_be(site: Site) -> None:
    for who, id_, code in (
        (BUDI, WLIJO, "NOT_FOUND"),
        (BUDI, str(MerchantId.new()), "NOT_FOUND"),
        (BUDI, "mch", "BAD_USER_INPUT"),
        (None, WLIJO, "UNAUTHENTICATED"),
    ):
        async with socket(site.app, token=site.token(who, "merchant") if who else None) as opened:
            assert (await opened.receive())["type"] == "connection_ack"
            await opened.subscribe(ORDERS, id=id_)
            assert ended(await opened.receive()) == ("error", code)
    async with socket(site.app, token=site.token("usr_wlijo", "merchant")) as opened:
        assert (await opened.receive())["type"] == "connection_ack"
        await opened.subscribe(ORDERS, id=WLIJO)
        assert (await opened.receive())["type"] == "next"
        async with transaction(site.world.db) as conn:
            await conn.execute("DELETE FROM merchant_member WHERE subject = 'usr_wlijo'")
        assert ended(await opened.receive()) == ("error", "NOT_FOUND")
