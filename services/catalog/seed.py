"""The first goods, from infra/local/seed/catalog.json: ids from keys, the same everywhere; seeding again changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any

from services.catalog.by_hand import ENGLISH, enter_needs
from services.catalog.commands import licences as licensing
from services.catalog.domain.licence import LicenceAction, LicenceStatus, next_moment
from services.catalog.domain.region import RegionLevel
from services.catalog.store import goods, licences, needs, seeding, stock
from services.contracts.catalog import (
    LicenceId,
    MemberRole,
    MerchantId,
    MerchantKind,
    MerchantStatus,
    ProductId,
    ProductStatus,
    StopId,
    UnitKind,
    VariantId,
)
from services.contracts.licences import LicenceKind
from services.contracts.people import PersonId
from services.kit.database.db import Transaction
from services.kit.messaging import outbox, timers
from services.kit.photos.settings import MediaSettings
from services.kit.process import settings

_REGENCY = "35.08"
_PREPARE_S = 600
_BY = "seed"
_LEVELS = {"desa": RegionLevel.DESA, "kelurahan": RegionLevel.KELURAHAN}


async def seed(conn: Transaction, content: Any) -> None:
    """Insert what is not there and tell of it. `content` is the parsed file. Photos are drawn where there is a place for them."""
    merchants: list[dict[str, Any]] = content["merchants"]
    products = [(each, product) for each in merchants for product in each["products"]]
    variants = [
        (product, position, variant) for _, product in products for position, variant in enumerate(product["variants"])
    ]
    units = {unit["code"]: unit for unit in content["units"]}
    categories = {category["key"]: category["name"] for category in content["categories"]}

    await seeding.insert(conn, _villages())
    await seeding.insert(
        conn, (seeding.Category(code=code, name=name, name_en=ENGLISH.get(code)) for code, name in categories.items())
    )
    await seeding.insert(conn, (_unit(unit) for unit in units.values()))
    new_merchants = await seeding.insert_merchants(conn, (_merchant(each) for each in merchants))
    await seeding.insert(conn, (row for each in merchants for row in _members(each)))
    await seeding.insert(conn, (row for each in merchants for row in _hours(each)))
    await seeding.insert_stops(conn, [row for each in merchants for row in _stops(each)])
    new_products = await seeding.insert_products(
        conn, (_product(each, product, units, categories) for each, product in products)
    )
    rows = [_variant(*each, units) for each in variants]
    await seeding.insert_variants(conn, rows)
    await seeding.insert(conn, (_stock(variant) for *_, variant in variants))
    await _license(conn, merchants, list(categories))
    await outbox.append(conn, *await goods.merchant_states(conn, new_merchants))
    await outbox.append(conn, *await goods.product_states(conn, new_products))
    await outbox.append(conn, *await stock.untold(conn, [row.id for row in rows]))
    if (storage := settings.load(MediaSettings).storage()) is not None:
        from services.catalog import seed_photos  # what draws, which no process holds that serves

        await seed_photos.seed(conn, merchants, storage)


async def _license(conn: Transaction, merchants: list[dict[str, Any]], categories: list[str]) -> None:
    """What the law asks of these kinds of goods, and what the goods have: numbers of no authority, years from today on."""
    now, today = await licences.clock(conn)
    rows = [_licence(each, given, today) for each in merchants for given in each.get("licences", ())]
    new = await seeding.insert_licences(conn, rows)
    await seeding.insert(
        conn,
        (
            seeding.LicenceProduct(licence_id=LicenceId.seeded(given["key"]), product_id=ProductId.seeded(product))
            for each in merchants
            for given in each.get("licences", ())
            for product in given.get("products", ())
        ),
    )
    for row in rows:
        if row.id in new:
            verified = LicenceStatus.VERIFIED
            await licences.add_history(conn, row.id, LicenceAction.VERIFY, verified, reason=None, by=_BY)
            if (moment := next_moment(row.expires_on, now)) is not None:
                await timers.start(conn, licensing.TIMER, row.id, moment)
    for each in merchants:
        for product in each["products"]:
            if product.get("not_halal"):
                await needs.declare_not_halal(conn, ProductId.seeded(product["key"]), declared=True, by=_BY)
    await enter_needs(conn, categories, date.min, by=_BY)


def _licence(merchant: Mapping[str, Any], given: Mapping[str, Any], today: date) -> seeding.Licence:
    """P-IRT holds for five years less a day, of which one is over; its number ends with the year in which it does."""
    kind = LicenceKind(given["kind"])
    ends = date(today.year + 4, 1, 31) if kind is LicenceKind.PIRT else None
    return seeding.Licence(
        id=LicenceId.seeded(given["key"]),
        merchant_id=MerchantId.seeded(merchant["key"]),
        kind=kind,
        number=given["number"] if ends is None else f"{given['number']}-{ends.year % 100:02}",
        whole=not given.get("products"),
        issued_on=date(today.year - 1, 2, 1),
        expires_on=ends,
        state=LicenceStatus.VERIFIED,
        submitted_at=f"{today.year}-01-01T00:00:00+07:00",
        decided_at=f"{today.year}-01-01T00:00:00+07:00",
    )


def _villages() -> Iterator[seeding.Village]:
    try:
        from lokal import wilayah
    except ImportError:  # the villages come with the embedded way to run
        return
    for kecamatan in wilayah.list_wilayah(_REGENCY):
        for village in wilayah.list_wilayah(kecamatan.code):
            yield seeding.Village(
                code=village.code,
                name=village.name,
                level=_LEVELS[village.type],
                parent_code=kecamatan.code,
                postcode=village.postal_code,
            )


def _unit(given: Mapping[str, Any]) -> seeding.Unit:
    return seeding.Unit(
        code=given["code"],
        label=given["label"],
        kind=UnitKind(given["kind"]),
        base_per_unit=given["base_per_unit"],
    )


def _merchant(given: Mapping[str, Any]) -> seeding.Merchant:
    return seeding.Merchant(
        id=MerchantId.seeded(given["key"]),
        slug=given["slug"],
        name=given["name"],
        kind=MerchantKind(given["kind"]),
        status=MerchantStatus.ACTIVE,
        kecamatan_code=given["kecamatan_code"],
        desa_code=given.get("desa"),
        lat=given["point"]["lat"],
        lng=given["point"]["lng"],
        umkm_class=given["umkm_class"],
        always_open=given["hours"] == "always",
        auto_accept=given["auto_accept"],
        accept_within_s=given["accept_within_s"],
        prep_time_s=given.get("prep_time_s", _PREPARE_S),
    )


def _members(given: Mapping[str, Any]) -> Iterator[seeding.Member]:
    for member in given["members"]:
        yield seeding.Member(
            merchant_id=MerchantId.seeded(given["key"]),
            subject=str(PersonId.seeded(member["person"])),
            role=MemberRole(member["role"]),
        )


def _hours(given: Mapping[str, Any]) -> Iterator[seeding.Opening]:
    if given["hours"] == "always":
        return
    for entry in given["hours"]:
        for weekday in entry["weekdays"]:
            yield seeding.Opening(
                merchant_id=MerchantId.seeded(given["key"]),
                weekday=weekday,
                opens=time.fromisoformat(entry["opens"]),
                closes=time.fromisoformat(entry["closes"]),
            )


def _stops(given: Mapping[str, Any]) -> Iterator[seeding.Stop]:
    for position, stop in enumerate(given["route"]):
        for weekday in stop["weekdays"]:
            yield seeding.Stop(
                id=StopId.seeded(f"{given['key']}/{weekday}/{position}"),
                merchant_id=MerchantId.seeded(given["key"]),
                weekday=weekday,
                position=position,
                label=stop["label"],
                lat=stop["point"]["lat"],
                lng=stop["point"]["lng"],
                arrives_at=time.fromisoformat(stop["arrives_at"]),
            )


def _product(
    merchant: Mapping[str, Any], given: Mapping[str, Any], units: Mapping[str, Any], categories: Mapping[str, str]
) -> seeding.Product:
    variants = given["variants"]
    words = [
        given["name"],
        given["description"],
        categories[given["category"]],
        *(variant["label"] for variant in variants),
        *(units[variant["unit"]]["label"] for variant in variants),
    ]
    return seeding.Product(
        id=ProductId.seeded(given["key"]),
        merchant_id=MerchantId.seeded(merchant["key"]),
        name=given["name"],
        description=given["description"],
        category_code=given["category"],
        status=ProductStatus.PUBLISHED,
        origin_desa_code=given.get("origin_desa"),
        keeps_for_s=given.get("keeps_for_s"),
        words=" ".join(words),
    )


def _variant(
    product: Mapping[str, Any], position: int, given: Mapping[str, Any], units: Mapping[str, Any]
) -> seeding.Variant:
    unit = units[given["unit"]]
    return seeding.Variant(
        id=VariantId.seeded(given["key"]),
        product_id=ProductId.seeded(product["key"]),
        position=position,
        sku=given["sku"],
        label=given["label"],
        unit_code=unit["code"],
        step=given.get("step", unit["step"]),
        min=given.get("min", unit["min"]),
        price_rupiah=given["price_rupiah"],
        price_basis=given["price_basis"],
        gram_per_base=float(given["gram_per_piece"]) if unit["kind"] == "COUNT" else 1.0,
    )


def _stock(given: Mapping[str, Any]) -> seeding.StockItem:
    return seeding.StockItem(variant_id=VariantId.seeded(given["key"]), on_hand=given["on_hand"])
