"""The first goods, from infra/local/seed/catalog.json: ids from keys, the same everywhere; seeding again changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import time
from typing import Any

from services.catalog.store import goods, seeding
from services.contracts.catalog import MerchantId, ProductId, VariantId
from services.kit.database.db import Transaction
from services.kit.ids import UserSubject
from services.kit.messaging import outbox

_REGENCY = "35.08"
_PREPARE_S = 600
_LEVELS = {"desa": "DESA", "kelurahan": "KELURAHAN"}


async def seed(conn: Transaction, content: Any) -> None:
    """Insert what is not there and tell of it. `content` is the parsed file."""
    merchants: list[dict[str, Any]] = content["merchants"]
    units = {unit["code"]: unit for unit in content["units"]}
    categories = {category["key"]: category["name"] for category in content["categories"]}
    await seeding.insert_villages(conn, _villages())
    await seeding.insert_categories(conn, categories.items())
    await seeding.insert_units(
        conn, [(unit["code"], unit["label"], unit["kind"], unit["base_per_unit"]) for unit in units.values()]
    )
    new_merchants = await seeding.insert_merchants(conn, [_merchant(each) for each in merchants])
    await seeding.insert_members(
        conn,
        [
            (MerchantId.seeded(each["key"]), str(UserSubject.seeded(member["person"])), member["role"])
            for each in merchants
            for member in each["members"]
        ],
    )
    await seeding.insert_hours(conn, [row for each in merchants for row in _hours(each)])
    await seeding.insert_route_stops(conn, [row for each in merchants for row in _stops(each)])
    products = [(each, product) for each in merchants for product in each["products"]]
    new_products = await seeding.insert_products(
        conn, [_product(each, product, units, categories) for each, product in products]
    )
    await seeding.insert_variants(
        conn,
        [
            _variant(product, position, variant, units)
            for _, product in products
            for position, variant in enumerate(product["variants"])
        ],
    )
    await outbox.append(conn, *await goods.merchant_states(conn, new_merchants))
    await outbox.append(conn, *await goods.product_states(conn, new_products))


def _villages() -> Iterator[tuple[Any, ...]]:
    try:
        from lokal import wilayah
    except ImportError:  # the villages come with the embedded way to run
        return
    for kecamatan in wilayah.list_wilayah(_REGENCY):
        for village in wilayah.list_wilayah(kecamatan.code):
            yield village.code, village.name, _LEVELS[village.type], kecamatan.code, village.postal_code


def _merchant(given: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        MerchantId.seeded(given["key"]),
        given["slug"],
        given["name"],
        given["kind"],
        given["kecamatan_code"],
        given.get("desa"),
        given["point"]["lat"],
        given["point"]["lng"],
        given["umkm_class"],
        given["hours"] == "always",
        given["auto_accept"],
        given["accept_within_s"],
        given.get("prep_time_s", _PREPARE_S),
    )


def _hours(given: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    if given["hours"] == "always":
        return
    for entry in given["hours"]:
        for weekday in entry["weekdays"]:
            opens, closes = time.fromisoformat(entry["opens"]), time.fromisoformat(entry["closes"])
            yield MerchantId.seeded(given["key"]), weekday, opens, closes


def _stops(given: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    for position, stop in enumerate(given["route"]):
        for weekday in stop["weekdays"]:
            point, arrives_at = stop["point"], time.fromisoformat(stop["arrives_at"])
            yield (
                MerchantId.seeded(given["key"]),
                weekday,
                position,
                stop["label"],
                point["lat"],
                point["lng"],
                arrives_at,
            )


def _product(
    merchant: Mapping[str, Any], given: Mapping[str, Any], units: Mapping[str, Any], categories: Mapping[str, str]
) -> tuple[Any, ...]:
    variants = given["variants"]
    words = [
        given["name"],
        given["description"],
        categories[given["category"]],
        *(variant["label"] for variant in variants),
        *(units[variant["unit"]]["label"] for variant in variants),
    ]
    return (
        ProductId.seeded(given["key"]),
        MerchantId.seeded(merchant["key"]),
        given["name"],
        given["description"],
        given["category"],
        given.get("origin_desa"),
        given.get("keeps_for_s"),
        " ".join(words),
    )


def _variant(
    product: Mapping[str, Any], position: int, given: Mapping[str, Any], units: Mapping[str, Any]
) -> tuple[Any, ...]:
    unit = units[given["unit"]]
    return (
        VariantId.seeded(given["key"]),
        ProductId.seeded(product["key"]),
        position,
        given["sku"],
        given["label"],
        unit["code"],
        given.get("step", unit["step"]),
        given.get("min", unit["min"]),
        given["price_rupiah"],
        given["price_basis"],
        float(given["gram_per_piece"]) if unit["kind"] == "COUNT" else 1.0,
        given["on_hand"],
    )
