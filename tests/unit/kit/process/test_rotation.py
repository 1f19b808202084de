"""A secret that changes under a running process is noticed once."""

from __future__ import annotations

import threading
from pathlib import Path

from services.kit.process import rotation


def test_a_changed_secret_is_noticed_and_one_that_stays_is_not(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("first")
    (tmp_path / "two").write_text("stays")
    changed = threading.Event()
    rotation.watch(
        {"A_PASSWORD_FILE": str(tmp_path / "one"), "B_FILE": str(tmp_path / "two"), "PORT": "1"},
        changed.set,
        every_s=0.01,
    )
    (tmp_path / "two").write_text("stays")
    assert not changed.wait(0.1)
    (tmp_path / "one").unlink()
    assert not changed.wait(0.1)
    (tmp_path / "one").write_text("second")
    assert changed.wait(5)
