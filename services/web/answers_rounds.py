"""Of `answers`, what is about wlijo on their rounds."""

from __future__ import annotations

from services.web.answers import Answered, OnRound, Point


class RoundNow(Answered, frozen=True, kw_only=True):
    round: OnRound | None


class FollowRound(Answered, frozen=True, kw_only=True):
    round_changed: RoundNow | None = None


class PlannedStop(Answered, frozen=True, kw_only=True):
    id: str
    label: str
    point: Point
    arrives_at: str
    next_day: bool
    orders: int
    order_until_s: int


class PlannedRoute(Answered, frozen=True, kw_only=True):
    weekday: str
    stops: list[PlannedStop]


class Area(Answered, frozen=True, kw_only=True):
    radius_m: int | None
    kecamatan_codes: list[str]


class Rounds(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    slug: str
    kind: str
    pickup_point: Point
    route: list[PlannedRoute]
    round: OnRound | None
    serving_area: Area | None


class ShopRounds(Answered, frozen=True, kw_only=True):
    merchant_by_slug: Rounds | None = None
