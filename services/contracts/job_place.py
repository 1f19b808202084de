"""A place of a job, as companies are told of it: no nearer than about a hundred metres."""

from __future__ import annotations

from datetime import datetime

import msgspec

from services.contracts.places import GeoPoint, name_of


class RoundedPoint(msgspec.Struct, frozen=True, kw_only=True):
    """WGS 84 degrees, to three decimals: about a hundred metres."""

    lat: float
    lng: float


class JobPlace(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`stop` is its number on this job, which stays its own when others are left out. `ready_at` is when its merchant has promised the
    goods, `packed_at` when it said that they are packed; each null while nothing was said."""

    kecamatan_code: str
    kecamatan: str
    point: RoundedPoint
    merchant_name: str | None = None  # at a pickup
    stop: int | None = None
    ready_at: datetime | None = None
    packed_at: datetime | None = None

    @classmethod
    def of(
        cls,
        kecamatan_code: str,
        point: GeoPoint,
        merchant_name: str | None = None,
        *,
        stop: int | None = None,
        ready_at: datetime | None = None,
        packed_at: datetime | None = None,
    ) -> JobPlace:
        rounded = point.rounded()
        return cls(
            kecamatan_code=kecamatan_code,
            kecamatan=name_of(kecamatan_code),
            point=RoundedPoint(lat=rounded.lat, lng=rounded.lng),
            merchant_name=merchant_name,
            stop=stop,
            ready_at=ready_at,
            packed_at=packed_at,
        )
