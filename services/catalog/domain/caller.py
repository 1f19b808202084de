"""Who asks the catalog, and how what is not theirs is refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """A merchant's member by the subject of the token ('' for nobody's member), or the platform's operators."""

    member: str = ""
    ops: bool = False


class NotFound(Exception):
    """What was named does not exist, or is not the caller's."""
