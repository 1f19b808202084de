"""What ops does by hand: the units and the kinds of goods that a market in the regency usually has, which its sellers choose from, what
the law asks of them, what people there say for goods, which they are found by, and the goods that most sellers have, which they copy."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from services.catalog.commands import categories, needs, synonyms, templates, tree
from services.catalog.domain.category import CategoriesAreTooMany, UnitIsAnother, UnitsAreTooMany
from services.catalog.domain.offering import OfferingInvalid
from services.catalog.domain.synonyms import SynonymsAreTooMany
from services.catalog.domain.templates import TemplatesAreTooMany
from services.catalog.domain.tree import CommoditiesAreTooMany, Commodity
from services.catalog.domain.usual_needs import NEEDED
from services.catalog.store import needs as need_rows
from services.catalog.store import reference
from services.catalog.store import synonyms as synonym_rows
from services.catalog.store import templates as template_rows
from services.catalog.store import tree as tree_rows
from services.catalog.store.reference import SaleUnitView
from services.catalog.usual_goods import USUAL
from services.contracts.catalog import UnitKind
from services.kit.database.db import Database, Transaction, transaction
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
    "hasil-bumi": "Hasil bumi",
    "lauk-pauk": "Lauk-pauk",
    "makanan": "Makanan dan minuman",
    "kriya": "Kriya dan rumah",
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
ENGLISH: Final = {
    "hasil-bumi": "Produce",
    "lauk-pauk": "Meat, fish and eggs",
    "makanan": "Food and drink",
    "kriya": "Craft and home",
    "sayur": "Vegetables",
    "buah": "Fruit",
    "bumbu": "Spices and seasoning",
    "pokok": "Staples",
    "lauk": "Side dishes",
    "daging": "Meat and poultry",
    "ikan": "Fish and seafood",
    "telur": "Eggs and milk",
    "tahu-tempe": "Tofu and tempeh",
    "kopi": "Coffee",
    "minuman": "Drinks",
    "camilan": "Snacks",
    "kue": "Cakes and market sweets",
    "masakan": "Ready meals",
    "olahan": "Processed food",
    "kerajinan": "Handicraft",
    "batik": "Batik and clothing",
    "tanaman": "Plants and seedlings",
    "rumah-tangga": "Household goods",
}
"""What `CATEGORIES` are called in English."""
TREE: Final = {
    "hasil-bumi": ("sayur", "buah", "bumbu", "pokok", "kopi", "tanaman"),
    "lauk-pauk": ("lauk", "daging", "ikan", "telur", "tahu-tempe"),
    "makanan": ("masakan", "kue", "camilan", "olahan", "minuman"),
    "kriya": ("kerajinan", "batik", "rumah-tangga"),
}
"""Where categories are put, in this order."""
COMMODITIES: Final = {
    "beras-premium": ("Beras premium", UnitKind.MASS),
    "beras-medium": ("Beras medium", UnitKind.MASS),
    "gula-kristal-putih": ("Gula kristal putih", UnitKind.MASS),
    "minyak-goreng-curah": ("Minyak goreng curah", UnitKind.VOLUME),
    "minyak-goreng-kemasan": ("Minyak goreng kemasan", UnitKind.VOLUME),
    "daging-sapi": ("Daging sapi", UnitKind.MASS),
    "daging-ayam-ras": ("Daging ayam ras", UnitKind.MASS),
    "daging-ayam-kampung": ("Daging ayam kampung", UnitKind.MASS),
    "telur-ayam-ras": ("Telur ayam ras", UnitKind.MASS),
    "telur-ayam-kampung": ("Telur ayam kampung", UnitKind.COUNT),
    "cabai-rawit-merah": ("Cabai rawit merah", UnitKind.MASS),
    "cabai-merah-keriting": ("Cabai merah keriting", UnitKind.MASS),
    "cabai-merah-besar": ("Cabai merah besar", UnitKind.MASS),
    "bawang-merah": ("Bawang merah", UnitKind.MASS),
    "bawang-putih": ("Bawang putih", UnitKind.MASS),
    "tomat": ("Tomat", UnitKind.MASS),
    "kentang": ("Kentang", UnitKind.MASS),
    "wortel": ("Wortel", UnitKind.MASS),
    "kol": ("Kol", UnitKind.MASS),
    "buncis": ("Buncis", UnitKind.MASS),
    "bayam": ("Bayam", UnitKind.MASS),
    "kangkung": ("Kangkung", UnitKind.MASS),
    "kelapa": ("Kelapa", UnitKind.COUNT),
    "tempe": ("Tempe", UnitKind.MASS),
    "tahu": ("Tahu", UnitKind.MASS),
    "pisang": ("Pisang", UnitKind.MASS),
    "garam": ("Garam", UnitKind.MASS),
    "tepung-terigu": ("Tepung terigu", UnitKind.MASS),
    "jagung": ("Jagung", UnitKind.MASS),
    "kacang-tanah": ("Kacang tanah", UnitKind.MASS),
    "ketela-pohon": ("Ketela pohon", UnitKind.MASS),
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

_TOO_MANY: Final = (
    UnitsAreTooMany,
    CategoriesAreTooMany,
    CommoditiesAreTooMany,
    SynonymsAreTooMany,
    TemplatesAreTooMany,
)


async def usual(db: Database, argv: Sequence[str], say: Say) -> int:
    """Says what is new. What ops have named or entered otherwise stays as it is, and is said too; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m services.catalog usual",
        description="Enter the usual units, kinds of goods, the licences that these need, commodities, synonyms and goods to copy. "
        "Repeated, it changes nothing.",
    )
    parser.add_argument(
        "--needed-from",
        type=date.fromisoformat,
        default=date.min,
        metavar="DAY",
        help="ask for licences from this day, like 2027-03-01, where the law's is earlier: in a market that sells already, what lacks one "
        "is for sale no more from that day",
    )
    asked = parser.parse_args(list(argv))
    sorts = ("units", "categories", "requirements", "commodities", "synonyms", "templates", "left")
    entered: dict[str, list[str]] = {each: [] for each in sorts}
    async with transaction(db) as conn:
        known_units = {each.code: each for each in await reference.sale_units(conn)}
        known = {each.code: each for each in await reference.categories(conn)}
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
                if code not in known or (known[code].name, known[code].english) == (name, None):
                    await categories.save_category(conn, code, name, ENGLISH[code])
                    entered["categories"].append(code)
            entered["requirements"] = await enter_needs(conn, [*CATEGORIES], asked.needed_from, by=_BY)
            await _place(conn)
            compared = await tree_rows.commodities(conn)
            for code, (name, kind) in COMMODITIES.items():
                if code not in compared:
                    await tree.save_commodity(conn, Commodity(code, name, kind), by=_BY)
                    entered["commodities"].append(code)
                elif compared[code].kind is not kind:
                    entered["left"].append(code)
            meanings = dict(await synonym_rows.all_of(conn))
            for word, means in SYNONYMS.items():
                if word not in meanings:
                    await synonyms.save(conn, word, means, by=_BY)
                    entered["synonyms"].append(word)
                elif meanings[word] != means:
                    entered["left"].append(word)
            usual_goods = await template_rows.by_codes(conn, [each.code for each in USUAL])
            for good in USUAL:
                if good.code in usual_goods:
                    entered["left"] += [good.code] if usual_goods[good.code] != good else []
                    continue
                try:
                    await templates.save(conn, good, by=_BY)
                except (OfferingInvalid, ExceptionGroup):  # a unit of its code is another here
                    entered["left"].append(good.code)
                else:
                    entered["templates"].append(good.code)
        except _TOO_MANY as error:
            say({"refused": str(error)})
            return 1
    say(entered)
    return 0


async def enter_needs(conn: Transaction, codes: Sequence[str], needed_from: date, *, by: str) -> list[str]:
    """Those of these categories that nobody has entered, or taken out, yet; from that day or the law's, whichever is later."""
    usual_ones = [(code, each) for code in codes for each in NEEDED.get(code, ())]
    known = await need_rows.requirements(conn) if usual_ones else set()
    new = [(code, each) for code, each in usual_ones if (code, each.kind) not in known]
    for code, each in new:
        wanted = replace(each, applies_from=max(each.applies_from, needed_from))
        await needs.save_requirement(conn, code, each.kind, wanted.applies_from, wanted.keeps_days, by=by)
    return [f"{code} {each.kind}" for code, each in new]


async def _place(conn: Transaction) -> None:
    """What nobody has placed, neither operators nor this."""
    placed = await tree_rows.placed(conn)
    for place, (root, below) in enumerate(TREE.items()):
        for code, parent, position in [(root, None, place), *((code, root, n) for n, code in enumerate(below))]:
            if code not in placed:
                await tree.place_category(conn, code, parent, position, None, by=_BY)
