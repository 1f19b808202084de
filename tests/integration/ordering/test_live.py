"""Subscriptions: the present first, then each change, and nothing of somebody else's."""

from __future__ import annotations

from typing import Any

from services.contracts.catalog import MerchantId
from services.contracts.delivery import DeliveryId
from services.contracts.ordering import SellerOrderId
from services.kit.database.db import transaction
from services.ordering.commands import selling as selling_commands
from tests.worlds.asgi import socket
from tests.worlds.ordering import (
    BUDI,
    SITI,
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
    assert [version for version, _ in seen] == sorted({version for version, _ in seen})


async def test_somebody_elses_order_cannot_be_followed(site: Site) -> None:
    order_id = await placed(site.world)
    for who in (BUDI, "usr_wlijo"):
        async with socket(site.app, token=site.token(who, "buyer", "merchant")) as opened:
            assert (await opened.receive())["type"] == "connection_ack"
            await opened.subscribe(FOLLOW, id=str(order_id))
            assert (await opened.receive())["type"] == "complete"


async def test_a_merchant_is_shown_what_awaits_and_then_what_changes(site: Site) -> None:
    world = site.world
    await world.hear(a_merchant(auto_accept=False))
    await placed(world)
    document = "subscription($id: ID!) { merchantOrders(merchantId: $id) { id status orderCode } }"
    merchant_id = str(MerchantId.seeded("wlijo"))
    async with socket(site.app, token=site.token("usr_wlijo", "merchant")) as opened:
        assert (await opened.receive())["type"] == "connection_ack"
        await opened.subscribe(document, id=merchant_id)

        async def next_one() -> Any:
            while True:
                message = await opened.receive()
                if message["type"] == "next":
                    return message["payload"]["data"]["merchantOrders"]

        first = await next_one()
        assert (first["status"], first["orderCode"][-4:]) == ("AWAITING_MERCHANT", "0001")
        await placed(world)
        second = await next_one()
        assert (second["status"], second["orderCode"][-4:]) == ("AWAITING_MERCHANT", "0002")
        async with transaction(world.db) as conn:
            await selling_commands.accept_seller_order(
                conn, SellerOrderId.parse(first["id"]), "usr_wlijo", sees_all=False
            )
        assert await next_one() == {**first, "status": "ACCEPTED"}
    async with socket(site.app, token=site.token(BUDI, "merchant")) as opened:
        assert (await opened.receive())["type"] == "connection_ack"
        await opened.subscribe(document, id=merchant_id)
        assert (await opened.receive())["type"] == "complete"
