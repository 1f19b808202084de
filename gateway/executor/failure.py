"""Why a part of the merged data is missing: put where the value would be, told when the answer is written."""

from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class Failure:
    """`below` is the rest of the path when a field deeper down failed and took its parents with it.

    `code` and `extensions` are what the subgraph said, or what the gateway knows about the subgraph.
    `once` marks one trouble that leaves many holes (a service down): it is told at the first of them only.
    """

    message: str
    code: str
    subgraph: str
    extensions: dict[str, Any] = field(default_factory=dict)
    below: tuple[str | int, ...] = ()
    once: object | None = None
    # Said by the subgraph's own GraphQL answer, not found out by the gateway.
    reported: bool = False
    # Nothing to tell: the value is absent, by its owner's own word.
    silent: bool = False
    # It happened at another field of the same object, which took this one along: `below` begins with that field.
    aside: bool = False

    def with_below(self, below: tuple[str | int, ...]) -> "Failure":
        return replace(self, below=below)


# The owner of an entity says that there is none, or none that this caller may see: one answer, null, and no error.
ABSENT = Failure("there is no such entity", "", "", silent=True)


def reported(subgraph: str, error: Any, *, once: object | None = None) -> Failure:
    """An error of a subgraph's answer, whatever its form."""
    if not isinstance(error, dict):
        error = {}
    extensions = error.get("extensions")
    extensions = extensions if isinstance(extensions, dict) else {}
    message = error.get("message")
    code = extensions.get("code")
    return Failure(
        message if isinstance(message, str) else "an error without a message",
        code if isinstance(code, str) else "",
        subgraph,
        extensions,
        once=once,
        reported=True,
    )


def place(container: Any, path: list[Any], failure: Failure) -> bool:
    """Puts the failure at the null that it made. False when there is none on its path.

    Of several below one null the last stays: a subgraph tells the one that made the null after those that it swallowed.
    """
    node = container
    for depth, segment in enumerate(path):
        below = tuple(path[depth + 1 :])
        if isinstance(node, dict) and isinstance(segment, str):
            value = node.get(segment)
        elif isinstance(node, list) and isinstance(segment, int) and 0 <= segment < len(node):
            value = node[segment]
        else:
            return False
        if value is None or isinstance(value, Failure):
            node[segment] = failure.with_below(below)
            return True
        node = value
    return False
