"""What a trip in vain pays, as whoever rides and whoever bears it can read it, and officers enter it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from services.contracts.roles import Role
from services.delivery.commands import trip_rules
from services.delivery.commands.trip_rules import TripRuleIsInvalid
from services.delivery.domain.vain import MAX_FREE_MINUTES, MAX_PER_MINUTE_RUPIAH, MAX_WAIT_RUPIAH, VainRule
from services.delivery.schema.context import Info
from services.delivery.store import vain
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.pages import MAX_FIRST, sized
from services.kit.graphql.refusals import refusable
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.texts import read_line

BASIS_CHARACTERS = 400


@strawberry.type(
    description="What rider and company have of a trip that ends without a handover, and of waiting at a counter, from a day until the "
    "next rule's. What there is never changes: what was paid names the version. Nothing is paid to whose fault it was, nor for a job "
    "that is given back; goods that were fetched and could not be handed over earn the quoted shares whole, and the way back beside."
)
class TripInVainRule:
    version: str = strawberry.field(description="What was paid names it.")
    valid_from: date = strawberry.field(
        description="The first day, WIB: that on which a trip's rider was sought counts."
    )
    legal_basis: str = strawberry.field(description="What it rests on.")
    called_off_percent: int = strawberry.field(
        description="Of the quoted shares of rider and company: of a job that is called off before the rider was at a counter."
    )
    at_pickup_percent: int = strawberry.field(
        description="Of the quoted shares: of one that is called off while the rider is at a counter."
    )
    way_back_percent: int = strawberry.field(description="Of the quoted shares: for bringing goods back.")
    free_minutes: int = strawberry.field(
        description="Of waiting at a counter, counted from the arrival and not before the goods were promised, nobody's loss."
    )
    per_minute: Rupiah = strawberry.field(description="The rider's, for each minute begun beyond.")
    most: Rupiah = strawberry.field(description="The most for waiting at one counter.")

    @classmethod
    def of(cls, rule: VainRule) -> TripInVainRule:
        return cls(
            version=rule.version,
            valid_from=rule.valid_from,
            legal_basis=rule.legal_basis,
            called_off_percent=rule.called_off_pct,
            at_pickup_percent=rule.at_pickup_pct,
            way_back_percent=rule.way_back_pct,
            free_minutes=rule.free_minutes,
            per_minute=Rupiah(rule.per_minute_rupiah),
            most=Rupiah(rule.most_rupiah),
        )


@strawberry.type
class VainQueries:
    @strawberry.field(
        description="What a trip in vain pays: the rules, the last to begin first, at most 100; for whoever has signed in.",
        directives=[sized(MAX_FIRST)],
    )
    async def trip_in_vain_rules(self, info: Info) -> list[TripInVainRule] | None:
        info.context.identity.require()
        async with info.context.db.acquire() as conn:
            return [TripInVainRule.of(each) for each in await vain.all_rules(conn, MAX_FIRST)]


@strawberry.input(description="What a trip in vain pays, from a day to come.")
class EnterTripInVainRuleInput:
    valid_from: date = strawberry.field(description="The first day, WIB: tomorrow or later.")
    legal_basis: str = strawberry.field(
        description=f"What it rests on: one line of 1 to {BASIS_CHARACTERS} characters."
    )
    called_off_percent: int = strawberry.field(description="0 to 100, of a job that is called off on the way there.")
    at_pickup_percent: int = strawberry.field(description="0 to 100, of one that is called off at a counter.")
    way_back_percent: int = strawberry.field(description="0 to 100, for bringing goods back.")
    free_minutes: int = strawberry.field(description=f"Of waiting that is not paid: 0 to {MAX_FREE_MINUTES}.")
    per_minute: Rupiah = strawberry.field(description=f"For each beyond: 0 to {MAX_PER_MINUTE_RUPIAH}.")
    most: Rupiah = strawberry.field(description=f"For waiting at one counter: 0 to {MAX_WAIT_RUPIAH}.")

    def rule(self) -> VainRule:
        """Raises TripRuleIsInvalid."""
        for field, given, most in (
            ("calledOffPercent", self.called_off_percent, 100),
            ("atPickupPercent", self.at_pickup_percent, 100),
            ("wayBackPercent", self.way_back_percent, 100),
            ("freeMinutes", self.free_minutes, MAX_FREE_MINUTES),
            ("perMinute", self.per_minute, MAX_PER_MINUTE_RUPIAH),
            ("most", self.most, MAX_WAIT_RUPIAH),
        ):
            if not 0 <= given <= most:
                raise TripRuleIsInvalid(f"{field} is 0 to {most}", field)
        return VainRule(
            version="",
            valid_from=self.valid_from,
            legal_basis=read_line("input.legalBasis", self.legal_basis, longest=BASIS_CHARACTERS),
            called_off_pct=self.called_off_percent,
            at_pickup_pct=self.at_pickup_percent,
            way_back_pct=self.way_back_percent,
            free_minutes=self.free_minutes,
            per_minute_rupiah=self.per_minute,
            most_rupiah=self.most,
        )


@strawberry.type
class EnterTripInVainRulePayload(Payload):
    rule: TripInVainRule | None = None


@strawberry.type
class VainMutations:
    @refusable(
        description="Officers and operators: enter what a trip in vain pays from a day to come; what there is never changes. The key makes "
        "a repeat the same one."
    )
    async def enter_trip_in_vain_rule(
        self,
        info: Info,
        input: Annotated[EnterTripInVainRuleInput, strawberry.argument(description="The whole rule.")],
        idempotency_key: str,
    ) -> EnterTripInVainRulePayload | None:
        subject, given = info.context.identity.require(Role.OFFICER, Role.OPS), input.rule()
        async with transaction(info.context.db) as conn:
            made = await trip_rules.enter_vain(conn, given, by=subject, idempotency_key=idempotency_key)
        return EnterTripInVainRulePayload(rule=TripInVainRule.of(made))
