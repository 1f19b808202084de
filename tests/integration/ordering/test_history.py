"""What was done to an order, by whom and why, as whoever may see the order reads it."""

from __future__ import annotations

from services.contracts.reasons import ReasonCode
from services.kit.database.db import transaction
from services.ordering.commands import selling
from tests.integration.ordering.test_parts import part_of
from tests.worlds.ordering import Market, a_merchant, a_product, an_order, hold
from tests.worlds.ordering_site import Site
from tests.worlds.ordering_steps import cancel

TOLD = "query($id: ID!) { order(id: $id) { entries { what actor byMe reason reasonCode at } } }"


async def test_each_step_says_who_and_when_and_why(world: Market, site: Site) -> None:
    await world.hear(
        a_merchant(auto_accept=False), a_merchant("kateki", auto_accept=False), a_product("kelapa", "kateki")
    )
    lines = {"bayam": 1, "kelapa": 1}
    order_id = await world.place(
        "usr_siti", await an_order(world, lines=lines, merchants=("wlijo", "kateki"), total=15_000)
    )
    await hold(world, order_id)
    part = await part_of(world, order_id, "kateki")
    async with transaction(world.db) as conn:
        await selling.reject_seller_order(
            conn, part, "usr_kateki", reason="habis", sees_all=False, code=ReasonCode.ITEM_NOT_AVAILABLE
        )
    await cancel(world, order_id)
    order = await site.data(TOLD, id=str(order_id))
    assert all(each["at"] for each in order["entries"])
    told = [
        (each["what"], each["actor"], each["byMe"], each["reason"], each["reasonCode"]) for each in order["entries"]
    ]
    assert [each for each in told if each[1] in ("MERCHANT", "BUYER")][-2:] == [
        ("MERCHANT_REJECTED", "MERCHANT", False, "habis", "ITEM_NOT_AVAILABLE"),
        ("BUYER_CANCELS", "BUYER", True, None, None),
    ]
