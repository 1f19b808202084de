from __future__ import annotations

import gzip
from pathlib import Path

import services.web

MOST_BYTES = 25_000


def test_our_scripts_are_small_altogether() -> None:
    folder = Path(services.web.__file__).parent / "static"
    assert sum(len(gzip.compress(file.read_bytes())) for file in folder.glob("*.js")) <= MOST_BYTES
