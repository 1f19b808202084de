"""The first goods, from infra/local/seed/catalog.json: ids from keys, the same everywhere; seeding again changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import time
from typing import Any

from services.catalog.domain.region import RegionLevel
from services.catalog.store import goods, seeding, stock
from services.contracts.catalog import (
    MemberRole,
    MerchantId,
    MerchantKind,
    MerchantStatus,
    ProductId,
    ProductStatus,
    UnitKind,
    VariantId,
)
from services.contracts.people import PersonId
from services.kit.database.db import Transaction
from services.kit.messaging import outbox

_REGENCY = "35.08"
_PREPARE_S = 600
_LEVELS = {"desa": RegionLevel.DESA, "kelurahan": RegionLevel.KELURAHAN}


async def seed(conn: Transaction, content: Any) -> None:
    """Insert what is not there and tell of it. `content` is the parsed file."""
    merchants: list[dict[str, Any]] = content["merchants"]
    products = [(each, product) for each in merchants for product in each["products"]]
    variants = [
        (product, position, variant) for _, product in products for position, variant in enumerate(product["variants"])
    ]
    units = {unit["code"]: unit for unit in content["units"]}
    categories = {category["key"]: category["name"] for category in content["categories"]}

    await seeding.insert(conn, _villages())
    await seeding.insert(conn, (seeding.Category(code=code, name=name) for code, name in categories.items()))
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
    await outbox.append(conn, *await goods.merchant_states(conn, new_merchants))
    await outbox.append(conn, *await goods.product_states(conn, new_products))
    await outbox.append(conn, *await stock.untold(conn, [row.id for row in rows]))


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
