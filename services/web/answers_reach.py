"""What is answered of when and where a company wants to be asked; as answers.py."""

from __future__ import annotations

from services.web.answers import Answered, Point


class Span(Answered, frozen=True, kw_only=True):
    """Monday is 1."""

    weekday: int
    opens_at: str
    closes_at: str


class Reach(Answered, frozen=True, kw_only=True):
    hours: list[Span]
    kecamatan_codes: list[str]
    boundary: list[Point]
    jobs_at_once: int | None
    has_now: int
    is_open: bool


class ReachOf(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    is_connected: bool | None
    reach: Reach | None


class CompanyReach(Answered, frozen=True, kw_only=True):
    partner: ReachOf | None = None
