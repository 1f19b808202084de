"""The basket's subgraph, and who issues its tokens."""

import pytest
from starlette.applications import Starlette

from services.kit.graphql.app import graphql_routes
from services.kit.observe.telemetry import Telemetry
from tests.worlds.basket import SCHEMA, open_context
from tests.worlds.tokens import Issuer


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def app(issuer: Issuer) -> Telemetry:
    return Telemetry(Starlette(routes=graphql_routes(SCHEMA, verifier=issuer.verifier(), context=open_context)))
