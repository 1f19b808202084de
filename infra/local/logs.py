"""The logs of all processes: kept within bounds, and their warnings brought to the screen."""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from infra.local.state import Home

_MAX_BYTES = 8 * 1024 * 1024
_LOUD = {"WARNING", "WARN", "ERROR", "CRITICAL", "FATAL"}
_SAID_AGAIN_AFTER_S = 60.0
_SHOWN = 200


class Watch:
    """Call `look` every second or so."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._read: dict[Path, int] = {}
        self._said: dict[tuple[str, str], float] = {}
        self.skip()

    def skip(self) -> None:
        """What was written by now is of no interest: processes that are stopped on purpose complain."""
        for file in self._home.logs.glob("*.log"):
            self._read[file] = file.stat().st_size

    def look(self) -> list[str]:
        """New warnings, each once a minute. On the way a log that grew too long is moved to `.1` and begun anew."""
        found: list[str] = []
        for file in self._home.logs.glob("*.log"):
            if file.stem not in ("supervisor", "setup"):
                found += self._warnings(file)
            bound(file)
        return found

    def _warnings(self, file: Path) -> Iterator[str]:
        size, begin = file.stat().st_size, self._read.get(file, 0)
        begin = begin if begin <= size else 0
        if size == begin:
            return
        with file.open("rb") as stream:
            stream.seek(max(begin, size - _MAX_BYTES // 8))
            new = stream.read(size - stream.tell())
        whole = new.rpartition(b"\n")[0]
        self._read[file] = size - (len(new) - len(whole) - 1 if whole else len(new))
        now = time.monotonic()
        for line in whole.splitlines():
            text = loud(line)
            if text and now - self._said.get((file.stem, text), -_SAID_AGAIN_AFTER_S) >= _SAID_AGAIN_AFTER_S:
                self._said[(file.stem, text)] = now
                yield f"{file.stem}: {text}"


def loud(line: bytes) -> str | None:
    """The message of a JSON log line of level WARNING and above; None for all other lines."""
    if not line.startswith(b"{"):
        return None
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    level = str(entry.get("level") or entry.get("levelname") or entry.get("severity") or "").upper()
    if level not in _LOUD:
        return None
    message = str(entry.get("message") or entry.get("msg") or entry.get("event") or "")
    detail = str(entry.get("detail") or entry.get("exc_info") or "").strip().rpartition("\n")[2]
    return ": ".join(part for part in (message, detail) if part)[:_SHOWN] or None


def bound(file: Path, max_bytes: int = _MAX_BYTES) -> None:
    """Copies and empties, for the writer holds the file open (in append mode, so it goes on at the new end). One that somebody follows is
    left: what is written between the copy and the emptying would be missing to him."""
    if file.stat().st_size <= max_bytes:
        return
    with file.open("r+b") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        file.with_suffix(".log.1").write_bytes(stream.read()[-max_bytes:])
        stream.truncate(0)


@contextmanager
def followed(file: Path) -> Iterator[BinaryIO]:
    """The log from its end on; it is not moved meanwhile. Waits for a move that is under way."""
    with file.open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_SH)
        stream.seek(0, 2)
        yield stream


def last_words(file: Path) -> str:
    """The last line that says something: what a user should read first."""
    try:
        lines = file.read_bytes()[-8192:].decode(errors="replace").splitlines()
    except OSError:
        return ""
    for line in reversed(lines):
        if line.strip():
            return (loud(line.encode()) or line.strip())[:_SHOWN]
    return ""
