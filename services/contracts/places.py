"""Where and when, the same for everybody: points, opening hours in WIB, and the regency's kecamatan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

WIB = ZoneInfo("Asia/Jakarta")


class GeoPoint(msgspec.Struct, frozen=True, kw_only=True):
    """WGS 84 degrees."""

    lat: float
    lng: float

    def rounded(self) -> GeoPoint:
        """To three decimals, about a hundred metres: what strangers may know of a place."""
        return GeoPoint(lat=round(self.lat, 3), lng=round(self.lng, 3))


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """Open from `opens` to `closes` on one weekday (Monday is 0), WIB. `closes` 00:00 is midnight at the day's end; earlier than
    `opens` runs past midnight."""

    weekday: int
    opens: time
    closes: time


class Closure(msgspec.Struct, frozen=True, kw_only=True):
    """Shut from `starts` until `ends`, instants, whatever the hours say: a holiday, or an afternoon off."""

    starts: datetime
    ends: datetime


def is_open(hours: Sequence[Hours], at: datetime) -> bool:
    """Whether any of these hours holds at an instant (an aware datetime), reckoned in WIB."""
    local = at.astimezone(WIB)
    clock, today = local.time(), local.weekday()
    for each in hours:
        overnight = each.closes <= each.opens
        if each.weekday == today and clock >= each.opens and (overnight or clock < each.closes):
            return True
        if overnight and each.weekday == (today - 1) % 7 and clock < each.closes:
            return True
    return False


def trades(hours: Sequence[Hours], closures: Sequence[Closure], at: datetime, *, always_open: bool) -> bool:
    """Whether one sells at an instant."""
    return (always_open or is_open(hours, at)) and not any(each.starts <= at < each.ends for each in closures)


def next_opening(
    hours: Sequence[Hours], closures: Sequence[Closure], after: datetime, *, always_open: bool
) -> datetime | None:
    """When who is shut at an instant sells again, in WIB; None when it never does."""
    at = after
    for _ in range(2 * len(closures) + 2):  # each closure is met once at most, and once more behind an opening
        if over := max((each.ends for each in closures if each.starts <= at < each.ends), default=None):
            at = over
        elif trades(hours, closures, at, always_open=always_open):
            return at.astimezone(WIB)
        elif (opening := _next_opening_by_week(hours, at)) is not None:
            at = opening
        else:
            return None
    return None


def _next_opening_by_week(hours: Sequence[Hours], after: datetime) -> datetime | None:
    local = after.astimezone(WIB)
    openings = [
        datetime.combine(local.date() + timedelta(days=days), each.opens, WIB)
        for days in range(8)
        for each in hours
        if each.weekday == (local.weekday() + days) % 7
    ]
    return min((opening for opening in openings if opening > after), default=None)


@dataclass(frozen=True, slots=True)
class Kecamatan:
    """`code` is Kemendagri's, `centre` the middle of its boundary."""

    code: str
    name: str
    centre: GeoPoint


# Codes and names: Kepmendagri 300.2.2-2430/2025. Centres: cahyadsn/wilayah_boundaries (MIT).
KECAMATAN = {
    code: Kecamatan(code, name, GeoPoint(lat=lat, lng=lng))
    for code, name, lat, lng in (
        ("35.08.01", "Tempursari", -8.28553, 112.97496),
        ("35.08.02", "Pronojiwo", -8.18829, 112.95801),
        ("35.08.03", "Candipuro", -8.17437, 113.05175),
        ("35.08.04", "Pasirian", -8.24517, 113.10293),
        ("35.08.05", "Tempeh", -8.21398, 113.17852),
        ("35.08.06", "Kunir", -8.22325, 113.22990),
        ("35.08.07", "Yosowilangun", -8.25578, 113.28276),
        ("35.08.08", "Rowokangkung", -8.17832, 113.31982),
        ("35.08.09", "Tekung", -8.17781, 113.25850),
        ("35.08.10", "Lumajang", -8.13433, 113.23503),
        ("35.08.11", "Pasrujambe", -8.09137, 113.00468),
        ("35.08.12", "Senduro", -8.03672, 113.03777),
        ("35.08.13", "Gucialit", -8.02459, 113.13904),
        ("35.08.14", "Padang", -8.09292, 113.17540),
        ("35.08.15", "Sukodono", -8.10590, 113.23625),
        ("35.08.16", "Kedungjajang", -8.03961, 113.22466),
        ("35.08.17", "Jatiroto", -8.12827, 113.33139),
        ("35.08.18", "Randuagung", -8.05750, 113.31694),
        ("35.08.19", "Klakah", -7.99797, 113.25710),
        ("35.08.20", "Ranuyoso", -7.94831, 113.26272),
        ("35.08.21", "Sumbersuko", -8.15216, 113.18586),
    )
}


def name_of(code: str) -> str:
    """The name for a kecamatan's code; the code itself for one that is not ours."""
    found = KECAMATAN.get(code)
    return found.name if found else code
