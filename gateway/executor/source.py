"""Python functions made from text. Names in it come from a schema or an operation, and are written as literals."""

from functools import lru_cache
from types import CodeType
from typing import Any, Final

# The names in a text are the client's, and may be nearly all of it: long ones are of one plan alone, which is weighed, and go with it.
_SHARED: Final = 1_000
_LONGEST_SHARED: Final = 8_000


def made(name: str, lines: list[str], scope: dict[str, Any]) -> Any:
    """The function `name` that these lines define; `scope` has what it calls."""
    exec(_code("\n".join(lines)), scope)  # noqa: S102  # text of ours
    return scope[name]


def indented(lines: list[str], by: int = 1) -> list[str]:
    return [" " * by + line for line in lines]


def _code(text: str) -> CodeType:
    """Equal texts share their code, however many plans have them, unless they are long."""
    return _shared(text) if len(text) <= _LONGEST_SHARED else _compiled(text)


def _compiled(text: str) -> CodeType:
    return compile(text, "<made>", "exec")


_shared = lru_cache(_SHARED)(_compiled)
