"""Words of the list of columns that its parts share."""

from __future__ import annotations

from typing import Final

RIDER: Final = "(SELECT r.id FROM rider r WHERE r.subject = {subject})"


def who(expression: str) -> str:
    return f"CASE WHEN {expression} THEN 'you' ELSE 'another' END"


def whoever(column: str) -> str:
    """Nothing where it says nobody."""
    return f"CASE WHEN {column} = {{subject}} THEN 'you' WHEN {column} IS NOT NULL THEN 'another' END"
