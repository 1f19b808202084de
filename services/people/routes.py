"""What people's api answers. Imported by it alone: the graph and what reads tokens take as much memory as all of a worker's own."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute

from services.kit.graphql.app import graphql_routes
from services.kit.process.service import Api
from services.kit.process.settings import Mode
from services.people import ended, exported, oauth
from services.people.commands.codes import Prover
from services.people.messages import inbox_page, receipts
from services.people.schema import SCHEMA
from services.people.schema.context import Means, contexts
from services.people.settings import PeopleApi


def routes_of(api: Api) -> Sequence[BaseRoute]:
    settings: PeopleApi = api.settings
    means = Means(
        db=api.db,
        signer=settings.signer(),
        phones=settings.codes.phones(),
        prover=Prover(settings.codes.codes(), settings.codes.limits()),
        lasting=settings.sessions.lasting(),
        local=settings.mode is Mode.LOCAL,
    )
    return [
        *graphql_routes(SCHEMA, verifier=api.verifier, context=contexts(means)),
        *oauth.routes(means),
        *ended.routes(api.db, api.live),
        *exported.routes(means, api.verifier),
        *inbox_page.routes(api.db, settings.mode, settings.people_issuer.rstrip("/")),
        *receipts.routes(api.db, settings.receipts),
    ]
