"""Valhalla's HTTP API, where it is configured: how far a trip is by road. A quote never waits long for it and never fails by it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import aiohttp
import msgspec
from prometheus_client import Counter

from services.contracts.places import GeoPoint
from services.kit.observe import telemetry

_log = logging.getLogger(__name__)
_MOST_BYTES: Final = 65_536
_AT_ONCE: Final = 16
"""Questions that are open; who comes beyond them has the estimate at once."""
_FAILURES: Final = 3
_REST_S: Final = 30.0
"""After so many failures in a row it is not asked for so long; then one question tries it."""
ASKED = Counter(
    "wlijo_road_service_total",
    "Questions to the road service, by what became of them",
    ("outcome",),
    registry=telemetry.REGISTRY,
)


class _Summary(msgspec.Struct):
    length: Annotated[float, msgspec.Meta(ge=0, le=1_000)]
    time: Annotated[float, msgspec.Meta(ge=0, le=86_400)]


class _Trip(msgspec.Struct):
    summary: _Summary


class _Answer(msgspec.Struct):
    trip: _Trip


_DECODER = msgspec.json.Decoder(_Answer)


@dataclass(frozen=True, slots=True)
class ByRoad:
    """From the first point over all to the last; `seconds` riding, without halts."""

    distance_m: int
    seconds: int


class RoadService:
    def __init__(self, url: str, *, within_s: float = 1.5, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url.rstrip("/") + "/route"
        self._timeout = aiohttp.ClientTimeout(total=within_s)
        self._clock = clock
        self._open = 0
        self._failures = 0
        self._rests_until = 0.0

    async def measure(self, points: Sequence[GeoPoint]) -> ByRoad | None:
        """None when it cannot be known in time; why is logged and counted."""
        if self._open >= _AT_ONCE or self._clock() < self._rests_until:
            ASKED.labels("not_asked").inc()
            return None
        if self._failures >= _FAILURES:
            self._rests_until = self._clock() + _REST_S  # this one tries it, the others wait for what becomes of it
        self._open += 1
        try:
            found = await self._ask(points)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError, msgspec.MsgspecError) as error:
            self._failures += 1
            if self._failures >= _FAILURES:
                self._rests_until = self._clock() + _REST_S
            ASKED.labels("failed").inc()
            _log.warning("the road service gave no distance", extra={"error": str(error) or type(error).__name__})
            return None
        finally:
            self._open -= 1
        self._failures, self._rests_until = 0, 0.0
        ASKED.labels("answered").inc()
        return found

    async def _ask(self, points: Sequence[GeoPoint]) -> ByRoad:
        question = {
            "locations": [{"lat": each.lat, "lon": each.lng} for each in points],
            "costing": "motor_scooter",
            "units": "kilometers",
            "directions_type": "none",
        }
        async with (
            aiohttp.ClientSession(timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.post(self._url, json=question, allow_redirects=False) as response,
        ):
            content = bytearray()
            while part := await response.content.read(_MOST_BYTES):
                content += part
                if len(content) > _MOST_BYTES:
                    raise ValueError("an answer without end")
            if response.status != 200:
                raise ValueError(f"status {response.status}")
        summary = _DECODER.decode(content).trip.summary
        return ByRoad(round(summary.length * 1_000), round(summary.time))
