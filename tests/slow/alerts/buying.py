"""Orders that stand where a cause wants them."""

from __future__ import annotations

import re
from typing import Any

from tests.e2e.caller import PLACE, Buyer, new_key
from tests.slow.alerts.world import World
from tests.worlds.waiting import until

STATE = "query($id: ID!) { order(id: $id) { status payment { status qris { state } } delivery { id status } } }"
CANCEL_SEARCH = """mutation($id: ID!) { cancelSearch(deliveryId: $id, reason: "uji") { problems { code } search { __typename } } }"""


async def sought(order: str, buyer: Buyer) -> str:
    """The trip for which a rider is sought, while no company answers."""

    async def trip() -> str | None:
        found = (await buyer.data(STATE, id=order))["delivery"]
        return found["id"] if found and found["status"] in ("REQUESTED", "OFFERED") else None

    return await until(trip) or ""


async def by_code(buyer: Buyer) -> dict[str, Any]:
    """An order whose code is shown and not paid."""
    spinach = await buyer.find("bayam", "ikat", 2)
    wanted = await buyer.order_input((spinach["id"], 2))
    placed: dict[str, Any] = await buyer.done(PLACE, input={**wanted, "paymentMethod": "QRIS"}, key=new_key())

    async def is_shown() -> bool:
        return bool(((await buyer.data(STATE, id=placed["id"]))["payment"]["qris"] or {}).get("state") == "SHOWN")

    await until(is_shown)
    return placed


async def paid_by_code(world: World, buyer: Buyer) -> dict[str, Any]:
    placed = await by_code(buyer)
    bank = f"http://127.0.0.1:{world.market.ports.qris}"
    async with buyer.session.get(bank) as page:
        references = set(re.findall(r'name="reference" value="([^"]+)"', await page.text()))
    for each in references:
        async with buyer.session.post(f"{bank}/pay", data={"reference": each, "how": "paid"}) as answer:
            assert answer.status == 200, await answer.text()
    return placed
