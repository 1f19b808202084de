"""What one request of insight carries."""

from __future__ import annotations

from typing import TypeAlias

import strawberry

from services.contracts.roles import Role
from services.kit.database.db import Database
from services.kit.graphql.context import RequestContext
from services.kit.http.identity import Identity


class Context(RequestContext):
    def __init__(self, identity: Identity, db: Database) -> None:
        super().__init__(identity)
        self.db = db

    def officer(self) -> str:
        """Whose numbers these are: the regency's officers, and who runs the platform. Raises Unauthenticated or Forbidden."""
        return self.identity.require(Role.OFFICER, Role.GOVERNMENT, Role.OPS)


Info: TypeAlias = strawberry.Info[Context, None]
