"""What is answered to operators about how the services run and what is stuck in them; as answers.py."""

from __future__ import annotations

from datetime import datetime

import msgspec

from services.web.answers import Answered, PageInfo


class StuckEvent(Answered, frozen=True, kw_only=True):
    id: str
    kind: str
    reason: str
    consumer: str
    source: str | None
    topic: str
    about: str | None
    count: int | None
    since: datetime
    error: str | None
    attempts: int
    behind: int
    next_try_at: datetime | None
    asked_at: datetime | None
    answered: str | None


class StuckEdge(Answered, frozen=True, kw_only=True):
    node: StuckEvent


class StuckList(Answered, frozen=True, kw_only=True):
    page_info: PageInfo
    edges: list[StuckEdge] = msgspec.field(default_factory=list)


class OpsStuck(Answered, frozen=True, kw_only=True):
    """Of each service what it says itself; null of one that is away."""

    catalog_stuck_events: StuckList | None = None
    ordering_stuck_events: StuckList | None = None
    delivery_stuck_events: StuckList | None = None
    people_stuck_events: StuckList | None = None
    insight_stuck_events: StuckList | None = None


class Missing(Answered, frozen=True, kw_only=True):
    name: str
    why: str | None
    since: datetime


class Process(Answered, frozen=True, kw_only=True):
    part: str
    version: str
    heard_at: datetime
    is_alive: bool
    missing: list[Missing]


class Hearer(Answered, frozen=True, kw_only=True):
    name: str
    unread: int | None
    waiting: int
    waiting_since: datetime | None
    parked: int
    parked_since: datetime | None
    dead: int


class Health(Answered, frozen=True, kw_only=True):
    processes: list[Process]
    consumers: list[Hearer]
    untold: int
    untold_since: datetime | None
    overdue_timers: int
    overdue_since: datetime | None
    overdue_kind: str | None


class MarkedCursor(Answered, frozen=True, kw_only=True):
    cursor: str


class AnyMarked(Answered, frozen=True, kw_only=True):
    edges: list[MarkedCursor] = msgspec.field(default_factory=list)


class HookHealth(Answered, frozen=True, kw_only=True):
    status: str
    failing_since: datetime | None
    rests_until: datetime | None
    delivered_at: datetime | None
    waiting: int
    waiting_since: datetime | None


class CompanyHealth(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    status: str
    is_connected: bool | None
    unanswered_offers: int | None
    heard_at: datetime | None
    webhook: HookHealth | None


class CompanyHealthEdge(Answered, frozen=True, kw_only=True):
    node: CompanyHealth


class CompanyHealths(Answered, frozen=True, kw_only=True):
    edges: list[CompanyHealthEdge] = msgspec.field(default_factory=list)


class OpsHealth(Answered, frozen=True, kw_only=True):
    catalog_health: Health | None = None
    ordering_health: Health | None = None
    delivery_health: Health | None = None
    people_health: Health | None = None
    insight_health: Health | None = None
    orders_wanting_a_person: AnyMarked | None = None
    partners: CompanyHealths | None = None
