"""One installation for all end-to-end tests; every test finds it whole. It ends with the last of them: others need what it burns."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.e2e.caller import Buyer, calling
from tests.e2e.installation import Installation


@pytest.fixture(scope="package")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    described = os.environ.get("WLIJO_E2E_STACK")
    if described:  # one that runs already, by docker compose
        from tests.compose.stack import Stack

        yield Stack.described(Path(described))
        return
    started = Installation.at(Path(tmp_path_factory.mktemp("installation")))
    try:
        started.up()
        yield started
    finally:
        started.down()


@pytest.fixture
async def buyer(platform: Installation) -> AsyncIterator[Buyer]:
    async with calling(platform, "buyer") as made:
        yield made
