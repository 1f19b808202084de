"""A reservation, from an order's placing to its end: the machine and its table, and where the order's goods are meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from services.catalog.domain.stock import Place

WORD_WITHIN: Final = timedelta(days=1)
"""How long goods of a cancelled order lie on the counter when delivery says nothing of its trip: it answers a cancellation at once, and
has nothing to answer when it never planned a trip."""


class ReservationState(StrEnum):
    """NONE is an order that catalog has not heard of; every other state is a row."""

    NONE = "NONE"
    HELD = "HELD"
    COMMITTED = "COMMITTED"
    CALLED_OFF = "CALLED_OFF"
    """A confirmed order that was cancelled; whether somebody has its goods already, delivery has yet to say."""
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"
    REFUSED = "REFUSED"


class Trip(StrEnum):
    """What delivery has told of the order's trip, as far as the goods go. Either word is its last."""

    OPEN = "OPEN"
    FETCHED = "FETCHED"
    UNFETCHED = "UNFETCHED"
    """It ended, and nobody had fetched them."""


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
    FETCHED = "FETCHED"
    """A rider has, or has had, the goods."""
    UNFETCHED = "UNFETCHED"
    """The trip is over, and the goods were never fetched."""
    TIME_IS_UP = "TIME_IS_UP"


class Tell(StrEnum):
    NOTHING = "NOTHING"
    HELD = "HELD"
    REFUSED = "REFUSED"
    COMMITTED = "COMMITTED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Standing:
    """Two services tell of an order, in any order between them: its state follows ordering, `trip` keeps what delivery said."""

    state: ReservationState
    trip: Trip = Trip.OPEN

    @property
    def goods(self) -> Place:
        if self.trip is Trip.FETCHED and self.state is not ReservationState.NONE:
            return Place.GONE
        return _GOODS[self.state]


@dataclass(frozen=True, slots=True)
class Step:
    to: ReservationState
    tell: Tell = Tell.NOTHING


_S, _I = ReservationState, Input
_GOODS: Final[Mapping[ReservationState, Place]] = {
    _S.NONE: Place.FOR_SALE,
    _S.HELD: Place.RESERVED,
    _S.COMMITTED: Place.ON_COUNTER,
    _S.CALLED_OFF: Place.ON_COUNTER,
    _S.RELEASED: Place.FOR_SALE,
    _S.EXPIRED: Place.FOR_SALE,
    _S.REFUSED: Place.FOR_SALE,
}
_TRIP: Final[Mapping[Input, Trip]] = {_I.FETCHED: Trip.FETCHED, _I.UNFETCHED: Trip.UNFETCHED}
_WORD: Final[Mapping[Trip, Input]] = {trip: word for word, trip in _TRIP.items()}

_NEVER_HELD = Step(_S.RELEASED, Tell.RELEASED)

