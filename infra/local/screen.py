"""What the user sees while it runs: steps, warnings, the end."""

from __future__ import annotations

import sys
import time


class Screen:
    """Lines with the seconds since the start. A closed screen is no reason to stop."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self._began

    def step(self, text: str) -> None:
        self.plain(f"{self.elapsed_s:6.1f} s  {text}")

    def warn(self, text: str) -> None:
        self.plain(f"{self.elapsed_s:6.1f} s  ! {text}")

    def plain(self, text: str) -> None:
        try:
            print(text, flush=True)
        except (BrokenPipeError, ValueError, OSError):
            sys.stdout = open("/dev/null", "w")  # noqa: SIM115  # for the rest of the run
