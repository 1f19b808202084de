"""What a merchant's page is told: the present as a whole, then what is new or changed, each as it is when it is told."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from services.contracts.catalog import MerchantId
from services.contracts.ordering import SellerOrderId
from services.ordering.domain.board import OPEN, PART, Board, Seen
from services.ordering.schema.context import Context
from services.ordering.store import following, reading, rows


@dataclass(frozen=True, slots=True)
class News:
    """One message. `complete` is False while another of the same look follows."""

    reset: bool
    complete: bool
    ended_since: datetime
    orders: list[rows.SellerOrder]


@dataclass(frozen=True, slots=True)
class _Look:
    at: datetime
    found: list[Seen]


async def orders_of_merchant(context: Context, merchant_id: MerchantId) -> AsyncGenerator[News, None]:
    """Without end. A slow reader costs nothing while he is slow: what he takes next is read then.

    Raises NothingThere to who is none of the merchant's people.
    """
    board = Board()
    ended_since: datetime | None = None

    async def look() -> _Look | None:
        async with context.db.acquire() as conn:
            if not await reading.merchants_of(conn, [merchant_id], context.viewer):
                return None
            now = await reading.now(conn)
            return _Look(now, await following.look(conn, merchant_id, board, board.begin(now)))

    async with aclosing(context.live.looks(merchant_id, look)) as looks:
        async for seen in looks:
            reset = ended_since is None
            if ended_since is None:
                ended_since = board.reaches(seen.at, seen.found)
            news = board.take(seen.at, seen.found)
            for begin in range(0, len(news) or int(reset), PART):
                part = news[begin : begin + PART]
                told = await _read(context, part) if part else []
                board.tell(_as_told(told, seen))
                yield News(reset and begin == 0, begin + PART >= len(news), ended_since, told)


async def _read(context: Context, ids: Sequence[SellerOrderId]) -> list[rows.SellerOrder]:
    async with context.db.acquire() as conn:
        found = await reading.seller_orders(conn, list(ids), context.viewer)
    return [found[each] for each in ids if each in found]


def _as_told(told: list[rows.SellerOrder], look: _Look) -> list[Seen]:
    dated = {each.id: each.changed_at for each in look.found}
    return [Seen(each.id, each.version, each.status not in OPEN, dated.get(each.id, look.at)) for each in told]
