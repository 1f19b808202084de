"""SQL of reviews."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.catalog import MerchantId, ProductId
from services.contracts.claims import ReviewId
from services.contracts.delivery import PartnerId
from services.contracts.ordering import OrderId
from services.kit.database.db import Connection, Row
from services.ordering.domain.history import By
from services.ordering.domain.ids import BuyerId, OrderLineId
from services.ordering.domain.process import OrderStatus
from services.ordering.domain.review import ReviewInput, ReviewKind


@dataclass(frozen=True, slots=True)
class Subject:
    """What is reviewed: a line or the way of the caller's own order, with the review that there is of it. `recipient` is whom the order
    was brought to, None once the contact was emptied. A line has product and merchant; a product that is not known is None."""

    at: datetime
    order_id: OrderId
    buyer_id: BuyerId
    status: OrderStatus
    ended_at: datetime | None
    recipient: str | None
    product_id: ProductId | None
    merchant_id: MerchantId | None
    partner_id: PartnerId | None
    review_id: ReviewId | None
    posted_at: datetime | None


_SUBJECT = """
SELECT wlijo_now() AS at, o.id AS order_id, o.buyer_id, o.status, o.ended_at,
       (SELECT c.recipient FROM contact c WHERE c.id = o.contact_id AND c.erased_at IS NULL) AS recipient
"""


async def line(conn: Connection, line_id: OrderLineId, subject: str) -> Subject | None:
    """Locked with its order; None of another's."""
    row = await conn.fetchrow(
        f"""{_SUBJECT}, p.id AS product_id, s.merchant_id, NULL::uuid AS partner_id, r.id AS review_id, r.posted_at
            FROM order_line l JOIN seller_order s ON s.id = l.seller_order_id JOIN orders o ON o.id = s.order_id
            JOIN buyer b ON b.id = o.buyer_id LEFT JOIN variant v ON v.id = l.variant_id LEFT JOIN product p ON p.id = v.product_id
            LEFT JOIN review r ON r.order_line_id = l.id WHERE l.id = $1 AND b.subject = $2 FOR UPDATE OF l""",
        line_id,
        subject,
    )
    return _subject(row) if row else None


async def delivery(conn: Connection, order_id: OrderId, subject: str) -> Subject | None:
    """Of an order that was brought, locked; None of another's, and of what was collected."""
    row = await conn.fetchrow(
        f"""{_SUBJECT}, NULL::uuid AS product_id, NULL::uuid AS merchant_id,
               (SELECT j.partner_id FROM job j WHERE j.order_id = o.id AND j.partner_id IS NOT NULL ORDER BY j.delivery_id DESC LIMIT 1)
                   AS partner_id, r.id AS review_id, r.posted_at
            FROM orders o JOIN buyer b ON b.id = o.buyer_id LEFT JOIN review r ON r.order_id = o.id AND r.kind = 'DELIVERY'
            WHERE o.id = $1 AND b.subject = $2 AND o.way = 'DELIVERY' FOR UPDATE OF o""",
        order_id,
        subject,
    )
    return _subject(row) if row else None


def _subject(row: Row) -> Subject:
    return Subject(
        at=row["at"],
        order_id=OrderId(row["order_id"]),
        buyer_id=BuyerId(row["buyer_id"]),
        status=OrderStatus(row["status"]),
        ended_at=row["ended_at"],
        recipient=row["recipient"],
        product_id=ProductId(row["product_id"]) if row["product_id"] else None,
        merchant_id=MerchantId(row["merchant_id"]) if row["merchant_id"] else None,
        partner_id=PartnerId(row["partner_id"]) if row["partner_id"] else None,
        review_id=ReviewId(row["review_id"]) if row["review_id"] else None,
        posted_at=row["posted_at"],
    )


