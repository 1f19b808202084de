"""Regions by Kemendagri's codes: 35.08 the regency, 35.08.10 a kecamatan, 35.08.10.1012 a desa or kelurahan."""

from __future__ import annotations

from enum import StrEnum


class RegionLevel(StrEnum):
    KABUPATEN = "KABUPATEN"
    KECAMATAN = "KECAMATAN"
    DESA = "DESA"
    KELURAHAN = "KELURAHAN"
