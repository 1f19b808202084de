"""How and when an order is handed over: the times and places that a merchant has for it, and the one that a buyer has chosen. Pure.

Days and hours are WIB's. What is told of a slot is as far as is known: the database alone says that there is room in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.contracts.catalog import MerchantKind, Stop, StopId
from services.contracts.ordering import HandoverWay
from services.contracts.places import WIB, GeoPoint
from services.ordering.domain.cart import MerchantsAreTooMany
from services.ordering.domain.offer import OfferedMerchant
from services.ordering.domain.refusal import Refused

HOUR: Final = timedelta(hours=1)
LEAST: Final = timedelta(minutes=15)
"""For less of an hour nobody is asked to come."""
REQUEST_BEFORE: Final = timedelta(minutes=30)
"""A rider is sought so long before a slot: about what the search and the way to the merchants take."""
AT_STOP: Final = timedelta(minutes=30)
"""Nobody knows to the minute when a wlijo comes, and she waits for nobody much longer."""
KEPT_FOR: Final = timedelta(hours=1)
"""What nobody came for is kept so long after its slot: the buyer may be on the way."""
ANSWER_WITHIN: Final = timedelta(hours=12)
"""For an order of a later time a merchant may sleep over it, but not over the time when it has to be packed."""
STOPS_AHEAD: Final = 7
"""Days: each stop is once a week, and its next time is offered."""
PER_HOUR: Final = 20
"""Orders that a merchant takes for one hour when it has said nothing: one in three minutes."""
MAX_PER_HOUR: Final = 1_000
MOST_SLOTS: Final = 200
"""In one answer: the hours of two days, collected and brought, and a hundred stops."""
_MOST_STOPS: Final = 100


class SlotUnavailable(StrEnum):
    """Why a slot cannot be chosen."""

    FULL = "FULL"
    TOO_LATE = "TOO_LATE"
    CLOSED = "CLOSED"


class SlotIsFull(Refused):
    pass


class SlotIsNotOffered(Refused):
    """There is none of that time and place, or it was to be ordered until `until`."""

    def __init__(self, until: datetime | None = None) -> None:
        super().__init__(f"it was to be ordered until {until}" if until else "there is no such time and place")
        self.until = until


class LimitIsInvalid(Refused):
    def __init__(self, field: str) -> None:
        super().__init__(f"it is 0 to {MAX_PER_HOUR} orders")
        self.field = field


def check_limit(field: str, orders: int) -> int:
    """Raises LimitIsInvalid."""
    if not 0 <= orders <= MAX_PER_HOUR:
        raise LimitIsInvalid(field)
    return orders


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the buyer chose: a slot by when it begins, at a stop by that stop too. Without a time it is brought now."""

    way: HandoverWay = HandoverWay.DELIVERY
    slot_from: datetime | None = None
    stop_id: StopId | None = None

    @property
    def is_now(self) -> bool:
        return self.way is HandoverWay.DELIVERY and self.slot_from is None


NOW: Final = Wanted()


@dataclass(frozen=True, slots=True)
class Slot:
    """`place_id` is of the merchant or its stop: with way and time it tells a slot from others. `order_until` is the cut-off, `pack_by`
    when the goods have to be ready."""

    way: HandoverWay
    place_id: UUID
    starts: datetime
    ends: datetime
    order_until: datetime
    pack_by: datetime
    capacity: int
    place: str
    point: GeoPoint
    stop_id: StopId | None = None
    closed: bool = False

    @property
    def key(self) -> tuple[UUID, HandoverWay, datetime]:
        return self.place_id, self.way, self.starts

    def unavailable(self, at: datetime, left: int) -> SlotUnavailable | None:
        if self.closed:
            return SlotUnavailable.CLOSED
        if at >= self.order_until:
            return SlotUnavailable.TOO_LATE
        return SlotUnavailable.FULL if left <= 0 else None


