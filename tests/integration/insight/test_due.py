"""Licences that end, and complaints by their deadlines: counts alone, each once, whatever becomes of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.contracts.catalog import LicenceId, MerchantId
from services.contracts.claims import (
    ClaimAnswered,
    ClaimDecided,
    ClaimEscalated,
    ClaimId,
    ClaimKind,
    ClaimOpened,
    ClaimWithdrawn,
    TicketCategory,
    TicketId,
    TicketOpened,
    TicketResolved,
)
from services.contracts.licences import (
    LicenceDue,
    LicenceExpired,
    LicenceKind,
    LicenceRejected,
    LicenceVerified,
    LicenceWithdrawn,
)
from services.contracts.ordering import BorneBy, OrderId, SellerOrderId
from services.contracts.places import WIB
from services.insight import hears
from services.insight.store import clock
from services.kit.database.db import transaction
from services.kit.messaging.envelope import Event
from tests.integration.insight.conftest import Insight

LICENCES = "{ licencesEnding { edges { node { kind place within14Days within60Days } } } }"
COMPLAINTS = """query($first: Int, $after: String) { complaintRecords(first: $first, after: $after) { pageInfo { hasNextPage endCursor }
  edges { node { month isClaim kind opened inTime late withdrawn waiting overdue unanswered } } } }"""
AT = datetime(2026, 10, 31, 18, tzinfo=UTC)  # 01:00 WIB, the first of November
HOUR = timedelta(hours=1)


async def _today(insight: Insight) -> date:
    async with insight.db.acquire() as conn:
        return (await clock.now(conn)).astimezone(WIB).date()


async def _ending(insight: Insight) -> dict[tuple[str, str | None], tuple[int, int]]:
    rows = [edge["node"] for edge in (await insight.ask(LICENCES))["licencesEnding"]["edges"]]
    return {(row["kind"], row["place"]): (row["within14Days"], row["within60Days"]) for row in rows}


def _licence(of: MerchantId, ends: date | None, kind: LicenceKind = LicenceKind.PIRT, **named: Any) -> dict[str, Any]:
    return {"licence_id": LicenceId.new(), "merchant_id": of, "kind": kind, "owners": [], "expires_on": ends, **named}


async def test_licences_that_end_are_counted_by_kind_and_place_until_something_takes_their_place(
    insight: Insight,
) -> None:
    await insight.know()
    today = await _today(insight)
    first, second = insight.regency.sellers[-2:]
    other = MerchantId.new()  # nothing was heard of it
    soon, later = today + timedelta(days=14), today + timedelta(days=60)
    mine, theirs = _licence(first.id, soon), _licence(second.id, later)
    unknown = _licence(other, today, LicenceKind.HALAL)
    await insight.hear(
        LicenceVerified(**mine), LicenceVerified(**theirs), LicenceDue(**unknown, within_days=14),
        LicenceVerified(**_licence(first.id, later + timedelta(days=1), LicenceKind.HALAL)),
        LicenceVerified(**_licence(first.id, today - timedelta(days=1), LicenceKind.BPOM_MD)),
        LicenceVerified(**_licence(first.id, None, LicenceKind.NIB)),
    )  # fmt: skip
    assert first.kecamatan == second.kecamatan
    place = first.kecamatan
    assert await _ending(insight) == {("HALAL", None): (1, 1), ("PIRT", place): (1, 2)}
    renewed = _licence(first.id, later + timedelta(days=700))
    await insight.hear(LicenceVerified(**renewed))
    assert await _ending(insight) == {("HALAL", None): (1, 1), ("PIRT", place): (0, 1)}
    await insight.hear(LicenceRejected(**renewed, revoked=True))
    assert (await _ending(insight))["PIRT", place] == (1, 2)
    await insight.hear(LicenceWithdrawn(**mine), LicenceExpired(**unknown), LicenceRejected(**_licence(first.id, soon)))
    assert await _ending(insight) == {("PIRT", place): (0, 1)}


def _named() -> dict[str, Any]:
    return {
        "claim_id": ClaimId.new(),
        "order_id": OrderId.new(),
        "seller_order_id": SellerOrderId.new(),
        "merchant_id": MerchantId.new(),
    }


def _opened(named: dict[str, Any], **changed: Any) -> ClaimOpened:
    return ClaimOpened(
        **named, kind=ClaimKind.SHORT, asked_rupiah=5_000, opened_at=AT, answer_by=AT + 24 * HOUR, **changed
    )


def _decided(named: dict[str, Any], after: timedelta) -> ClaimDecided:
    return ClaimDecided(**named, granted_rupiah=0, borne_by=BorneBy.NOBODY, decided_at=AT + after)


async def _complain(insight: Insight, *events: Event, counts_tests: bool = False) -> None:
    for event in events:
        async with transaction(insight.db) as conn:
            await hears.COMPLAINTS.given(counts_tests).handle(conn, event)


async def _records(insight: Insight) -> list[dict[str, Any]]:
    return [edge["node"] for edge in (await insight.ask(COMPLAINTS))["complaintRecords"]["edges"]]


async def test_claims_are_in_time_late_taken_back_or_wait(insight: Insight) -> None:
    in_time, silent, late, back, waits = (_named() for _ in range(5))
    await _complain(
        insight, *(_opened(each) for each in (in_time, silent, late, back, waits)), _opened(_named(), test=True),
        # Answered in time; that the buyer then says nothing for three days is nobody's delay.
        ClaimAnswered(**in_time, offered_rupiah=1_000, answered_at=AT + HOUR, answer_by=AT + 73 * HOUR), _decided(in_time, 74 * HOUR),
        # Its merchant said nothing; the officer was in time.
        ClaimEscalated(**silent, escalated_at=AT + 24 * HOUR, decide_by=AT + 96 * HOUR), _decided(silent, 96 * HOUR),
        # Answered, taken to an officer, who took too long.
        ClaimAnswered(**late, offered_rupiah=0, answered_at=AT + HOUR, answer_by=AT + 73 * HOUR),
        ClaimEscalated(**late, escalated_at=AT + 2 * HOUR, decide_by=AT + 74 * HOUR), _decided(late, 75 * HOUR),
        ClaimWithdrawn(**back, withdrawn_at=AT + HOUR),
    )  # fmt: skip
    assert await _records(insight) == [
        {"month": "2026-11", "isClaim": True, "kind": "SHORT", "opened": 5, "inTime": 2, "late": 1, "withdrawn": 1, "waiting": 1,
         "overdue": 1, "unanswered": 1}
    ]  # fmt: skip
    await _complain(
        insight, _decided(_named(), HOUR), _decided(late, 75 * HOUR)
    )  # opened before anything was heard; and ended already
    assert [each["late"] for each in await _records(insight)] == [1]
    async with insight.db.acquire() as conn:
        rows = await conn.fetch("SELECT * FROM complaint")
    assert len(rows) == 1 and str(waits["claim_id"]) not in repr(rows)  # noqa: PT018 - of who waits, a digest


async def test_tickets_are_counted_by_their_first_resolution_and_come_in_pages(insight: Insight) -> None:
    ticket = TicketId.new()
    opened = TicketOpened(
        ticket_id=ticket, category=TicketCategory.PAYMENT, opened_at=AT, respond_by=AT + HOUR, resolve_by=AT + 48 * HOUR
    )
    await _complain(insight, opened, *(TicketResolved(ticket_id=ticket, resolved_at=AT + n * HOUR) for n in (49, 90)))
    trial = TicketOpened(
        ticket_id=TicketId.new(),
        category=TicketCategory.ORDER,
        opened_at=AT - 3 * HOUR,
        respond_by=AT,
        resolve_by=AT,
        test=True,
    )
    await _complain(insight, trial, counts_tests=True)
    newest = (await insight.ask(COMPLAINTS, first=1))["complaintRecords"]
    (node,) = [edge["node"] for edge in newest["edges"]]
    assert (node["month"], node["isClaim"], node["kind"], node["late"], node["waiting"]) == (
        "2026-11",
        False,
        "PAYMENT",
        1,
        0,
    )
    older = (await insight.ask(COMPLAINTS, first=1, after=newest["pageInfo"]["endCursor"]))["complaintRecords"]
    (node,) = [edge["node"] for edge in older["edges"]]
    assert (node["month"], node["kind"], node["overdue"], older["pageInfo"]["hasNextPage"]) == (
        "2026-10",
        "ORDER",
        1,
        False,
    )


@pytest.mark.parametrize("field", ["licencesEnding", "complaintRecords"])
async def test_nobody_else_sees_what_is_due(insight: Insight, field: str) -> None:
    with pytest.raises(AssertionError, match="FORBIDDEN"):
        await insight.ask(f"{{ {field} {{ edges {{ cursor }} }} }}", "merchant")
