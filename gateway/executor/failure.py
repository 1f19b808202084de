"""Why a part of the merged data is missing: put where the value would be, told when the answer is written."""

from dataclasses import dataclass, field, replace
from typing import Any

from gateway.planner.plan import Asked


@dataclass(frozen=True, slots=True, eq=False)
class Failure:
    """`below` is the rest of the path when a field deeper down failed and took its parents with it.

    `code` and `extensions` are what the subgraph said, or what the gateway knows about the subgraph.
    Every null has its error, where it is. `once` is for what is told at the first place only: a field that the caller may not see.
    """

    message: str
    code: str
    subgraph: str
    extensions: dict[str, Any] = field(default_factory=dict)
    below: tuple[str | int, ...] = ()
    once: object | None = None
    # Said by the subgraph's own GraphQL answer, not found out by the gateway.
    reported: bool = False
    # By its owner's own word there is no such thing: where null may be it is no trouble, and nothing is told.
    absent: bool = False
    # It happened at another field of the same object, which took this one along: `below` begins with that field.
    aside: bool = False
    # Of an object or a list of which others know parts, what was asked for here: itself first, then what is shared below it.
    inside: tuple[Asked, ...] = ()

    def with_below(self, below: tuple[str | int, ...]) -> "Failure":
        return replace(self, below=below)


# The owner of an entity says that there is none, or none that this caller may see: which of both, nobody is told.
ABSENT = Failure("There is no such object, or it may not be seen.", "NOT_FOUND", "", absent=True)


class SubscriptionRefused(Exception):
    """A subgraph ended a subscription with `answer`, its errors and no data: it may not begin, or may not go on."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__("the subgraph ended the subscription with an error")
        self.answer = answer
