"""GraphQL types of what a rider has to know of a job."""

from typing import Self

import strawberry

from services.contracts.delivery import DeliveryId
from services.kit.graphql.types import Point
from services.ordering.schema import loaders
from services.ordering.schema.context import Info
from services.ordering.store import jobs


@strawberry.type(description="Where a rider fetches the goods.")
class JobPickup:
    merchant_name: str = strawberry.field(description="As its sign says.")
    point: Point = strawberry.field(description="Its counter.")


@strawberry.type(description="Where a job leads, and whom to call there. Who reads it is written down.")
class JobDoor:
    order_code: str = strawberry.field(description="Said at the counter and at the door.")
    pickups: list[JobPickup] = strawberry.field(description="One for each merchant of the order.")
    recipient: str = strawberry.field(description="Who takes the goods at the door.")
    phone: str = strawberry.field(description="E.164, like +6281234567890.")
    line: str = strawberry.field(description="Street and number, or what stands for them.")
    note: str | None = strawberry.field(description="What to look out for.")
    point: Point = strawberry.field(description="The door itself.")

    @classmethod
    def of(cls, row: jobs.JobContact) -> Self:
        return cls(
            order_code=row.order_code,
            pickups=[
                JobPickup(merchant_name=each.merchant_name, point=Point(lat=each.lat, lng=each.lng))
                for each in row.pickups
            ],
            recipient=row.recipient,
            phone=row.phone,
            line=row.line,
            note=row.note,
            point=Point(lat=row.lat, lng=row.lng),
        )


@strawberry.federation.type(keys=["id"])
class Delivery:
    id: strawberry.ID

    @strawberry.field(
        description="For the rider of the job and the people of its company, from assignment until it is over; null for others. "
        "Each read is written down: ask for it when somebody is to be led there."
    )
    async def door(self, info: Info) -> JobDoor | None:
        found = await info.context.load(loaders.doors, DeliveryId.parse(self.id))
        return JobDoor.of(found) if found else None

    @classmethod
    def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self:
        # Whether there is such a trip is delivery's to say.
        DeliveryId.parse(id)
        return cls(id=id)