async def put(
    conn: Connection,
    review_id: ReviewId,
    of: Subject,
    line_id: OrderLineId | None,
    *,
    stars: int,
    words: str | None,
    initial: str | None,
) -> None:
    await conn.execute(
        """INSERT INTO review AS r (id, kind, order_id, order_line_id, product_id, merchant_id, partner_id, buyer_id, stars, words, initial,
                                    posted_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
           ON CONFLICT (id) DO UPDATE SET (version, stars, words, initial, edited_at)
               = (r.version + 1, excluded.stars, excluded.words, excluded.initial, excluded.posted_at)""",
        review_id,
        str(ReviewKind.GOODS if line_id else ReviewKind.DELIVERY),
        of.order_id,
        line_id,
        of.product_id if line_id else None,
        of.merchant_id if line_id else None,
        None if line_id else of.partner_id,
        of.buyer_id,
        stars,
        words,
        initial,
        of.at,
    )


async def note(conn: Connection, review_id: ReviewId, given: ReviewInput, by: By) -> None:
    """What was done with the review, which is locked."""
    await conn.execute(
        """INSERT INTO review_history (review_id, version, at, input, actor_kind, actor, words)
           SELECT $1, coalesce(max(version), 0) + 1, wlijo_now(), $2, $3, $4, $5 FROM review_history WHERE review_id = $1""",
        review_id,
        str(given),
        str(by.kind),
        by.subject,
        by.reason,
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """A review as the graph reads it."""

    id: ReviewId
    kind: ReviewKind
    stars: int
    words: str | None
    initial: str | None
    shown: bool
    posted_at: datetime
    edited_at: datetime | None
    answer: str | None
    answered_at: datetime | None
    reported_at: datetime | None
    line_id: OrderLineId | None
    product_id: ProductId | None
    merchant_id: MerchantId | None
    partner_id: PartnerId | None


def _shown(row: Row) -> Shown:
    return Shown(
        id=ReviewId(row["id"]),
        kind=ReviewKind(row["kind"]),
        stars=row["stars"],
        words=row["words"],
        initial=row["initial"],
        shown=row["state"] == "SHOWN",
        posted_at=row["posted_at"],
        edited_at=row["edited_at"],
        answer=row["answer"],
        answered_at=row["answered_at"],
        reported_at=row["reported_at"],
        line_id=OrderLineId(row["order_line_id"]) if row["order_line_id"] else None,
        product_id=ProductId(row["product_id"]) if row["product_id"] else None,
        merchant_id=MerchantId(row["merchant_id"]) if row["merchant_id"] else None,
        partner_id=PartnerId(row["partner_id"]) if row["partner_id"] else None,
    )


async def lock(conn: Connection, review_id: ReviewId) -> Shown | None:
    row = await conn.fetchrow("SELECT * FROM review WHERE id = $1 FOR UPDATE", review_id)
    return _shown(row) if row else None


async def is_merchants(conn: Connection, merchant_id: MerchantId | None, subject: str) -> bool:
    return bool(
        await conn.fetchval(
            "SELECT true FROM merchant_member WHERE merchant_id = $1 AND subject = $2", merchant_id, subject
        )
    )


async def set_answer(conn: Connection, review_id: ReviewId, words: str) -> None:
    await conn.execute(
        "UPDATE review SET version = version + 1, answer = $2, answered_at = wlijo_now() WHERE id = $1",
        review_id,
        words,
    )


async def reported_lately(conn: Connection, subject: str) -> int:
    found: int = await conn.fetchval(
        "SELECT count(*) FROM review_history WHERE actor = $1 AND input = 'REPORT' AND at > wlijo_now() - interval '1 day'",
        subject,
    )
    return found


async def has_reported(conn: Connection, review_id: ReviewId, subject: str) -> bool:
    return bool(
        await conn.fetchval(
            "SELECT true FROM review_history WHERE review_id = $1 AND actor = $2 AND input = 'REPORT'",
            review_id,
            subject,
        )
    )


async def set_reported(conn: Connection, review_id: ReviewId) -> None:
    await conn.execute("UPDATE review SET reported_at = coalesce(reported_at, wlijo_now()) WHERE id = $1", review_id)


async def set_shown(conn: Connection, review_id: ReviewId, *, shown: bool) -> None:
    """An officer has looked: nothing is reported of it any more."""
    await conn.execute(
        "UPDATE review SET version = version + 1, state = $2, reported_at = NULL WHERE id = $1",
        review_id,
        "SHOWN" if shown else "HIDDEN",
    )


async def find(conn: Connection, review_id: ReviewId, subject: str, *, sees_all: bool) -> Shown | None:
    """What is shown of goods, everybody sees; else its buyer and who sees all."""
    row = await conn.fetchrow(
        """SELECT r.* FROM review r JOIN buyer b ON b.id = r.buyer_id
           WHERE r.id = $1 AND ($3 OR b.subject = $2 OR (r.kind = 'GOODS' AND r.state = 'SHOWN'))""",
        review_id,
        subject,
        sees_all,
    )
    return _shown(row) if row else None


After = tuple[datetime, UUID] | None


async def of_product(conn: Connection, product_id: ProductId, after: After, limit: int) -> list[Shown]:
    """Those that are shown, newest first."""
    rows = await conn.fetch(
        """SELECT * FROM review WHERE product_id = $1 AND kind = 'GOODS' AND state = 'SHOWN'
           AND ($2::timestamptz IS NULL OR (posted_at, id) < ($2, $3)) ORDER BY posted_at DESC, id DESC LIMIT $4""",
        product_id,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [_shown(row) for row in rows]


async def reported(conn: Connection, after: After, limit: int) -> list[Shown]:
    """What an officer is to look at, the longest waiting first."""
    rows = await conn.fetch(
        """SELECT * FROM review WHERE reported_at IS NOT NULL AND ($1::timestamptz IS NULL OR (reported_at, id) > ($1, $2))
           ORDER BY reported_at, id LIMIT $3""",
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [_shown(row) for row in rows]


async def of_orders(conn: Connection, order_ids: list[OrderId]) -> dict[OrderId, list[Shown]]:
    """Of orders that the caller has been found to see, hidden ones too."""
    rows = await conn.fetch("SELECT * FROM review WHERE order_id = ANY ($1) ORDER BY posted_at, id", order_ids)
    found: dict[OrderId, list[Shown]] = {each: [] for each in order_ids}
    for row in rows:
        found[OrderId(row["order_id"])].append(_shown(row))
    return found


@dataclass(frozen=True, slots=True)
class Rating:
    reviews: int
    stars: int


async def ratings_of_products(conn: Connection, ids: list[ProductId]) -> dict[ProductId, Rating]:
    rows = await conn.fetch(
        """SELECT product_id, count(*) AS reviews, sum(stars) AS stars FROM review
           WHERE product_id = ANY ($1) AND kind = 'GOODS' AND state = 'SHOWN' GROUP BY product_id""",
        ids,
    )
    return {ProductId(row["product_id"]): Rating(row["reviews"], row["stars"]) for row in rows}


async def ratings_of_merchants(conn: Connection, ids: list[MerchantId]) -> dict[MerchantId, Rating]:
    rows = await conn.fetch(
        """SELECT merchant_id, count(*) AS reviews, sum(stars) AS stars FROM review
           WHERE merchant_id = ANY ($1) AND kind = 'GOODS' AND state = 'SHOWN' GROUP BY merchant_id""",
        ids,
    )
    return {MerchantId(row["merchant_id"]): Rating(row["reviews"], row["stars"]) for row in rows}


async def forget_words(conn: Connection, subject: str) -> None:
    """What a person wrote of goods goes with them; the stars stay. A merchant's answer is the merchant's."""
    await conn.execute(
        """UPDATE review r SET words = NULL, initial = NULL FROM buyer b
           WHERE b.id = r.buyer_id AND b.subject = $1 AND (r.words IS NOT NULL OR r.initial IS NOT NULL)""",
        subject,
    )
    await conn.execute("UPDATE review_history SET words = NULL WHERE actor = $1 AND words IS NOT NULL", subject)
