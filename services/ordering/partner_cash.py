"""A company's cash over HTTP, for its machine: who of its riders carries what, and a day's orders against what was asked."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.contracts.delivery import PartnerId
from services.contracts.places import WIB
from services.contracts.roles import Role, partner_of
from services.kit.database.db import TRANSIENT, Database, reason, transaction
from services.kit.http.paging import Asked, day
from services.kit.http.problem import HttpProblem, answer, away, known_caller
from services.kit.http.rate import RateLimit, RateLimited
from services.kit.http.tokens import TokenVerifier
from services.ordering.domain.books import Accounts
from services.ordering.domain.reconciling import CashDay, CashOfOrder
from services.ordering.domain.statement import Period
from services.ordering.store import books, cash, reading, reconciling, statements

_log = logging.getLogger(__name__)


class PartnerCash:
    """`GET /partner/v1/cash?day=2026-02-01&after=CURSOR&limit=50`, of today unless said."""

    def __init__(self, db: Database, verifier: TokenVerifier, *, tests_only: bool, burst: int = 200) -> None:
        self._db = db
        self._verifier = verifier
        self._tests_only = tests_only
        self._haste = RateLimit(burst=burst, per_second=burst / 4)

    def routes(self) -> list[BaseRoute]:
        return [Route("/partner/v1/cash", self._answered, methods=["GET"])]

    async def _answered(self, request: Request) -> Response:
        try:
            return answer(await self._cash(request))
        except HttpProblem as problem:
            return problem.response()
        except RateLimited as haste:
            wait_s = -(-haste.retry_after_ms // 1000)
            return HttpProblem(429, "RATE_LIMITED", str(haste), {"retry-after": str(wait_s)}).response()
        except TRANSIENT as error:
            _log.warning("a company's cash could not be read: %s", reason(error))
            return away(error).response()

    async def _cash(self, request: Request) -> dict[str, Any]:
        identity = await known_caller(self._verifier, request)
        company = partner_of(identity.claims)
        if company is None or not identity.has(Role.PARTNER):
            raise HttpProblem(403, "FORBIDDEN", "the token speaks for no company")
        self._haste.take(str(company))
        asked = Asked(request, tuple[datetime, UUID])
        of = day(request)
        async with transaction(self._db) as conn:
            await statements.as_of_one_moment(conn)
            of = of or (await reading.now(conn)).astimezone(WIB).date()
            period = Period(of, of)
            found = await reconciling.day(conn, company, period, test=self._tests_only)
            orders = await reconciling.orders(conn, company, period, asked.after, asked.limit, test=self._tests_only)
            at = Accounts(self._tests_only)
            held = await books.balances(conn, [at.cash(company), at.with_riders(company)])
            carried = await cash.carried(conn, company, test=self._tests_only)
            limit = (await cash.limits(conn, [company]))[company]
        page = asked.page("orders", orders, key=lambda each: (each.at, each.order_id.uuid), of=_order)
        return {
            **_now(company, held[at.cash(company)], -held[at.with_riders(company)], carried, limit),
            "day": _day(found),
            **page,
        }


def _now(company: PartnerId, held: int, with_riders: int, carried: list[cash.Carried], limit: int) -> dict[str, Any]:
    return {
        "partner_id": str(company),
        "held_rupiah": held,
        "with_riders_rupiah": max(with_riders, 0),
        "limit_per_rider_rupiah": limit,
        "riders": [
            {"rider_id": str(each.rider_id), "carries_rupiah": each.rupiah, "over_limit": each.rupiah > limit}
            for each in carried
        ],
    }


def _day(found: CashDay) -> dict[str, Any]:
    return {
        "day": found.day.isoformat(),
        "order_count": found.orders,
        "due_rupiah": found.due,
        "collected_rupiah": found.collected,
        "short_rupiah": found.short,
        "over_rupiah": found.over,
        "opening_rupiah": found.opening,
        "from_riders_rupiah": found.from_riders,
        "handed_on_rupiah": found.handed_on,
        "kept_rupiah": found.kept,
        "closing_rupiah": found.closing,
        "with_riders_rupiah": max(found.with_riders, 0),
        "matches": found.matches,
    }


def _order(row: CashOfOrder) -> dict[str, Any]:
    return {
        "at": row.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "order_code": row.order_code,
        "rider_id": str(row.rider_id) if row.rider_id else None,
        "due_rupiah": row.due,
        "collected_rupiah": row.collected,
        "short_rupiah": row.short,
        "over_rupiah": row.over,
    }
