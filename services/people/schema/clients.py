"""What a delivery company's machine signs in by, as its people and ops make and revoke it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

import strawberry

from services.contracts.delivery import PartnerId
from services.contracts.people import StaffRole
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import Transaction, transaction
from services.kit.graphql.refusals import refusable
from services.people.commands import clients, sessions, staff
from services.people.domain import client
from services.people.domain.ids import ClientId
from services.people.domain.refusal import Unknown
from services.people.schema.context import Context, Info


@strawberry.type(description="What a delivery company's machine gets its tokens by (OAuth 2, client_credentials).")
class PartnerClient:
    id: strawberry.ID = strawberry.field(description="The `client_id`.")
    name: str = strawberry.field(description="What its people call it.")
    made_at: datetime = strawberry.field(description="When it was made.")
    used_at: datetime | None = strawberry.field(description="When a token was given for it last.")
    revoked_at: datetime | None = strawberry.field(description="When it was revoked; null while it is good.")

    @classmethod
    def of(cls, found: client.Client) -> Self:
        return cls(
            id=strawberry.ID(str(found.id)),
            name=found.name,
            made_at=found.made_at,
            used_at=found.used_at,
            revoked_at=found.revoked_at,
        )


@strawberry.type
class CreatePartnerClientPayload(Payload):
    client: PartnerClient | None = strawberry.field(
        default=None, description="As it is now; null when there are problems."
    )
    secret: str | None = strawberry.field(
        default=None, description="The `client_secret`, told this once; null when there are problems."
    )


@strawberry.type
class RevokePartnerClientPayload(Payload):
    client: PartnerClient | None = strawberry.field(
        default=None, description="As it is now; null when there are problems."
    )


_Company = Annotated[strawberry.ID, strawberry.argument(description="The company's id.")]


@strawberry.type
class PartnerClientQueries:
    @strawberry.field(
        description="What a company's machines sign in by, the live ones first, and what was revoked within 90 days. Null for who is "
        "neither of its people nor ops."
    )
    async def partner_clients(self, info: Info, partner_id: _Company) -> list[PartnerClient] | None:
        by, as_ops = _caller(info.context)
        async with transaction(info.context.db) as conn:
            try:
                found = await clients.listed(conn, PartnerId.parse(partner_id), by=by, as_ops=as_ops)
            except Unknown:
                return None
        return [PartnerClient.of(each) for each in found]


@strawberry.type
class PartnerClientMutations:
    @refusable(
        description="Make what a company's machine signs in by, for `POST /oauth2/token`. Two are live at a time. For its people and ops."
    )
    async def create_partner_client(
        self,
        info: Info,
        partner_id: _Company,
        name: Annotated[str, strawberry.argument(description="In one line, up to 60 characters.")],
    ) -> CreatePartnerClientPayload | None:
        (by, as_ops), context = _caller(info.context), info.context
        company = PartnerId.parse(partner_id)
        async with transaction(context.db) as conn:
            await _check(conn, context, as_ops=as_ops)
            made, secret = await clients.create(conn, context.means.prover, company, name, by=by, as_ops=as_ops)
        return CreatePartnerClientPayload(client=PartnerClient.of(made), secret=secret)

    @refusable(
        description="Revoke it: no token is given for it any more, and those that were are over at once, with all that is open. "
        "For its people and ops."
    )
    async def revoke_partner_client(self, info: Info, id: strawberry.ID) -> RevokePartnerClientPayload | None:
        (by, as_ops), client_id = _caller(info.context), ClientId.parse(id)
        async with transaction(info.context.db) as conn:
            await _check(conn, info.context, as_ops=as_ops)
            gone = await clients.revoke(conn, client_id, by=by, as_ops=as_ops)
        return RevokePartnerClientPayload(client=PartnerClient.of(gone))


def _caller(context: Context) -> tuple[str, bool]:
    """By which subject, and whether as ops. A machine makes no other. Raises Unauthenticated, Forbidden."""
    return context.require_subject(), context.identity.has(Role.OPS)


async def _check(conn: Transaction, context: Context, *, as_ops: bool) -> None:
    """Who signed in here asks with a session that goes on, and as ops has the role still. Raises SessionHasEnded, Forbidden."""
    if (person_id := context.person_id) is not None:
        await sessions.check(conn, person_id, context.session_id)
        if as_ops:
            await staff.check(conn, person_id, StaffRole.OPS)
