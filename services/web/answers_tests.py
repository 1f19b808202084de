"""What is answered about a company's test jobs; as answers.py."""

from __future__ import annotations

from datetime import datetime

from services.web.answers import Answered


class TestFinding(Answered, frozen=True, kw_only=True):
    expected: str
    met: bool | None
    detail: str | None


class TestMoment(Answered, frozen=True, kw_only=True):
    at: datetime
    type: str
    what: str | None
    code: str | None
    message: str | None


class TestJob(Answered, frozen=True, kw_only=True):
    id: str
    scenario: str
    status: str
    requested_at: datetime
    cash_to_collect: int
    cash_collected: int | None
    pin: str
    verdict: str
    findings: list[TestFinding]
    course: list[TestMoment]


class TestsCompany(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    status: str
    is_connected: bool | None
    test_jobs: list[TestJob]


class CompanyTests(Answered, frozen=True, kw_only=True):
    partner: TestsCompany | None = None
