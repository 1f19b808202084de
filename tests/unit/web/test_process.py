"""What web's process holds in memory, beside what it needs."""

from __future__ import annotations

import subprocess
import sys

_HELD = "import sys, services.kit.process.serving, services.web.pages; print(*sorted({each.partition('.')[0] for each in sys.modules}))"


def test_neither_a_database_nor_kafka() -> None:
    held = subprocess.run([sys.executable, "-c", _HELD], capture_output=True, text=True, check=True).stdout.split()
    assert "aiohttp" in held
    assert not {"asyncpg", "aiokafka"} & set(held)
