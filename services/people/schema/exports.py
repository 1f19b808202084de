"""A copy of all that is kept about somebody, as far as the graph shows it. It is fetched beside the graph: services/people/exported.py."""

from __future__ import annotations

from datetime import datetime
from typing import Self

import strawberry

from services.kit.graphql.enums import described
from services.people.commands import exporting
from services.people.domain import export
from services.people.domain.export import ExportStatus
from services.people.schema.context import Info

described(
    ExportStatus,
    "How far a copy is. New values may come.",
    WAITING="Services have still to answer.",
    READY="It can be fetched.",
    GONE="It has expired, was deleted, or was not made in time.",
)


@strawberry.type(description="A copy of all that is kept about somebody, as they asked for it.")
class Export:
    id: strawberry.ID = strawberry.field(description="Opaque; `deleteExport` takes it.")
    status: ExportStatus = strawberry.field(description="Whether it can be fetched.")
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    ready_at: datetime | None = strawberry.field(description="Since when it can be fetched; null until then.")
    expires_at: datetime = strawberry.field(description="When it is deleted, fetched or not.")
    waits_for: list[str] = strawberry.field(description="Parts of the platform that have still to answer, by name.")
    path: str | None = strawberry.field(
        description="Where it is fetched, below the address that the graph is at, by GET with the bearer token; null when it cannot be."
    )

    @classmethod
    def of(cls, found: export.Export) -> Self:
        is_ready = found.status is ExportStatus.READY
        return cls(
            id=strawberry.ID(str(found.id)),
            status=found.status,
            requested_at=found.asked_at,
            ready_at=found.ready_at,
            expires_at=found.expires_at,
            waits_for=list(found.waits_for),
            path=f"/exports/{found.id}" if is_ready else None,
        )


@strawberry.type
class Exports:
    @strawberry.field(description="Copies of their data that they asked for, the newest first; at most 20.")
    async def exports(self, info: Info) -> list[Export]:
        if (person_id := info.context.person_id) is None:
            return []
        async with info.context.db.acquire() as conn:
            found = await exporting.of_subject(conn, str(person_id))
        return [Export.of(each) for each in found]
