"""What ops does by hand: tariffs and zones as the regency has laid them down, out of a file; and a fare, reckoned again."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from services.contracts.delivery import ZoneEffect, ZoneId, ZoneKind
from services.contracts.places import GeoPoint
from services.contracts.quote import MAX_MASS_GRAM
from services.delivery.commands import fares, prices
from services.delivery.commands.prices import Prices, RuleIsAnother
from services.delivery.domain.boundary import MAX_CORNERS, BoundaryIsInvalid, check_corners
from services.delivery.domain.proof import MAX_SIGNATURE_CASH_RUPIAH, PhotoWhen, ProofRule
from services.delivery.domain.quote import MAX_TRIP_M
from services.delivery.domain.tariff import Band, Night, TariffRule
from services.delivery.domain.vain import VainRule
from services.delivery.domain.zone import Zone, ZoneIsInvalid, check
from services.delivery.store.prices import DatedRule
from services.kit import text
from services.kit.database.db import Database, transaction
from services.kit.messaging.operations import Say

_Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
_Rupiah = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]
_Line = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
_Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,60}$")]


class _Corner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    lng: Annotated[float, msgspec.Meta(ge=-180, le=180)]


class _Night(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    begins: time
    ends: time
    rupiah: _Rupiah


class _Band(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    per_km_low: _Rupiah
    per_km_high: _Rupiah
    min_fee_low: _Rupiah
    min_fee_high: _Rupiah


class _Tariff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: _Name
    version: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    service: Literal["GOODS", "PASSENGER"]
    zone_code: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9]{1,8}$")]
    valid_from: date
    min_fee_rupiah: _Rupiah
    included_m: Annotated[int, msgspec.Meta(ge=0, le=MAX_TRIP_M)]
    per_km_rupiah: _Rupiah
    rider_share_pct: _Percent
    partner_share_pct: _Percent
    platform_share_pct: _Percent
    legal_basis: _Line
    binding: bool
    valid_until: date | None = None
    per_stop_rupiah: _Rupiah = 0
    included_gram: Annotated[int, msgspec.Meta(ge=0, le=MAX_MASS_GRAM)] = MAX_MASS_GRAM
    per_kg_rupiah: _Rupiah = 0
    night: _Night | None = None
    rounding_rupiah: Annotated[int, msgspec.Meta(ge=1, le=5_000)] = 1
    band: _Band | None = None

    def rule(self) -> DatedRule:
        """Raises ValueError."""
        if self.rider_share_pct + self.partner_share_pct + self.platform_share_pct != 100:
            raise ValueError(f"{self.key}: the shares are percents that make 100")
        made = TariffRule(
            version=f"{self.service}-{self.zone_code}-v{self.version}",
            min_fee_rupiah=self.min_fee_rupiah,
            included_m=self.included_m,
            per_km_rupiah=self.per_km_rupiah,
            rider_share_pct=self.rider_share_pct,
            partner_share_pct=self.partner_share_pct,
            platform_share_pct=self.platform_share_pct,
            legal_basis=self.legal_basis,
            per_stop_rupiah=self.per_stop_rupiah,
            included_gram=self.included_gram,
            per_kg_rupiah=self.per_kg_rupiah,
            night=Night(self.night.begins, self.night.ends, self.night.rupiah) if self.night else None,
            rounding_rupiah=self.rounding_rupiah,
            band=Band(self.band.per_km_low, self.band.per_km_high, self.band.min_fee_low, self.band.min_fee_high)
            if self.band
            else None,
            binding=self.binding,
            valid_until=self.valid_until,
        )
        made.check(MAX_TRIP_M)
        return DatedRule(self.key, made, self.service, self.zone_code, self.valid_from)


class _Zone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: _Name
    name: _Line
    kind: ZoneKind
    effect: ZoneEffect
    reason: _Line
    boundary: Annotated[list[_Corner], msgspec.Meta(min_length=3, max_length=MAX_CORNERS)]
    reason_en: _Line | None = None
    surcharge_rupiah: _Rupiah = 0
    switched_on: bool = True

    def zone(self) -> tuple[str, Zone]:
        """Raises ValueError."""
        made = Zone(
            id=ZoneId.seeded(self.key),
            name=self.name,
            kind=self.kind,
            effect=self.effect,
            reason=self.reason,
            boundary=[GeoPoint(lat=each.lat, lng=each.lng) for each in self.boundary],
            reason_en=self.reason_en,
            surcharge_rupiah=self.surcharge_rupiah,
            switched_on=self.switched_on,
        )
        try:
            check(made, date.min)
            check_corners(made.boundary)
        except (ZoneIsInvalid, BoundaryIsInvalid) as error:
            raise ValueError(f"{self.key}: {error}") from error
        return self.key, made


class _Vain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9-]{1,40}$")]
    valid_from: date
    legal_basis: _Line
    called_off_pct: _Percent
    at_pickup_pct: _Percent
    way_back_pct: _Percent
    free_minutes: Annotated[int, msgspec.Meta(ge=0)]
    per_minute_rupiah: _Rupiah
    most_rupiah: _Rupiah

    def rule(self) -> VainRule:
        """Raises ValueError."""
        made = VainRule(**msgspec.structs.asdict(self))
        made.check()
        return made


class _Proofs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9-]{1,40}$")]
    valid_from: date
    legal_basis: _Line
    photo: PhotoWhen
    signature: bool
    signature_cash_rupiah: Annotated[int, msgspec.Meta(ge=0, le=MAX_SIGNATURE_CASH_RUPIAH)]

    def rule(self) -> ProofRule:
        return ProofRule(**msgspec.structs.asdict(self))


class _File(msgspec.Struct, frozen=True):
    """What else is in it is another's."""

    tariffs: list[_Tariff] = []
    zones: list[_Zone] = []
    trips_in_vain: list[_Vain] = []
    proofs: list[_Proofs] = []


