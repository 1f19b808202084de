"""To rest: the provider is well again, everybody answers in the end, and time goes by until nothing waits for anything."""

from __future__ import annotations

from typing import Any, Final

from services.contracts.catalog import ReservationId, StockHeld
from services.contracts.claims import ClaimId
from services.contracts.delivery import DeliveryAssigned, DeliveryCancelled, DeliveryReturned, FailureCode, PickedUp
from services.contracts.ordering import RefundId
from services.contracts.reasons import ReasonCode
from services.kit.database.db import transaction
from services.ordering.commands import claims, refunds
from services.ordering.store import orders
from tests.slow.money.drawn import Placed
from tests.slow.money.walk import Walk
from tests.worlds.books import PETUGAS
from tests.worlds.ordering import PARTNER, RIDER
from tests.worlds.ordering_steps import fire

_ROUNDS: Final = 60
_DAY: Final = 24 * 3600.0


class NeverRests(AssertionError):
    pass


async def rest(walk: Walk) -> None:
    """Raises NeverRests."""
    walk.shop.bank.faults.clear()
    while walk.post:
        await walk.hear()
    for round_ in range(_ROUNDS):
        for each in walk.placed:
            await _goes_on(walk, each)
        await walk.complain()
        await walk.shop.move(31 if round_ < 10 else 3 * 3600)
        await walk.shop.work()
        await fire(walk.world)
        await _by_hand(walk)
        open_ = await _open(walk)
        if not open_:
            break
    else:
        raise NeverRests(f"after {_ROUNDS} rounds there are still {open_}")
    # What comes by an old code is found as long as it is watched, and goes back.
    for _ in range(12):
        await walk.shop.move(_DAY / 2)
        await walk.shop.work()
        await fire(walk.world)
        await _by_hand(walk)
        if not await walk.world.value("SELECT count(*) FROM payment_attempt WHERE due_at IS NOT NULL"):
            break
    for code in walk.shop.bank.codes.values():
        await walk.shop.provider.notify(code)
    await walk.shop.work()
    await _by_hand(walk)
    await walk.shop.work()


async def _open(walk: Walk) -> str:
    found = []
    for what, sql in (
        ("orders", "SELECT count(*) FROM orders WHERE ended_at IS NULL"),
        ("refunds", "SELECT count(*) FROM refund WHERE state <> 'DONE'"),
        ("claims", "SELECT count(*) FROM claim WHERE due_at IS NOT NULL"),
    ):
        if count := await walk.world.value(sql):
            found.append(f"{count} {what}")
    return ", ".join(found)


async def _goes_on(walk: Walk, each: Placed) -> None:
    async with transaction(walk.world.db) as conn:
        order = await orders.lock(conn, each.id)
    assert order is not None
    names: dict[str, Any] = {"delivery_id": each.trip, "order_id": each.id}
    world = walk.world
    match str(order.state):
        case "AWAIT_STOCK" | "ACCEPTED_EARLY":
            expires = await world.value("SELECT hold_until FROM orders WHERE id = $1", each.id)
            await world.hear(StockHeld(reservation_id=ReservationId.new(), order_id=str(each.id), expires_at=expires))
        case "CONFIRMED" | "UNASSIGNED":
            await world.hear(DeliveryAssigned(**names, partner_id=PARTNER, rider_id=RIDER))
        case "ASSIGNED":
            await world.hear(PickedUp(**names))
        case "PICKED_UP" if walk.random.random() < 0.8:
            due = 0 if order.paid_at is not None else order.cash_due_rupiah
            await world.hear(await walk.delivered(each, due))
        case "PICKED_UP":
            failed = walk.random.choice(list(FailureCode))
            await world.hear(DeliveryReturned(**names, partner_id=PARTNER, code=failed, disposed=False))
        case "CALLED_OFF" | "CALLED_OFF_UNDERWAY":
            await world.hear(DeliveryCancelled(**names, reason="BUYER_CANCELLED"))
        case "AWAIT_PAYMENT":
            for code in walk.shop.bank.codes.values():
                mine = await world.value(
                    "SELECT count(*) FROM payment_attempt WHERE order_id = $1 AND reference = $2 AND state = 'SHOWN'",
                    each.id, code.reference,
                )  # fmt: skip
                if mine and not code.paid and walk.random.random() < 0.5:
                    walk.shop.bank.pay(code.reference)


async def _by_hand(walk: Walk) -> None:
    """What waits for a person has one."""
    world = walk.world
    for row in await world.rows("SELECT id FROM refund WHERE state = 'BY_HAND'"):
        async with transaction(world.db) as conn:
            await refunds.settle(conn, RefundId(row["id"]), proof="BI-FAST 2", by="usr_ops")
    for row in await world.rows(
        "SELECT id, state, asked_rupiah FROM claim WHERE state IN ('ESCALATED', 'GRANTED') AND refund_id IS NULL"
    ):
        async with transaction(world.db) as conn:
            if row["state"] == "GRANTED":
                await claims.settle_claim(conn, ClaimId(row["id"]), PETUGAS, proof="TRF 3")
            else:
                some = walk.random.choice((0, row["asked_rupiah"]))
                reason = ReasonCode.SPOILED_OR_BROKEN
                await claims.decide_claim(
                    conn, ClaimId(row["id"]), PETUGAS, amount_rupiah=some, reason=reason, words="x"
                )
