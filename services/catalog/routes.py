"""What catalog's api answers. Imported by it alone: the graph and what reads tokens take as much memory as all of a worker's own."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute

from services.catalog.bulk_api import BulkApi
from services.catalog.media import uploads
from services.catalog.schema import SCHEMA
from services.catalog.schema.context import Context, new_positions_limit
from services.catalog.settings import CatalogApi
from services.kit.graphql.app import graphql_routes
from services.kit.http.identity import Identity
from services.kit.process.service import Api


def routes_of(api: Api) -> Sequence[BaseRoute]:
    settings: CatalogApi = api.settings
    media = settings.photos()
    positions = new_positions_limit()

    def context(identity: Identity) -> Context:
        return Context(identity, api.db, media, live=api.live, positions_limit=positions, replica=api.replica)

    return [
        *graphql_routes(SCHEMA, verifier=api.verifier, context=context),
        *(uploads.routes(api.db, media) if media is not None else ()),
        *BulkApi(api.db, api.verifier).routes(),
    ]
