"""Lists over plain HTTP: `?after=CURSOR&limit=50`, and in the answer where to go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final, Generic, TypeVar

from starlette.requests import Request

from services.kit import cursors
from services.kit.http.problem import HttpProblem

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200
_EARLIEST, _LATEST = 2020, 2200

K = TypeVar("K", bound=tuple[object, ...])
R = TypeVar("R")


class Asked(Generic[K]):
    """Which page of a list whose keys have this shape. `limit` is one more than is shown: it tells whether a page follows."""

    def __init__(self, request: Request, shape: type[K]) -> None:
        """Raises HttpProblem, 400, naming what is wrong."""
        limit = request.query_params.get("limit", str(DEFAULT_LIMIT))
        if not (limit.isascii() and limit.isdecimal() and len(limit) <= 3 and 1 <= int(limit) <= MAX_LIMIT):
            raise HttpProblem(400, "MALFORMED", f"limit is 1 to {MAX_LIMIT}", field="limit")
        self._shown = int(limit)
        self.limit = self._shown + 1
        self.after: K | None = None
        if after := request.query_params.get("after"):
            try:
                self.after = cursors.read(after, shape)
            except ValueError as error:
                raise HttpProblem(400, "MALFORMED", "after is no cursor of this list", field="after") from error

    def page(self, name: str, rows: Sequence[R], *, key: Callable[[R], K], of: Callable[[R], Any]) -> dict[str, Any]:
        """`next` is the cursor of what follows, null at the end."""
        shown = rows[: self._shown]
        follows = len(rows) > self._shown
        return {name: [of(each) for each in shown], "next": cursors.written(key(shown[-1])) if follows else None}


def flag(request: Request, name: str) -> bool:
    """Raises HttpProblem, 400."""
    said = request.query_params.get(name, "false")
    if said not in ("true", "false"):
        raise HttpProblem(400, "MALFORMED", f"{name} is true or false", field=name)
    return said == "true"


def day(request: Request, name: str = "day") -> date | None:
    """None where it is not said. Raises HttpProblem, 400."""
    said = request.query_params.get(name)
    if not said:
        return None
    try:
        found = date.fromisoformat(said) if len(said) == 10 else None
    except ValueError:
        found = None
    if found is None or not _EARLIEST <= found.year <= _LATEST:
        raise HttpProblem(400, "MALFORMED", f"{name} is a day in WIB, like 2026-02-01", field=name)
    return found
