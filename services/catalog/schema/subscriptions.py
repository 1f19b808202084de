"""Where a wlijo is, as it changes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from services.catalog.schema.loaders import Info
from services.catalog.schema.rounds import Round
from services.catalog.store import passing, reading_merchants
from services.catalog.store.passing import RoundView
from services.contracts.catalog import MerchantId


@strawberry.type(description="Whether a wlijo is on her round, and where.")
class RoundNow:
    round: Round | None = strawberry.field(description="Null while she is on none.")


@strawberry.type
class Subscription:
    @strawberry.subscription(
        description="The round that a wlijo is on, or that she is on none; then again when that changes, where she is by more than buyers "
        "are shown, or a minute has gone. It has no end of its own; NOT_FOUND when there is no such merchant that the caller sees."
    )
    async def round_changed(
        self, info: Info, merchant_id: Annotated[strawberry.ID, strawberry.argument(description="A wlijo.")]
    ) -> AsyncGenerator[RoundNow | None, None]:
        key = MerchantId.parse(merchant_id)
        is_there = False

        async def load() -> tuple[RoundView | None] | None:
            nonlocal is_there
            async with info.context.db.acquire() as conn:
                if not is_there and key not in await reading_merchants.merchants(conn, info.context.caller, [key]):
                    return None
                is_there = True
                return ((await passing.rounds(conn, [key])).get(key),)

        shown: object = ()  # what nothing is shown as
        async with aclosing(info.context.live.looks(key, load)) as found:
            async for (view,) in found:
                seen = _as_shown(view)
                if seen != shown:
                    shown = seen
                    info.context.forget()  # a stop may be another by now
                    yield RoundNow(round=Round.of(view) if view else None)


def _as_shown(view: RoundView | None) -> object:
    if view is None:
        return None
    minutes = [at and at.replace(second=0, microsecond=0) for at in (view.seen_at, view.next_at)]
    return view.id, view.point and view.point.rounded(), view.next_stop, minutes
