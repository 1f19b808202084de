"""A trip from inside, for operators: its steps, who was asked, what was replied, what a person did about it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

import strawberry

from services.contracts.delivery import DeliveryId
from services.contracts.roles import Role
from services.delivery.schema import loaders
from services.delivery.schema.context import Info
from services.delivery.schema.trip_status import DeliveryOutcome, DeliveryStatus, FailureCode, OfferState
from services.delivery.store import lives
from services.delivery.store.lives import MOST
from services.graph import ToldEvent
from services.kit.graphql.pages import sized
from services.kit.graphql.scalars import Rupiah
from services.kit.messaging.told import MOST as MOST_TOLD


@strawberry.type(description="A step of a trip, with what brought it.")
class TripStep:
    at: datetime = strawberry.field(description="When.")
    status: DeliveryStatus = strawberry.field(description="Where the trip stood after it.")
    cause: str = strawberry.field(description="What brought it; new ones may come.")


@strawberry.type(description="That a company was asked.")
class TripOffer:
    partner_name: str | None = strawberry.field(description="Whom.")
    state: OfferState = strawberry.field(description="What became of it.")
    offered_at: datetime = strawberry.field(description="When.")
    closed_at: datetime | None = strawberry.field(description="When that ended.")


@strawberry.type(description="What a company's system replied.")
class TripReply:
    partner_name: str | None = strawberry.field(description="Whose.")
    type: str = strawberry.field(description="Of the reply, like partner.job_accepted.v1.")
    code: str | None = strawberry.field(description="Why it was refused; null when it was applied.")
    at: datetime = strawberry.field(description="When it was answered.")


@strawberry.type(description="What operators did about a trip, and why.")
class TripDeed:
    outcome: DeliveryOutcome | None = strawberry.field(
        description="What had become of the goods, of a trip that was ended; null of one that was given to another."
    )
    failure: FailureCode | None = strawberry.field(description="What had happened; null where it was delivered.")
    cash: Rupiah | None = strawberry.field(description="What the rider had taken, where it was said.")
    from_partner_name: str | None = strawberry.field(description="From whom it was taken.")
    to_partner_name: str | None = strawberry.field(description="To whom it went; null where another was sought.")
    with_goods: bool | None = strawberry.field(description="Whether the goods were handed over with it.")
    reason: str = strawberry.field(description="As it was said.")
    at: datetime = strawberry.field(description="When.")
    by_me: bool = strawberry.field(description="Whether the caller did it.")


@strawberry.type(description="What wakes a trip when nothing else does.")
class TripTimer:
    kind: str = strawberry.field(description="Which rule it wakes.")
    due_at: datetime = strawberry.field(description="When.")
    is_overdue: bool = strawberry.field(description="Whether that is past.")
    attempts: int = strawberry.field(description="How often its rule has failed.")
    error: str | None = strawberry.field(description="Why, the last time; null when it has not failed.")


@strawberry.type(description="A trip from inside. Each list is oldest first.")
class DeliveryLife:
    steps: list[TripStep] = strawberry.field(description=f"At most {MOST}.", directives=[sized(MOST)])
    offers: list[TripOffer] = strawberry.field(description=f"At most {MOST}.", directives=[sized(MOST)])
    replies: list[TripReply] = strawberry.field(description=f"At most {MOST}.", directives=[sized(MOST)])
    deeds: list[TripDeed] = strawberry.field(
        description=f"What people did about it, at most {MOST}.", directives=[sized(MOST)]
    )
    timers: list[TripTimer] = strawberry.field(description="What will wake it.", directives=[sized(20)])
    told: list[ToldEvent] = strawberry.field(
        description=f"What delivery has told of it, at most {MOST_TOLD}; facts of the last fourteen days.",
        directives=[sized(MOST_TOLD)],
    )

    @classmethod
    async def of(cls, info: Info, found: lives.Life) -> Self:
        named = {each.partner_id for each in found.offers} | {each.partner_id for each in found.replies}
        named |= {each for deed in found.deeds for each in (deed.from_partner, deed.to_partner) if each}
        names: dict[object, str | None] = {None: None}
        for each in named:
            view = await info.context.load(loaders.partners, each)
            names[each] = view.name if view else None
        return cls(
            steps=[TripStep(at=each.at, status=each.status, cause=each.cause) for each in found.steps],
            offers=[
                TripOffer(
                    partner_name=names[each.partner_id],
                    state=each.state,
                    offered_at=each.offered_at,
                    closed_at=each.closed_at,
                )
                for each in found.offers
            ],
            replies=[
                TripReply(partner_name=names[each.partner_id], type=each.type, code=each.code, at=each.at)
                for each in found.replies
            ],
            deeds=[
                TripDeed(
                    outcome=DeliveryOutcome(each.outcome) if each.outcome else None,
                    failure=each.failure,
                    cash=None if each.cash_rupiah is None else Rupiah(each.cash_rupiah),
                    from_partner_name=names[each.from_partner],
                    to_partner_name=names[each.to_partner],
                    with_goods=each.with_goods,
                    reason=each.reason,
                    at=each.at,
                    by_me=each.by_viewer,
                )
                for each in found.deeds
            ],
            timers=[
                TripTimer(
                    kind=each.kind,
                    due_at=each.due_at,
                    is_overdue=each.overdue,
                    attempts=each.attempts,
                    error=each.error or None,
                )
                for each in found.timers
            ],
            told=[ToldEvent.of(each) for each in found.told],
        )


@strawberry.type
class DeliveryLives:
    """The field of `Delivery` that this is about."""

    if TYPE_CHECKING:
        id: strawberry.ID

    @strawberry.field(description="From inside; for ops, null for everybody else.")
    async def life(self, info: Info) -> DeliveryLife | None:
        if not info.context.identity.has(Role.OPS):
            return None
        async with info.context.db.acquire() as conn:
            found = await lives.find(conn, DeliveryId.parse(self.id), info.context.identity.require())
        return await DeliveryLife.of(info, found)
