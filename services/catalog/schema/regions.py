"""Regions as GraphQL shows them."""

from __future__ import annotations

from typing import Self

import strawberry

from services.catalog.domain.region import RegionLevel
from services.catalog.schema import loaders
from services.catalog.schema.loaders import Info
from services.catalog.store.reference import RegionView
from services.kit.graphql.enums import described
from services.kit.graphql.types import Point

described(
    RegionLevel,
    "How large a region is.",
    KABUPATEN="A regency.",
    KECAMATAN="A district.",
    DESA="A village.",
    KELURAHAN="An urban village.",
)


@strawberry.type(description="A region by its Kemendagri code (35.08.10 is kecamatan Lumajang).")
class Region:
    code: str = strawberry.field(description="The dotted Kemendagri code.")
    name: str = strawberry.field(description="As officially written.")
    level: RegionLevel = strawberry.field(description="Regency, district or village.")
    postcode: str | None = strawberry.field(description="Where there is one for all of it.")
    centroid: Point | None = strawberry.field(description="A point in its middle, where it is known.")

    @classmethod
    def of(cls, row: RegionView) -> Self:
        centroid = None if row.centroid is None else Point(lat=row.centroid.lat, lng=row.centroid.lng)
        return cls(code=row.code, name=row.name, level=row.level, postcode=row.postcode, centroid=centroid)

    @strawberry.field(description="Its desa and kelurahan, by code. Empty where their names are not installed.")
    async def villages(self, info: Info) -> list[Region]:
        return [Region.of(row) for row in await info.context.load(loaders.villages, self.code)]
