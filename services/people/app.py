"""Wiring of people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.routing import BaseRoute

from services.kit.graphql.app import graphql_routes
from services.kit.process.service import Api, Hears, Service
from services.people import hears
from services.people.schema import SCHEMA
from services.people.schema.context import Context


def routes(api: Api) -> Sequence[BaseRoute]:
    return graphql_routes(SCHEMA, verifier=api.verifier, context=lambda identity: Context(identity, api.db))


SERVICE = Service(
    name="people",
    migrations=Path(__file__).parent / "migrations",
    routes=routes,
    hears=[Hears("people", hears.HANDLERS)],
)
