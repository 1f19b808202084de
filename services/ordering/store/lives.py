"""SQL of an order's life as operators see it: state, mark, timers, transfers. Nothing of who ordered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.contracts.ordering import OrderId, OrderPlaced
from services.kit.database.db import Connection
from services.kit.messaging import told
from services.kit.messaging.told import Told

MOST = 200


@dataclass(frozen=True, slots=True)
class TimerView:
    kind: str
    due_at: datetime
    overdue: bool
    attempts: int
    error: str | None


@dataclass(frozen=True, slots=True)
class TransferView:
    """From one account's view: `debit` has it, `credit` gave it."""

    kind: str
    debit: str
    credit: str
    amount_rupiah: int
    at: datetime


@dataclass(frozen=True, slots=True)
class SettledView:
    mark: str
    because: str
    at: datetime
    by_viewer: bool


@dataclass(frozen=True, slots=True)
class Life:
    """`state` is the process manager's; `mark` is why a person has to look, None where none has to."""

    state: str
    mark: str | None
    settled: list[SettledView]
    timers: list[TimerView]
    transfers: list[TransferView]
    told: list[Told]


async def find(conn: Connection, order_id: OrderId, viewer: str) -> Life | None:
    """By statements of this order's rows alone."""
    row = await conn.fetchrow("SELECT state, attention FROM orders WHERE id = $1", order_id)
    if row is None:
        return None
    settled = await conn.fetch(
        "SELECT mark, because, at, settled_by = $2 AS mine FROM order_mark_settled WHERE order_id = $1 ORDER BY at LIMIT $3",
        order_id,
        viewer,
        MOST,
    )
    timers = await conn.fetch(
        """SELECT kind, due_at, due_at < wlijo_now() AS overdue, attempts, split_part(error, E'\\n', 1) AS error FROM timer
           WHERE subject = $1 ORDER BY due_at, kind""",
        order_id,
    )
    transfers = await conn.fetch(
        """SELECT kind, debit_account, credit_account, amount_rupiah, at FROM ledger WHERE order_id = $1 ORDER BY id LIMIT $2""",
        order_id,
        MOST,
    )
    return Life(
        state=row["state"],
        mark=row["attention"],
        settled=[SettledView(*each.values()) for each in settled],
        timers=[TimerView(*each.values()) for each in timers],
        transfers=[TransferView(*each.values()) for each in transfers],
        told=await told.of(conn, [(OrderPlaced.topic, str(order_id))]),
    )