def read(content: Any) -> Prices:
    """Of a parsed file. Raises ValueError, saying where."""
    text.check_all(content)
    found = msgspec.convert(content, _File)
    return Prices(
        [each.rule() for each in found.tariffs],
        [each.zone() for each in found.zones],
        [each.rule() for each in found.trips_in_vain],
        [each.rule() for each in found.proofs],
    )


def _of_file(name: str) -> Prices:
    return read(msgspec.json.decode(sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()))


async def enter(db: Database, argv: Sequence[str], say: Say) -> int:
    """`prices FILE`. Says what is new; nothing is entered when a line is wrong or says another of what is there: a fee is explained by the
    rule of its day, so a rule never changes, and the next has a later date."""
    parser = argparse.ArgumentParser(prog="python -m services.delivery prices", description="Enter tariffs and zones.")
    parser.add_argument(
        "file", help="JSON with tariffs and zones, like infra/local/seed/delivery.json; - is what comes in"
    )
    asked = parser.parse_args(list(argv))
    try:
        wanted = _of_file(asked.file)
        async with transaction(db) as conn:
            new = await prices.enter(conn, wanted, by=f"by hand, user {os.getuid()}")
    except (OSError, ValueError, RuleIsAnother) as error:
        say({"refused": str(error)})
        return 1
    say({"entered": new})
    return 0


async def replay(db: Database, argv: Sequence[str], say: Say) -> int:
    """`fare ID`. The fare of a trip, reckoned again by what was kept of its quote and the rule of its version; 1 where it is another."""
    parser = argparse.ArgumentParser(prog="python -m services.delivery fare", description="Reckon a fare again.")
    parser.add_argument("id", help="of an order, a trip or a quote: ord_…, dlv_… or quo_…")
    asked = parser.parse_args(list(argv))
    try:
        key = fares.fare_id(asked.id)
        async with db.acquire() as conn:
            found = await fares.replay(conn, key)
    except (ValueError, fares.NoFareIsKept) as error:
        say({"refused": str(error)})
        return 1
    for line in found.lines:
        say({name: value for name, value in asdict(line).items() if value is not None})
    say(
        {
            "same": found.same,
            "quoted_rupiah": found.quoted_rupiah,
            "recomputed_rupiah": found.recomputed_rupiah,
            "fee_now_rupiah": found.fee_now_rupiah,
            "tariff": found.version,
            "legal_basis": found.legal_basis,
            **({"rate": found.rate.version, "per_mille": found.rate.per_mille} if found.rate else {}),
            "at": found.at.isoformat(),
            "distance_m": found.distance_m,
            "roads": found.roads,
            "pickups": found.pickups,
            "mass_limit_gram": found.mass_limit_gram,
        }
    )
    return 0 if found.same else 1
