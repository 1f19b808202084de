"""The catalog's committed SDL is the one that its code serves."""

from __future__ import annotations

from pathlib import Path

import services.catalog
from services.catalog.schema import SCHEMA
from services.kit.graphql.schema import print_sdl


def test_the_committed_schema_is_what_the_code_serves() -> None:
    committed = Path(services.catalog.__file__).with_name("schema.graphql")
    assert committed.read_text("utf-8") == print_sdl(SCHEMA)
