"""What is answered of companies' rates of their own; as answers.py."""

from __future__ import annotations

from datetime import date

from services.web.answers import Answered, PageInfo


class Rate(Answered, frozen=True, kw_only=True):
    version: str
    valid_from: date
    per_mille: int


class Rates(Answered, frozen=True, kw_only=True):
    lowest: int | None
    highest: int
    tariff_version: str | None
    holds: Rate | None
    entered: list[Rate]


class RatesOf(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    is_connected: bool | None
    rates: Rates | None


class CompanyRates(Answered, frozen=True, kw_only=True):
    partner: RatesOf | None = None


class RatedPartner(Answered, frozen=True, kw_only=True):
    name: str


class RateOfCompany(Answered, frozen=True, kw_only=True):
    rate: Rate
    partner: RatedPartner | None


class RateEdge(Answered, frozen=True, kw_only=True):
    node: RateOfCompany


class RateList(Answered, frozen=True, kw_only=True):
    page_info: PageInfo
    edges: list[RateEdge]
