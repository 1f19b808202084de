"""Searches that find nobody: what staff see of them, who was asked and why, and what a person may do."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from services.contracts.delivery import DeliveryId, PartnerId
from services.contracts.places import name_of
from services.contracts.roles import Role
from services.delivery.commands import searching
from services.delivery.domain.searching import MOST_MINUTES, SearchAction
from services.delivery.schema import loaders
from services.delivery.schema.context import Info
from services.delivery.schema.trip_status import DeliveryStatus, OfferState
from services.delivery.schema.types import Partner
from services.delivery.store import searches
from services.delivery.store.searches import MAX_ASKED, AskedView, DecisionView, SearchView
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.enums import described
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.pages import PAGED, Connection, Page, sized
from services.kit.graphql.refusals import refusable
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.texts import read_line

_LONGEST_REASON = 500
_STAFF = (Role.OFFICER, Role.OPS)

described(
    SearchAction,
    "What a person did about a search. New values may come.",
    OFFER="Offered the job to a company out of turn.",
    EXTEND="Let the search go on.",
    CANCEL="Ended it, and the order with it.",
)


@strawberry.type(description="One company that was asked for a job, and why it was its turn.")
class AskedCompany:
    partner_key: strawberry.Private[PartnerId]
    state: OfferState = strawberry.field(description="What became of the offer.")
    offered_at: datetime = strawberry.field(description="When it was asked.")
    closed_at: datetime | None = strawberry.field(description="When that ended.")
    policy_id: strawberry.ID | None = strawberry.field(
        description="The policy that held, of `dispatchPolicies`; null for the default, and for offers of before this was kept."
    )
    taken_today: int | None = strawberry.field(description="Jobs that it had taken that day; null when not kept.")
    asked_of: int | None = strawberry.field(description="Companies that could be asked then; null when not kept.")
    away_m: int | None = strawberry.field(
        description="Metres through the air to the rider who decided it; null where nobody was seen."
    )
    joins_delivery_id: strawberry.ID | None = strawberry.field(description="The trip of that rider that it would join.")
    added_m: int | None = strawberry.field(description="Metres by road that it would add to that trip.")
    by_hand: bool = strawberry.field(description="Whether a person offered it out of turn.")

    @strawberry.field(description="Who was asked.")
    async def partner(self, info: Info) -> Partner | None:
        return await Partner.find(info, self.partner_key)

    @classmethod
    def of(cls, view: AskedView) -> AskedCompany:
        return cls(
            partner_key=view.partner_id,
            state=view.state,
            offered_at=view.offered_at,
            closed_at=view.closed_at,
            policy_id=strawberry.ID(str(view.policy_id)) if view.policy_id else None,
            taken_today=view.taken_today,
            asked_of=view.asked_of,
            away_m=view.away_m,
            joins_delivery_id=strawberry.ID(str(view.joins_id)) if view.joins_id else None,
            added_m=view.added_m,
            by_hand=view.by_hand,
        )


@strawberry.type(description="What a person did about a search, and why.")
class SearchDecision:
    action: SearchAction = strawberry.field(description="What was done.")
    partner_key: strawberry.Private[PartnerId | None]
    minutes: int | None = strawberry.field(description="By how much it was extended.")
    reason: str = strawberry.field(description="As it was said.")
    at: datetime = strawberry.field(description="When.")

    @strawberry.field(description="Whom it was offered to.")
    async def partner(self, info: Info) -> Partner | None:
        return await Partner.find(info, self.partner_key) if self.partner_key else None

    @classmethod
    def of(cls, view: DecisionView) -> SearchDecision:
        return cls(
            action=view.action, partner_key=view.partner_id, minutes=view.minutes, reason=view.reason, at=view.at
        )


@strawberry.type(
    description="The search for a rider of one trip, as officers and operators see it: nothing of who ordered."
)
class RiderSearch:
    key: strawberry.Private[DeliveryId]
    delivery_id: strawberry.ID = strawberry.field(description="The trip's.")
    order_id: strawberry.ID = strawberry.field(description="The order's.")
    status: DeliveryStatus = strawberry.field(description="How far the trip is.")
    test: bool = strawberry.field(description="No real rider is to be sent.")
    requested_at: datetime | None = strawberry.field(description="Since when a rider is sought.")
    wants_person_since: datetime | None = strawberry.field(
        description="Since when it wants a person; null if it does not."
    )
    seek_until: datetime | None = strawberry.field(description="When it is given up.")
    cash_to_collect: Rupiah = strawberry.field(description="What the rider is to collect.")
    distance_m: int = strawberry.field(description="Metres by road.")
    merchant_name: str | None = strawberry.field(description="Where it begins.")
    from_kecamatan: str = strawberry.field(description="The first merchant's, by name.")
    to_kecamatan: str = strawberry.field(description="The door's, by name.")

    @strawberry.field(
        description=f"Who was asked, the newest first, at most {MAX_ASKED}.", directives=[sized(MAX_ASKED)]
    )
    async def asked(self, info: Info) -> list[AskedCompany]:
        return [AskedCompany.of(each) for each in await info.context.load(loaders.asked, self.key)]

    @strawberry.field(description="What people did about it, the oldest first.", directives=[sized(20)])
    async def decisions(self, info: Info) -> list[SearchDecision]:
        return [SearchDecision.of(each) for each in await info.context.load(loaders.decisions, self.key)]

    @classmethod
    def of(cls, view: SearchView) -> RiderSearch:
        return cls(
            key=view.id,
            delivery_id=strawberry.ID(str(view.id)),
            order_id=strawberry.ID(str(view.order_id)),
            status=view.status,
            test=view.test,
            requested_at=view.requested_at,
            wants_person_since=view.wants_person_at,
            seek_until=view.seek_until,
            cash_to_collect=Rupiah(view.cash_to_collect_rupiah),
            distance_m=view.distance_m,
            merchant_name=view.merchant_name,
            from_kecamatan=name_of(view.from_kecamatan),
            to_kecamatan=name_of(view.to_kecamatan),
        )

    @classmethod
    async def found(cls, info: Info, key: DeliveryId) -> RiderSearch | None:
        async with info.context.db.acquire() as conn:
            view = await searches.find(conn, key)
        return cls.of(view) if view else None


@strawberry.type
class OfferToPartnerPayload(Payload):
    search: RiderSearch | None = None


@strawberry.type
class ExtendSearchPayload(Payload):
    search: RiderSearch | None = None


@strawberry.type
class CancelSearchPayload(Payload):
    search: RiderSearch | None = None


_Trip = Annotated[strawberry.ID, strawberry.argument(description="The trip's.")]
_Reason = Annotated[
    str, strawberry.argument(description=f"For the record, one line of 1 to {_LONGEST_REASON} characters.")
]


def _why(reason: str) -> str:
    return read_line("reason", reason, longest=_LONGEST_REASON)


@strawberry.type
class SearchMutations:
    @refusable(
        description="Officers and operators: offer the job to this company out of turn. Another that has it and not the goods yet "
        "loses it; open offers stay, and who accepts first has it. One that was offered it already changes nothing."
    )
    async def offer_to_partner(
        self,
        info: Info,
        delivery_id: _Trip,
        partner_id: Annotated[strawberry.ID, strawberry.argument(description="Whom to ask.")],
        reason: _Reason,
    ) -> OfferToPartnerPayload | None:
        subject = info.context.identity.require(*_STAFF)
        key, partner, why = DeliveryId.parse(delivery_id), PartnerId.parse(partner_id), _why(reason)
        async with transaction(info.context.db) as conn:
            await searching.offer_to(conn, key, partner, why, info.context.means.rules.policy, by=subject)
        return OfferToPartnerPayload(search=await RiderSearch.found(info, key))

    @refusable(
        description="Officers and operators: let the search go on for so long after its end; companies may be asked anew. Two hours from "
        "the confirmation are the most."
    )
    async def extend_search(
        self,
        info: Info,
        delivery_id: _Trip,
        minutes: Annotated[int, strawberry.argument(description=f"1 to {MOST_MINUTES}.")],
        reason: _Reason,
    ) -> ExtendSearchPayload | None:
        subject = info.context.identity.require(*_STAFF)
        key, why = DeliveryId.parse(delivery_id), _why(reason)
        if not 1 <= minutes <= MOST_MINUTES:
            raise BadUserInput(f"minutes is 1 to {MOST_MINUTES}")
        async with transaction(info.context.db) as conn:
            await searching.extend(conn, key, minutes, why, info.context.means.rules.policy, by=subject)
        return ExtendSearchPayload(search=await RiderSearch.found(info, key))

    @refusable(
        description="Officers and operators: end a search that finds nobody, and the order with it; its buyer is told and gets back what "
        "was paid."
    )
    async def cancel_search(self, info: Info, delivery_id: _Trip, reason: _Reason) -> CancelSearchPayload | None:
        subject = info.context.identity.require(*_STAFF)
        key, why = DeliveryId.parse(delivery_id), _why(reason)
        async with transaction(info.context.db) as conn:
            await searching.cancel(conn, key, why, by=subject)
        return CancelSearchPayload(search=await RiderSearch.found(info, key))


@strawberry.type
class SearchQueries:
    @strawberry.field(
        description="Officers and operators only: searches that have used most of their time and want a person, who waits longest first.",
        directives=[PAGED],
    )
    async def searches_wanting_a_person(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[RiderSearch] | None:
        info.context.identity.require(*_STAFF)
        page = Page(first, after, tuple[datetime, str])
        begin = (page.after[0], _trip(page.after[1])) if page.after else None
        async with info.context.db.acquire() as conn:
            rows = await searches.that_want_a_person(conn, begin, page.limit)
        return page.connection(rows, key=_cursor, node=RiderSearch.of)

    @strawberry.field(
        description="Officers and operators only: who was asked for one trip and why, whatever became of it. Null when there is none."
    )
    async def rider_search(self, info: Info, delivery_id: _Trip) -> RiderSearch | None:
        key = DeliveryId.parse(delivery_id)
        info.context.identity.require(*_STAFF)
        return await RiderSearch.found(info, key)


def _cursor(row: SearchView) -> tuple[datetime, str]:
    assert row.wants_person_at
    return row.wants_person_at, str(row.id)


def _trip(text: str) -> DeliveryId:
    try:
        return DeliveryId.parse(text)
    except ValueError as error:
        raise BadUserInput("after is not a cursor of this list") from error
