"""What can be seen of people."""

from __future__ import annotations

from datetime import datetime
from typing import Self

import strawberry

from services.contracts.amounts import Language
from services.contracts.people import PersonId, StaffRole
from services.kit.graphql.enums import described
from services.kit.graphql.types import Node
from services.people.domain.ids import person_of
from services.people.schema import loaders
from services.people.schema.context import Info
from services.people.store import reading
from services.people.store.reading import PersonView

described(
    StaffRole,
    "What somebody does for the platform or the regency. New values may come.",
    OFFICER="Looks at applications and licences, for the regency.",
    OPS="Runs the platform.",
)


@strawberry.federation.type(keys=["id"], description="Somebody who has signed in; seen by themselves alone.")
class Person(Node):
    name: str | None = strawberry.field(description="As they call themselves; null until they have said it.")
    phone: str | None = strawberry.field(
        description="E.164, like +6281234567890; null when the number has gone to another owner."
    )
    language: Language = strawberry.field(description="In which they are written to.")
    registered_at: datetime = strawberry.field(description="When they signed in for the first time.")

    @classmethod
    def of(cls, row: PersonView) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            name=row.name,
            phone=row.phone,
            language=row.language,
            registered_at=row.registered_at,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        return await cls.find(info, PersonId.parse(id))

    @classmethod
    async def find(cls, info: Info, key: PersonId) -> Self | None:
        row = await info.context.load(loaders.persons, key)
        return cls.of(row) if row else None


@strawberry.type(description="Who the caller is, and what an app may show them.")
class Viewer:
    @strawberry.field(description="The caller; null for whom another issuer knows.")
    async def person(self, info: Info) -> Person | None:
        person_id = info.context.person_id
        return await Person.find(info, person_id) if person_id else None

    @strawberry.field(description="What they do for the platform or the regency; most people do nothing.")
    async def staff_roles(self, info: Info) -> list[StaffRole]:
        person_id = person_of(info.context.identity.subject)
        if person_id is None:
            return []
        async with info.context.db.acquire() as conn:
            return await reading.staff_roles(conn, person_id)
