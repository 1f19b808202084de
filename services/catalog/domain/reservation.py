"""A reservation, from an order's placing to its end: the machine and its table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.catalog.domain.stock import Effect


class ReservationState(StrEnum):
    """NONE is an order that catalog has not heard of; every other state is a row."""

    NONE = "NONE"
    HELD = "HELD"
    COMMITTED = "COMMITTED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"
    REFUSED = "REFUSED"


class Input(StrEnum):
    PLACED = "PLACED"
    """An order was placed, and its lines are all in stock."""
    PLACED_SHORT = "PLACED_SHORT"
    """An order was placed, and something is short or no longer for sale."""
    CONFIRMED = "CONFIRMED"
    """An order was confirmed; where nothing is held for it any more: and its lines are all in stock."""
    CONFIRMED_SHORT = "CONFIRMED_SHORT"
    """An order was confirmed, nothing is held for it any more, and something is short by now."""
    CANCELLED = "CANCELLED"
    """The order ended while its goods were with the merchants."""
    CANCELLED_UNDERWAY = "CANCELLED_UNDERWAY"
    """The order ended after a rider had taken the goods."""
    TIME_IS_UP = "TIME_IS_UP"


class Tell(StrEnum):
    NOTHING = "NOTHING"
    HELD = "HELD"
    REFUSED = "REFUSED"
    COMMITTED = "COMMITTED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Step:
    to: ReservationState
    effect: Effect = Effect.NOTHING
    tell: Tell = Tell.NOTHING


_S, _I = ReservationState, Input
_NEVER_HELD = Step(_S.RELEASED, tell=Tell.RELEASED)

# Ordering tells of one order in order, so what comes before PLACED or against an earlier word is nobody's normal day. Such inputs
# are answered all the same: with the present truth where ordering believes that goods are kept for it, with silence elsewhere.
TABLE: Mapping[tuple[ReservationState, Input], Step] = {
    (_S.NONE, _I.PLACED): Step(_S.HELD, Effect.RESERVE, Tell.HELD),
    (_S.NONE, _I.PLACED_SHORT): Step(_S.REFUSED, tell=Tell.REFUSED),
    (_S.NONE, _I.CONFIRMED): _NEVER_HELD,
    (_S.NONE, _I.CONFIRMED_SHORT): _NEVER_HELD,
    (_S.NONE, _I.CANCELLED): _NEVER_HELD,
    (_S.NONE, _I.CANCELLED_UNDERWAY): _NEVER_HELD,
    (_S.NONE, _I.TIME_IS_UP): Step(_S.NONE),
    (_S.HELD, _I.PLACED): Step(_S.HELD),
    (_S.HELD, _I.PLACED_SHORT): Step(_S.HELD),
    (_S.HELD, _I.CONFIRMED): Step(_S.COMMITTED, Effect.TAKE_OUT, Tell.COMMITTED),  # also past its time: it still holds
    (_S.HELD, _I.CONFIRMED_SHORT): Step(_S.COMMITTED, Effect.TAKE_OUT, Tell.COMMITTED),
    (_S.HELD, _I.CANCELLED): Step(_S.RELEASED, Effect.FREE, Tell.RELEASED),
    (_S.HELD, _I.CANCELLED_UNDERWAY): Step(_S.RELEASED, Effect.TAKE_OUT, Tell.RELEASED),
    (_S.HELD, _I.TIME_IS_UP): Step(_S.EXPIRED, Effect.FREE, Tell.EXPIRED),
    (_S.COMMITTED, _I.PLACED): Step(_S.COMMITTED),
    (_S.COMMITTED, _I.PLACED_SHORT): Step(_S.COMMITTED),
    (_S.COMMITTED, _I.CONFIRMED): Step(_S.COMMITTED),
    (_S.COMMITTED, _I.CONFIRMED_SHORT): Step(_S.COMMITTED),
    (_S.COMMITTED, _I.CANCELLED): Step(_S.RELEASED, Effect.PUT_BACK, Tell.RELEASED),
    # The goods are on the road, or spoilt: the merchant counts again when they come back.
    (_S.COMMITTED, _I.CANCELLED_UNDERWAY): Step(_S.RELEASED, tell=Tell.RELEASED),
    (_S.COMMITTED, _I.TIME_IS_UP): Step(_S.COMMITTED),
    (_S.RELEASED, _I.PLACED): Step(_S.RELEASED),
    (_S.RELEASED, _I.PLACED_SHORT): Step(_S.RELEASED),
    (_S.RELEASED, _I.CONFIRMED): Step(_S.RELEASED, tell=Tell.RELEASED),
    (_S.RELEASED, _I.CONFIRMED_SHORT): Step(_S.RELEASED, tell=Tell.RELEASED),
    (_S.RELEASED, _I.CANCELLED): Step(_S.RELEASED),
    (_S.RELEASED, _I.CANCELLED_UNDERWAY): Step(_S.RELEASED),
    (_S.RELEASED, _I.TIME_IS_UP): Step(_S.RELEASED),
    (_S.EXPIRED, _I.PLACED): Step(_S.EXPIRED),
    (_S.EXPIRED, _I.PLACED_SHORT): Step(_S.EXPIRED),
    # The end of the hold and the confirmation have crossed: what was freed is taken again while it is there.
    (_S.EXPIRED, _I.CONFIRMED): Step(_S.COMMITTED, Effect.SELL, Tell.COMMITTED),
    (_S.EXPIRED, _I.CONFIRMED_SHORT): Step(_S.REFUSED, tell=Tell.REFUSED),
    (_S.EXPIRED, _I.CANCELLED): Step(_S.EXPIRED),
    (_S.EXPIRED, _I.CANCELLED_UNDERWAY): Step(_S.EXPIRED),
    (_S.EXPIRED, _I.TIME_IS_UP): Step(_S.EXPIRED),
    (_S.REFUSED, _I.PLACED): Step(_S.REFUSED),
    (_S.REFUSED, _I.PLACED_SHORT): Step(_S.REFUSED),
    (_S.REFUSED, _I.CONFIRMED): Step(_S.REFUSED, tell=Tell.RELEASED),
    (_S.REFUSED, _I.CONFIRMED_SHORT): Step(_S.REFUSED, tell=Tell.RELEASED),
    (_S.REFUSED, _I.CANCELLED): Step(_S.REFUSED),
    (_S.REFUSED, _I.CANCELLED_UNDERWAY): Step(_S.REFUSED),
    (_S.REFUSED, _I.TIME_IS_UP): Step(_S.REFUSED),
}


def step(state: ReservationState, heard: Input) -> Step:
    return TABLE[state, heard]
