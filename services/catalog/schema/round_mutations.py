"""What a wlijo's people change: the week's rounds, that she is on her way, where she is; and of whom a merchant serves."""

from __future__ import annotations

from datetime import time
from typing import Annotated

import strawberry

from services.catalog.commands import rounds
from services.catalog.domain.caller import NotFound
from services.catalog.domain.rounds import (
    APART,
    LASTS,
    MAX_LABEL_CHARACTERS,
    MAX_ORDER_UNTIL_S,
    MAX_ORDERS,
    MAX_STOPS,
    ROUNDS_A_DAY,
    SERVES_M,
    SILENCE,
    Wanted,
)
from services.catalog.schema.loaders import Info
from services.catalog.schema.types import Merchant
from services.catalog.schema.week import WEEKDAYS, Weekday
from services.contracts.catalog import MerchantId, StopId
from services.contracts.places import KECAMATAN, GeoPoint
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.refusals import refusable
from services.kit.graphql.texts import read_line
from services.kit.graphql.types import PointInput

_Own = Annotated[strawberry.ID, strawberry.argument(description="A wlijo of which the caller is.")]
_OfAny = Annotated[strawberry.ID, strawberry.argument(description="A merchant of which the caller is; operators: any.")]
_Here = Annotated[PointInput, strawberry.argument(description="Where she is, in the regency.")]


@strawberry.input(description="A stop of a round, in its place among the others.")
class RouteStopInput:
    id: strawberry.ID | None = strawberry.field(
        default=None, description="Of a stop of this day that is kept, whatever else of it changes; a new one has none."
    )
    label: str = strawberry.field(
        description=f"What people call the place: one line of 1 to {MAX_LABEL_CHARACTERS} characters."
    )
    point: PointInput = strawberry.field(description="Where buyers find the wlijo, in the regency.")
    arrives_at: time = strawberry.field(
        description="WIB; later than the stop before. A time before that of the first stop is past midnight."
    )
    orders: int = strawberry.field(
        default=0, description=f"That she brings along to it on one day, 0 to {MAX_ORDERS}; 0 takes none."
    )
    order_until_s: int = strawberry.field(
        default=0, description=f"Seconds before `arrivesAt` until which she takes them, 0 to {MAX_ORDER_UNTIL_S}."
    )

    def given(self, place: int) -> Wanted:
        """Raises BadUserInput, MalformedId, WrongKind."""
        return Wanted(
            id=StopId.parse(self.id) if self.id is not None else None,
            label=read_line(f"stops.{place}.label", self.label, longest=MAX_LABEL_CHARACTERS),
            point=GeoPoint(lat=self.point.lat, lng=self.point.lng),
            arrives_at=self.arrives_at,
            orders=self.orders,
            order_until_s=self.order_until_s,
        )


