"""When and where a merchant sells, as GraphQL shows it: hours, closures, rounds."""

from __future__ import annotations

from datetime import datetime, time
from enum import StrEnum

import strawberry

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
    label: str = strawberry.field(description="What people call the place.")
    point: Point = strawberry.field(description="Where buyers find the wlijo.")
    arrives_at: time = strawberry.field(description="As planned, WIB.")


@strawberry.type(description="A wlijo's round on one weekday.")
class Route:
    weekday: Weekday = strawberry.field(description="The day in WIB on which it is walked.")
    stops: list[RouteStop] = strawberry.field(description="In the order of the round.")
