"""What one request of people carries."""

from __future__ import annotations

from typing import TypeAlias

import strawberry

from services.contracts.people import PersonId
from services.kit.database.db import Database
from services.kit.graphql.context import RequestContext
from services.kit.http.identity import Identity
from services.people.domain.ids import person_of


class Context(RequestContext):
    def __init__(self, identity: Identity, db: Database) -> None:
        super().__init__(identity)
        self.db = db

    @property
    def person_id(self) -> PersonId | None:
        """Who calls; None for nobody, and for whoever another issuer knows."""
        return person_of(self.identity.subject)


Info: TypeAlias = strawberry.Info[Context, None]