Key = tuple[UUID, HandoverWay, datetime]
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Offered:
    """A slot of one merchant, or of several at once, as a buyer sees it. `slots` has one for each."""

    slots: tuple[Slot, ...]
    left: int
    unavailable: SlotUnavailable | None

    @property
    def first(self) -> Slot:
        return self.slots[0]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What an order is placed for. No slot, and no time, when it is brought now."""

    wanted: Wanted = NOW
    slots: tuple[Slot, ...] = ()

    @property
    def starts(self) -> datetime | None:
        return self.slots[0].starts if self.slots else None

    @property
    def ends(self) -> datetime | None:
        return self.slots[0].ends if self.slots else None

    @property
    def place(self) -> Slot | None:
        """Where it is collected."""
        return self.slots[0] if self.wanted.way is not HandoverWay.DELIVERY else None


def slots(merchant: OfferedMerchant, at: datetime) -> list[Slot]:
    """All that a merchant has from this hour to the end of tomorrow, and the next time of each of its stops."""
    hours = _hours_from(at)
    open_times = _trading(merchant, hours[0], hours[-1] + HOUR)
    found = [
        *_brought(merchant, hours[1:], open_times),
        *_collected(merchant, hours, open_times, at),
        *_at_stops(merchant, at),
    ]
    return sorted(found, key=lambda slot: (slot.starts, slot.way, slot.place))


def offered(
    merchants: Sequence[OfferedMerchant], taken: Mapping[Key, int], at: datetime, day: date | None = None
) -> list[Offered]:
    """What all of these merchants have: several can only be brought together, at a time that each has. Of one WIB day when `day` is
    said."""
    if not merchants:
        return []
    each = [{(slot.way, slot.starts, slot.stop_id): slot for slot in slots(merchant, at)} for merchant in merchants]
    found = []
    for key in each[0]:
        together = tuple(of[key] for of in each if key in of)
        if len(together) < len(merchants) or (len(merchants) > 1 and key[0] is not HandoverWay.DELIVERY):
            continue
        if day is not None and key[1].astimezone(WIB).date() != day:
            continue
        left = min(max(0, slot.capacity - taken.get(slot.key, 0)) for slot in together)
        why = next((why for slot in together if (why := slot.unavailable(at, left))), None)
        found.append(Offered(together, left, why))
    return found[:MOST_SLOTS]


def choose(merchants: Sequence[OfferedMerchant], wanted: Wanted, at: datetime) -> Chosen:
    """The slot of each merchant; whether there is room in it the database says. Raises SlotIsNotOffered, or MerchantsAreTooMany: what is
    collected is of one merchant."""
    if wanted.is_now:
        return Chosen()
    if wanted.way is not HandoverWay.DELIVERY and len(merchants) > 1:
        raise MerchantsAreTooMany(len(merchants), 1)
    chosen = []
    for merchant in merchants:
        slot = next((slot for slot in slots(merchant, at) if _is(slot, wanted)), None)
        if slot is None or slot.closed or slot.capacity <= 0:
            raise SlotIsNotOffered
        if at >= slot.order_until:
            raise SlotIsNotOffered(slot.order_until)
        chosen.append(slot)
    return Chosen(wanted, tuple(chosen))


def _is(slot: Slot, wanted: Wanted) -> bool:
    return (slot.way, slot.starts, slot.stop_id) == (wanted.way, wanted.slot_from, wanted.stop_id)


def answer_within(merchant: OfferedMerchant, slot: Slot | None, at: datetime) -> timedelta:
    """How long the merchant may take to answer: for now what it has set, for later half a day, but not longer than until it has to pack."""
    usual = timedelta(seconds=merchant.accept_within_s)
    if slot is None:
        return usual
    pack_from = slot.pack_by - timedelta(seconds=merchant.prep_time_s)
    return max(usual, min(ANSWER_WITHIN, pack_from - at))


def pack_by(way: HandoverWay, slot_from: datetime) -> datetime:
    return slot_from - REQUEST_BEFORE if way is HandoverWay.DELIVERY else slot_from


def _collected(
    merchant: OfferedMerchant, hours: Sequence[datetime], open_times: Sequence[Span], at: datetime
) -> Iterator[Slot]:
    """Each hour of the counter in which the goods can still be packed for who comes."""
    if merchant.pickups_per_hour <= 0:
        return
    takes = timedelta(seconds=merchant.accept_within_s + merchant.prep_time_s)
    for opened, shut in open_times:
        for hour in hours:
            starts, ends = max(opened, hour), min(shut, hour + HOUR)
            if ends - starts < LEAST or ends <= at:
                continue
            yield Slot(
                way=HandoverWay.PICKUP,
                place_id=merchant.id.uuid,
                starts=starts,
                ends=ends,
                order_until=ends - takes,
                pack_by=max(starts, min(at + takes, ends)),
                capacity=merchant.pickups_per_hour,
                place=merchant.name,
                point=merchant.point,
            )


def _brought(merchant: OfferedMerchant, hours: Sequence[datetime], open_times: Sequence[Span]) -> Iterator[Slot]:
    """Each whole hour at whose beginning the goods can be fetched."""
    if merchant.deliveries_per_hour <= 0:
        return
    takes = timedelta(seconds=merchant.accept_within_s + merchant.prep_time_s)
    for start in hours:
        if any(opened <= start < shut for opened, shut in open_times):
            yield Slot(
                way=HandoverWay.DELIVERY,
                place_id=merchant.id.uuid,
                starts=start,
                ends=start + HOUR,
                order_until=start - REQUEST_BEFORE - takes,
                pack_by=start - REQUEST_BEFORE,
                capacity=merchant.deliveries_per_hour,
                place=merchant.name,
                point=merchant.point,
            )


def _at_stops(merchant: OfferedMerchant, at: datetime) -> Iterator[Slot]:
    """The next time of each stop that takes orders: today's while it can be ordered for, else the next week's is the next."""
    first: dict[int, time] = {}
    for stop in merchant.stops:
        first.setdefault(stop.weekday, stop.arrives)
    for stop in [stop for stop in merchant.stops if stop.orders > 0][:_MOST_STOPS]:
        times = [each for each in _arrivals(stop, first[stop.weekday], at) if each + AT_STOP > at]
        open_ones = [each for each in times if at < each - timedelta(seconds=stop.order_until_s)]
        starts = next(iter(open_ones or times), None)
        if starts is None:
            continue
        yield Slot(
            way=HandoverWay.ROUTE_STOP,
            place_id=stop.stop_id.uuid,
            starts=starts,
            ends=starts + AT_STOP,
            order_until=starts - timedelta(seconds=stop.order_until_s),
            pack_by=starts,
            capacity=stop.orders,
            place=stop.label,
            point=stop.point,
            stop_id=stop.stop_id,
            closed=any(each.starts <= starts < each.ends for each in merchant.closures),
        )


def _arrivals(stop: Stop, first: time, at: datetime) -> list[datetime]:
    """A round that began yesterday may stop today: a time before the round's first is past midnight."""
    late = timedelta(days=1) if stop.arrives < first else timedelta()
    today = at.astimezone(WIB).date()
    days = (today + timedelta(days=ahead) for ahead in range(-1, STOPS_AHEAD + 2))
    return [datetime.combine(day, stop.arrives, WIB) + late for day in days if day.weekday() == stop.weekday]


