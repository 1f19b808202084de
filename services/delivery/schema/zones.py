"""Zones as the graph shows them, and what officers do to them."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated

import strawberry

from services.contracts.delivery import DeliveryId, ZoneEffect, ZoneId, ZoneKind
from services.contracts.places import GeoPoint, Hours
from services.contracts.roles import Role
from services.delivery.commands import zones
from services.delivery.domain import boundary, zone
from services.delivery.domain.zone import MAX_NAME_CHARACTERS, MAX_REASON_CHARACTERS, ZoneAction, ZoneIsInvalid
from services.delivery.schema.context import Context, Info
from services.delivery.store import zones as stored
from services.delivery.store.zones import Happened, ZoneView
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.enums import described
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.pages import PAGED, Connection, Page, sized
from services.kit.graphql.refusals import refusable
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.texts import read_line
from services.kit.graphql.types import Point, PointInput

_WHY_CHARACTERS = 500
_MOST_HELD = 50

described(
    ZoneKind,
    "What a zone is. New values may come.",
    SERVICE="Where riders go: once there is one, they go nowhere else.",
    HUB="Around a place where goods are gathered.",
    RESTRICTED="Where others have a say: a station's or a terminal's riders, a market's day.",
    HAZARD="Where it is dangerous: trips that are under way feel it too.",
)
described(
    ZoneEffect,
    "What a zone does. New values may come.",
    DENY_PICKUP="Nothing is fetched there; setting down is fine.",
    DENY_DROPOFF="Nothing is brought there; fetching is fine.",
    DENY_BOTH="Nobody goes there.",
    SURCHARGE_PICKUP="Fetching there costs more.",
    SURCHARGE_DROPOFF="Bringing there costs more.",
    SURCHARGE_BOTH="Fetching or bringing there costs more.",
    SERVE="Riders go there.",
)
described(
    ZoneAction,
    "What was done to a zone. New values may come.",
    ENTER="It was entered.",
    SWITCH_ON="It was switched on.",
    SWITCH_OFF="It was switched off.",
    END="It was ended for good.",
)


@strawberry.type(description="A span of hours of one weekday, WIB; past midnight where it ends before it begins.")
class ZoneHours:
    weekday: int = strawberry.field(description="1 is Monday, 7 Sunday.")
    opens_at: time = strawberry.field(description="From then on.")
    closes_at: time = strawberry.field(description="Until then; 00:00 is the day's end.")


@strawberry.input(description="A span of hours of one weekday, WIB; past midnight where it ends before it begins.")
class ZoneHoursInput:
    weekday: int = strawberry.field(description="1 is Monday, 7 Sunday.")
    opens_at: time = strawberry.field(description="From then on.")
    closes_at: time = strawberry.field(description="Until then; 00:00 is the day's end.")


@strawberry.type(description="What was done to a zone, and why.")
class ZoneHistoryEntry:
    action: ZoneAction = strawberry.field(description="What was done.")
    reason: str = strawberry.field(description="For the record.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, happened: Happened) -> ZoneHistoryEntry:
        return cls(action=happened.action, reason=happened.reason, at=happened.at)


async def histories(context: Context, ids: list[ZoneId]) -> list[list[ZoneHistoryEntry]]:
    async with context.db.acquire() as conn:
        rows = await stored.histories(conn, ids)
    found: dict[ZoneId, list[ZoneHistoryEntry]] = {each: [] for each in ids}
    for row in rows:
        found[row.zone_id].append(ZoneHistoryEntry.of(row))
    return [found[each] for each in ids]


@strawberry.type(
    description="A place with a rule of its own for trips. A denial beats everything; where areas of service are drawn a stop lies in one "
    "of them; of the surcharges at one stop the highest holds, and a zone that several stops lie in counts once."
)
class Zone:
    key: strawberry.Private[ZoneId]
    id: strawberry.ID = strawberry.field(description="Of the zone, zon_….")
    name: str = strawberry.field(description="As people call the place.")
    kind: ZoneKind = strawberry.field(description="What it is.")
    effect: ZoneEffect = strawberry.field(description="What it does.")
    reason: str = strawberry.field(description="For buyers, in Indonesian.")
    reason_en: str | None = strawberry.field(description="The same in English, where it was written.")
    surcharge: Rupiah = strawberry.field(description="What a trip costs more by it; 0 for other effects.")
    boundary: list[Point] = strawberry.field(description="Its corners in turn; the last joins the first.")
    valid_from: date | None = strawberry.field(description="The first day, WIB; null for ever since.")
    valid_until: date | None = strawberry.field(description="The last day, WIB; null for no end.")
    hours: list[ZoneHours] = strawberry.field(description="When on its days it holds; empty for always.")
    switched_on: bool = strawberry.field(description="Whether officers have it on.")
    holds_now: bool = strawberry.field(description="Whether it is on, and of this day and hour.")
    ended_at: datetime | None = strawberry.field(description="Since when it is no more.")
    version: int = strawberry.field(description="Rises with each change.")

    @strawberry.field(description="Officers and operators only: what was done to it, the first first; else empty.")
    async def history(self, info: Info) -> list[ZoneHistoryEntry]:
        if not info.context.identity.has(Role.OFFICER, Role.OPS):
            return []
        return await info.context.load(histories, self.key)

    @classmethod
    def of(cls, view: ZoneView) -> Zone:
        zone = view.zone
        return cls(
            key=zone.id,
            id=strawberry.ID(str(zone.id)),
            name=zone.name,
            kind=zone.kind,
            effect=zone.effect,
            reason=zone.reason,
            reason_en=zone.reason_en,
            surcharge=Rupiah(zone.surcharge_rupiah),
            boundary=[Point(lat=each.lat, lng=each.lng) for each in zone.boundary],
            valid_from=zone.valid_from,
            valid_until=zone.valid_until,
            hours=[
                ZoneHours(weekday=each.weekday + 1, opens_at=each.opens, closes_at=each.closes) for each in zone.hours
            ],
            switched_on=zone.switched_on,
            holds_now=view.holds,
            ended_at=zone.ended_at,
            version=zone.version,
        )


async def hazards(context: Context, ids: list[DeliveryId]) -> list[Zone | None]:
    async with context.db.acquire() as conn:
        found = await stored.over_trips(conn, ids)
    return [Zone.of(found[each]) if each in found else None for each in ids]


@strawberry.input(description="What the zones are that are drawn together.")
class EnterZonesInput:
    geojson: str = strawberry.field(
        description="A Polygon, a Feature or a FeatureCollection of GeoJSON (RFC 7946), as text: rings that are closed, do not cross "
        f"themselves, have no holes and at most {boundary.MAX_CORNERS} corners; at most {boundary.MAX_TOGETHER} together, and "
        f"{boundary.MAX_BYTES} bytes. `properties.name` of a feature is its zone's name."
    )
    name: str = strawberry.field(
        description=f"Of what has no name of its own; one line of 1 to {MAX_NAME_CHARACTERS} characters."
    )
    kind: ZoneKind = strawberry.field(description="What they are.")
    effect: ZoneEffect = strawberry.field(description="What they do; SERVE is SERVICE's, a hazard denies.")
    reason: str = strawberry.field(description=f"For buyers, in Indonesian: 1 to {MAX_REASON_CHARACTERS} characters.")
    why: str = strawberry.field(
        description=f"For the record: who asked for it, by which paper; one line of 1 to {_WHY_CHARACTERS} characters."
    )
    reason_en: str | None = strawberry.field(default=None, description="The reason in English.")
    surcharge: Rupiah | None = strawberry.field(default=None, description="In rupiah, of a SURCHARGE effect alone.")
    valid_from: date | None = strawberry.field(default=None, description="The first day, WIB.")
    valid_until: date | None = strawberry.field(default=None, description="The last day, WIB; not before today.")
    hours: list[ZoneHoursInput] = strawberry.field(
        default_factory=list, description="When on its days it holds; none for always. A hazard has none."
    )
    switched_on: bool = strawberry.field(default=True, description="Whether they hold at once.")

    def like(self) -> zone.Zone:
        """Raises ZoneIsInvalid."""
        if any(not 1 <= each.weekday <= 7 for each in self.hours):
            raise ZoneIsInvalid("hours", "weekday is 1, Monday, to 7, Sunday")
        return zone.Zone(
            id=ZoneId.new(),
            name=read_line("input.name", self.name, longest=MAX_NAME_CHARACTERS),
            kind=self.kind,
            effect=self.effect,
            reason=read_line("input.reason", self.reason, longest=MAX_REASON_CHARACTERS),
            reason_en=read_line("input.reasonEn", self.reason_en, longest=MAX_REASON_CHARACTERS)
            if self.reason_en
            else None,
            surcharge_rupiah=self.surcharge or 0,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            hours=[Hours(weekday=each.weekday - 1, opens=each.opens_at, closes=each.closes_at) for each in self.hours],
            switched_on=self.switched_on,
        )


@strawberry.type
class EnterZonesPayload(Payload):
    zones: list[Zone] | None = None


@strawberry.type
class SwitchZonePayload(Payload):
    zone: Zone | None = None


@strawberry.type
class EndZonePayload(Payload):
    zone: Zone | None = None


_Why = Annotated[
    str, strawberry.argument(description=f"For the record, one line of 1 to {_WHY_CHARACTERS} characters.")
]


async def _shown(info: Info, ids: list[ZoneId]) -> list[Zone]:
    async with info.context.db.acquire() as conn:
        found = await stored.of(conn, ids)
    return [Zone.of(found[each]) for each in ids]


@strawberry.type
class ZoneMutations:
    @refusable(
        description="Officers and operators: enter zones as they were drawn. The next quote feels them, of a hazard trips under way too. "
        "What a zone is never changes: end it and enter another. The key makes a repeat the same one."
    )
    async def enter_zones(
        self,
        info: Info,
        input: Annotated[EnterZonesInput, strawberry.argument(description="What they are.")],
        idempotency_key: str,
    ) -> EnterZonesPayload | None:
        subject = info.context.identity.require(Role.OFFICER, Role.OPS)
        drawn, like = boundary.read(input.geojson), input.like()
        why = read_line("input.why", input.why, longest=_WHY_CHARACTERS)
        async with transaction(info.context.db) as conn:
            made = await zones.enter(conn, drawn, like, why, by=subject, idempotency_key=idempotency_key)
        return EnterZonesPayload(zones=await _shown(info, made))

    @refusable(
        description="Officers and operators: switch a zone on or off, felt by the next quote. A hazard that is switched on ends trips into "
        "it that are not fetched, with nobody's fault, and tells riders with goods to wait or to come back; off tells them to carry on. "
        "Switching to what it is changes nothing."
    )
    async def switch_zone(
        self,
        info: Info,
        id: strawberry.ID,
        on: Annotated[bool, strawberry.argument(description="Whether it holds from now on.")],
        reason: _Why,
    ) -> SwitchZonePayload | None:
        subject = info.context.identity.require(Role.OFFICER, Role.OPS)
        key, why = ZoneId.parse(id), read_line("reason", reason, longest=_WHY_CHARACTERS)
        async with transaction(info.context.db) as conn:
            await zones.switch(conn, key, on=on, why=why, by=subject)
        return SwitchZonePayload(zone=(await _shown(info, [key]))[0])

    @refusable(
        description="Officers and operators: end a zone for good; it is kept for what was quoted by it. Again changes nothing."
    )
    async def end_zone(self, info: Info, id: strawberry.ID, reason: _Why) -> EndZonePayload | None:
        subject = info.context.identity.require(Role.OFFICER, Role.OPS)
        key, why = ZoneId.parse(id), read_line("reason", reason, longest=_WHY_CHARACTERS)
        async with transaction(info.context.db) as conn:
            await zones.end(conn, key, why=why, by=subject)
        return EndZonePayload(zone=(await _shown(info, [key]))[0])


@strawberry.type
class ZoneQueries:
    @strawberry.field(description="The zones, by name: for whoever has signed in.", directives=[PAGED])
    async def zones(
        self,
        info: Info,
        ended: Annotated[bool, strawberry.argument(description="With those that are no more.")] = False,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[Zone] | None:
        info.context.identity.require()
        page = Page(first, after, tuple[str, str])
        begin = (page.after[0], _after(page.after[1])) if page.after else None
        async with info.context.db.acquire() as conn:
            rows = await stored.page(conn, begin, page.limit, ended=ended)
        return page.connection(rows, key=lambda row: (row.zone.name, str(row.zone.id)), node=Zone.of)

    @strawberry.field(
        description=f"The zones that a point lies in, in force or not, by name; at most {_MOST_HELD}. A merchant whose pickup point is in "
        "one that denies picking up is fetched from by nobody.",
        directives=[sized(_MOST_HELD)],
    )
    async def zones_at(
        self, info: Info, point: Annotated[PointInput, strawberry.argument(description="Where.")]
    ) -> list[Zone] | None:
        info.context.identity.require()
        async with info.context.db.acquire() as conn:
            rows = await stored.at(conn, GeoPoint(lat=point.lat, lng=point.lng), _MOST_HELD)
        return [Zone.of(row) for row in rows]


def _after(text: str) -> ZoneId:
    try:
        return ZoneId.parse(text)
    except ValueError as error:
        raise BadUserInput("after is not a cursor of this list") from error
