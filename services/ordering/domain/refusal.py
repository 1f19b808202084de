"""How a rule says no: nothing was written, and the caller learns why."""

from __future__ import annotations

from enum import StrEnum


class Refused(Exception):
    """What was asked cannot be done, for a reason that the caller can act on; nothing was written."""


class Unknown(Refused):
    """It does not exist, or is not the caller's."""


class WrongState(Refused):
    """What was asked does not fit the present state; nothing was changed."""

    def __init__(self, current: StrEnum, wanted: StrEnum) -> None:
        super().__init__(f"{wanted} does not fit {current}")
        self.current = current
        self.wanted = wanted
