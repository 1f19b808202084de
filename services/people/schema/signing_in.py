"""Mutations of signing in and out."""

from datetime import datetime
from typing import Annotated

import strawberry

from services.contracts.amounts import Language
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.refusals import refusable
from services.people.commands import codes, sessions, signing_in
from services.people.domain import person
from services.people.domain.code import CodeIsWrong, typed
from services.people.domain.session import SessionHasEnded
from services.people.schema.context import Info
from services.people.schema.types import Person, Session, Tokens

Phone = Annotated[
    str, strawberry.argument(description="A mobile number as people write it: 0812-3456-7890, +62 812 3456 7890.")
]
CodeText = Annotated[str, strawberry.argument(description="The six digits that were sent.")]
WrittenIn = Annotated[Language, strawberry.argument(description="In which language the message is written.")]


@strawberry.type
class CodePayload(Payload):
    expires_at: datetime | None = strawberry.field(
        default=None, description="Until when the code can be used; null when there are problems."
    )


@strawberry.type
class RequestSignInCodePayload(CodePayload):
    pass


@strawberry.type
class SignInPayload(Payload):
    tokens: Tokens | None = strawberry.field(
        default=None, description="What to ask with from now on; null when there are problems."
    )
    session: Session | None = strawberry.field(
        default=None, description="The one that began; null when there are problems."
    )
    person: Person | None = strawberry.field(default=None, description="Who signed in; null when there are problems.")
    is_new: bool | None = strawberry.field(
        default=None, description="Whether they signed in for the first time; null when there are problems."
    )


@strawberry.type
class RefreshSessionPayload(Payload):
    tokens: Tokens | None = strawberry.field(default=None, description="The next ones; null when there are problems.")


@strawberry.type
class SignOutPayload(Payload):
    done: bool | None = strawberry.field(
        default=None, description="True when the session has ended; null when there are problems."
    )


@strawberry.type
class SigningIn:
    @refusable(
        description="Send a code to a phone. The answer is the same whether or not somebody has signed in with it before. Needs no token."
    )
    async def request_sign_in_code(
        self, info: Info, phone: Phone, language: WrittenIn = Language.ID
    ) -> RequestSignInCodePayload | None:
        context = info.context
        number = context.means.phones.e164(phone)
        async with transaction(context.db) as conn:
            ends_at = await codes.send(conn, context.means.prover, number, context.address, language)
        return RequestSignInCodePayload(expires_at=ends_at)

    @refusable(
        description="Begin a session with the code that was sent. A code is good for five minutes, five tries and one session. "
        "Needs no token."
    )
    async def sign_in(
        self,
        info: Info,
        phone: Phone,
        code: CodeText,
        device: Annotated[
            str | None,
            strawberry.argument(
                description="By what the person knows this phone, up to 80 characters: `Redmi, Firefox`."
            ),
        ] = None,
        language: WrittenIn = Language.ID,
    ) -> SignInPayload | None:
        context = info.context
        number, guess, named = context.means.phones.e164(phone), typed(code), person.device(device)
        async with transaction(context.db) as conn:
            opened = await signing_in.sign_in(
                conn,
                context.means.prover,
                context.means.lasting,
                phone=number,
                guess=guess,
                address=context.address,
                device=named,
                language=language,
            )
        if opened is None:
            raise CodeIsWrong
        return SignInPayload(
            tokens=Tokens.of(opened, context),
            session=Session.of(opened.session, is_current=True),
            person=Person.of(opened.person),
            is_new=opened.is_new,
        )

    @refusable(
        description="The next tokens of a session. A refresh token is used once; shown again, it ends the session, for somebody has a "
        "copy. Needs no other token."
    )
    async def refresh_session(
        self, info: Info, refresh_token: Annotated[str, strawberry.argument(description="The newest one.")]
    ) -> RefreshSessionPayload | None:
        context = info.context
        async with transaction(context.db) as conn:
            opened = await signing_in.refresh(conn, context.means.lasting, refresh_token)
        if opened is None:
            raise SessionHasEnded
        return RefreshSessionPayload(tokens=Tokens.of(opened, context))

    @refusable(
        description="End the session that asks. Its refresh token gets nothing any more; its access token is good until it expires."
    )
    async def sign_out(self, info: Info) -> SignOutPayload | None:
        person_id = info.context.require_person()
        async with transaction(info.context.db) as conn:
            await sessions.sign_out(conn, person_id, info.context.session_id)
        return SignOutPayload(done=True)
