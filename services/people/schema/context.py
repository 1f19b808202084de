"""What one request of people carries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import strawberry

from services.contracts.people import PersonId
from services.kit.database.db import Database
from services.kit.graphql.context import RequestContext
from services.kit.http.identity import Forbidden, Identity
from services.kit.ids import MalformedId, WrongKind
from services.people.commands.codes import Prover
from services.people.domain.ids import SessionId, person_of
from services.people.domain.phone import Phones
from services.people.domain.session import Lasting
from services.people.tokens import Signer


@dataclass(frozen=True, slots=True)
class Means:
    """What the process gives to every operation. `local` is local mode, whose development issuer gives tokens of the persons that are
    here: who has one reads their notices. What takes a session is for who signed in."""

    db: Database
    signer: Signer
    phones: Phones
    prover: Prover
    lasting: Lasting
    local: bool = False


class Context(RequestContext):
    def __init__(self, identity: Identity, means: Means) -> None:
        super().__init__(identity)
        self.means = means
        self.db = means.db

    @property
    def person_id(self) -> PersonId | None:
        """Who calls; None for nobody, and for whoever another issuer knows, by whatever subject."""
        ours = self.identity.claims.get("iss") == self.means.signer.issuer
        return person_of(self.identity.subject) if ours else None

    @property
    def session_id(self) -> SessionId | None:
        """That the token is of."""
        said = self.identity.claims.get("sid")
        try:
            return SessionId.parse(said) if isinstance(said, str) else None
        except (MalformedId, WrongKind):
            return None

    @property
    def subject(self) -> str | None:
        """By which the market knows the caller; None for nobody, and for another issuer's who is called like one of ours, but in local
        mode."""
        if self.person_id is not None:
            return str(self.person_id)
        named = self.identity.subject
        return named if named and (self.means.local or person_of(named) is None) else None

    def require_subject(self) -> str:
        """Raises Unauthenticated or Forbidden."""
        self.identity.require()
        if (subject := self.subject) is None:
            raise Forbidden("this is for those who signed in here")
        return subject

    def require_person(self) -> PersonId:
        """Raises Unauthenticated, or Forbidden for whom another issuer knows: what is theirs is there."""
        self.identity.require()
        if self.person_id is None:
            raise Forbidden("this is for those who signed in here")
        return self.person_id


Info: TypeAlias = strawberry.Info[Context, None]


def contexts(means: Means) -> Callable[[Identity], Context]:
    return lambda identity: Context(identity, means)
