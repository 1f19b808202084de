"""What is answered to officers about how riders are sought; as answers.py."""

from __future__ import annotations

from datetime import datetime

import msgspec

from services.web.answers import Answered, PageInfo


class Named(Answered, frozen=True, kw_only=True):
    id: str
    name: str


class NamedEdge(Answered, frozen=True, kw_only=True):
    node: Named


class NamedList(Answered, frozen=True, kw_only=True):
    edges: list[NamedEdge] = msgspec.field(default_factory=list)


class Policy(Answered, frozen=True, kw_only=True):
    id: str | None
    valid_from: datetime | None
    rule: str
    offer_seconds: int
    at_once: int
    rounds: int
    pause_seconds: int
    assign_within_seconds: int
    reach_m: int
    escalate_percent: int
    together: int
    batch: int
    detour_m: int
    why: str | None
    companies: list[Named]


class PolicyEdge(Answered, frozen=True, kw_only=True):
    node: Policy


class PolicyList(Answered, frozen=True, kw_only=True):
    page_info: PageInfo
    edges: list[PolicyEdge] = msgspec.field(default_factory=list)


class DispatchPolicies(Answered, frozen=True, kw_only=True):
    dispatch_policy: Policy | None = None
    dispatch_policies: PolicyList | None = None
    partners: NamedList | None = None


class CompanyName(Answered, frozen=True, kw_only=True):
    name: str


class Asked(Answered, frozen=True, kw_only=True):
    state: str
    offered_at: datetime
    taken_today: int | None
    asked_of: int | None
    away_m: int | None
    added_m: int | None
    by_hand: bool
    partner: CompanyName | None


class Decision(Answered, frozen=True, kw_only=True):
    action: str
    minutes: int | None
    reason: str
    at: datetime
    partner: CompanyName | None


class Search(Answered, frozen=True, kw_only=True):
    delivery_id: str
    order_id: str
    status: str
    test: bool
    requested_at: datetime | None
    wants_person_since: datetime | None
    seek_until: datetime | None
    cash_to_collect: int
    distance_m: int
    merchant_name: str | None
    from_kecamatan: str
    to_kecamatan: str
    asked: list[Asked]
    decisions: list[Decision]


class SearchEdge(Answered, frozen=True, kw_only=True):
    node: Search


class SearchList(Answered, frozen=True, kw_only=True):
    page_info: PageInfo
    edges: list[SearchEdge] = msgspec.field(default_factory=list)


class Company(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    status: str


class CompanyEdge(Answered, frozen=True, kw_only=True):
    node: Company


class CompanyList(Answered, frozen=True, kw_only=True):
    edges: list[CompanyEdge] = msgspec.field(default_factory=list)


class Searches(Answered, frozen=True, kw_only=True):
    searches_wanting_a_person: SearchList | None = None
    rider_search: Search | None = None
    partners: CompanyList | None = None
