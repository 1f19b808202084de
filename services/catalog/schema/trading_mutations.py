"""When and how a merchant trades."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated

import strawberry

from services.catalog.commands import trading
from services.catalog.domain.caller import NotFound
from services.catalog.domain.ids import ClosureId
from services.catalog.domain.trading import (
    ACCEPT_S,
    AHEAD,
    MAX_CLOSURES,
    MAX_NOTE_CHARACTERS,
    MAX_OPENINGS,
    PREPARE_S,
    Ways,
)
from services.catalog.schema.loaders import Info
from services.catalog.schema.types import Merchant
from services.catalog.schema.week import WEEKDAYS, Weekday
from services.contracts.catalog import MerchantId
from services.contracts.places import GeoPoint, Hours
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.refusals import refusable
from services.kit.graphql.texts import read_line
from services.kit.graphql.types import PointInput

_Of = Annotated[strawberry.ID, strawberry.argument(description="A merchant of which the caller is; operators: any.")]


@strawberry.input(
    description="Open from opensAt to closesAt, WIB; a closing time at or before opening is on the next day."
)
class OpeningHoursInput:
    weekday: Weekday = strawberry.field(description="The day in WIB on which it opens.")
    opens_at: time = strawberry.field(description="WIB; open from then on.")
    closes_at: time = strawberry.field(description="WIB; closed from then on.")


@strawberry.input(description="How a merchant trades; what is left out or null stays.")
class MerchantWaysInput:
    pickup_point: PointInput | None = strawberry.field(
        default=None, description="Where riders fetch its goods, in its kecamatan."
    )
    auto_accept: bool | None = strawberry.field(default=None, description="Take every order without being asked.")
    accept_within_s: int | None = strawberry.field(
        default=None, description=f"Seconds to answer an order in, {ACCEPT_S[0]} to {ACCEPT_S[1]}; then it is refused."
    )
    preparation_s: int | None = strawberry.field(
        default=None, description=f"Seconds that it takes to pack an order, {PREPARE_S[0]} to {PREPARE_S[1]}."
    )

    def given(self) -> Ways:
        point = self.pickup_point
        return Ways(
            pickup_point=GeoPoint(lat=point.lat, lng=point.lng) if point else None,
            auto_accept=self.auto_accept,
            accept_within_s=self.accept_within_s,
            prep_time_s=self.preparation_s,
        )


_Ways = Annotated[MerchantWaysInput, strawberry.argument(description="What is to be otherwise.")]


@strawberry.type
class SetOpeningHoursPayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class SetMerchantWaysPayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class ShutMerchantPayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class OpenMerchantAgainPayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class TradingMutations:
    @refusable(description="The merchant's whole week, in place of what was. Its people and operators only.")
    async def set_opening_hours(
        self,
        info: Info,
        id: _Of,
        hours: Annotated[
            list[OpeningHoursInput],
            strawberry.argument(description=f"At most {MAX_OPENINGS}, none over another; with none it is never open."),
        ],
        always_open: Annotated[
            bool, strawberry.argument(description="Trade at every hour, whatever `hours` says.")
        ] = False,
    ) -> SetOpeningHoursPayload | None:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = MerchantId.parse(id)
        week = [
            Hours(weekday=WEEKDAYS.index(each.weekday), opens=each.opens_at, closes=each.closes_at) for each in hours
        ]
        async with transaction(info.context.db) as conn:
            await trading.set_week(conn, info.context.caller, key, week, always_open=always_open)
        return SetOpeningHoursPayload(merchant=await _there(info, key))

    @refusable(description="How the merchant trades. Its people and operators only.")
    async def set_merchant_ways(self, info: Info, id: _Of, input: _Ways) -> SetMerchantWaysPayload | None:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = MerchantId.parse(id)
        async with transaction(info.context.db) as conn:
            await trading.set_ways(conn, info.context.caller, key, input.given())
        return SetMerchantWaysPayload(merchant=await _there(info, key))

    @refusable(
        description=f"Its people and operators only: shut for a while, now or later, as on a holiday; at most {MAX_CLOSURES} ahead."
    )
    async def shut_merchant(
        self,
        info: Info,
        id: _Of,
        ends_at: Annotated[
            datetime, strawberry.argument(description=f"At most {AHEAD.days} days from now; it opens by itself.")
        ],
        starts_at: Annotated[datetime | None, strawberry.argument(description="Now, when it is not said.")] = None,
        note: Annotated[
            str | None,
            strawberry.argument(description=f"For buyers to read: one line of 1 to {MAX_NOTE_CHARACTERS} characters."),
        ] = None,
    ) -> ShutMerchantPayload | None:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = MerchantId.parse(id)
        said = None if note is None else read_line("note", note, longest=MAX_NOTE_CHARACTERS)
        async with transaction(info.context.db) as conn:
            await trading.shut(conn, info.context.caller, key, starts_at, ends_at, said)
        return ShutMerchantPayload(merchant=await _there(info, key))

    @refusable(
        description="A closure ends now, or does not begin; one that is over has been. Its people and operators only."
    )
    async def open_merchant_again(
        self,
        info: Info,
        id: _Of,
        closure_id: Annotated[strawberry.ID, strawberry.argument(description="Of `Merchant.closures`.")],
    ) -> OpenMerchantAgainPayload | None:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        key, closure = MerchantId.parse(id), ClosureId.parse(closure_id)
        async with transaction(info.context.db) as conn:
            await trading.open_again(conn, info.context.caller, key, closure)
        return OpenMerchantAgainPayload(merchant=await _there(info, key))


async def _there(info: Info, key: MerchantId) -> Merchant:
    """Raises NotFound: it went while it was being changed."""
    found = await Merchant.find(info, key)
    if found is None:
        raise NotFound
    return found
