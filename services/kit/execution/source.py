"""Python functions made from text. Names in it come from a schema or an operation, and are written as literals."""

from collections.abc import Iterable
from functools import lru_cache
from types import CodeType
from typing import Any, Final

# Operations of one shape share their code; a long text is of one operation alone, and goes with it.
_SHARED: Final = 1_000
_LONGEST_SHARED: Final = 8_000


def made(name: str, lines: Iterable[str], scope: dict[str, Any]) -> Any:
    """The function `name` that these lines define; `scope` has what it calls."""
    text = "\n".join(lines)
    exec(_shared(text) if len(text) <= _LONGEST_SHARED else _compiled(text), scope)  # noqa: S102  # text of ours
    return scope[name]


def indented(lines: Iterable[str], by: int = 1) -> list[str]:
    return [" " * by + line for line in lines]


def _compiled(text: str) -> CodeType:
    return compile(text, "<planned>", "exec")


_shared = lru_cache(_SHARED)(_compiled)
