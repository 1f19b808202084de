"""Whether insight's sums are the ledger's, to the rupiah: turnover and fees of every WIB day, of orders that were completed.

python -m infra.ops sums [--from 2026-10-01] [--tests]
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import asyncpg

from infra.ops.addresses import addresses

# What goods were paid for with comes to their merchants from the buyer and from who bears a discount, and to the platform as commission
# out of what the buyer paid; a commission out of what a merchant was given already is in that. A discount of the fee makes up for shares.
_LEDGER = """
SELECT (o.placed_at AT TIME ZONE 'Asia/Jakarta')::date AS day,
       coalesce(sum(l.amount_rupiah) FILTER (WHERE l.kind = 'GOODS'
           OR l.kind = 'DISCOUNT' AND l.credit_account ~ '^(test:)?merchant:'
           OR l.kind = 'COMMISSION' AND l.debit_account !~ '^(test:)?merchant:.*:payable$'), 0)::bigint AS turnover,
       coalesce(sum(l.amount_rupiah) FILTER (WHERE l.kind IN ('RIDER_SHARE', 'PARTNER_SHARE', 'PLATFORM_SHARE')
           OR l.kind = 'DISCOUNT' AND l.credit_account !~ '^(test:)?merchant:'), 0)::bigint AS fee
FROM orders o JOIN ledger l ON l.order_id = o.id
WHERE o.status = 'COMPLETED' AND o.placed_at >= ($1::date::timestamp AT TIME ZONE 'Asia/Jakarta') AND (NOT o.test OR $2)
GROUP BY 1"""
_SUMS = """
SELECT day::date AS day, turnover, fee FROM tally
WHERE gen = (SELECT gen FROM generation WHERE state = 'SERVING') AND cube = 'ALL' AND cell = '' AND day >= $1::date::text"""


@dataclass(frozen=True, slots=True)
class Difference:
    day: date
    ledger: tuple[int, int]
    insight: tuple[int, int]


async def differences(ordering: str, insight: str, first: date, *, tests: bool) -> list[Difference]:
    """Days on which turnover or fees are not the same. What was completed a moment ago may be on its way."""
    booked = await _read(ordering, _LEDGER, first, tests)
    counted = await _read(insight, _SUMS, first)
    none = (0, 0)
    return [
        Difference(day, booked.get(day, none), counted.get(day, none))
        for day in sorted({*booked, *counted})
        if booked.get(day, none) != counted.get(day, none)
    ]


async def _read(url: str, statement: str, *arguments: object) -> Mapping[date, tuple[int, int]]:
    conn = await asyncpg.connect(url)
    try:
        async with conn.transaction(readonly=True):
            await conn.execute("SET LOCAL statement_timeout = 0")
            return {row["day"]: (row["turnover"], row["fee"]) for row in await conn.fetch(statement, *arguments)}
    finally:
        await conn.close()


def main(argv: Sequence[str]) -> int:
    """A line for each day that differs; 1 when any does."""
    parser = argparse.ArgumentParser(prog="python -m infra.ops sums", description=__doc__)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2020, 1, 1))
    parser.add_argument("--tests", action="store_true", help="trials too: where every order is one")
    asked = parser.parse_args(list(argv))
    found = addresses(("ordering", "insight"))
    different = asyncio.run(
        differences(found["ordering"].reveal(), found["insight"].reveal(), asked.first, tests=asked.tests)
    )
    for each in different:
        said = {"day": each.day.isoformat()}
        for name, (turnover, fee) in (("ledger", each.ledger), ("insight", each.insight)):
            said |= {f"{name}_turnover_rupiah": str(turnover), f"{name}_fee_rupiah": str(fee)}
        print(json.dumps(said))
    return 1 if different else 0
