"""When, where and for how many jobs at once a company wants to be asked, as its own people see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import strawberry

from services.contracts.delivery import PartnerId
from services.delivery.schema import loaders
from services.delivery.schema.context import Info
from services.delivery.schema.zones import ZoneHours
from services.delivery.store.reach import ReachView
from services.kit.graphql.types import Point


@strawberry.type(description="When and where a company wants to be asked, and for how many jobs at once.")
class PartnerReach:
    hours: list[ZoneHours] = strawberry.field(description="Empty for always.")
    kecamatan_codes: list[str] = strawberry.field(description="With no boundary either, everywhere.")
    boundary: list[Point] = strawberry.field(
        description="Corners in turn, of which the last joins the first; or empty."
    )
    jobs_at_once: int | None = strawberry.field(description="Null for as many as there are.")
    has_now: int = strawberry.field(description="Jobs that it carries, and offers that it holds.")
    is_open: bool = strawberry.field(description="Whether its hours hold now.")

    @classmethod
    def of(cls, view: ReachView) -> PartnerReach:
        said = view.reach
        return cls(
            hours=[
                ZoneHours(weekday=each.weekday + 1, opens_at=each.opens, closes_at=each.closes) for each in said.hours
            ],
            kecamatan_codes=list(said.kecamatan_codes),
            boundary=[Point(lat=each.lat, lng=each.lng) for each in said.corners],
            jobs_at_once=said.jobs_at_once,
            has_now=view.has,
            is_open=view.opened,
        )


@strawberry.type
class ReachFields:
    """The field of `Partner` that this is about."""

    if TYPE_CHECKING:
        key: PartnerId

    @strawberry.field(
        description="When and where it wants to be asked, and for how many jobs at once; for its own people and the platform, else null."
    )
    async def reach(self, info: Info) -> PartnerReach | None:
        view = await info.context.load(loaders.reaches, self.key)
        return PartnerReach.of(view) if view else None
