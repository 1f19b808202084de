"""When the interpreter looks through all of its memory for garbage: not in the middle of a large operation, whose every value it would look
at each time, a second and more in one go."""

from __future__ import annotations

import gc

IN_A_ROW = 10
_NEVER = 1_000_000_000


class Collecting:
    """Full collections of this process; the young generations are collected as ever. Put off for as long as somebody asks for that, for no
    more than `IN_A_ROW` operations after one: who asks again and again is not to fill the memory with what only a full one finds.
    """

    def __init__(self) -> None:
        self._usual: tuple[int, int, int] | None = None
        self._asking = 0
        self._in_a_row = 0
        self._full = _full()

    def put_off(self) -> None:
        if _full() != self._full:
            self._full, self._in_a_row = _full(), 0
        self._asking += 1
        self._in_a_row += 1
        if self._in_a_row > IN_A_ROW:
            self._as_usual()
        elif self._usual is None:
            self._usual = gc.get_threshold()
            gc.set_threshold(self._usual[0], self._usual[1], _NEVER)

    def go_on(self) -> None:
        self._asking -= 1
        if not self._asking:
            self._in_a_row = 0
            self._as_usual()

    def _as_usual(self) -> None:
        if self._usual is not None:
            gc.set_threshold(*self._usual)
            self._usual = None


def _full() -> int:
    return int(gc.get_stats()[2]["collections"])
