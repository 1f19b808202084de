"""Zones: places with a rule of their own, by day, hour and direction.

Which of several holds: a denial beats everything; then, where areas of service are drawn, a stop must lie in one of them; of the surcharges
at one stop the highest, and a zone that several stops lie in counts once. A point on a boundary lies inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from services.contracts.delivery import Place, ZoneEffect, ZoneId, ZoneKind
from services.contracts.places import WIB, GeoPoint, Hours, is_open

MAX_ZONES: Final = 500
"""That are not ended; ten times what the regency has thought of."""
MAX_SURCHARGE_RUPIAH: Final = 1_000_000
MAX_HOURS: Final = 28
"""Four spans on each weekday."""
MAX_NAME_CHARACTERS: Final = 80
MAX_REASON_CHARACTERS: Final = 200


class ZoneAction(StrEnum):
    ENTER = "ENTER"
    SWITCH_ON = "SWITCH_ON"
    SWITCH_OFF = "SWITCH_OFF"
    END = "END"


class ZoneIsInvalid(Exception):
    """What was given is no zone. `field` is where."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field


class ZonesAreTooMany(Exception):
    """More than MAX_ZONES that are not ended."""


class UnknownZone(Exception):
    """There is no such zone."""


class ZoneHasEnded(Exception):
    """Nothing of an ended zone changes; a new one is entered."""


class NotServed(Exception):
    """A zone keeps riders from a stop. `zone` is None where areas of service are drawn and the stop lies in none of them."""

    def __init__(self, place: Place, zone: Zone | None) -> None:
        words = f"{zone.name}: {zone.reason_en or zone.reason}" if zone else "no rider serves this place at this hour"
        super().__init__(words)
        self.place = place
        self.zone = zone

    @property
    def indonesian(self) -> str:
        return f"{self.zone.name}: {self.zone.reason}" if self.zone else "tidak dilayani pengantar pada jam ini"


_DENIES: Final = {
    Place.PICKUP: frozenset({ZoneEffect.DENY_PICKUP, ZoneEffect.DENY_BOTH}),
    Place.DROPOFF: frozenset({ZoneEffect.DENY_DROPOFF, ZoneEffect.DENY_BOTH}),
}
_CHARGES: Final = {
    Place.PICKUP: frozenset({ZoneEffect.SURCHARGE_PICKUP, ZoneEffect.SURCHARGE_BOTH}),
    Place.DROPOFF: frozenset({ZoneEffect.SURCHARGE_DROPOFF, ZoneEffect.SURCHARGE_BOTH}),
}
SURCHARGES: Final = _CHARGES[Place.PICKUP] | _CHARGES[Place.DROPOFF]


@dataclass(frozen=True, slots=True)
class Zone:
    """`reason` is Indonesian, for buyers; `valid_until` is the last day, days and hours are WIB's, no hours are all. The boundary is a ring
    without its last corner, which is the first."""

    id: ZoneId
    name: str
    kind: ZoneKind
    effect: ZoneEffect
    reason: str
    boundary: Sequence[GeoPoint] = ()
    reason_en: str | None = None
    surcharge_rupiah: int = 0
    valid_from: date | None = None
    valid_until: date | None = None
    hours: Sequence[Hours] = ()
    switched_on: bool = True
    ended_at: datetime | None = None
    version: int = 1

    def holds(self, at: datetime) -> bool:
        """Whether it is in force at an instant."""
        today = at.astimezone(WIB).date()
        return (
            self.switched_on
            and (self.ended_at is None or at < self.ended_at)
            and (self.valid_from is None or self.valid_from <= today)
            and (self.valid_until is None or today <= self.valid_until)
            and (not self.hours or is_open(self.hours, at))
        )

    def denies(self, place: Place) -> bool:
        return self.effect in _DENIES[place]

    def charges(self, place: Place) -> bool:
        return self.effect in _CHARGES[place]

    @property
    def stops_trips(self) -> bool:
        """Whether switching it on is felt by trips that are under way."""
        return self.kind is ZoneKind.HAZARD


@dataclass(frozen=True, slots=True)
class At:
    """A stop, and the zones whose boundary it lies in, in force or not."""

    place: Place
    zones: Sequence[Zone]


def surcharges(stops: Iterable[At], served: Sequence[Zone], now: datetime) -> tuple[Zone, ...]:
    """What the stops cost more, by the zones that say so, each once. `served` are all areas of service. Raises NotServed."""
    drawn = any(each.holds(now) for each in served)
    found: dict[ZoneId, Zone] = {}
    for stop in stops:
        here = [each for each in stop.zones if each.holds(now)]
        for each in sorted(here, key=lambda zone: zone.name):
            if each.denies(stop.place):
                raise NotServed(stop.place, each)
        if drawn and not any(each.effect is ZoneEffect.SERVE for each in here):
            raise NotServed(stop.place, None)
        dear = [each for each in here if each.charges(stop.place)]
        if dear:
            highest = max(dear, key=lambda zone: (zone.surcharge_rupiah, str(zone.id)))
            found[highest.id] = highest
    return tuple(sorted(found.values(), key=lambda zone: (zone.name, str(zone.id))))


def check(zone: Zone, today: date) -> None:
    """Before it is entered, on a day in WIB. Raises ZoneIsInvalid."""
    charges = zone.effect in SURCHARGES
    if charges != (0 < zone.surcharge_rupiah <= MAX_SURCHARGE_RUPIAH) or (not charges and zone.surcharge_rupiah):
        raise ZoneIsInvalid("surcharge", f"a surcharge is 1 to {MAX_SURCHARGE_RUPIAH} rupiah, and of no other effect")
    if (zone.kind is ZoneKind.SERVICE) != (zone.effect is ZoneEffect.SERVE):
        raise ZoneIsInvalid("effect", "SERVE is what an area of service does, and it does nothing else")
    if zone.valid_from and zone.valid_until and zone.valid_until < zone.valid_from:
        raise ZoneIsInvalid("validUntil", "the last day is before the first")
    if zone.valid_until and zone.valid_until < today:
        raise ZoneIsInvalid("validUntil", "the last day is over: nothing of the past changes")
    if len(zone.hours) > MAX_HOURS:
        raise ZoneIsInvalid("hours", f"at most {MAX_HOURS} spans of hours")
    if zone.stops_trips and (zone.effect in SURCHARGES or zone.hours or (zone.valid_from and zone.valid_from > today)):
        raise ZoneIsInvalid("effect", "a hazard denies, from when it is switched on until it is switched off")
