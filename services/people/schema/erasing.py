"""Being forgotten: asked for, waited for, cancelled."""

import strawberry

from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.refusals import refusable
from services.people.commands import erasing, sessions
from services.people.domain.code import CodeIsWrong, typed
from services.people.schema.context import Info
from services.people.schema.signing_in import CodePayload, CodeText
from services.people.schema.types import Erasure


@strawberry.type
class RequestErasureCodePayload(CodePayload):
    pass


@strawberry.type
class EraseMePayload(Payload):
    erasure: Erasure | None = strawberry.field(default=None, description="As it is now; null when there are problems.")


@strawberry.type
class CancelErasurePayload(Payload):
    done: bool | None = strawberry.field(
        default=None, description="True when none is asked for any more; null when there are problems."
    )


@strawberry.type
class ErasureMutations:
    @refusable(description="Send a code to one's own number, to prove that it is oneself who wants to be forgotten.")
    async def request_erasure_code(self, info: Info) -> RequestErasureCodePayload | None:
        person_id, context = info.context.require_person(), info.context
        async with transaction(context.db) as conn:
            await sessions.check(conn, person_id, context.session_id)
            ends_at = await erasing.send_code(conn, context.means.prover, person_id, context.address)
        return RequestErasureCodePayload(expires_at=ends_at)

    @refusable(
        description="Be forgotten: name, number, sessions, notices, contacts and memberships go and do not come back, orders and accounts "
        "stay without them. With open orders it waits until they have ended. Repeating changes nothing."
    )
    async def erase_me(self, info: Info, code: CodeText) -> EraseMePayload | None:
        person_id, context = info.context.require_person(), info.context
        guess = typed(code)
        async with transaction(context.db) as conn:
            found = await erasing.ask(conn, context.means.prover, person_id, context.session_id, guess, context.address)
        if found is None:
            raise CodeIsWrong
        return EraseMePayload(erasure=Erasure.of(found))

    @refusable(description="Stay after all, while it has not begun. Nothing asked for, nothing changes.")
    async def cancel_erasure(self, info: Info) -> CancelErasurePayload | None:
        person_id = info.context.require_person()
        async with transaction(info.context.db) as conn:
            await erasing.cancel(conn, person_id, info.context.session_id)
        return CancelErasurePayload(done=True)
