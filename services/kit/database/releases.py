"""The releases, oldest first: a database goes from each to the next, and none is left out."""

from __future__ import annotations

from collections.abc import Sequence

RELEASES = ("0.1.0",)


def why_not(last: str | None, version: str, known: Sequence[str] | None = None) -> str | None:
    """Why a database that `last` has brought up cannot be brought up by `version`; None when it can."""
    releases = RELEASES if known is None else known
    if last is None or last == version:
        return None
    if last not in releases:
        return f"release {last} has brought the database up, which {version} does not know: it is newer"
    if version not in releases:
        return None  # between two releases
    skipped = list(releases[releases.index(last) + 1 : releases.index(version)])
    if skipped:
        return f"from {last} to {version} {', '.join(skipped)} would be skipped: bring it up with {skipped[0]} first"
    return None
