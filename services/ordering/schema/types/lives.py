"""GraphQL types of an order's life, for operators: what its process is in, what is to wake it, and what moved in the books."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from services.contracts.ordering import OrderId
from services.contracts.roles import Role
from services.graph import ToldEvent
from services.kit.graphql.pages import sized
from services.kit.graphql.scalars import Rupiah
from services.kit.messaging.told import MOST as MOST_TOLD
from services.ordering.schema.context import Info
from services.ordering.store import lives


@strawberry.type(description="A mark that a person has looked at.")
class SettledMark:
    mark: str = strawberry.field(description="What was to be looked at.")
    because: str = strawberry.field(description="What was found and done, as it was said.")
    at: datetime = strawberry.field(description="When it was settled.")
    by_me: bool = strawberry.field(description="Whether the caller settled it.")


@strawberry.type(description="What wakes an order's process when nothing else does.")
class OrderTimer:
    kind: str = strawberry.field(description="Which rule it wakes, like DELIVERY_DEADLINE.")
    due_at: datetime = strawberry.field(description="When.")
    is_overdue: bool = strawberry.field(description="Whether that is past.")
    attempts: int = strawberry.field(description="How often its rule has failed.")
    error: str | None = strawberry.field(description="Why, the last time; null when it has not failed.")


@strawberry.type(description="One transfer between two accounts because of an order.")
class OrderTransfer:
    kind: str = strawberry.field(description="What it is for.")
    debit: str = strawberry.field(description="The account that has it now.")
    credit: str = strawberry.field(description="The account that it came from.")
    amount: Rupiah = strawberry.field(description="Whole rupiah.")
    at: datetime = strawberry.field(description="When.")


@strawberry.type(description="An order from inside. `entries` of the order has its steps.")
class OrderLife:
    state: str = strawberry.field(description="Of its process: finer than the status.")
    mark: str | None = strawberry.field(description="Why a person has to look at it; null when nobody has to.")
    settled: list[SettledMark] = strawberry.field(
        description="Marks that were settled, oldest first.", directives=[sized(lives.MOST)]
    )
    timers: list[OrderTimer] = strawberry.field(
        description="What will wake it, the next first.", directives=[sized(20)]
    )
    transfers: list[OrderTransfer] = strawberry.field(
        description=f"In the books, oldest first, at most {lives.MOST}.", directives=[sized(lives.MOST)]
    )
    told: list[ToldEvent] = strawberry.field(
        description=f"What ordering has told of it, oldest first, at most {MOST_TOLD}; facts of the last fourteen days.",
        directives=[sized(MOST_TOLD)],
    )

    @classmethod
    def of(cls, found: lives.Life) -> Self:
        return cls(
            state=found.state,
            mark=found.mark,
            settled=[
                SettledMark(mark=each.mark, because=each.because, at=each.at, by_me=each.by_viewer)
                for each in found.settled
            ],
            timers=[
                OrderTimer(
                    kind=each.kind,
                    due_at=each.due_at,
                    is_overdue=each.overdue,
                    attempts=each.attempts,
                    error=each.error or None,
                )
                for each in found.timers
            ],
            transfers=[
                OrderTransfer(
                    kind=each.kind, debit=each.debit, credit=each.credit, amount=Rupiah(each.amount_rupiah), at=each.at
                )
                for each in found.transfers
            ],
            told=[ToldEvent.of(each) for each in found.told],
        )


@strawberry.type
class OrderLives:
    """The field of an order that this is about."""

    if TYPE_CHECKING:
        key: Annotated[OrderId, strawberry.Private]

    @strawberry.field(description="From inside; for ops, null for everybody else.")
    async def life(self, info: Info) -> OrderLife | None:
        if not info.context.identity.has(Role.OPS):
            return None
        async with info.context.db.acquire() as conn:
            found = await lives.find(conn, self.key, info.context.identity.require())
        return OrderLife.of(found) if found else None