def _hours_from(at: datetime) -> list[datetime]:
    """Whole hours from the present one to the last of tomorrow."""
    local = at.astimezone(WIB).replace(minute=0, second=0, microsecond=0)
    over = datetime.combine(local.date() + timedelta(days=2), time(0), WIB)
    return [local + n * HOUR for n in range(int((over - local) / HOUR))]


def _trading(merchant: OfferedMerchant, since: datetime, until: datetime) -> list[Span]:
    """When the merchant trades between two hours: the same as `places.trades` says of each moment, reckoned once."""
    spans = [(since, until)] if merchant.always_open else []
    days = (until.date() - since.date()).days
    for day in (since.date() + timedelta(days=ahead) for ahead in range(-1, days + 1)):
        for each in merchant.hours if not merchant.always_open else ():
            if each.weekday == day.weekday():
                over = timedelta(days=1) if each.closes <= each.opens else timedelta()
                opens, closes = (datetime.combine(day, clock, WIB) for clock in (each.opens, each.closes))
                spans.append((opens, closes + over))
    for closure in merchant.closures:
        shut, again = closure.starts.astimezone(WIB), closure.ends.astimezone(WIB)
        spans = [part for a, b in spans for part in ((a, min(b, shut)), (max(a, again), b)) if part[0] < part[1]]
    joined: list[Span] = []
    for a, b in sorted((max(a, since), min(b, until)) for a, b in spans if a < until and b > since):
        if joined and a <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(b, joined[-1][1]))
        else:
            joined.append((a, b))
    return joined


def by_kind(kind: str) -> int:
    """Who collects from somebody who walks about meets her at a stop."""
    return 0 if kind == MerchantKind.WLIJO else PER_HOUR


def with_limits(merchant: OfferedMerchant, pickups: int | None, deliveries: int | None, kind: str) -> OfferedMerchant:
    """As the merchant has set it, else as is usual."""
    return replace(
        merchant,
        pickups_per_hour=by_kind(kind) if pickups is None else pickups,
        deliveries_per_hour=PER_HOUR if deliveries is None else deliveries,
    )
