"""What several tables of the list of columns say alike."""

from __future__ import annotations

from typing import Final

BUYER: Final = "(SELECT b.id FROM buyer b WHERE b.subject = {subject})"
ORDERS: Final = f"(SELECT o.id FROM orders o WHERE o.buyer_id = {BUYER})"
TRUE: Final = "orders and accounts stay true; the buyer is a subject, which names nobody once its person is erased"
CODE: Final = {"order_code": ("o.code", "kode pesanan")}
OF_ORDER: Final = f"JOIN orders o ON o.id = t.order_id WHERE o.buyer_id = {BUYER}"


def who(column: str) -> str:
    return f"CASE WHEN t.{column} = {{subject}} THEN 'you' ELSE 'another' END"