@strawberry.type
class SetRoutePayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class SetServingAreaPayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class StartRoundPayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class ReportRoundPositionPayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class EndRoundPayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class RoundMutations:
    @refusable(
        description="A wlijo's round of one weekday, in place of what was. It lasts at most "
        f"{LASTS.days * 24 + LASTS.seconds // 3600} hours and meets neither that of the day before nor of the day after. "
        "Her people and operators only."
    )
    async def set_route(
        self,
        info: Info,
        merchant_id: _OfAny,
        weekday: Annotated[Weekday, strawberry.argument(description="The day in WIB on which the round begins.")],
        stops: Annotated[
            list[RouteStopInput],
            strawberry.argument(
                description=f"At most {MAX_STOPS}, in the order of the round; with none she stays at home."
            ),
        ],
    ) -> SetRoutePayload | None:
        by = info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = MerchantId.parse(merchant_id)
        wanted = [stop.given(place) for place, stop in enumerate(stops[: MAX_STOPS + 1])]
        kept = [stop.id for stop in wanted if stop.id is not None]
        if len(set(kept)) < len(kept):
            raise BadUserInput("stops has a stop twice")
        async with transaction(info.context.db) as conn:
            await rounds.set_route(conn, info.context.caller, key, WEEKDAYS.index(weekday), wanted, by=by)
        return SetRoutePayload(merchant=await _there(info, key))

    @refusable(
        description="Whom the merchant has its goods brought to, in place of what was; with neither, everybody. Its people and ops only."
    )
    async def set_serving_area(
        self,
        info: Info,
        merchant_id: _OfAny,
        radius_m: Annotated[
            int | None,
            strawberry.argument(
                description=f"Metres through the air from its pickup point, {SERVES_M[0]} to {SERVES_M[1]}."
            ),
        ] = None,
        kecamatan_codes: Annotated[
            list[str] | None,
            strawberry.argument(description=f"Only to these districts, each once, at most {len(KECAMATAN)}: 35.08.10."),
        ] = None,
    ) -> SetServingAreaPayload | None:
        by = info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = MerchantId.parse(merchant_id)
        codes = kecamatan_codes or []
        if not len(set(codes)) == len(codes) <= len(KECAMATAN):
            raise BadUserInput(f"kecamatanCodes has each once, and at most {len(KECAMATAN)}")
        async with transaction(info.context.db) as conn:
            await rounds.set_serving_area(conn, info.context.caller, key, radius_m, codes, by=by)
        return SetServingAreaPayload(merchant=await _there(info, key))

    @refusable(
        description="A wlijo's people only: she sets out. Buyers see where she is, to about a hundred metres, until the round ends: by "
        f"`endRound`, or by itself when nothing was heard for {SILENCE.seconds // 60} minutes, two hours after her last stop was "
        f"planned, or with her day. A round that lasts goes on; at most {ROUNDS_A_DAY} are started on one day."
    )
    async def start_round(self, info: Info, merchant_id: _Own, point: _Here) -> StartRoundPayload | None:
        by = info.context.identity.require(Role.MERCHANT)
        key = MerchantId.parse(merchant_id)
        info.context.positions_limit.take(by)
        async with transaction(info.context.db) as conn:
            await rounds.start(conn, info.context.caller, key, GeoPoint(lat=point.lat, lng=point.lng), by=by)
        return StartRoundPayload(merchant=await _there(info, key))

    @refusable(
        description="A wlijo's people only: where she is now, by her phone, or at which stop, as she says. The newest is kept, until the "
        f"round ends; one that comes within {APART.seconds} second of another counts for nothing."
    )
    async def report_round_position(
        self,
        info: Info,
        merchant_id: _Own,
        point: Annotated[
            PointInput | None, strawberry.argument(description="Where she is, in the regency. This or `stopId`.")
        ] = None,
        stop_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="A stop of this round that she is at.")
        ] = None,
    ) -> ReportRoundPositionPayload | None:
        by = info.context.identity.require(Role.MERCHANT)
        key = MerchantId.parse(merchant_id)
        stop = StopId.parse(stop_id) if stop_id is not None else None
        if (point is None) == (stop is None):
            raise BadUserInput("either point or stopId")
        info.context.positions_limit.take(by)
        async with transaction(info.context.db) as conn:
            if stop is not None:
                await rounds.reach(conn, info.context.caller, key, stop)
            elif point is not None:
                await rounds.report(conn, info.context.caller, key, GeoPoint(lat=point.lat, lng=point.lng))
        return ReportRoundPositionPayload(merchant=await _there(info, key))

    @refusable(
        description="A wlijo's people only: she is home. Where she was is forgotten. One that is over is no trouble."
    )
    async def end_round(self, info: Info, merchant_id: _Own) -> EndRoundPayload | None:
        by = info.context.identity.require(Role.MERCHANT)
        key = MerchantId.parse(merchant_id)
        async with transaction(info.context.db) as conn:
            await rounds.end(conn, info.context.caller, key, by=by)
        return EndRoundPayload(merchant=await _there(info, key))


async def _there(info: Info, key: MerchantId) -> Merchant:
    """Raises NotFound: it went while it was being changed."""
    found = await Merchant.find(info, key)
    if found is None:
        raise NotFound
    return found
