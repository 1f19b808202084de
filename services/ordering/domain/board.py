"""What one follower of a merchant's orders has been told, and so what is news to him. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from services.contracts.ordering import SellerOrderId
from services.ordering.domain.seller_order import SellerOrderStatus

_S = SellerOrderStatus
OPEN: Final = frozenset({_S.AWAITING_MERCHANT, _S.ACCEPTED, _S.PACKING, _S.READY, _S.HANDED_OVER})
"""The others are ends: no seller order leaves them, nor changes in them."""

MOST_OPEN: Final = 1_000
MOST_ENDED: Final = 200
"""In one look. Of the present the newest are told; later the rest comes with the next look."""
ENDED_WITHIN: Final = timedelta(hours=24)
"""The present holds what has ended within this time: an app that was away is told the ends."""
PART: Final = 100
"""Orders in one message, as in a page of a list."""
_OVERLAP: Final = timedelta(minutes=1)
"""A clock may be set back a little between two looks."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A seller order as a look finds it."""

    id: SellerOrderId
    version: int
    ended: bool
    changed_at: datetime


@dataclass(slots=True)
class Board:
    """A look finds, of one moment: the oldest `MOST_OPEN` that are open; of `followed`, which were told as open, those that have ended; and
    those that have ended since `since` and are not `known`, the newest `MOST_ENDED`.

    Nothing escapes two looks, however long a change takes to commit after it was dated. What was told as open is looked up by its id. What
    was not, at a look, was not there: whoever ends it begins after that look, and dates it so.
    """

    followed: dict[SellerOrderId, int] = field(default_factory=dict)
    known: dict[SellerOrderId, datetime] = field(default_factory=dict)
    since: datetime | None = None

    def begin(self, now: datetime) -> datetime:
        """From when on ends are looked for. `now` is read before the look."""
        return self.since or now - ENDED_WITHIN

    def reaches(self, now: datetime, found: Sequence[Seen]) -> datetime:
        """Since when the present, a first look, has every end."""
        ends = [each.changed_at for each in found if each.ended]
        return self.begin(now) if len(ends) < MOST_ENDED else min(ends)

    def take(self, now: datetime, found: Sequence[Seen]) -> list[SellerOrderId]:
        """Those that are news, what is open first."""
        first = self.since is None
        whole = sum(each.ended and each.id not in self.followed for each in found) < MOST_ENDED
        news = [each for each in found if self._is_news(each)]
        if first or whole:
            # A test may set the clock back.
            self.since = now - _OVERLAP
            self.known = {id: at for id, at in self.known.items() if at >= self.since}
        return [each.id for each in sorted(news, key=lambda each: each.ended)]

    def tell(self, seen: Iterable[Seen]) -> None:
        """They are told now, as they are."""
        for each in seen:
            if each.ended:
                self.followed.pop(each.id, None)
                self.known[each.id] = each.changed_at
            else:
                self.followed[each.id] = each.version

    def _is_news(self, each: Seen) -> bool:
        if each.id in self.known:
            return False
        return each.ended or self.followed.get(each.id) != each.version
