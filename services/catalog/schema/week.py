"""When and where a merchant sells, as GraphQL shows it: hours, closures, rounds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from enum import StrEnum

import strawberry

from services.catalog.store.reading_merchants import StopView
from services.kit.graphql.enums import described
from services.kit.graphql.types import Point


class Weekday(StrEnum):
    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


WEEKDAYS = tuple(Weekday)  # by the number that the rows have: Monday is 0

described(
    Weekday,
    "A day of the week in WIB.",
    MONDAY="Senin.",
    TUESDAY="Selasa.",
    WEDNESDAY="Rabu.",
    THURSDAY="Kamis.",
    FRIDAY="Jumat.",
    SATURDAY="Sabtu.",
    SUNDAY="Minggu.",
)


@strawberry.type(
    description="Open from opensAt to closesAt, WIB; a closing time at or before opening is on the next day."
)
class OpeningHours:
    weekday: Weekday = strawberry.field(description="The day in WIB on which it opens.")
    opens_at: time = strawberry.field(description="WIB; open from then on.")
    closes_at: time = strawberry.field(description="WIB; closed from then on.")


@strawberry.type(description="Shut for a while, whatever the hours say.")
class Closure:
    id: strawberry.ID = strawberry.field(description="To open again by.")
    starts_at: datetime = strawberry.field(description="Shut from then on.")
    ends_at: datetime = strawberry.field(description="Open again from then on, within the hours.")
    note: str | None = strawberry.field(description="Why, for buyers, as its people said.")


@strawberry.type(description="A place where a wlijo stops on the round.")
class RouteStop:
    id: strawberry.ID = strawberry.field(
        description="Stays while the stop is kept: of orders for it, and to keep it by."
    )
    label: str = strawberry.field(description="What people call the place.")
    point: Point = strawberry.field(description="Where buyers find the wlijo.")
    arrives_at: time = strawberry.field(description="As planned, WIB.")
    next_day: bool = strawberry.field(
        description="Whether that is past midnight: on the day after the one on which the round begins."
    )
    orders: int = strawberry.field(description="That she brings along to it on one day at most; 0 when she takes none.")
    order_until_s: int = strawberry.field(
        description="Until so many seconds before `arrivesAt` she takes orders for it."
    )


@strawberry.type(description="A wlijo's round on one weekday.")
class Route:
    weekday: Weekday = strawberry.field(description="The day in WIB on which it begins; it may go on past midnight.")
    stops: list[RouteStop] = strawberry.field(description="In the order of the round.")


def routes_of(rows: Sequence[StopView]) -> list[Route]:
    """Of one merchant's stops, in their order."""
    rounds: dict[int, Route] = {}
    first: dict[int, time] = {}
    for row in rows:
        of_day = rounds.setdefault(row.weekday, Route(weekday=WEEKDAYS[row.weekday], stops=[]))
        begins = first.setdefault(row.weekday, row.arrives_at)
        of_day.stops.append(
            RouteStop(
                id=strawberry.ID(str(row.id)),
                label=row.label,
                point=Point(lat=row.point.lat, lng=row.point.lng),
                arrives_at=row.arrives_at,
                next_day=row.arrives_at < begins,
                orders=row.orders,
                order_until_s=row.order_until_s,
            )
        )
    return list(rounds.values())
