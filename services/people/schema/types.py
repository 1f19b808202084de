"""What can be seen of people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import strawberry

from services.contracts.amounts import Language
from services.contracts.people import PersonId, StaffRole
from services.kit.graphql.enums import described
from services.kit.graphql.types import Node
from services.people.commands import erasing
from services.people.commands.signing_in import Opened
from services.people.domain import erasure, session
from services.people.domain.erasure import ErasureStatus, ErasureWaitsFor
from services.people.schema import loaders
from services.people.schema.context import Context, Info
from services.people.schema.exports import Exports
from services.people.schema.memberships import Memberships
from services.people.schema.notices import Notices
from services.people.store import reading, staff

described(
    StaffRole,
    "What somebody does for the platform or the regency. New values may come.",
    OFFICER="Looks at applications and licences, for the regency.",
    OPS="Runs the platform.",
)
described(
    ErasureStatus,
    "How far an erasure is. New values may come.",
    WAITING="It begins when what it waits for is over, and may be cancelled until then.",
    DONE="All that was theirs is gone, and they are signed out everywhere.",
)
described(
    ErasureWaitsFor,
    "What an erasure waits for. New values may come.",
    OPEN_ORDERS="Orders of theirs that have not ended: the rider has to find them.",
    LAST_OF_OPS="Another has to become one of ops first.",
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
    def of(cls, row: reading.PersonView) -> Self:
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


@strawberry.type(description="One phone or browser on which a person is signed in.")
class Session:
    id: strawberry.ID = strawberry.field(description="Opaque; `endSession` takes it.")
    device: str | None = strawberry.field(description="What the app has called it when it signed in.")
    began_at: datetime = strawberry.field(description="When it signed in.")
    used_at: datetime = strawberry.field(description="When it asked for a token last.")
    expires_at: datetime = strawberry.field(description="When it is over unless it is used before.")
    is_current: bool = strawberry.field(description="Whether it is the one that asks.")

    @classmethod
    def of(cls, row: reading.SessionView, *, is_current: bool) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            device=row.device,
            began_at=row.began_at,
            used_at=row.used_at,
            expires_at=row.expires_at,
            is_current=is_current,
        )


@strawberry.type(description="That a person agreed to a text in a version of it.")
class Consent:
    document: str = strawberry.field(description="Which text: `terms`, `privacy`.")
    version: int = strawberry.field(description="Which version of it they have seen.")
    given_at: datetime = strawberry.field(description="When they agreed.")
    withdrawn_at: datetime | None = strawberry.field(description="When they took it back; null while it holds.")

    @classmethod
    def of(cls, row: reading.ConsentView) -> Self:
        return cls(document=row.document, version=row.version, given_at=row.given_at, withdrawn_at=row.withdrawn_at)


@strawberry.type(description="What an app asks with, and how it gets the next. Keep them as you keep a password.")
class Tokens:
    access_token: str = strawberry.field(description="A bearer token, for `Authorization`.")
    expires_in: int = strawberry.field(description="Seconds for which the access token is good.")
    refresh_token: str = strawberry.field(
        description="Gets the next ones, once: whoever shows it a second time ends the session."
    )
    refresh_token_expires_at: datetime = strawberry.field(
        description="When the session is over unless it is used before."
    )

    @classmethod
    def of(cls, opened: Opened, context: Context) -> Self:
        return cls(
            access_token=context.means.signer.access(opened.person_id, opened.session_id, opened.roles),
            expires_in=session.ACCESS_S,
            refresh_token=opened.refresh,
            refresh_token_expires_at=opened.ends_at,
        )


@strawberry.type(description="That somebody wants to be forgotten.")
class Erasure:
    status: ErasureStatus = strawberry.field(description="Whether it waits.")
    requested_at: datetime = strawberry.field(description="When it was asked for first.")
    waits_for: list[ErasureWaitsFor] = strawberry.field(
        description="All that has to be over; empty when it is done, or begins within seconds."
    )

    @classmethod
    def of(cls, found: erasure.Erasure) -> Self:
        return cls(status=found.status, requested_at=found.asked_at, waits_for=list(found.waits_for))


@strawberry.type(description="Who the caller is, and what an app may show them.")
class Viewer(Notices, Exports, Memberships):
    @strawberry.field(description="The caller; null for whom another issuer knows.")
    async def person(self, info: Info) -> Person | None:
        person_id = info.context.person_id
        return await Person.find(info, person_id) if person_id else None

    @strawberry.field(description="Where they are signed in, the one used last first; at most 20.")
    async def sessions(self, info: Info) -> list[Session]:
        if (person_id := info.context.person_id) is None:
            return []
        async with info.context.db.acquire() as conn:
            found = await reading.sessions(conn, person_id)
        return sessions_of(found, info.context)

    @strawberry.field(description="What they do for the platform or the regency; most people do nothing.")
    async def staff_roles(self, info: Info) -> list[StaffRole]:
        if (person_id := info.context.person_id) is None:
            return []
        async with info.context.db.acquire() as conn:
            return await staff.roles(conn, person_id)

    @strawberry.field(description="To what they agreed, each text's newest version first; withdrawn ones too.")
    async def consents(self, info: Info) -> list[Consent]:
        if (person_id := info.context.person_id) is None:
            return []
        async with info.context.db.acquire() as conn:
            found = await reading.consents(conn, person_id)
        return [Consent.of(each) for each in found]

    @strawberry.field(description="Whether they want to be forgotten; null when they do not.")
    async def erasure(self, info: Info) -> Erasure | None:
        if (person_id := info.context.person_id) is None:
            return None
        async with info.context.db.acquire() as conn:
            found = await erasing.of(conn, person_id)
        return Erasure.of(found) if found else None


def sessions_of(rows: Sequence[reading.SessionView], context: Context) -> list[Session]:
    return [Session.of(each, is_current=each.id == context.session_id) for each in rows]
