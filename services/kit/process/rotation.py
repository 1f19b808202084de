"""Secrets that change under a running process: it ends, and whoever keeps it running starts it with the new ones."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

_log = logging.getLogger(__name__)
_LOOK_EVERY_S = 2.0


def watch(environment: Mapping[str, str], changed: Callable[[], None], *, every_s: float = _LOOK_EVERY_S) -> None:
    """Looks at every file that a `…_FILE` variable names; calls `changed` once, from a thread, when the content of one is another."""
    files = {name: Path(value) for name, value in environment.items() if name.endswith("_FILE") and value}
    if not files:
        return
    before = {name: _digest(file) for name, file in files.items()}

    def look() -> None:
        while True:
            pause.wait(every_s)
            for name, file in files.items():
                now = _digest(file)
                # A file that is gone for a moment is being replaced.
                if now is not None and now != before[name]:
                    _log.warning("%s has changed: ending, to be started again with it", name)
                    changed()
                    return

    pause = threading.Event()
    threading.Thread(target=look, name="rotation", daemon=True).start()


def _digest(file: Path) -> bytes | None:
    try:
        return hashlib.sha256(file.read_bytes()).digest()
    except OSError:
        return None
