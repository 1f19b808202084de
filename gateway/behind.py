"""What stands behind the gateway and does not answer, why, and for how long: by it /readyz tells *degraded* from *down*."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import aiohttp

logger = logging.getLogger(__name__)

State = Literal["up", "degraded", "down"]
_KEPT_S = 1.0
_LOOK_S = 2.0
_ASKED = {"query": "{ __typename }"}


@dataclass(frozen=True, slots=True)
class Missing:
    reason: str
    since: float


@dataclass(slots=True)
class Behind:
    """`subgraphs`: name -> where it answers GraphQL; `issuers` gives those whose keys cannot be had, and why.

    A gateway with one subgraph left serves a part, and whoever knows no issuer serves whoever has no token: neither is down, for another
    start mends nothing. With no subgraph at all it is: whoever spreads over several gateways may know one that is not cut off.
    """

    subgraphs: Callable[[], Mapping[str, str]]
    session: Callable[[], aiohttp.ClientSession]
    issuers: Callable[[], Awaitable[Mapping[str, str]]]
    clock: Callable[[], float] = time.monotonic
    missing: dict[str, Missing] = field(default_factory=dict)
    state: State = "up"
    _looked_at: float = float("-inf")
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self) -> State:
        """Once a second at most, once for all who ask."""
        async with self._looking:
            if self.clock() - self._looked_at > _KEPT_S:
                await self._look()
                self._looked_at = self.clock()
        return self.state

    def for_s(self) -> dict[str, float]:
        """Part -> how long it has been missing, as far as was looked."""
        now = self.clock()
        return {part: now - each.since for part, each in self.missing.items()}

    async def _look(self) -> None:
        addresses = self.subgraphs()
        *answers, issuers = await asyncio.gather(*map(self._asked, addresses.values()), self.issuers())
        found = {
            f"subgraph {name}": reason
            for name, reason in zip(addresses, answers, strict=True)
            if isinstance(reason, str)
        }
        self.state = "down" if addresses and len(found) == len(addresses) else "degraded" if found or issuers else "up"
        found |= {f"issuer {name}": reason for name, reason in issuers.items()}  # type: ignore[union-attr]  # gather's types
        now = self.clock()
        for part, reason in found.items():
            if part not in self.missing:
                logger.warning("a part is missing", extra={"part": part, "reason": reason})
            known = self.missing.get(part)
            self.missing[part] = Missing(reason, known.since if known else now)
        for part in [each for each in self.missing if each not in found]:
            logger.info("a part is back", extra={"part": part, "seconds": round(now - self.missing.pop(part).since)})

    async def _asked(self, url: str) -> str | None:
        try:
            timeout = aiohttp.ClientTimeout(total=_LOOK_S)
            async with self.session().post(url, json=_ASKED, timeout=timeout) as answer:
                return None if answer.status < 500 else f"it answers {answer.status}"
        except TimeoutError:
            return "no answer in time"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return str(error) or type(error).__name__
