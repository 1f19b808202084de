"""What a merchant does about handing over: gives the goods to who shows the code, and says how many orders it takes for an hour."""

from __future__ import annotations

from services.contracts.catalog import MerchantId
from services.contracts.ordering import SellerOrderId
from services.kit.database.db import Transaction
from services.ordering.commands import process, questions
from services.ordering.domain.counter import WrongCode
from services.ordering.domain.handover import check_limit
from services.ordering.domain.history import ActorKind, By
from services.ordering.domain.process import Input
from services.ordering.domain.refusal import Gathered, Unknown
from services.ordering.store import handovers, orders, reading
from services.ordering.store.reading import Viewer


async def hand_over(
    conn: Transaction, seller_order_id: SellerOrderId, subject: str, *, code: str, sees_all: bool
) -> WrongCode | None:
    """The buyer has the goods, and the merchant the cash that is due. A wrong code is counted, and is all that happens: it is answered, not
    raised, so that the count stays. Who sees all is ops, whom a merchant calls when codes are used up: no code is asked. Saying it again
    changes nothing. Raises Unknown, WrongState or, while its buyer may answer, QuestionIsOpen."""
    order_id = await orders.order_of_seller_order(conn, seller_order_id, subject, sees_all=sees_all)
    order = await orders.lock(conn, order_id) if order_id else None
    if order is None:
        raise Unknown
    seller = next(each for each in order.sellers if each.id == seller_order_id)
    order.by = By(ActorKind.OFFICER if sees_all else ActorKind.MERCHANT, subject, seller_order_id=seller.id)
    await questions.check_answered(conn, order, seller)
    order.hand_over(seller)
    counter = await handovers.counter(conn, order.id)
    if counter is not None and not sees_all and not counter.fits(code):
        if not counter.locked:
            await handovers.count_try(conn, order.id)
        return WrongCode(locked=counter.locked)
    if seller.changed:  # else it was said before
        await process.save(conn, order, f"{Input.HANDED_OVER}_BY_OPS" if sees_all else str(Input.HANDED_OVER))
    return None


async def set_handover_limits(
    conn: Transaction, merchant_id: MerchantId, viewer: Viewer, *, pickups_per_hour: int, deliveries_per_hour: int
) -> None:
    """Orders of one hour of a later time; 0 takes none. Those that were taken stay. Raises Unknown or LimitIsInvalid."""
    if merchant_id not in await reading.merchants_of(conn, [merchant_id], viewer):
        raise Unknown("merchantId")
    refused = Gathered()
    with refused.here():
        check_limit("pickupsPerHour", pickups_per_hour)
    with refused.here():
        check_limit("deliveriesPerHour", deliveries_per_hour)
    refused.tell()
    await handovers.set_limits(conn, merchant_id, pickups_per_hour, deliveries_per_hour, viewer.subject)
