"""A doorbell among the processes of one machine whose broker wakes nobody: who has appended rings, and who reads looks at once.

Each leaves the number of its port in a folder that all know, and is sent a datagram on loopback with the topics. Nothing depends on one
that gets lost: who hears nothing looks by itself, a little later.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

_log = logging.getLogger(__name__)
_HOST = "127.0.0.1"
_MAX_BYTES = 8_192
_AT_ONCE = 100
"""Whoever rings without end is heard in turn with all else that the process does."""
Heard = Callable[[Collection[str]], None]


class Doorbell:
    """`heard` is called with topics to which somebody of this machine has appended, this process too."""

    def __init__(self, folder: Path, heard: Heard) -> None:
        self._folder = folder
        self._heard = heard
        self._socket: socket.socket | None = None
        self._in_vain = False
        self._name = ""

    def hang(self) -> None:
        """From now on it is heard. Without the folder, or a port, nobody is: it is noted, and all look by themselves."""
        if self._socket is not None or self._in_vain:
            return
        hung = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        hung.setblocking(False)
        try:
            hung.bind((_HOST, 0))
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in _there(self._folder):
                if not _lives(name):
                    (self._folder / name).unlink(missing_ok=True)
            self._name = f"{hung.getsockname()[1]}.{os.getpid()}"
            (self._folder / self._name).touch()
        except OSError as error:
            _log.warning("no doorbell: %s", error)
            self._in_vain = True  # said once, and not at each event
            hung.close()
            return
        self._socket = hung
        asyncio.get_running_loop().add_reader(hung, self._listen, hung)

    def ring(self, topics: Collection[str]) -> None:
        self._heard(topics)
        if self._socket is None:
            return
        said = "\n".join(topics).encode()
        for name in _there(self._folder):
            if name == self._name:
                continue
            try:
                self._socket.sendto(said, (_HOST, int(name.partition(".")[0])))
            except (OSError, ValueError):  # one that is gone, or too much at once: they look by themselves
                continue

    def _listen(self, hung: socket.socket) -> None:
        topics: set[str] = set()
        for _ in range(_AT_ONCE):
            try:
                topics.update(hung.recv(_MAX_BYTES).decode(errors="replace").split("\n"))
            except OSError:  # no more for now; or that one of whom we rang is gone, which says nothing of us
                break
        self._heard(topics)

    def close(self) -> None:
        hung, self._socket = self._socket, None
        if hung is None:
            return
        asyncio.get_running_loop().remove_reader(hung)
        hung.close()
        (self._folder / self._name).unlink(missing_ok=True)


def _there(folder: Path) -> Iterable[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return ()


def _lives(name: str) -> bool:
    try:
        os.kill(int(name.partition(".")[2]), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
