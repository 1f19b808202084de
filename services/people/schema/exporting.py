"""A copy of all that is kept about somebody: asked for, and deleted."""

import strawberry

from services.contracts.export import ExportId
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.refusals import refusable
from services.people.commands import exporting, sessions
from services.people.domain.code import CodeIsWrong, typed
from services.people.schema.context import Info
from services.people.schema.exports import Export
from services.people.schema.signing_in import CodePayload, CodeText


@strawberry.type
class RequestExportCodePayload(CodePayload):
    pass


@strawberry.type
class RequestExportPayload(Payload):
    export: Export | None = strawberry.field(default=None, description="As it is now; null when there are problems.")


@strawberry.type
class DeleteExportPayload(Payload):
    done: bool | None = strawberry.field(
        default=None, description="True when nothing is left of it; null when there are problems."
    )


@strawberry.type
class ExportMutations:
    @refusable(
        description="Send a code to one's own number, to prove that it is oneself who wants a copy of all that is kept."
    )
    async def request_export_code(self, info: Info) -> RequestExportCodePayload | None:
        person_id, context = info.context.require_person(), info.context
        async with transaction(context.db) as conn:
            await sessions.check(conn, person_id, context.session_id)
            ends_at = await exporting.send_code(conn, context.means.prover, person_id, context.address)
        return RequestExportCodePayload(expires_at=ends_at)

    @refusable(
        description="Have a copy made of all that is kept about oneself; a notice says when it is ready. One that is being made goes on. "
        "At most two a day; each is there for seven days."
    )
    async def request_export(self, info: Info, code: CodeText) -> RequestExportPayload | None:
        person_id, context = info.context.require_person(), info.context
        guess = typed(code)
        async with transaction(context.db) as conn:
            found = await exporting.ask(
                conn, context.means.prover, person_id, context.session_id, guess, context.address
            )
        if found is None:
            raise CodeIsWrong
        return RequestExportPayload(export=Export.of(found))

    @refusable(
        description="Delete a copy, made or not; gone already, it stays so. It counts for the two of the day all the same."
    )
    async def delete_export(self, info: Info, id: strawberry.ID) -> DeleteExportPayload | None:
        person_id, export_id = info.context.require_person(), ExportId.parse(id)
        async with transaction(info.context.db) as conn:
            await exporting.delete(conn, person_id, info.context.session_id, export_id)
        return DeleteExportPayload(done=True)
