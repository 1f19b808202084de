"""What an event changes where nothing is to be read and decided first: part of the statement that moves the position."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.kit.database.db import Transaction, only_row

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Effect:
    """`sql` is CTEs, given the number of the first of their parameters, the same text for every event; the last is named `done` and has a
    row when there was something to change. Each changes something only where EXISTS (SELECT FROM moved). `woken` are woken by it, `else_`
    is logged when nothing was done."""

    sql: Callable[[int], str]
    arguments: Sequence[object]
    woken: Sequence[str] = ()
    else_: str = "news of what is not there"

    def made(self, conn: Transaction, *, done: bool) -> None:
        if not done:
            _log.warning("%s", self.else_)
            return
        for key in self.woken:
            conn.wake(key)

    async def make(self, conn: Transaction) -> None:
        """Alone, where the position was moved by another statement of the transaction."""
        row = await only_row(
            conn,
            f"WITH moved AS (SELECT), {self.sql(1)} SELECT EXISTS (SELECT FROM done) AS done",
            *self.arguments,
        )
        self.made(conn, done=row["done"])
