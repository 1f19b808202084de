"""python -m tests.slow.money.four: one order of four sellers, of whom one refuses, one replaces and one weighs, paid by code, of which a
part goes back; and its ledger line by line, as docs/money.md has it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any, Final

from services.contracts.catalog import MerchantId
from services.contracts.delivery import DeliveryId
from services.contracts.ordering import BorneBy, IfRefused, OrderId, PaymentMethod, SellerOrderId
from services.kit.database.db import transaction
from services.ordering.commands import packing, placing, refunds, selling
from services.ordering.domain.ids import OrderLineId
from services.ordering.domain.payment import Taker
from services.ordering.domain.refund import RefundReason
from tests.slow.money.books import Books, Row, read
from tests.slow.money.laws import judge
from tests.slow.money.town import OF_SAME, town, variant
from tests.worlds import servers
from tests.worlds.ordering import KEYS, PARTNER, RIDER, SITI, a_key, an_order, assigned, fetched, handed_over, hold
from tests.worlds.paying import NAME, Till

_LINES: Final = {"bayam": 2, "nangka": 1, "tempe": 2, "lele": 2}
_BECAUSE: Final = {
    "PAYMENT": "the buyer paid by code",
    "MDR": "what the provider keeps of it",
    "GOODS": "its goods, less the commission",
    "COMMISSION": "of the goods, at the rate of the day they were sold",
    "PPH22": "withheld of what its goods were paid for with",
    "RIDER_SHARE": "the fee's part of who rode",
    "PARTNER_SHARE": "the fee's part of the company",
    "PLATFORM_SHARE": "the fee's part of the platform",
    "REFUND_BORNE": "what goes back is at its cost",
    "REFUND": "went back to the buyer",
}


async def of_four(shop: Till) -> OrderId:
    """kateki refuses and the rest goes on; senduro has no tempe and packs tahu; klakah's lele weigh less; a bunch of bayam was spoiled."""
    world = shop.world
    merchants = tuple(sorted(OF_SAME))
    fees: dict[str, Any] = {"without": [8_000 if each == "kateki" else 10_000 for each in _by_id(merchants)]}
    wanted = await an_order(world, lines=_LINES, merchants=merchants, total=74_550, test=False, **fees)
    wanted = replace(wanted, payment_method=PaymentMethod.QRIS, if_refused=IfRefused.GO_ON)
    async with transaction(world.db) as conn:
        order_id = await placing.place_order(
            conn, SITI, wanted, idempotency_key=a_key(), quote_keys=KEYS, policy=world.policy, taker=Taker(NAME)
        )
    await hold(world, order_id)
    parts = {
        row["merchant_id"]: SellerOrderId(row["id"])
        for row in await world.rows("SELECT id, merchant_id FROM seller_order WHERE order_id = $1", order_id)
    }
    part = {name: parts[MerchantId.seeded(name).uuid] for name in merchants}
    line = {
        row["name"]: OrderLineId(row["id"])
        for row in await world.rows(
            "SELECT id, name FROM order_line WHERE seller_order_id = ANY ($1)", list(part.values())
        )
    }
    await world.rows("UPDATE order_line SET when_short = 'SIMILAR' WHERE name = 'tempe'")
    async with transaction(world.db) as conn:
        await selling.reject_seller_order(conn, part["kateki"], "usr_kateki", reason="habis", sees_all=False)
    for name in ("senduro", "klakah"):
        async with transaction(world.db) as conn:
            await selling.accept_seller_order(conn, part[name], f"usr_{name}", sees_all=False)
    await shop.work()
    shop.bank.pay((await shop.code(order_id)).reference)
    await shop.later(62)
    async with transaction(world.db) as conn:
        await packing.replace_line(
            conn, line["tempe"], "usr_senduro", variant_id=variant("tahu"), quantity=5, sees_all=False
        )
    async with transaction(world.db) as conn:
        await packing.weigh_line(conn, line["lele"], "usr_klakah", gram=920, sees_all=False)
    for name in ("wlijo", "senduro", "klakah"):
        async with transaction(world.db) as conn:
            await selling.mark_seller_order_ready(conn, part[name], f"usr_{name}", sees_all=False)
    trip = DeliveryId.new()
    await world.hear(
        assigned(order_id, trip), fetched(order_id, trip), await handed_over(world, order_id, trip, cash=0)
    )
    async with transaction(world.db) as conn:
        await refunds.request(
            conn, order_id, 2_500, "claim:bayam", RefundReason.CLAIM, BorneBy.MERCHANT, seller_order_id=part["wlijo"]
        )
    await shop.work()
    return order_id


