"""What is answered to officers who draw zones and enter tariffs; as answers.py."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from services.web.answers import Answered, PageInfo, Point
from services.web.answers_cart import FareLine
from services.web.answers_rates import RateList


class ZoneHours(Answered, frozen=True, kw_only=True):
    weekday: int
    opens_at: str
    closes_at: str


class ZoneDone(Answered, frozen=True, kw_only=True):
    action: str
    reason: str
    at: datetime


class Zone(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    kind: str
    effect: str
    reason: str
    reason_en: str | None
    surcharge: int
    valid_from: date | None
    valid_until: date | None
    switched_on: bool
    holds_now: bool
    hours: list[ZoneHours]
    boundary: list[Point]
    history: list[ZoneDone]


class ZoneEdge(Answered, frozen=True, kw_only=True):
    node: Zone


class ZoneList(Answered, frozen=True, kw_only=True):
    page_info: PageInfo
    edges: list[ZoneEdge] = msgspec.field(default_factory=list)


class Zones(Answered, frozen=True, kw_only=True):
    zones: ZoneList | None = None


class NightFare(Answered, frozen=True, kw_only=True):
    begins: str
    ends: str
    amount: int


class FareBand(Answered, frozen=True, kw_only=True):
    per_km_low: int
    per_km_high: int
    min_fee_low: int
    min_fee_high: int


class Tariff(Answered, frozen=True, kw_only=True):
    version: str
    valid_from: date
    valid_until: date | None
    min_fee: int
    included_m: int
    per_km: int
    per_stop: int
    included_gram: int
    per_kg: int
    night: NightFare | None
    rounding: int
    rider_share_percent: int
    partner_share_percent: int
    platform_share_percent: int
    legal_basis: str
    binding: bool
    band: FareBand | None
    why: str | None


class TariffEdge(Answered, frozen=True, kw_only=True):
    node: Tariff


class TariffList(Answered, frozen=True, kw_only=True):
    page_info: PageInfo
    edges: list[TariffEdge] = msgspec.field(default_factory=list)


class ReplayedFare(Answered, frozen=True, kw_only=True):
    tariff_version: str
    rate_version: str | None
    legal_basis: str
    at: datetime
    distance_m: int
    lines: list[FareLine]
    quoted: int
    recomputed: int
    same: bool
    fee_now: int


class Tariffs(Answered, frozen=True, kw_only=True):
    tariffs: TariffList | None = None
    company_rates: RateList | None = None
    replayed_fare: ReplayedFare | None = None
