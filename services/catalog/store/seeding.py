"""Rows that are written once: what is there already stays as it is. A row's fields are columns of its table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, time
from typing import Any, ClassVar, Protocol

import msgspec

from services.catalog.domain.licence import LicenceStatus
from services.catalog.domain.region import RegionLevel
from services.catalog.store.rounds import join_stops
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
from services.kit.database.db import Connection, Row
from services.kit.ids import Id


class Seed(Protocol):
    """A dataclass whose fields are columns of `table`."""

    table: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Village:
    table: ClassVar[str] = "region"
    code: str
    name: str
    level: RegionLevel
    parent_code: str
    postcode: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    table: ClassVar[str] = "category"
    code: str
    name: str
    name_en: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    table: ClassVar[str] = "sale_unit"
    code: str
    label: str
    kind: UnitKind
    base_per_unit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    table: ClassVar[str] = "merchant"
    id: MerchantId
    slug: str
    name: str
    kind: MerchantKind
    status: MerchantStatus
    kecamatan_code: str
    desa_code: str | None
    lat: float
    lng: float
    umkm_class: str
    always_open: bool
    auto_accept: bool
    accept_within_s: int
    prep_time_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    table: ClassVar[str] = "merchant_member"
    merchant_id: MerchantId
    subject: str
    role: MemberRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    table: ClassVar[str] = "opening_hours"
    merchant_id: MerchantId
    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    table: ClassVar[str] = "route"
    merchant_id: MerchantId
    weekday: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    table: ClassVar[str] = "route_stop"
    id: StopId
    merchant_id: MerchantId
    weekday: int
    position: int
    label: str
    lat: float
    lng: float
    arrives_at: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    table: ClassVar[str] = "product"
    id: ProductId
    merchant_id: MerchantId
    name: str
    description: str
    category_code: str
    status: ProductStatus
    origin_desa_code: str | None
    keeps_for_s: int | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    table: ClassVar[str] = "variant"
    id: VariantId
    product_id: ProductId
    position: int
    sku: str
    label: str
    unit_code: str
    step: int
    min: int
    price_rupiah: int
    price_basis: int
    gram_per_base: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StockItem:
    table: ClassVar[str] = "stock_item"
    variant_id: VariantId
    on_hand: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """Times are ISO 8601."""

    table: ClassVar[str] = "licence"
    id: LicenceId
    merchant_id: MerchantId
    kind: LicenceKind
    number: str
    whole: bool
    issued_on: date
    expires_on: date | None
    state: LicenceStatus
    submitted_at: str
    decided_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceProduct:
    table: ClassVar[str] = "licence_product"
    licence_id: LicenceId
    product_id: ProductId


async def insert(conn: Connection, rows: Iterable[Seed]) -> None:
    await _insert(conn, list(rows))


async def insert_merchants(conn: Connection, rows: Iterable[Merchant]) -> list[MerchantId]:
    """Those that are new."""
    return [MerchantId(row["id"]) for row in await _insert(conn, list(rows), "RETURNING id")]


async def insert_products(conn: Connection, rows: Iterable[Product]) -> list[ProductId]:
    """Those that are new."""
    return [ProductId(row["id"]) for row in await _insert(conn, list(rows), "RETURNING id")]


async def insert_licences(conn: Connection, rows: Sequence[Licence]) -> set[LicenceId]:
    """Those that are new."""
    return {LicenceId(row["id"]) for row in await _insert(conn, rows, "RETURNING id")}


async def insert_stops(conn: Connection, rows: Sequence[Stop]) -> None:
    """The rounds of which they are come with them."""
    await insert(conn, {Route(merchant_id=stop.merchant_id, weekday=stop.weekday) for stop in rows})
    await insert(conn, rows)
    if rows:
        await join_stops(conn, list({stop.merchant_id for stop in rows}))


async def insert_variants(conn: Connection, rows: Sequence[Variant]) -> None:
    """The history of their prices begins now."""
    await insert(conn, rows)
    await conn.execute(
        """INSERT INTO price_history (variant_id, since, price_rupiah, price_basis)
           SELECT id, wlijo_now(), price_rupiah, price_basis FROM variant WHERE id = ANY($1::uuid[])
           ON CONFLICT DO NOTHING""",
        [row.id for row in rows],
    )


async def _insert(conn: Connection, rows: Sequence[Seed], returning: str = "") -> list[Row]:
    if not rows:
        return []
    table, columns = rows[0].table, ", ".join(field.name for field in fields(rows[0]))
    # As JSON every value goes by its column's name and takes its column's type.
    return await conn.fetch(
        f"""INSERT INTO {table} ({columns})
            SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb)
            ON CONFLICT DO NOTHING {returning}""",
        msgspec.json.encode(rows, enc_hook=_as_uuid).decode(),
    )


def _as_uuid(value: Id) -> str:
    return str(value.uuid)
