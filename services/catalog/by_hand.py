"""What ops does by hand: the units and the kinds of goods that a market in the regency usually has, which its sellers choose from, and
what people there say for goods, which they are found by."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final

from services.catalog.commands import categories, synonyms
from services.catalog.domain.category import CategoriesAreTooMany, UnitIsAnother, UnitsAreTooMany
from services.catalog.domain.synonyms import SynonymsAreTooMany
from services.catalog.store import reference
from services.catalog.store import synonyms as synonym_rows
from services.catalog.store.reference import SaleUnitView
from services.contracts.catalog import UnitKind
from services.kit.database.db import Database, transaction
from services.kit.messaging.operations import Say

_BY: Final = "usual"
"""Who is written down as having entered them."""
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
SYNONYMS: Final = {
    "unting": "ikat",
    "gepok": "ikat",
    "bayem": "bayam",
    "lombok": "cabai",
    "cabe": "cabai",
    "brambang": "bawang merah",
    "bamer": "bawang merah",
    "baput": "bawang putih",
    "lengkeng": "klengkeng",
    "kelengkeng": "klengkeng",
    "gedang": "pisang",
    "kates": "pepaya",
    "semongko": "semangka",
    "pelem": "mangga",
    "telo": "ketela",
    "pohung": "singkong",
    "krambil": "kelapa",
    "kambil": "kelapa",
    "endog": "telur",
    "ndog": "telur",
    "iwak": "ikan",
    "pitik": "ayam",
    "wedhus": "kambing",
    "kripik": "keripik",
    "krupuk": "kerupuk",
    "uyah": "garam",
    "lengo": "minyak",
    "migor": "minyak goreng",
    "laos": "lengkuas",
    "kunir": "kunyit",
    "sere": "serai",
    "pete": "petai",
    "timun": "mentimun",
    "sledri": "seledri",
    "jipang": "labu siam",
    "manisa": "labu siam",
    "sego": "nasi",
    "jajan": "kue",
}


async def usual(db: Database, argv: Sequence[str], say: Say) -> int:
    """Says what is new. What ops have named or entered otherwise stays as it is, and is said too; the exit code."""
    argparse.ArgumentParser(
        prog="python -m services.catalog usual",
        description="Enter the usual units, kinds of goods and synonyms. Repeated, it changes nothing.",
    ).parse_args(list(argv))
    entered: dict[str, list[str]] = {"units": [], "categories": [], "synonyms": [], "left": []}
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
            meanings = dict(await synonym_rows.all_of(conn))
            for word, means in SYNONYMS.items():
                if word not in meanings:
                    await synonyms.save(conn, word, means, by=_BY)
                    entered["synonyms"].append(word)
                elif meanings[word] != means:
                    entered["left"].append(word)
        except (UnitsAreTooMany, CategoriesAreTooMany, SynonymsAreTooMany) as error:
            say({"refused": str(error)})
            return 1
    say(entered)
    return 0
