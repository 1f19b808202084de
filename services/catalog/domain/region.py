"""Regions by Kemendagri's codes: 35.08 the regency, 35.08.10 a kecamatan, 35.08.10.1012 a desa or kelurahan."""

from __future__ import annotations

import re
from enum import StrEnum

_KECAMATAN = re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}")


class RegionLevel(StrEnum):
    KABUPATEN = "KABUPATEN"
    KECAMATAN = "KECAMATAN"
    DESA = "DESA"
    KELURAHAN = "KELURAHAN"


def is_kecamatan_code(text: str) -> bool:
    """By its form; whether there is such a kecamatan is the database's to say."""
    return _KECAMATAN.fullmatch(text) is not None
