"""The shop on real sockets."""

import contextlib
from collections.abc import AsyncIterator

import pytest

from tests.gateway.kit.network import Running, SubgraphServer, gateway, subgraph_server
from tests.gateway.shop import catalog, delivery, ordering


@pytest.fixture
async def subgraphs() -> AsyncIterator[dict[str, SubgraphServer]]:
    async with contextlib.AsyncExitStack() as stack:
        yield {
            subgraph.name: await stack.enter_async_context(subgraph_server(subgraph))
            for subgraph in (catalog(), ordering(), delivery())
        }


@pytest.fixture
async def running(subgraphs: dict[str, SubgraphServer]) -> AsyncIterator[Running]:
    async with gateway({name: server.url for name, server in subgraphs.items()}) as found:
        yield found


@pytest.fixture(autouse=True)
def _rates_stand_still(rates_stand_still: None) -> None:
    """In all of these tests."""
