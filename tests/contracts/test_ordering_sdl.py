"""Ordering's published SDL is what its code says."""

from __future__ import annotations

from pathlib import Path

from services import ordering
from services.kit.graphql.schema import print_sdl
from services.ordering.schema import SCHEMA


def test_the_committed_sdl_is_the_codes() -> None:
    committed = Path(ordering.__file__).parent / "schema.graphql"
    assert committed.read_text("utf-8") == print_sdl(SCHEMA)
