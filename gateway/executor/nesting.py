"""How deep a JSON value may be: it is read deeper than it can be written (254), and what custom scalars hold is bounded well below."""

from typing import Any

_MOST = 100


def too_deep(value: Any, left: int = _MOST) -> bool:
    """Whether a JSON value nests deeper than may be passed on."""
    if type(value) is dict:
        return left == 0 or any(too_deep(one, left - 1) for one in value.values())
    if type(value) is list:
        return left == 0 or any(too_deep(one, left - 1) for one in value)
    return False
