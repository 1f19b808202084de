"""What ops does by hand: the units and the kinds of goods that a market in the regency usually has, which its sellers choose from."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final

from services.catalog.commands import categories
from services.catalog.domain.category import CategoriesAreTooMany, UnitIsAnother, UnitsAreTooMany
from services.catalog.store import reference
from services.catalog.store.reference import SaleUnitView
from services.contracts.catalog import UnitKind
from services.kit.database.db import Database, transaction
from services.kit.messaging.operations import Say

_PIECES: Final = (
    "ikat",
    "buah",
    "butir",
    "bungkus",
    "papan",
    "sisir",
    "tandan",
    "tumpuk",
    "ekor",
    "pak",
    "botol",
    "lembar",
    "porsi",
    "tabung",
)
_MASSES: Final = (("kg", 1_000), ("ons", 100))
_VOLUMES: Final = (("liter", 1_000),)
UNITS: Final = (
    *(SaleUnitView(code=each, label=each, kind=UnitKind.COUNT, base_per_unit=1) for each in _PIECES),
    *(SaleUnitView(code=code, label=code, kind=UnitKind.MASS, base_per_unit=size) for code, size in _MASSES),
    *(SaleUnitView(code=code, label=code, kind=UnitKind.VOLUME, base_per_unit=size) for code, size in _VOLUMES),
)
CATEGORIES: Final = {
    "sayur": "Sayur",
    "buah": "Buah",
    "bumbu": "Bumbu dapur",
    "pokok": "Bahan pokok",
    "lauk": "Lauk",
    "daging": "Daging dan unggas",
    "ikan": "Ikan dan hasil laut",
    "telur": "Telur dan susu",
    "tahu-tempe": "Tahu dan tempe",
    "kopi": "Kopi",
    "minuman": "Minuman",
    "camilan": "Camilan",
    "kue": "Kue dan jajan pasar",
    "masakan": "Masakan siap santap",
    "olahan": "Makanan olahan",
    "kerajinan": "Kerajinan",
    "batik": "Batik dan busana",
    "tanaman": "Tanaman dan bibit",
    "rumah-tangga": "Kebutuhan rumah tangga",
}


async def usual(db: Database, argv: Sequence[str], say: Say) -> int:
    """Says what is new. What ops have named or entered otherwise stays as it is, and is said too; the exit code."""
    argparse.ArgumentParser(
        prog="python -m services.catalog usual",
        description="Enter the usual units and kinds of goods. Repeated, it changes nothing.",
    ).parse_args(list(argv))
    entered: dict[str, list[str]] = {"units": [], "categories": [], "left": []}
    async with transaction(db) as conn:
        known_units = {each.code: each for each in await reference.sale_units(conn)}
        known = {each.code for each in await reference.categories(conn)}
        try:
            for unit in UNITS:
                try:
                    await categories.save_sale_unit(conn, unit)
                except UnitIsAnother:
                    entered["left"].append(unit.code)
                    continue
                if unit.code not in known_units:
                    entered["units"].append(unit.code)
            for code, name in CATEGORIES.items():
                if code not in known:
                    await categories.save_category(conn, code, name)
                    entered["categories"].append(code)
        except (UnitsAreTooMany, CategoriesAreTooMany) as error:
            say({"refused": str(error)})
            return 1
    say(entered)
    return 0