# Ordering tells of one order in order, so what comes before PLACED or against an earlier word is nobody's normal day. Such inputs
# are answered all the same: with the present truth where ordering believes that goods are kept for it, with silence elsewhere.
# Delivery's words come when they come: a confirmed order's rider can have the goods before catalog hears of the confirmation.
TABLE: Mapping[tuple[ReservationState, Input], Step] = {
    (_S.NONE, _I.PLACED): Step(_S.HELD, Tell.HELD),
    (_S.NONE, _I.PLACED_SHORT): Step(_S.REFUSED, Tell.REFUSED),
    (_S.NONE, _I.CONFIRMED): _NEVER_HELD,
    (_S.NONE, _I.CONFIRMED_SHORT): _NEVER_HELD,
    (_S.NONE, _I.CANCELLED): _NEVER_HELD,
    # No trip begins before catalog has held: this is of one that was called off, and the cancellation is on its way.
    (_S.NONE, _I.FETCHED): Step(_S.NONE),
    (_S.NONE, _I.UNFETCHED): Step(_S.NONE),
    (_S.NONE, _I.TIME_IS_UP): Step(_S.NONE),
    (_S.HELD, _I.PLACED): Step(_S.HELD),
    (_S.HELD, _I.PLACED_SHORT): Step(_S.HELD),
    (_S.HELD, _I.CONFIRMED): Step(_S.COMMITTED, Tell.COMMITTED),  # also past its time: it still holds
    (_S.HELD, _I.CONFIRMED_SHORT): Step(_S.COMMITTED, Tell.COMMITTED),
    (_S.HELD, _I.CANCELLED): Step(_S.RELEASED, Tell.RELEASED),
    (_S.HELD, _I.FETCHED): Step(_S.COMMITTED, Tell.COMMITTED),
    (_S.HELD, _I.UNFETCHED): Step(_S.HELD),
    (_S.HELD, _I.TIME_IS_UP): Step(_S.EXPIRED, Tell.EXPIRED),
    (_S.COMMITTED, _I.PLACED): Step(_S.COMMITTED),
    (_S.COMMITTED, _I.PLACED_SHORT): Step(_S.COMMITTED),
    (_S.COMMITTED, _I.CONFIRMED): Step(_S.COMMITTED),
    (_S.COMMITTED, _I.CONFIRMED_SHORT): Step(_S.COMMITTED),
    (_S.COMMITTED, _I.CANCELLED): Step(_S.CALLED_OFF),
    (_S.COMMITTED, _I.FETCHED): Step(_S.COMMITTED),
    # Not yet for sale: ordering has yet to end the order, or to say that it ends.
    (_S.COMMITTED, _I.UNFETCHED): Step(_S.COMMITTED),
    (_S.COMMITTED, _I.TIME_IS_UP): Step(_S.COMMITTED),
    (_S.CALLED_OFF, _I.PLACED): Step(_S.CALLED_OFF),
    (_S.CALLED_OFF, _I.PLACED_SHORT): Step(_S.CALLED_OFF),
    (_S.CALLED_OFF, _I.CONFIRMED): Step(_S.CALLED_OFF),
    (_S.CALLED_OFF, _I.CONFIRMED_SHORT): Step(_S.CALLED_OFF),
    (_S.CALLED_OFF, _I.CANCELLED): Step(_S.CALLED_OFF),
    (_S.CALLED_OFF, _I.FETCHED): Step(_S.RELEASED, Tell.RELEASED),
    (_S.CALLED_OFF, _I.UNFETCHED): Step(_S.RELEASED, Tell.RELEASED),
    (_S.CALLED_OFF, _I.TIME_IS_UP): Step(_S.RELEASED, Tell.RELEASED),
    (_S.RELEASED, _I.PLACED): Step(_S.RELEASED),
    (_S.RELEASED, _I.PLACED_SHORT): Step(_S.RELEASED),
    (_S.RELEASED, _I.CONFIRMED): Step(_S.RELEASED, Tell.RELEASED),
    (_S.RELEASED, _I.CONFIRMED_SHORT): Step(_S.RELEASED, Tell.RELEASED),
    (_S.RELEASED, _I.CANCELLED): Step(_S.RELEASED),
    (_S.RELEASED, _I.FETCHED): Step(_S.RELEASED),
    (_S.RELEASED, _I.UNFETCHED): Step(_S.RELEASED),
    (_S.RELEASED, _I.TIME_IS_UP): Step(_S.RELEASED),
    (_S.EXPIRED, _I.PLACED): Step(_S.EXPIRED),
    (_S.EXPIRED, _I.PLACED_SHORT): Step(_S.EXPIRED),
    # The end of the hold and the confirmation have crossed: what was freed is taken again while it is there.
    (_S.EXPIRED, _I.CONFIRMED): Step(_S.COMMITTED, Tell.COMMITTED),
    (_S.EXPIRED, _I.CONFIRMED_SHORT): Step(_S.REFUSED, Tell.REFUSED),
    (_S.EXPIRED, _I.CANCELLED): Step(_S.EXPIRED),
    (_S.EXPIRED, _I.FETCHED): Step(_S.COMMITTED, Tell.COMMITTED),
    (_S.EXPIRED, _I.UNFETCHED): Step(_S.EXPIRED),
    (_S.EXPIRED, _I.TIME_IS_UP): Step(_S.EXPIRED),
    (_S.REFUSED, _I.PLACED): Step(_S.REFUSED),
    (_S.REFUSED, _I.PLACED_SHORT): Step(_S.REFUSED),
    (_S.REFUSED, _I.CONFIRMED): Step(_S.REFUSED, Tell.RELEASED),
    (_S.REFUSED, _I.CONFIRMED_SHORT): Step(_S.REFUSED, Tell.RELEASED),
    (_S.REFUSED, _I.CANCELLED): Step(_S.REFUSED),
    (_S.REFUSED, _I.FETCHED): Step(_S.REFUSED),
    (_S.REFUSED, _I.UNFETCHED): Step(_S.REFUSED),
    (_S.REFUSED, _I.TIME_IS_UP): Step(_S.REFUSED),
}


def step(standing: Standing, heard: Input) -> tuple[Standing, Tell]:
    """Where it leads, and what is told of it. A word of delivery that came first is remembered, and is the last."""
    trip = standing.trip
    if heard in _TRIP:
        if trip is not Trip.OPEN or standing.state is ReservationState.NONE:
            return standing, Tell.NOTHING
        trip = _TRIP[heard]
    taken = TABLE[standing.state, heard]
    if taken.to is ReservationState.CALLED_OFF and trip is not Trip.OPEN:
        taken = TABLE[ReservationState.CALLED_OFF, _WORD[trip]]
    return Standing(taken.to, trip), taken.tell
