"""Operators end an order for somebody who cannot; nobody else does, and it says who and why."""

from __future__ import annotations

import pytest

from services.contracts.delivery import DeliveryCancelled, DeliveryId
from services.contracts.ordering import OrderId
from tests.worlds.ordering import SITI, Market, assigned, placed, state_of
from tests.worlds.ordering_site import Site
from tests.worlds.paying import NAME, TOTAL, balances, till

_OPS = "usr_ops"
END = """mutation($id: ID!, $for: CallOffFor!, $reason: String!) { callOffOrder(id: $id, onBehalfOf: $for, reason: $reason) {
  order { status cancellation { reason borneBy } entries { what actor reason } } problems { code status } } }"""


async def called_off(
    site: Site, order_id: OrderId, whom: str, reason: str = "tidak bisa dihubungi"
) -> dict[str, object]:
    variables = {"id": str(order_id), "for": whom, "reason": reason}
    found: dict[str, object] = await site.done(END, _OPS, "ops", **variables)
    return found


@pytest.mark.parametrize(
    ("whom", "reason", "borne_by"),
    [("BUYER", "BUYER_CANCELLED", "NOBODY"), ("MERCHANT", "MERCHANT_REJECTED", "MERCHANT")],
)
async def test_it_ends_as_if_they_had_and_the_history_says_who_and_why(
    site: Site, whom: str, reason: str, borne_by: str
) -> None:
    order_id = await placed(site.world)
    found = await called_off(site, order_id, whom)
    assert (found["status"], found["cancellation"]) == ("CANCELLED", {"reason": reason, "borneBy": borne_by})
    entry = found["entries"][-1]  # type: ignore[index]  # a list
    assert (entry["actor"], entry["reason"]) == ("OFFICER", "tidak bisa dihubungi")
    told = await site.world.value("SELECT count(*) FROM outbox WHERE type = 'ordering.order_cancelled.v1'")
    assert told == 1
    again = {"id": str(order_id), "for": whom, "reason": "lagi"}
    no = await site.refused(END, _OPS, "ops", **again)
    assert (no["code"], no["status"]) == ("NOT_CANCELLABLE", "CANCELLED")


async def test_it_is_for_ops_alone_and_says_why(site: Site) -> None:
    order_id = await placed(site.world)
    given = {"id": str(order_id), "for": "BUYER", "reason": "x"}
    assert await site.code(END, SITI, **given) == "FORBIDDEN"
    assert await site.code(END, _OPS, "ops", **{**given, "reason": ""}) == "BAD_USER_INPUT"
    assert (await site.refused(END, _OPS, "ops", **{**given, "id": str(OrderId.new())}))["code"] == "NOT_FOUND"


@pytest.mark.parametrize(("whom", "reason"), [("BUYER", "BUYER_CANCELLED"), ("MERCHANT", "MERCHANT_REJECTED")])
async def test_what_was_paid_by_code_goes_back_whole_to_who_paid_it(world: Market, whom: str, reason: str) -> None:
    async with till(world) as shop:
        site = Site(world)
        order_id = await shop.shown()
        code = await shop.code(order_id)
        shop.bank.pay(code.reference)
        await shop.provider.notify(code)
        await shop.work()
        trip = DeliveryId.new()
        await world.hear(assigned(order_id, trip))
        assert (await called_off(site, order_id, whom))[
            "status"
        ] == "IN_PROGRESS"  # until delivery has said that nobody rides
        assert await shop.refunds() == []
        await world.hear(DeliveryCancelled(delivery_id=trip, order_id=order_id, reason=reason))
        assert await state_of(world, order_id) == ("CANCELLED", "CANCELLED")
        await shop.work()
        assert await shop.refunds() == [("CANCELLED", TOTAL, "DONE")]
        assert code.back_rupiah == TOTAL
        # The provider keeps what it took for the payment, and that is the platform's.
        assert await balances(world) == {f"test:provider:{NAME}:clearing": 105, "test:platform:mdr": -105}
