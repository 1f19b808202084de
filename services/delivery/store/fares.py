"""Tariff rules as they are kept, and what the fare of a trip was reckoned of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from services.delivery.domain import rate
from services.delivery.domain.quote import Basis, Quote
from services.delivery.domain.roads import Roads
from services.delivery.domain.tariff import WHOLE, Band, Night, Rated, Ride, TariffRule
from services.kit.database.db import Connection, Row

RULE: Final = """t.version, t.min_fee_rupiah, t.included_m, t.per_km_rupiah, t.rider_share_pct, t.partner_share_pct, t.platform_share_pct,
    t.legal_basis, t.binding, t.valid_until, t.per_stop_rupiah, t.included_gram, t.per_kg_rupiah, t.night_begins, t.night_ends,
    t.night_rupiah, t.rounding_rupiah, t.per_km_low, t.per_km_high, t.min_fee_low, t.min_fee_high"""


def rule_of(row: Row) -> TariffRule:
    return TariffRule(
        version=row["version"],
        min_fee_rupiah=row["min_fee_rupiah"],
        included_m=row["included_m"],
        per_km_rupiah=row["per_km_rupiah"],
        rider_share_pct=row["rider_share_pct"],
        partner_share_pct=row["partner_share_pct"],
        platform_share_pct=row["platform_share_pct"],
        legal_basis=row["legal_basis"],
        per_stop_rupiah=row["per_stop_rupiah"],
        included_gram=row["included_gram"],
        per_kg_rupiah=row["per_kg_rupiah"],
        night=Night(row["night_begins"], row["night_ends"], row["night_rupiah"]) if row["night_begins"] else None,
        rounding_rupiah=row["rounding_rupiah"],
        band=Band(row["per_km_low"], row["per_km_high"], row["min_fee_low"], row["min_fee_high"])
        if row["per_km_low"] is not None
        else None,
        binding=row["binding"],
        valid_until=row["valid_until"],
    )


class _Kept(msgspec.Struct):
    """`fee` is what was quoted: the trip's own changes when a merchant is left out."""

    at: datetime
    pickups: int
    roads: Roads
    surcharges: list[tuple[str, int]]
    distance_m: int
    mass_limit_gram: int
    fee: int
    rate: str = ""
    per_mille: int = WHOLE


def kept(quote: Quote) -> str | None:
    """What stays of a quote with its trip, as JSON; None of one that does not say."""
    if (basis := quote.basis) is None:
        return None
    made = _Kept(
        at=basis.at,
        pickups=basis.pickups,
        roads=basis.roads,
        surcharges=list(basis.surcharges),
        distance_m=quote.distance_m,
        mass_limit_gram=quote.mass_limit_gram,
        fee=quote.fee_rupiah,
        rate=basis.rate.version if basis.rate else "",
        per_mille=basis.rate.per_mille if basis.rate else WHOLE,
    )
    return msgspec.json.encode(made).decode()


@dataclass(frozen=True, slots=True)
class KeptFare:
    """`rule` is None for a version that is not kept, `ride` for a trip of a release that kept none."""

    tariff: str
    fee_rupiah: int
    fee_now_rupiah: int
    basis: Basis | None
    ride: Ride | None
    rule: TariffRule | None
    valid_from: date | None


async def of(conn: Connection, id: UUID) -> KeptFare | None:
    """Of a trip, by its id, its order's or its quote's. A rate is worth what its row and the rule say, not what was kept."""
    row = await conn.fetchrow(
        f"""SELECT d.tariff, d.fee_rupiah, d.fare::text AS fare, t.valid_from, c.per_mille, {RULE} FROM delivery d
            LEFT JOIN tariff_rule t ON t.version = d.tariff
            LEFT JOIN company_rate c ON c.number = substring(d.fare->>'rate' FROM '^RATE-([0-9]{{1,18}})$')::bigint
            WHERE d.order_id = $1 OR d.id = $1 OR d.quote_id = $1""",
        id,
    )
    if row is None:
        return None
    fare = msgspec.json.decode(row["fare"], type=_Kept) if row["fare"] else None
    rule = rule_of(row) if row["version"] else None
    rated = (
        Rated(fare.rate, rate.counted(row["per_mille"], rule))
        if fare and fare.rate and rule and row["per_mille"] is not None
        else None
    )
    basis = Basis(fare.at, fare.pickups, fare.roads, tuple(fare.surcharges), rated) if fare else None
    ride = basis.ride(fare.distance_m, fare.mass_limit_gram) if fare and basis else None
    return KeptFare(
        tariff=row["tariff"],
        fee_rupiah=fare.fee if fare else row["fee_rupiah"],
        fee_now_rupiah=row["fee_rupiah"],
        basis=basis,
        ride=ride,
        rule=rule,
        valid_from=row["valid_from"],
    )
