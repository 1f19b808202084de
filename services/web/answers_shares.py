"""Of `answers`, what is about how work is shared out among companies."""

from __future__ import annotations

from datetime import date

from services.web.answers import Answered, PageInfo


class Day(Answered, frozen=True, kw_only=True):
    day: date
    offered: int
    accepted: int
    declined: int
    expired: int
    delivered: int
    fees: int
    rider_shares: int


class Sharing(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    days: list[Day]
    is_connected: bool | None = None


class CompanySharePage(Answered, frozen=True, kw_only=True):
    partner: Sharing | None = None


class SharingEdge(Answered, frozen=True, kw_only=True):
    node: Sharing


class Sharings(Answered, frozen=True, kw_only=True):
    edges: list[SharingEdge]
    page_info: PageInfo


class Accuracy(Answered, frozen=True, kw_only=True):
    stage: str
    trips: int
    median_s: int
    off_by_s: int
    within_five_minutes: int


class AllSharesPage(Answered, frozen=True, kw_only=True):
    partners: Sharings | None = None
    estimate_accuracy: list[Accuracy] | None = None
