"""Python functions made from text. Names in it come from a schema or an operation, and are written as literals."""

from types import CodeType
from typing import Any, Final

from services.kit.cache import Cache

# By its bytes, for the names in it are the client's: a kilobyte and one and a half of its text, measured with tracemalloc.
_CODE: Final = 1_000
CODES: Final[Cache[str, CodeType]] = Cache.of_bytes(8 * 1024 * 1024)


def made(name: str, lines: list[str], scope: dict[str, Any]) -> Any:
    """The function `name` that these lines define; `scope` has what it calls."""
    exec(_code("\n".join(lines)), scope)  # noqa: S102  # text of ours
    return scope[name]


def indented(lines: list[str], by: int = 1) -> list[str]:
    return [" " * by + line for line in lines]


def _code(text: str) -> CodeType:
    """Equal texts share their code, however many plans have them."""
    known = CODES.get(text)
    if known is None:
        known = compile(text, "<made>", "exec")
        CODES.put(text, known, len(text) * 3 // 2 + _CODE)
    return known
