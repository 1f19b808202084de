"""The errors of a subgraph's answer, whatever their form, and the nulls that they explain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.executor.failure import Failure
from gateway.executor.nesting import too_deep

# What comes from outside is passed on within bounds; more than these, no client can use.
_MESSAGE = 2_000
_PATH = 100
_ERRORS = 10_000


@dataclass(frozen=True, slots=True)
class Reported:
    """`path` is the subgraph's own, of texts and indexes alone; None when it says none that can be one."""

    failure: Failure
    path: tuple[str | int, ...] | None


def reported(subgraph: str, answer: dict[str, Any]) -> list[Reported]:
    """All errors of an answer, in its order."""
    errors = answer.get("errors")
    return [_read(subgraph, error) for error in errors[:_ERRORS]] if isinstance(errors, list) else []


def _read(subgraph: str, error: Any) -> Reported:
    if not isinstance(error, dict):
        error = {}
    extensions = error.get("extensions")
    extensions = extensions if isinstance(extensions, dict) and not too_deep(extensions) else {}
    message = error.get("message")
    code = extensions.get("code")
    failure = Failure(
        message[:_MESSAGE] if isinstance(message, str) else "an error without a message",
        code if isinstance(code, str) else "",
        subgraph,
        _extensions(extensions),
        reported=True,
    )
    return Reported(failure, _path(error.get("path")))


def _extensions(said: dict[str, Any]) -> dict[str, Any]:
    """Those that clients decide by have the types that clients expect, or are not there."""
    found = {name: value for name, value in said.items() if name not in _TYPES}
    found |= {name: said[name] for name, type_ in _TYPES.items() if type(said.get(name)) is type_}
    return found


_TYPES = {"code": str, "retryable": bool, "retryAfterMs": int}


def _path(said: Any) -> tuple[str | int, ...] | None:
    if not isinstance(said, list) or not said or len(said) > _PATH:
        return None
    return tuple(said) if all(type(segment) in (str, int) for segment in said) else None


def place(container: Any, path: Sequence[str | int], failure: Failure) -> bool:
    """Puts the failure at the null that it made. False when there is none on its path: a key that is not there is none.

    Of several below one null the last stays: a subgraph tells the one that made the null after those that it swallowed.
    """
    node = container
    for depth, segment in enumerate(path):
        named = isinstance(node, dict) and isinstance(segment, str) and segment in node
        if not named and not (isinstance(node, list) and isinstance(segment, int) and 0 <= segment < len(node)):
            return False
        value = node[segment]
        if value is None or isinstance(value, Failure):
            node[segment] = failure.with_below(tuple(path[depth + 1 :]))
            return True
        node = value
    return False
