"""What others do: catalog and delivery tell, in any order; the provider takes money and has its days; time goes by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from infra.local.qris.bank import Code, Fault
from services.contracts.catalog import (
    MerchantId,
    ReservationId,
    StockCommitted,
    StockExpired,
    StockHeld,
    StockRefused,
    StockReleased,
)
from services.contracts.delivery import (
    AttemptFailed,
    Delivered,
    DeliveryAssigned,
    DeliveryCancelled,
    DeliveryRequested,
    DeliveryReturned,
    DeliveryUnassignable,
    DeliveryUnassigned,
    FailureCode,
    GoodsFetched,
    PickedUp,
    RiderWaited,
    StopFailed,
    TripPay,
)
from services.kit.messaging.envelope import Event
from tests.slow.money.drawn import Drawn, Placed
from tests.slow.money.town import OF_SAME
from tests.worlds.ordering import PARTNER, RIDER
from tests.worlds.ordering_steps import fire

_QUICK: Final = (
    Fault.RESET, Fault.GARBAGE, Fault.AWAY, Fault.REFUSED, Fault.CONFLICT, Fault.TOKEN_EXPIRED, Fault.WRONG_AMOUNT, Fault.WRONG_SUM,
)  # fmt: skip
_SLOW: Final = (Fault.DONE_UNSAID, Fault.UNDONE_UNSAID)


class Others(Drawn):
    async def stock(self) -> None:
        order = self.one(newest=True)
        expires: datetime = await self.world.value("SELECT hold_until FROM orders WHERE id = $1", order.id)
        names: dict[str, Any] = {"reservation_id": ReservationId.new(), "order_id": str(order.id)}
        held = StockHeld(**names, expires_at=expires)
        others: list[Event] = [
            StockRefused(**names, short=[]), StockExpired(**names), StockCommitted(**names), StockReleased(**names),
        ]  # fmt: skip
        self.post.append(held if self.random.random() < 0.93 else self.random.choice(others))

    async def trip(self) -> None:
        """What comes next, mostly."""
        order, draw = self.one(), self.random
        row = (
            await self.world.rows(
                """SELECT o.state, o.total_rupiah, p.cash_due_rupiah, p.paid_at FROM orders o JOIN payment p ON p.order_id = o.id
                   WHERE o.id = $1""",
                order.id,
            )
        )[0]
        names: dict[str, Any] = {"delivery_id": order.trip, "order_id": order.id}
        assigned = DeliveryAssigned(**names, partner_id=PARTNER, rider_id=RIDER)
        due = row["cash_due_rupiah"] or row["total_rupiah"]
        if row["paid_at"] is not None:
            paid = draw.choice((0, 0, 0, 0, 0, 0, due))
        else:
            paid = draw.choice((due, due, due, row["total_rupiah"], due - 500, due + 500, 0))
        events: dict[str, Callable[[], Event]] = {
            "asked": lambda: DeliveryRequested(**names, fee_rupiah=10_000, cash_to_collect_rupiah=due, test=False),
            "assigned": lambda: assigned,
            "unassigned": lambda: DeliveryUnassigned(**names, partner_id=PARTNER, code=draw.choice(list(FailureCode))),
            "fetched": lambda: PickedUp(**names),
            "failed": lambda: AttemptFailed(**names, code=draw.choice(list(FailureCode))),
            "unassignable": lambda: DeliveryUnassignable(**names),
            "cancelled": lambda: DeliveryCancelled(**names, reason="BUYER_CANCELLED", pay=self.vain()),
            "goods": lambda: GoodsFetched(**names, merchant_id=self.seller()),
            "none": lambda: StopFailed(**names, merchant_id=self.seller(), code=FailureCode.MERCHANT_CLOSED),
            "waited": lambda: RiderWaited(**names, merchant_id=self.seller(), minutes=4, pay=self.vain(700, 0)),
        }
        usual = {"CONFIRMED": "assigned", "ASSIGNED": "fetched", "UNASSIGNED": "assigned", "PICKED_UP": "delivered"}
        what = usual.get(row["state"]) if draw.random() < 0.93 else draw.choice((*events, "delivered", "returned"))
        match what:
            case None:
                return
            case "delivered":
                self.post.append(await self.delivered(order, paid))
            case "returned":
                gone, code = draw.random() < 0.5, draw.choice(list(FailureCode))
                self.post.append(
                    DeliveryReturned(
                        **names, partner_id=PARTNER, code=code, disposed=gone, pay=None if gone else self.vain()
                    )
                )
            case _:
                self.post.append(events[what]())

    def seller(self) -> MerchantId:
        return MerchantId.seeded(self.random.choice([*OF_SAME]))

    @staticmethod
    def vain(rider: int = 2_100, partner: int = 600) -> TripPay:
        return TripPay(rule="V", partner_id=PARTNER, rider_id=RIDER, rider_rupiah=rider, partner_rupiah=partner)

    async def delivered(self, order: Placed, collected: int) -> Delivered:
        at: datetime = await self.world.value("SELECT wlijo_now()")
        return Delivered(
            delivery_id=order.trip,
            order_id=order.id,
            partner_id=PARTNER,
            cash_collected_rupiah=max(collected, 0),
            fee_rupiah=10_000,
            rider_share_rupiah=7_000,
            partner_share_rupiah=2_000,
            platform_share_rupiah=1_000,
            delivered_at=at,
        )

    async def hear(self) -> None:
        """Of all that was told whatever comes, now and then again."""
        draw = self.random
        if self.heard and draw.random() < 0.15:
            await self.world.hear(draw.choice(self.heard))
            return
        if self.post:
            event = self.post.pop(draw.randrange(min(3, len(self.post))))
            self.heard.append(event)
            await self.world.hear(event)

    # -- the provider -------------------------------------------------------------------------------------------------

    def codes(self) -> list[Code]:
        return list(self.shop.bank.codes.values()) or self.nothing()

    async def pay(self) -> None:
        code = self.random.choice(self.codes()[-4:])
        more = self.random.choices((0, -700, 1_300), (8, 1, 1))[0]
        if not code.paid or self.random.random() < 0.1:
            self.shop.bank.pay(code.reference, max(1, code.amount_rupiah + more))

    async def misbehave(self) -> None:
        fault = self.random.choice(_SLOW if self.random.random() < 0.15 else _QUICK)
        self.shop.bank.misbehave(self.random.choice(("generate", "query", "refund", "token")), fault)

    async def notify(self) -> None:
        code = self.random.choice(self.codes())
        await self.shop.provider.notify(code, times=self.random.choice((1, 2)), signed=self.random.random() < 0.8)

    async def work(self) -> None:
        await self.shop.work()

    async def time(self) -> None:
        await self.shop.move(self.random.choices((3, 31, 130, 301, 1_201, 3_700), (6, 8, 3, 2, 1, 1))[0])
        await fire(self.world)
