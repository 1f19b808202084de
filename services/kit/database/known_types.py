"""What connections of one pool learn of the database's types: from the server once, and from one another after that."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import asyncpg


class _Asked(NamedTuple):
    """In place of the statement that asks the server. It has a name: those without one have taken the place of what was being prepared."""

    name: str = "known"


_ASKED: Final = _Asked()


def sharing() -> type[asyncpg.Connection[Any]]:
    """For `connection_class` of one pool. asyncpg asks for every array and composite type on each connection anew, 12 to 15 ms of planning
    each time; and when it finds that the schema has changed, all that is known is forgotten."""
    known: dict[int, list[Any]] = {}

    class Sharing(asyncpg.Connection):
        async def _introspect_types(self, typeoids: Iterable[int], within_s: float | None) -> tuple[list[Any], object]:
            wanted = [*typeoids]
            if all(oid in known for oid in wanted):
                return [row for oid in wanted for row in known[oid]], _ASKED
            rows, statement = await super()._introspect_types(wanted, within_s)  # type: ignore[misc]
            known.update(dict.fromkeys(wanted, rows))
            return rows, statement

        def _drop_local_type_cache(self) -> None:
            known.clear()
            super()._drop_local_type_cache()  # type: ignore[misc]

    return Sharing
