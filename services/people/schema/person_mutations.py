"""Mutations of a person's own: sessions, number, name, consents."""

from typing import Annotated

import strawberry

from services.contracts.amounts import Language
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.refusals import refusable
from services.people.commands import codes, persons, sessions
from services.people.domain import person
from services.people.domain.code import CodeIsWrong, typed
from services.people.domain.ids import SessionId
from services.people.schema.context import Info
from services.people.schema.signing_in import CodePayload, CodeText, Phone
from services.people.schema.types import Consent, Person, Session, sessions_of
from services.people.store import reading

_Document = Annotated[
    str, strawberry.argument(description="Which text, in small letters: `terms`, `privacy`. Up to 40 characters.")
]


@strawberry.type
class SessionsPayload(Payload):
    sessions: list[Session] | None = strawberry.field(
        default=None, description="Where they are signed in now; null when there are problems."
    )


@strawberry.type
class PersonPayload(Payload):
    person: Person | None = strawberry.field(default=None, description="As they are now; null when there are problems.")


@strawberry.type
class ConsentsPayload(Payload):
    consents: list[Consent] | None = strawberry.field(
        default=None, description="All of theirs as they are now; null when there are problems."
    )


@strawberry.type
class EndSessionPayload(SessionsPayload):
    pass


@strawberry.type
class EndOtherSessionsPayload(SessionsPayload):
    pass


@strawberry.type
class RequestNumberChangePayload(CodePayload):
    pass


@strawberry.type
class ChangeNumberPayload(PersonPayload):
    pass


@strawberry.type
class UpdatePersonPayload(PersonPayload):
    pass


@strawberry.type
class GiveConsentPayload(ConsentsPayload):
    pass


@strawberry.type
class WithdrawConsentPayload(ConsentsPayload):
    pass


@strawberry.type
class PersonMutations:
    @refusable(description="End one of one's sessions; ended already, it stays so.")
    async def end_session(self, info: Info, id: strawberry.ID) -> EndSessionPayload | None:
        person_id = info.context.require_person()
        session_id = SessionId.parse(id)
        async with transaction(info.context.db) as conn:
            await sessions.check(conn, person_id, info.context.session_id)
            await sessions.end(conn, person_id, session_id)
            left = await reading.sessions(conn, person_id)
        return EndSessionPayload(sessions=sessions_of(left, info.context))

    @refusable(description="End all of one's sessions but the one that asks.")
    async def end_other_sessions(self, info: Info) -> EndOtherSessionsPayload | None:
        person_id = info.context.require_person()
        async with transaction(info.context.db) as conn:
            await sessions.check(conn, person_id, info.context.session_id)
            await sessions.end_others(conn, person_id, info.context.session_id)
            left = await reading.sessions(conn, person_id)
        return EndOtherSessionsPayload(sessions=sessions_of(left, info.context))

    @refusable(description="Send a code to the number that is to be one's own from now on.")
    async def request_number_change(self, info: Info, phone: Phone) -> RequestNumberChangePayload | None:
        person_id, context = info.context.require_person(), info.context
        number = context.means.phones.e164(phone)
        async with transaction(context.db) as conn:
            await sessions.check(conn, person_id, context.session_id)
            language = await persons.language(conn, person_id)
            ends_at = await codes.send(
                conn, context.means.prover, number, context.address, language, changes=person_id, kind=codes.CHANGE
            )
        return RequestNumberChangePayload(expires_at=ends_at)

    @refusable(
        description="Change to the number that the code was sent to. All other sessions end: whoever has the old phone has no part in it."
    )
    async def change_number(self, info: Info, phone: Phone, code: CodeText) -> ChangeNumberPayload | None:
        person_id, context = info.context.require_person(), info.context
        number, guess = context.means.phones.e164(phone), typed(code)
        async with transaction(context.db) as conn:
            await sessions.check(conn, person_id, context.session_id)
            done = await persons.change_number(
                conn,
                context.means.prover,
                context.means.lasting,
                person_id=person_id,
                session_id=context.session_id,
                phone=number,
                guess=guess,
                address=context.address,
            )
            found = await reading.persons(conn, person_id, [person_id])
        if not done:
            raise CodeIsWrong
        return ChangeNumberPayload(person=Person.of(found[person_id]))

    @refusable(description="Say how one is called and in which language one is written to. What is left out stays.")
    async def update_person(
        self,
        info: Info,
        name: Annotated[str | None, strawberry.argument(description="In one line, up to 80 characters.")] = None,
        language: Annotated[Language | None, strawberry.argument(description="For messages and texts.")] = None,
    ) -> UpdatePersonPayload | None:
        person_id = info.context.require_person()
        named = None if name is None else person.named(name)
        async with transaction(info.context.db) as conn:
            await sessions.check(conn, person_id, info.context.session_id)
            await persons.update(conn, person_id, named, language)
            found = await reading.persons(conn, person_id, [person_id])
        return UpdatePersonPayload(person=Person.of(found[person_id]))

    @refusable(description="Agree to a text in the version that was shown. Repeating changes nothing.")
    async def give_consent(
        self,
        info: Info,
        document: _Document,
        version: Annotated[int, strawberry.argument(description="The version that was shown, from 1.")],
    ) -> GiveConsentPayload | None:
        person_id = info.context.require_person()
        named = person.document(document)
        if not 1 <= version <= person.MOST_VERSION:
            raise BadUserInput(f"version is 1 to {person.MOST_VERSION}")
        async with transaction(info.context.db) as conn:
            await sessions.check(conn, person_id, info.context.session_id)
            await persons.give_consent(conn, person_id, named, version)
            found = await reading.consents(conn, person_id)
        return GiveConsentPayload(consents=[Consent.of(each) for each in found])

    @refusable(description="Take back one's consent to a text, in every version of it.")
    async def withdraw_consent(self, info: Info, document: _Document) -> WithdrawConsentPayload | None:
        person_id = info.context.require_person()
        named = person.document(document)
        async with transaction(info.context.db) as conn:
            await sessions.check(conn, person_id, info.context.session_id)
            await persons.withdraw_consent(conn, person_id, named)
            found = await reading.consents(conn, person_id)
        return WithdrawConsentPayload(consents=[Consent.of(each) for each in found])
