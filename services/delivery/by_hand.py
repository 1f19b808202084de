"""What ops does by hand: tariffs and zones as the regency has laid them down, out of a file."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from services.contracts.places import GeoPoint
from services.delivery.commands import prices
from services.delivery.commands.prices import Prices, RuleIsAnother
from services.delivery.domain.quote import MAX_TRIP_M
from services.delivery.domain.tariff import TariffRule
from services.delivery.store.prices import DatedRule, Zone
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
        )
        made.check(MAX_TRIP_M)
        return DatedRule(self.key, made, self.service, self.zone_code, self.valid_from, self.binding)


class _Zone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: _Name
    name: _Line
    kind: Literal["SERVICE", "HUB", "RESTRICTED", "HAZARD"]
    effect: Literal["DENY_PICKUP", "DENY_DROPOFF"]
    reason: _Line
    boundary: Annotated[list[_Corner], msgspec.Meta(min_length=3, max_length=1_000)]

    def zone(self) -> Zone:
        corners = [GeoPoint(lat=each.lat, lng=each.lng) for each in self.boundary]
        return Zone(self.key, self.name, self.kind, self.effect, self.reason, corners)


class _File(msgspec.Struct, frozen=True):
    """What else is in it is another's."""

    tariffs: list[_Tariff] = []
    zones: list[_Zone] = []


def read(content: Any) -> Prices:
    """Of a parsed file. Raises ValueError, saying where."""
    text.check_all(content)
    found = msgspec.convert(content, _File)
    return Prices([each.rule() for each in found.tariffs], [each.zone() for each in found.zones])


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
