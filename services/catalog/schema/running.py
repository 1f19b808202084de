"""How this service runs, and events that are stuck in it; for operators."""

from __future__ import annotations

import strawberry

from services.catalog.schema.loaders import Info
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.graphql import running
from services.kit.graphql.pages import PAGED
from services.kit.graphql.refusals import refusable
from services.kit.graphql.running import ServiceHealth, StuckEventConnection


@strawberry.type
class SettleCatalogEventPayload(Payload):
    done: bool | None = strawberry.field(default=None, description="True; null when there are problems.")


@strawberry.type
class RunningQueries:
    @strawberry.field(description="Ops only: how the service catalog runs.")
    async def catalog_health(self, info: Info) -> ServiceHealth | None:
        info.context.identity.require(Role.OPS)
        return await running.health(info.context.db)

    @strawberry.field(
        description="Ops only: events that are stuck in the service catalog, the longest first; `first` is 20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def catalog_stuck_events(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> StuckEventConnection | None:
        info.context.identity.require(Role.OPS)
        return await running.stuck_events(info.context.db, first, after)


@strawberry.type
class RunningMutations:
    @refusable(
        description="Ops: do something about an event that is stuck in the service catalog; who did it and why is kept. NOT_FOUND "
        "when it is stuck no longer, WRONG_STATE when that is not done with one of its kind: going past a gap is left to the command."
    )
    async def settle_catalog_event(
        self, info: Info, id: running.Id, deed: running.Deed, because: running.Because = None
    ) -> SettleCatalogEventPayload | None:
        actor = info.context.identity.require(Role.OPS)
        await running.settle(info.context.db, id, deed, because, actor)
        return SettleCatalogEventPayload(done=True)
