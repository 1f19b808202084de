"""What can be asked of people."""

from __future__ import annotations

import strawberry

from services.people.schema.clients import PartnerClientQueries
from services.people.schema.consent_texts import ConsentTexts
from services.people.schema.context import Info
from services.people.schema.running import RunningQueries
from services.people.schema.types import Viewer


@strawberry.type
class Query(ConsentTexts, PartnerClientQueries, RunningQueries):
    @strawberry.field(description="Whoever asks.")
    async def viewer(self, info: Info) -> Viewer | None:
        info.context.identity.require()
        return Viewer()
