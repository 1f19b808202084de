"""Ports for what is started and thrown away: nobody else is given them between the choice and the start.

The kernel takes the source ports of connections, and the ports of servers that ask for any, out of one range. One found free there
may be taken a moment later, also by a client that dials it and meets itself. These lie below that range, and each process holds a
slice of them as long as it lives.
"""

from __future__ import annotations

import fcntl
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TextIO

from infra.local.ports import is_free

_FIRST = 12_000
_SLICE = 1_000
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_USUAL_END = 32_768


def free_port() -> int:
    """Raises OSError when there is none."""
    return free_block(1)


def free_block(span: int) -> int:
    """The first of `span` free ports in a row; the ones given longest ago come again. Raises OSError when there are none."""
    mine = _mine()
    for _ in range(_SLICE):
        first = mine.take(span)
        if all(is_free(first + each) for each in range(span)):
            return first
    raise OSError(f"no {span} free ports in a row in {mine.ports}")


@dataclass(slots=True)
class _Slice:
    """Locked for as long as it is referred to."""

    ports: range
    lock: TextIO
    next: int = 0

    def take(self, span: int) -> int:
        if self.next + span > len(self.ports):
            self.next = 0
        first = self.ports[self.next]
        self.next += span
        return first


@cache
def _mine() -> _Slice:
    for first in range(_FIRST, _end() - _SLICE, _SLICE):
        try:
            held = (Path(tempfile.gettempdir()) / f"wlijo-ports-{first}").open("a")
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # of another process, or of another user
            continue
        return _Slice(range(first, first + _SLICE), held)
    raise OSError("too many processes hold ports")


def _end() -> int:
    try:
        return int(_RANGE.read_text().split()[0])
    except OSError:  # not Linux
        return _USUAL_END
