"""The committed SDL of each service is the one that its code serves."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.contracts.registry import NAMES
from services.kit.graphql.schema import print_sdl
from services.sdl import schema_of

SERVICES = Path(__file__).parents[2] / "services"


@pytest.mark.parametrize("service", NAMES)
def test_the_committed_sdl_is_the_codes(service: str) -> None:
    assert (SERVICES / service / "schema.graphql").read_text("utf-8") == print_sdl(schema_of(service))
