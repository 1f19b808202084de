"""How a rule says no: nothing was written, and the caller learns why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum


class Refused(Exception):
    """What was asked cannot be done, for a reason that the caller can act on; nothing was written. `within` is where in the input that is
    which was refused, `lines.2.`, when there was more than one; what is not `of_each` is said of all together, and once."""

    within = ""
    of_each = True


class Unknown(Refused):
    """It does not exist, or is not the caller's. `field` names the part of the input that should have been its id, if it was one."""

    def __init__(self, field: str = "") -> None:
        super().__init__(f"{field or 'it'} is unknown")
        self.field = field


class WrongState(Refused):
    """What was asked does not fit the present state; nothing was changed."""

    def __init__(self, current: StrEnum, wanted: StrEnum) -> None:
        super().__init__(f"{wanted} does not fit {current}")
        self.current = current
        self.wanted = wanted


class Gathered:
    """What several checks refuse, to be told at once.

    refused = Gathered()
    for line in lines:
        with refused.here():
            check(line)
    refused.tell()
    """

    def __init__(self) -> None:
        self._found: list[Refused] = []

    @contextmanager
    def here(self, within: str = "") -> Iterator[None]:
        try:
            yield
        except Refused as refused:
            refused.within = within
            if refused.of_each or type(refused) not in map(type, self._found):
                self._found.append(refused)

    @property
    def refused(self) -> list[Refused]:
        return list(self._found)

    def tell(self) -> None:
        """Raises the one that there is, or an ExceptionGroup of all."""
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            raise ExceptionGroup("refused", self._found)