def _by_id(names: tuple[str, ...]) -> list[str]:
    """In the order in which a quote names them."""
    return sorted(names, key=lambda each: str(MerchantId.seeded(each)))


def told(books: Books, order: Row) -> str:
    """What the order came to, and its transfers, each with its reason."""
    names = {str(MerchantId.seeded(each)): each for each in OF_SAME} | {str(PARTNER): "ojek", str(RIDER): "tono"}
    whose = {str(MerchantId.seeded(each)): each for each in OF_SAME}
    placed, trip = order["placed_goods_rupiah"], order["placed_delivery_rupiah"]
    paid, came = order["collected_rupiah"], order["total_rupiah"]
    lines = [
        f"placed for {placed + trip:,}: goods {placed:,}, trip {trip:,}",
        f"paid {paid:,} by code, came to {came:,}: goods {order['goods_rupiah']:,}, trip {order['delivery_rupiah']:,}",
    ]
    for part in books.parts_of[order["id"]]:
        name = whose[str(MerchantId(part["merchant_id"]))]
        if part["left_at"] is not None:
            lines.append(f"  {name:<8} refused: {part['placed_goods_rupiah']:,} less")
        for each in books.lines:
            if each["seller_order_id"] == part["id"] and part["left_at"] is None:
                now = each["total_rupiah"] if each["final_rupiah"] is None else each["final_rupiah"]
                gram = f", {each['packed_gram']} g" if each["packed_gram"] else ""
                became = f"{each['state'].lower()}{gram}, {now:,}"
                lines.append(f"  {name:<8} {each['name']} {each['quantity']} for {each['total_rupiah']:,}: {became}")
    lines.append("")
    # What goes back goes at whatever moment: the least of it first.
    booked = sorted(
        books.transfers_of[order["id"]], key=lambda each: each["amount_rupiah"] if each["kind"] == "REFUND" else 0
    )
    for each in booked:
        accounts = []
        for side in ("credit_account", "debit_account"):
            account = each[side]
            for known, name in names.items():
                account = account.replace(known, name)
            accounts.append(account)
        lines.append(
            f"{each['amount_rupiah']:>7,}  {each['kind']:<14} {accounts[0]} <- {accounts[1]}: {_BECAUSE[each['kind']]}"
        )
    back = sum(each["amount_rupiah"] for each in books.refunds if each["order_id"] == order["id"])
    lines += ["", f"the buyer paid {paid:,}, {back:,} went back, {paid - back:,} is what others have"]
    return "\n".join(lines)


async def printed(made: servers.TestDatabase) -> str:
    async with town(made, taxed=True, promoted=False) as shop:
        order_id = await of_four(shop)
        at_bank = {code.reference: (code.paid_rupiah, code.back_rupiah) for code in shop.bank.codes.values()}
        async with shop.world.db.acquire() as conn:
            books = await read(conn, at_bank)
        assert judge(books, at_rest=True) == {}
        return told(books, next(each for each in books.orders if each["id"] == order_id.uuid))


def main() -> str:
    logging.disable(logging.CRITICAL)
    with servers.postgres() as postgres:
        return asyncio.run(printed(postgres.database("ordering")))


if __name__ == "__main__":
    print(main())
