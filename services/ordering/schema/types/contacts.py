"""GraphQL type of a contact."""

from typing import Self

import strawberry

from services.kit.graphql.types import Point
from services.ordering.store import rows


@strawberry.type(
    description="A place to deliver to and whom to call there. It never changes, for orders have it: `updateContact` puts another "
    "in its place."
)
class Contact:
    id: strawberry.ID = strawberry.field(description="Opaque; `placeOrder` takes it.")
    label: str = strawberry.field(description="The buyer's own name for it, like *Rumah* (home).")
    recipient: str = strawberry.field(description="Who takes the goods at the door.")
    phone: str = strawberry.field(description="E.164, like +6281234567890.")
    line: str = strawberry.field(description="Street and number, or what stands for them.")
    kecamatan_code: str = strawberry.field(description="Kemendagri code, like 35.08.10.")
    desa_code: str | None = strawberry.field(description="Kemendagri code of the village, like 35.08.10.1004.")
    point: Point = strawberry.field(description="The door; only the buyer and the rider of the job learn it.")
    note: str | None = strawberry.field(description="For the rider: what to look out for.")

    @classmethod
    def of(cls, row: rows.Contact) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            label=row.label,
            recipient=row.recipient,
            phone=row.phone,
            line=row.line,
            kecamatan_code=row.kecamatan_code,
            desa_code=row.desa_code,
            point=Point(lat=row.lat, lng=row.lng),
            note=row.note,
        )
