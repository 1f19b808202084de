"""What a walk knows, and draws from."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from services.contracts.cash import CashHandoverId, PayoutId
from services.contracts.catalog import (
    MerchantId,
)
from services.contracts.delivery import (
    DeliveryId,
)
from services.contracts.ordering import OrderId, SellerOrderId
from services.kit.messaging.envelope import Event
from services.ordering.domain.refusal import Refused
from tests.slow.money.town import OF_SAME
from tests.worlds.paying import Till


@dataclass(slots=True)
class Placed:
    id: OrderId
    buyer: str
    by_code: bool
    trip: DeliveryId = field(default_factory=DeliveryId.new)


class Nothing(Refused):
    """There is none of it yet."""

    def __init__(self) -> None:
        super().__init__("there is none yet")


class Drawn:
    """`did` counts what was done, and what of it was refused."""

    def __init__(self, shop: Till, seed: int, orders: int) -> None:
        self.shop, self.world = shop, shop.world
        self.random = random.Random(seed)
        self.orders = orders
        self.placed: list[Placed] = []
        self.post: list[Event] = []
        self.heard: list[Event] = []
        self.handovers: list[CashHandoverId] = []
        self.payouts: list[PayoutId] = []
        self.did: Counter[str] = Counter()
        self.steps: list[str] = []

    def nothing(self) -> Any:
        raise Nothing

    def one(self, *, newest: bool = False) -> Placed:
        among: list[Placed] = self.placed or self.nothing()
        return self.random.choice(among[-3:] if newest else among[-6:])

    def buyer_of(self, order_id: Any) -> str:
        return next(each.buyer for each in self.placed if each.id == OrderId(order_id))

    async def part(self, order: Placed) -> dict[str, Any]:
        rows = await self.world.rows(
            "SELECT id, merchant_id FROM seller_order WHERE order_id = $1 ORDER BY merchant_id", order.id
        )
        row = self.random.choice(rows)
        name = next(each for each in OF_SAME if MerchantId.seeded(each).uuid == row["merchant_id"])
        return {"id": SellerOrderId(row["id"]), "name": name, "who": f"usr_{name}", "buyer": order.buyer}
