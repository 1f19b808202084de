"""Who asks the catalog, and how what is not theirs is refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """A merchant's member by the subject of the token ('' for nobody's member), or the platform: operators, and officers, who verify."""

    member: str = ""
    ops: bool = False
    officer: bool = False

    @property
    def staff(self) -> bool:
        """Who sees every merchant, whatever its status."""
        return self.ops or self.officer


class NotFound(Exception):
    """What was named does not exist, or is not the caller's."""
