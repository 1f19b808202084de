"""Python functions made from text. Names in it come from a schema or an operation, and are written as literals."""

from functools import lru_cache
from types import CodeType
from typing import Any


def made(name: str, lines: list[str], scope: dict[str, Any]) -> Any:
    """The function `name` that these lines define; `scope` has what it calls."""
    exec(_code("\n".join(lines)), scope)  # noqa: S102  # text of ours
    return scope[name]


def indented(lines: list[str], by: int = 1) -> list[str]:
    return [" " * by + line for line in lines]


@lru_cache(2_000)
def _code(text: str) -> CodeType:
    """Equal texts share their code, however many plans have them."""
    return compile(text, "<made>", "exec")
