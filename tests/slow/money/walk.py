"""A walk: whatever comes to mind next, to a few orders at once, early, late, twice, or against all that is known. What is refused has left
nothing. What others tell is heard in any order, and some of it again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from services.contracts.ordering import IfRefused, OrderId, PaymentMethod
from services.contracts.packing import QuestionId
from services.kit.database.db import transaction
from services.ordering.commands import packing, placing, process, selling
from services.ordering.domain.ids import OrderLineId
from services.ordering.domain.payment import Taker
from services.ordering.domain.placing import PriceHasChanged
from services.ordering.domain.refusal import Refused
from tests.slow.money.afterwards import Afterwards
from tests.slow.money.drawn import Placed
from tests.slow.money.others import Others
from tests.slow.money.town import GOODS, OF_SAME, VOUCHERS, variant
from tests.worlds.ordering import BUDI, KEYS, SITI, a_key, an_order
from tests.worlds.paying import NAME, Till
from tests.worlds.promoting import use_code

BUYERS: Final = (SITI, BUDI, "usr_tini")
_FEES: Final = ((10_000, 7_000, 2_000, 1_000), (8_555, 6_001, 1_777, 777))


class Walk(Others, Afterwards):
    def __init__(self, shop: Till, seed: int, orders: int) -> None:
        super().__init__(shop, seed, orders)
        self.acts: Mapping[str, tuple[int, Callable[[], Awaitable[None]]]] = {
            "place": (6, self.place),
            "stock": (9, self.stock),
            "merchant": (16, self.merchant),
            "pack": (14, self.pack),
            "answer": (5, self.answer),
            "buyer": (1, self.buyer),
            "trip": (16, self.trip),
            "hear": (22, self.hear),
            "pay": (10, self.pay),
            "misbehave": (2, self.misbehave),
            "notify": (3, self.notify),
            "work": (8, self.work),
            "time": (6, self.time),
            "claim": (5, self.claim),
            "back": (2, self.back),
            "cash": (4, self.cash),
            "payout": (2, self.payout),
        }

    async def step(self) -> None:
        names = list(self.acts)
        name = self.random.choices(names, [self.acts[each][0] for each in names])[0]
        self.steps.append(name)
        await self.tried(name, self.acts[name][1])

    async def steps_at_once(self, count: int) -> None:
        """Several at the same time, but for the clock."""
        names = [each for each in self.acts if each not in ("time", "misbehave", "place")]
        chosen = [self.random.choices(names, [self.acts[each][0] for each in names])[0] for _ in range(count)]
        self.steps.append(" & ".join(chosen))
        await asyncio.gather(*(self.tried(each, self.acts[each][1]) for each in chosen))

    async def tried(self, name: str, do: Callable[[], Awaitable[None]]) -> None:
        self.did[name] += 1
        try:
            await do()
        except* Refused as refused:
            self.did[f"{name}: {type(refused.exceptions[0]).__name__}"] += 1

    # -- buyers -------------------------------------------------------------------------------------------------------

    async def place(self) -> None:
        if len(self.placed) >= self.orders:
            return
        world, draw = self.world, self.random
        await world.rows("DELETE FROM outbox")  # what was told has left
        buyer, by_code = draw.choice(BUYERS), draw.random() < 0.6
        lines = {good: draw.randint(1, 4) for good in draw.sample(list(GOODS), draw.choice((1, 1, 2, 3, 5)))}
        merchants = tuple(sorted({GOODS[each] for each in lines}))
        fee, rider, partner, platform = draw.choice(_FEES)
        less: dict[str, Any] = {"without": [fee - 1_500] * len(merchants)} if draw.random() < 0.5 else {}
        shares: dict[str, Any] = {
            "fee": fee,
            "rider_share": rider,
            "partner_share": partner,
            "platform_share": platform,
        }
        if draw.random() < 0.3:
            await self.tried("voucher", lambda: use_code(world, draw.choice(VOUCHERS), buyer))
        wanted = replace(
            await an_order(world, buyer, lines=lines, merchants=merchants, test=draw.random() < 0.2, **shares, **less),
            payment_method=PaymentMethod.QRIS if by_code else PaymentMethod.COD,
            if_refused=draw.choice((None, *IfRefused)),
        )
        key = a_key()
        try:
            await self._place(buyer, wanted, key)
            raise AssertionError("nobody guesses a price")
        except PriceHasChanged as seen:
            wanted = replace(wanted, total_rupiah=seen.total_rupiah)
        found = await asyncio.gather(*(self._place(buyer, wanted, key) for _ in range(draw.choice((1, 1, 2, 3)))))
        assert len(set(found)) == 1, "one key is one order"
        self.placed.append(Placed(found[0], buyer, by_code))
        for wish in ("DROP", "SIMILAR", "ASK"):
            if draw.random() < 0.4:
                await world.rows(
                    """UPDATE order_line SET when_short = $2 WHERE seller_order_id IN (SELECT id FROM seller_order WHERE order_id = $1)
                       AND position % 3 = $3""",
                    found[0], wish, draw.randrange(3),
                )  # fmt: skip

    async def _place(self, buyer: str, wanted: placing.PlaceOrder, key: str) -> OrderId:
        async with transaction(self.world.db) as conn:
            return await placing.place_order(
                conn, buyer, wanted, idempotency_key=key, quote_keys=KEYS, policy=self.world.policy, taker=Taker(NAME)
            )

    async def buyer(self) -> None:
        order = self.one()
        part = await self.part(order)
        async with transaction(self.world.db) as conn:
            match self.random.randrange(5):
                case 0:
                    await process.cancel_order(conn, order.id, order.buyer)
                case 1 | 2:
                    await process.continue_order(conn, order.id, order.buyer)
                case _:
                    await selling.cancel_seller_order(conn, part["id"], order.buyer, reason=None, sees_all=False)

    async def answer(self) -> None:
        rows = await self.world.rows("SELECT id, order_id FROM order_question ORDER BY asked_at, id")
        row = self.random.choice((rows or self.nothing())[-4:])
        buyer = next(each.buyer for each in self.placed if each.id == OrderId(row["order_id"]))
        async with transaction(self.world.db) as conn:
            await packing.answer_question(conn, QuestionId(row["id"]), buyer, accept=self.random.random() < 0.6)

    # -- merchants ----------------------------------------------------------------------------------------------------

    async def merchant(self) -> None:
        part = await self.part(self.one())
        draw, who = self.random.random(), part["who"]
        async with transaction(self.world.db) as conn:
            if draw < 0.66:
                await selling.accept_seller_order(conn, part["id"], who, sees_all=False)
            elif draw < 0.73:
                await selling.reject_seller_order(conn, part["id"], who, reason="habis", sees_all=False)
            elif draw < 0.95:
                await selling.mark_seller_order_ready(conn, part["id"], who, sees_all=False)
            else:
                await selling.cancel_seller_order(conn, part["id"], who, reason="habis", sees_all=False)

    async def pack(self) -> None:
        draw = self.random
        part = await self.part(self.one())
        lines = await self.world.rows(
            "SELECT id, name, quantity, weight_basis FROM order_line WHERE seller_order_id = $1 ORDER BY position, id",
            part["id"],
        )
        line = draw.choice(lines)
        line_id, who = OrderLineId(line["id"]), part["who"]
        async with transaction(self.world.db) as conn:
            if line["weight_basis"] and draw.random() < 0.6:
                whole = 1_000 * line["quantity"] if line["name"] == "ayam" else 500 * line["quantity"]
                gram = int(whole * draw.choice((0.3, 0.92, 1.0, 1.08, 1.3, 2.5)))
                await packing.weigh_line(conn, line_id, who, gram=gram, sees_all=False)
            elif draw.random() < 0.6:
                quantity = draw.choice((0, 1, line["quantity"] - 1, line["quantity"]))
                await packing.pack_line(conn, line_id, who, quantity=quantity, sees_all=False)
            else:
                other = variant(draw.choice(OF_SAME[part["name"]]))
                await packing.replace_line(
                    conn, line_id, who, variant_id=other, quantity=draw.randint(1, 3), sees_all=False
                )
