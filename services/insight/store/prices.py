"""Prices: what sellers ask, by commodity and kecamatan, and what the province publishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.contracts.catalog import UnitKind
from services.insight.domain.prices import LEAST_SELLERS, Price
from services.kit.database.db import Connection


async def put(conn: Connection, prices: Sequence[Price], *, source: str, actor: str, broken: int, at: datetime) -> None:
    """A list that says something else of a day takes the place of what was said."""
    await conn.execute(
        """INSERT INTO reference_price AS r (commodity, unit, day, rupiah, source)
           SELECT c, u, d, p, $1 FROM unnest($2::text[], $3::text[], $4::date[], $5::bigint[]) AS n (c, u, d, p)
           ON CONFLICT (commodity, unit, day) DO UPDATE SET rupiah = excluded.rupiah, source = excluded.source""",
        source,
        [each.commodity for each in prices],
        [str(each.unit) for each in prices],
        [each.day for each in prices],
        [each.rupiah for each in prices],
    )
    await conn.execute(
        "INSERT INTO price_load (loaded_at, actor, source, taken, broken) VALUES ($1, $2, $3, $4, $5)",
        at,
        actor,
        source,
        len(prices),
        broken,
    )


async def remember(conn: Connection, day: date) -> int:
    """What is asked now, as the day's: the median of what each seller asks, the cheapest of its goods; of places with so few it is not
    kept. How many rows."""
    status = await conn.execute(
        """INSERT INTO asked_price AS a (day, commodity, unit, kecamatan, median_rupiah, low_rupiah, high_rupiah, sellers)
           SELECT $1, commodity, unit, kecamatan, percentile_disc(0.5) WITHIN GROUP (ORDER BY rupiah),
                  percentile_disc(0.25) WITHIN GROUP (ORDER BY rupiah), percentile_disc(0.75) WITHIN GROUP (ORDER BY rupiah), count(*)
           FROM (SELECT g.commodity, g.unit, s.kecamatan, g.merchant_id,
                        min(round(g.price_rupiah::numeric * CASE g.unit WHEN 'COUNT' THEN 1 ELSE 1000 END
                                   / g.price_basis))::bigint AS rupiah
                 FROM goods g
                 JOIN LATERAL (SELECT kecamatan, status FROM seller_was w WHERE w.merchant_id = g.merchant_id
                               ORDER BY since DESC LIMIT 1) s ON s.status = 'ACTIVE'
                 WHERE g.commodity <> '' AND g.on_sale GROUP BY 1, 2, 3, 4) asked
           GROUP BY commodity, unit, kecamatan HAVING count(*) >= $2
           ON CONFLICT (day, commodity, unit, kecamatan) DO UPDATE
           SET median_rupiah = excluded.median_rupiah, low_rupiah = excluded.low_rupiah, high_rupiah = excluded.high_rupiah,
               sellers = excluded.sellers""",
        day,
        LEAST_SELLERS,
    )
    return int(status.rpartition(" ")[2])


@dataclass(frozen=True, slots=True)
class Asked:
    """Of the newest day that there is of this place within a week; `reference` is the province's newest until then."""

    commodity: str
    unit: UnitKind
    kecamatan: str
    day: date
    median: int
    low: int
    high: int
    sellers: int
    week_before: int | None
    reference: int | None
    reference_day: date | None
    source: str | None


async def asked(
    conn: Connection,
    today: date,
    *,
    commodity: str | None,
    kecamatan: str | None,
    after: tuple[str, str, str] | None,
    limit: int,
) -> list[Asked]:
    """By commodity, then by place."""
    rows = await conn.fetch(
        """SELECT a.*, w.median_rupiah AS week_before, r.rupiah AS reference, r.day AS reference_day, r.source
           FROM (SELECT DISTINCT ON (commodity, unit, kecamatan) * FROM asked_price
                 WHERE day > $1::date - 7 AND day <= $1 AND ($2::text IS NULL OR commodity = $2)
                   AND ($3::text IS NULL OR kecamatan = $3) AND ($4::text IS NULL OR (commodity, unit, kecamatan) > ($4, $5, $6))
                 ORDER BY commodity, unit, kecamatan, day DESC LIMIT $7) a
           LEFT JOIN asked_price w ON (w.day, w.commodity, w.unit, w.kecamatan) = (a.day - 7, a.commodity, a.unit, a.kecamatan)
           LEFT JOIN LATERAL (SELECT rupiah, day, source FROM reference_price r
                              WHERE r.commodity = a.commodity AND r.unit = a.unit AND r.day <= a.day ORDER BY r.day DESC LIMIT 1) r ON true
           ORDER BY a.commodity, a.unit, a.kecamatan""",
        today,
        commodity,
        kecamatan,
        *(after or (None, None, None)),
        limit,
    )
    return [
        Asked(
            row["commodity"],
            UnitKind(row["unit"]),
            row["kecamatan"],
            row["day"],
            row["median_rupiah"],
            row["low_rupiah"],
            row["high_rupiah"],
            row["sellers"],
            row["week_before"],
            row["reference"],
            row["reference_day"],
            row["source"],
        )
        for row in rows
    ]
