"""Causes of alerts about orders, searches, complaints and money."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator

from infra.local.paying import NAME
from services.contracts.ordering import OrderId
from tests.e2e.caller import new_key
from tests.slow.alerts.buying import CANCEL_SEARCH, STATE, by_code, paid_by_code, sought
from tests.slow.alerts.cause import called, causes
from tests.slow.alerts.world import World
from tests.worlds.waiting import until

_WAVE = 6
_OPEN_TICKET = """mutation($key: String!) { openTicket(input: {category: OTHER, words: "Kapan?"}, idempotencyKey: $key) {
  problems { code } ticket { id } } }"""
_RESOLVE = 'mutation($id: ID!) { resolveTicket(id: $id, words: "Sudah.") { problems { code } ticket { id } } }'
_BY_HAND = "{ refundsByHand(first: 20) { edges { node { id } } } }"
_SETTLE = 'mutation($id: ID!) { settleRefund(id: $id, proof: "TRX 1") { problems { code } refund { id } } }'


async def _nobody_rides(world: World) -> None:
    """All companies' systems stand still."""
    world.robots(signal.SIGSTOP)


@causes(
    called("OrderNeedsAPerson"),
    wave=4,
    how="a trip under way of which nobody reports, at its deadline",
    ends="ops orders settle --order … --because … --by … --apply",
)
async def _(world: World) -> AsyncIterator[None]:
    buyer = await world.person("buyer")
    order = await world.order(buyer)

    async def rides() -> bool:
        found = (await buyer.data(STATE, id=order["id"]))["delivery"]
        return bool(found and found["status"] == "PICKED_UP")

    await until(rides)
    await _nobody_rides(world)
    await world.market.fetch(
        "ordering",
        "UPDATE timer SET due_at = wlijo_now() WHERE subject = $1 AND kind = 'order.delivery_deadline'",
        OrderId.parse(order["id"]).uuid,
    )
    yield
    assert order["orderCode"] in await world.ops("orders --want-a-person")
    await world.ops(f"orders settle --order {order['orderCode']} --because 'the rider was called' --by rini --apply")
    world.robots(signal.SIGCONT)


@causes(
    called("SearchNeedsAPerson"),
    wave=_WAVE,
    how="no company answers for half of the time of a search",
    ends="cancelSearch",
)
async def _(world: World) -> AsyncIterator[None]:
    await _nobody_rides(world)
    buyer, ops = await world.person("buyer"), await world.person("ops")
    order = await world.order(buyer)
    trip = await sought(order["id"], buyer)
    # Local mode's orders are trials, of which nobody is told.
    await world.market.fetch(
        "delivery", "UPDATE delivery SET test = false WHERE order_id = $1", OrderId.parse(order["id"]).uuid
    )
    yield
    await ops.done(CANCEL_SEARCH, id=trip)


@causes(
    called("OrderWithoutTimer"),
    wave=_WAVE,
    how="the timer of an open order is gone",
    ends="the order is ended: cancelSearch",
)
async def _(world: World) -> AsyncIterator[None]:
    await _nobody_rides(world)
    buyer, ops = await world.person("buyer"), await world.person("ops")
    order = await world.order(buyer)
    trip = await sought(order["id"], buyer)
    await world.market.fetch("ordering", "DELETE FROM timer WHERE subject = $1", OrderId.parse(order["id"]).uuid)
    yield
    await ops.done(CANCEL_SEARCH, id=trip)


@causes(called("ComplaintIsLate"), wave=1, how="a ticket's deadline passes unanswered", ends="resolveTicket")
async def _(world: World) -> AsyncIterator[None]:
    buyer, ops = await world.person("buyer"), await world.person("ops")
    ticket = (await buyer.done(_OPEN_TICKET, key=new_key()))["id"]
    await world.market.fetch("ordering", "UPDATE ticket SET due_at = wlijo_now()")
    yield
    await ops.done(_RESOLVE, id=ticket)


_PROVIDER = "UPDATE payment_attempt SET provider = $2 WHERE order_id = $1"


@causes(
    called("PaymentCodesLate"),
    wave=1,
    how="a code's provider is in no QRIS_PROVIDERS",
    ends="it is put back",
)
async def _(world: World) -> AsyncIterator[None]:
    buyer = await world.person("buyer")
    order = OrderId.parse((await by_code(buyer))["id"]).uuid
    (before,) = await world.market.fetch("ordering", "SELECT provider FROM payment_attempt WHERE order_id = $1", order)
    await world.market.fetch("ordering", _PROVIDER, order, "bank-lama")
    yield
    await world.market.fetch("ordering", _PROVIDER, order, before["provider"])


@causes(
    called("RefundsByHand"),
    wave=_WAVE,
    how="an order that was paid ends, and its provider is in no QRIS_PROVIDERS",
    ends="settleRefund",
    brings=(called("PaymentCodesLate"),),
)
async def _(world: World) -> AsyncIterator[None]:
    await _nobody_rides(world)
    buyer, ops = await world.person("buyer"), await world.person("ops")
    order = await paid_by_code(world, buyer)
    trip = await sought(order["id"], buyer)
    await world.market.fetch("ordering", _PROVIDER, OrderId.parse(order["id"]).uuid, "bank-lama")
    await ops.done(CANCEL_SEARCH, id=trip)
    yield
    for edge in (await ops.data(_BY_HAND))["edges"]:
        await ops.done(_SETTLE, id=edge["node"]["id"])
    world.robots(signal.SIGCONT)
    # As in `PaymentCodesLate`: it is put back until its codes are over.
    await world.market.fetch("ordering", _PROVIDER, OrderId.parse(order["id"]).uuid, NAME)
