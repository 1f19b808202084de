"""How and when an order was to be handed over, and why it was cancelled, on the screen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from infra.ops.why.life import Order
from infra.ops.why.table import Cell, Line, Tone, fields, row

_WIB: Final = ZoneInfo("Asia/Jakarta")


def lines(order: Order, clock: Callable[[datetime | None], str]) -> list[Line]:
    """Of an order that is brought now, its cancellation alone."""
    said: list[Line] = []
    if order.slot_from and order.slot_to:
        begins, ends = order.slot_from.astimezone(_WIB), order.slot_to.astimezone(_WIB)
        said.append(
            row(
                "  "
                + fields(
                    ("handed over by", order.way),
                    ("slot", f"{begins:%Y-%m-%d %H:%M}-{ends:%H:%M} WIB"),
                    ("at", order.place),
                    ("agreed", clock(order.agreed_at)),
                )
            )
        )
    if order.cancel_reason:
        not_fetched = order.cancel_reason == "DELIVERY_FAILED" and order.way != "DELIVERY"
        reason = "NOT_FETCHED" if not_fetched else order.cancel_reason
        said.append(row("  cancelled", Cell(reason, Tone.BAD), f"borne by {order.borne_by}"))
    if order.wrong_codes:
        said.append(row("  wrong codes at the counter", Cell(str(order.wrong_codes), Tone.BAD)))
    return said
