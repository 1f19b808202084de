"""What a partner's reply comes to: it is told in one go with the reply's own outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.delivery.domain.trip import Trip
from services.kit.messaging.envelope import Told


@dataclass(frozen=True, slots=True)
class Effect:
    """The trip as it is now, what is to be told, and whether the reply changed anything."""

    trip: Trip
    told: Sequence[Told] = ()
    changed: bool = True
