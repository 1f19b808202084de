"""A refresh token is good once, and who shows it again ends the session. Two tabs hold the same cookie: the first to come asks, the other
waits and gets the same answer, and so does who comes a little later with the cookie of before.

Known to one process alone: with replicas, a browser has to come to the same one (docs/operations.md).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable

from services.kit.cache import Cache
from services.web.session import Tokens, now_s

_REMEMBERED = 10_000
_REMEMBERED_S = 300

Ask = Callable[[str], Awaitable[Tokens | None]]


class Refreshing:
    """`ask` gets the tokens that follow; None when the session has ended. What it raises goes to all that wait, and is not remembered."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._under_way: dict[bytes, asyncio.Task[Tokens | None]] = {}
        self._known: Cache[bytes, tuple[Tokens | None, int]] = Cache(_REMEMBERED)

    async def after(self, tokens: Tokens) -> Tokens | None:
        if not tokens.refresh:  # of an issuer that gives none
            return None
        key = hashlib.sha256(tokens.refresh.encode()).digest()
        known = self._known.get(key)
        if known is not None and known[1] > now_s():
            return known[0]
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.ensure_future(self._once(key, tokens.refresh))
        return await asyncio.shield(task)  # whoever leaves does not take the others' answer along

    async def _once(self, key: bytes, refresh: str) -> Tokens | None:
        try:
            found = await self._ask(refresh)
            self._known.put(key, (found, now_s() + _REMEMBERED_S))
            return found
        finally:
            del self._under_way[key]
