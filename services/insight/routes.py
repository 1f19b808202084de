"""What insight's api answers. Imported by it alone: the graph and what reads tokens take as much memory as all of a worker's own."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute

from services.insight import opendata
from services.insight.schema import SCHEMA
from services.insight.schema.context import Context
from services.kit.graphql.app import graphql_routes
from services.kit.process.service import Api


def routes_of(api: Api) -> Sequence[BaseRoute]:
    return [
        *graphql_routes(SCHEMA, verifier=api.verifier, context=lambda identity: Context(identity, api.db)),
        *opendata.routes(api.db, api.settings.home_issuer.rstrip("/")),
    ]
