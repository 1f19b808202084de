"""The kecamatan that every service knows are those that the catalog's database was given."""

from __future__ import annotations

import re
from pathlib import Path

import services.catalog
from services.contracts.places import KECAMATAN, GeoPoint, Kecamatan

MIGRATION = Path(services.catalog.__file__).parent / "migrations" / "0002_lumajang.sql"
ROW = re.compile(r"\('([\d.]+)', '([^']+)', 'KECAMATAN', '35\.08', '\d+', (-?[\d.]+), (-?[\d.]+)\)")


def test_the_kecamatan_of_the_contract_are_those_of_the_migration_by_code_name_and_centre() -> None:
    text = MIGRATION.read_text("utf-8")
    inserted = [
        Kecamatan(code, name, GeoPoint(lat=float(lat), lng=float(lng))) for code, name, lat, lng in ROW.findall(text)
    ]
    assert len(inserted) == text.count("'KECAMATAN'")
    assert inserted == list(KECAMATAN.values())
    assert [place.code for place in inserted] == list(KECAMATAN)
