"""Arguments that are texts for people to read."""

from __future__ import annotations

from services.kit.graphql.errors import BadUserInput
from services.kit.text import NotText, line


def read_line(name: str, given: str, *, longest: int) -> str:
    """The argument as it is kept: one line by the rule of `kit.text`. Raises BadUserInput, naming it."""
    try:
        return line(given, longest=longest)
    except NotText as error:
        raise BadUserInput(f"{name} has {error}") from error
